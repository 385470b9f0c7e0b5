"""Keys: the names that a test gives to events, beside their ids (contract, section 6)."""

import re

KEY_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}\Z")
"""A letter, and then up to 63 letters, digits, dots, underscores and hyphens."""


def is_key(text: str) -> bool:
    """Whether a text has the form of a key."""
    return KEY_PATTERN.match(text) is not None
