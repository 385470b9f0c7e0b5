"""Texts of messages: those that are too long to be quoted in full, cut with an ellipsis, and nouns with articles."""

import json

ELLIPSIS = "…"
"""Stands where something was cut off."""


def shortened(text: str, most: int) -> str:
    """The first `most` characters of a text, with an ellipsis behind them if there are more.

    `shortened("calendar", 3)` is `"cal…"`.
    """
    return text if len(text) <= most else text[:most] + ELLIPSIS


def with_article(noun: str) -> str:
    """A noun behind its article: `an event`, `a contact`."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def abridged(text: str, most: int) -> str:
    """A text in at most `most` bytes of JSON: a longer one keeps its beginning and its end, which say what is wrong."""
    short, keep = text, most
    while len(short) > most or _size(short) > most:
        keep = keep * 2 // 3
        short = f"{text[: keep - keep // 3]}{ELLIPSIS}{text[-(keep // 3) :]}"
    return short


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) - 2
