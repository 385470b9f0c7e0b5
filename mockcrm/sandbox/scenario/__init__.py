"""Fixture files: what a sandbox starts from, what happens then, and what must hold at the end."""
