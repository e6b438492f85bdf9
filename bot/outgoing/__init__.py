"""What the bot says on its own: decide, show, promise, in one transaction; called by every door that causes it."""
