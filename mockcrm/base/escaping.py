"""Text of strangers where people and programs read it: what steers a terminal, hides or turns letters is written out.

That is all of Unicode's categories Other (control, format, surrogate, private use, not assigned), and the separators
of lines and paragraphs. An emoji that is put together falls apart: its joiners are formats, too.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import regex

_OTHERS = r"\p{Other}\p{Line_Separator}\p{Paragraph_Separator}"
_UNSAFE = regex.compile(rf"[{_OTHERS}]")
_UNSAFE_IN_LINES = regex.compile(rf"[{_OTHERS}--\n]", regex.V1)
_UNSAFE_IN_XML = regex.compile(rf"[{_OTHERS}--[\t\n\r]]", regex.V1)


def harmless(text: str) -> str:
    """A text on one line, with escapes such as YAML and Python have."""
    return _UNSAFE.sub(_escaped, text)


def harmless_lines(text: str) -> str:
    """The same of a text that has several lines, which stay."""
    return _UNSAFE_IN_LINES.sub(_escaped, text)


def harmless_all(told: Any) -> Any:
    """The same as `harmless` of all texts in JSON's types, the names of members included."""
    match told:
        case str():
            return harmless(told)
        case Mapping():
            return {harmless_all(name): harmless_all(each) for name, each in told.items()}
        case list() | tuple():
            return [harmless_all(each) for each in told]
        case _:
            return told


def json_document(told: Any, options: int = 0) -> bytes:
    """JSON in UTF-8 that says the same to programs, and nothing to a terminal; `options` are orjson's."""
    data = orjson.dumps(told, option=options)
    if data.isascii() and b"\x7f" not in data:
        return data
    return _UNSAFE_IN_LINES.sub(lambda found: _in_json(found[0]), data.decode()).encode()


def xml_document(data: bytes) -> bytes:
    """XML in UTF-8, with such characters as references; each must be one that XML can have."""
    return _UNSAFE_IN_XML.sub(lambda found: f"&#{ord(found[0])};", data.decode()).encode()


def _escaped(found: "regex.Match[str]") -> str:
    return found[0].encode("unicode_escape").decode()


def _in_json(letter: str) -> str:
    """A character by the units of UTF-16 that stand for it."""
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
