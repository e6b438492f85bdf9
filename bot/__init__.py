"""Steward: a Slack bot that runs a support organisation's playbook."""
