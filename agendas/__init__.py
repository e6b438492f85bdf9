"""One meeting template a file; its name is the slug. `live/` holds what is live for a meeting, one topic a file."""
