"""How a value grew from one version to the next: what was added to it, or how its text was escaped once more."""

import base64
import binascii
import html
import quopri
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

import orjson

from mockcrm.crm.event import Attendee, RelatedTo

MAX_TEXT = 64 * 1024
"""In texts up to how many characters growth is looked for."""
MIN_INSERTED = 4
"""How many characters in the middle of a text are an insertion that can be recognised when it comes again."""


class Growth(NamedTuple):
    """What made a value grow. Two equal ones are the same mistake, made twice.

    `added` has what stands before and behind the old text, or the members that a list gained. `escape` names the
    escaping of the old text, if it was escaped.
    """

    added: tuple[str, ...] = ()
    escape: str = ""


def growths(before: Any, after: Any) -> Iterator[Growth]:
    """How a field's value may have grown, the likeliest first; nothing if it did not, or became another one.

    One step alone does not always tell: a line end may be added, or all line ends may be doubled.
    """
    if isinstance(after, str) and isinstance(before, str | None):
        if len(before or "") < len(after) <= MAX_TEXT:
            yield from _text_growths(before, after) if before else (Growth(_kept(after)),)
    elif isinstance(after, Sequence) and isinstance(before, Sequence | None) and not isinstance(before, str):
        had, has = Counter(map(_member, before or ())), Counter(map(_member, after))
        if has > had:
            yield Growth(tuple(sorted(has - had)))


def _member(each: Any) -> str:
    """A member of a list in words: the same for one person or record, whatever else is said of it."""
    match each:
        case Attendee():
            return (each.email_address or each.user_id or str(each.contact_id)).lower()
        case RelatedTo():
            return f"{each.type} {each.id}"
        case _:
            return orjson.dumps(each, option=orjson.OPT_SORT_KEYS).decode()


def _text_growths(before: str, after: str) -> Iterator[Growth]:
    if after.startswith(before) or after.endswith(before):
        yield Growth(_around(before, after))
    else:
        yield from _escapings(before, after)
        if _is_misread(before, after):
            yield Growth(escape="UTF-8 read in another encoding")
        if inserted := _inserted(before, after):
            yield Growth(_kept(inserted))
    if substituted := _substitution(before, after):
        yield Growth(escape=substituted)


def _escapings(before: str, after: str) -> Iterator[Growth]:
    """What may have been put around a text, and how the text within was escaped."""
    if before in after:
        yield Growth(_around(before, after))
    for name, (marks, undo) in _UNESCAPES.items():
        text = undo(after) if any(mark in after for mark in marks) else after
        if text == before:
            yield Growth(escape=name)
        elif text != after and before in text:
            yield Growth(_around(before, text), name)


def _around(before: str, after: str) -> tuple[str, ...]:
    """What was put before and behind a text."""
    if after.startswith(before):
        return _kept(after[len(before) :])
    if after.endswith(before):
        return _kept(after[: -len(before)])
    place = after.index(before)
    return (*_kept(after[:place]), *_kept(after[place + len(before) :]))


def _kept(addition: str) -> tuple[str, ...]:
    """An addition without the space that parts it from the rest, unless it is all space."""
    return (addition.strip() or addition,)


def _inserted(before: str, after: str) -> str:
    """A part that was inserted in the middle of a text; empty if none was."""
    length = len(after) - len(before)
    place = next((at for at, letter in enumerate(before) if after[at] != letter), len(before))
    inserted = after[place : place + length]
    whole = after[place + length :] == before[place:]
    return inserted if whole and len(inserted.strip()) >= MIN_INSERTED else ""


# Escapes

_BACKSLASHED = re.compile(r"\\(?:[xuU]([0-9a-fA-F]{2,8})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "N": "\n", "r": "\r", "t": "\t"}


def _without_backslashes(text: str) -> str:
    """A text without the escapes of JSON, iCalendar and many languages."""

    def letter(found: re.Match[str]) -> str:
        code, plain = found.groups()
        if code is None:
            return _CONTROLS.get(plain, plain)
        digits = {"x": 2, "u": 4, "U": 8}[found[0][1]]
        point = int(code[:digits], 16)
        return found[0] if point > 0x10FFFF or len(code) < digits else chr(point) + code[digits:]

    # JSON escapes a character beyond the first 65,536 as a pair.
    return _BACKSLASHED.sub(letter, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_percents(text: str) -> str:
    # The first time a form makes a plus of each space; from then on there is none.
    return unquote_plus(text) if " " not in text and "+" in text else unquote(text)


def _from_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode()).decode("utf-8", "replace")


def _from_base64(text: str) -> str:
    if " " in text or len(text) % 4:
        return text
    try:
        return base64.b64decode(text.encode(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return text


_UNESCAPES: Mapping[str, tuple[Sequence[str], Callable[[str], str]]] = {
    "HTML": ("&", html.unescape),
    "backslashes": ("\\", _without_backslashes),
    "percent-encoding": ("%+", _without_percents),
    "quoted-printable": ("=", _from_quoted_printable),
    "base64": (("",), _from_base64),
}
"""What undoes an escaping once, by its name, and the characters one of which an escaped text has."""

_ENCODINGS = ("latin-1", "cp1252", "ascii")


def _is_misread(before: str, after: str) -> bool:
    """Whether the UTF-8 of a text was read in another encoding."""
    if before.isascii():
        return False
    data = before.encode("utf-8", "replace")
    return any(data.decode(encoding, "replace") == after for encoding in _ENCODINGS)


_SPECIAL = "\n'\",;&<"


def _substitution(before: str, after: str) -> str:
    """How one special character was escaped wherever it stands, in words; empty if none was."""
    for letter in _SPECIAL:
        if (count := before.count(letter)) and not (len(after) - len(before)) % count:
            place = before.index(letter)
            instead = after[place : place + 1 + (len(after) - len(before)) // count]
            if before.replace(letter, instead) == after:
                return f"{_quoted(letter)} as {_quoted(instead)}"
    return ""


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
