"""What the bot does by itself: the clock that wakes, and one file a kind of work."""
