"""Sync tools that nobody here wrote, set up as their documentation says."""
