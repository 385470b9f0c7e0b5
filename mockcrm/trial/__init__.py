"""Sync clients to try the audit on: a careful one, what becomes of it without each virtue, and Aurinko's."""
