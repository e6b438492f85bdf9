"""Slack's manners: who knocks, which handler answers, how errors become words."""
