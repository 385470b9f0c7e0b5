"""Names that somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_PROPOSED_NAME = 40
"""The longest name that is taken for a misspelling, in characters."""


def alike(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that are most similar to `name`; none for a name that is too long to be a misspelling."""
    return get_close_matches(name, list(known), most) if len(name) <= MAX_PROPOSED_NAME else []


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the similar known ones, after a blank; nothing without any.

    >>> did_you_mean("gogle", ["google", "graph"])
    ' Did you mean google?'
    """
    near = alike(name, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""
