"""Clients held against hazards: runs, what they asked on the wire, and what harm came of it."""
