"""One report a file; `/report` finds them by their names."""
