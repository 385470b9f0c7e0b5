"""Text as WSGI hands it over."""

MAX_QUOTED = 40
"""How much of a client's word a message quotes, in characters."""


def as_utf8(text: str) -> str:
    """WSGI hands over each byte as a character."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def quoted(text: str) -> str:
    """A word of a client's for a message: cut where it is long, and without what could harm a terminal."""
    text = as_utf8(text)
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…")
