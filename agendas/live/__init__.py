"""What is live for a meeting when its agenda is posted: one topic a file, which sections name."""
