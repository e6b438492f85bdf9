"""What the business does: one word a file, no Slack and no HTTP."""
