"""One meeting template a file."""
