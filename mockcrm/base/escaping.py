"""Escapes characters in strangers' text that control a terminal, or that hide or reorder letters.

These are all of Unicode's categories Other (control, format, surrogate, private use, not assigned), and the separators
of lines and paragraphs. Composed emoji fall apart, because their joiners are format characters.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from regex import Match, Pattern

_OTHERS = r"\p{Other}\p{Line_Separator}\p{Paragraph_Separator}"


@cache
def _unsafe(*, but: str = "") -> "Pattern[str]":
    """What is not harmless in a text, `but` for some characters."""
    import regex  # noqa: PLC0415  it takes as long to import as a small server to start

    return regex.compile(rf"[{_OTHERS}--[{but}]]" if but else rf"[{_OTHERS}]", regex.V1)


def harmless(text: str) -> str:
    """A text on one line, with escapes as in YAML and Python."""
    return text if _is_plain(text) else _unsafe().sub(_escaped, text)


def harmless_lines(text: str) -> str:
    """A text with its line breaks, and everything else escaped."""
    return text if _is_plain(text.replace("\n", "")) else _unsafe(but=r"\n").sub(_escaped, text)


def _is_plain(text: str) -> bool:
    """Whether nothing can be unsafe in a text, which for most is known without a library."""
    return text.isascii() and text.isprintable()


def harmless_all(value: Any) -> Any:
    """A value in JSON's types with all its texts escaped, names included."""
    match value:
        case str():
            return harmless(value)
        case Mapping():
            return {harmless_all(name): harmless_all(each) for name, each in value.items()}
        case list() | tuple():
            return [harmless_all(each) for each in value]
        case _:
            return value


def json_document(value: Any, options: int = 0) -> bytes:
    """JSON in UTF-8 that means the same to programs, and cannot control a terminal. `options` are orjson's."""
    data = orjson.dumps(value, option=options)
    if data.isascii() and b"\x7f" not in data:
        return data
    return _unsafe(but=r"\n").sub(lambda found: _in_json(found[0]), data.decode()).encode()


def xml_document(data: bytes) -> bytes:
    """XML in UTF-8 with such characters as references. XML must allow each of them."""
    return _unsafe(but=r"\t\n\r").sub(lambda found: f"&#{ord(found[0])};", data.decode()).encode()


def _escaped(found: "Match[str]") -> str:
    return found[0].encode("unicode_escape").decode()


def _in_json(letter: str) -> str:
    """A character as JSON escapes, by its units of UTF-16."""
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
