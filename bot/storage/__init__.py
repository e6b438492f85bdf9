"""Rows, sessions and tallies."""
