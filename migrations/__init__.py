"""Numbered, reversible steps of the database schema."""
