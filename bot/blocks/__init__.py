"""What people see: pure functions from what we know to Slack blocks."""
