"""One feature's whole Slack surface a file: its command, forms, buttons and shortcuts."""
