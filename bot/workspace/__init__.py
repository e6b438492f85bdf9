"""A practice Slack on this machine: protocol-true for what the bot uses, small, in one room."""
