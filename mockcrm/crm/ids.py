"""The forms of ids. Each id is made from a number, so ids need no random source and never repeat within a kind."""

import re
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import LONG

_FIRST = 1000
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NAMESPACE = uuid.UUID("6d6f636b-6372-4d00-8000-000000000000")


class KindOfIds(Protocol):
    """What of a kind its ids tell: its name, and the prefix that some forms begin with."""

    @property
    def name(self) -> str: ...

    @property
    def prefix(self) -> str: ...


@dataclass(frozen=True, slots=True)
class IdForm:
    """One form: it makes the n-th id of a kind (n from 1), checks whether a text fits, and describes itself.

    Ids that are `digits` are those of 64-bit integers, so that a Long can name them.
    """

    make: Callable[[int, KindOfIds], str]
    fits: Callable[[str], bool]
    sentence: str
    digits: bool = False


def _is_long(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,18}", text) is not None and int(text) < LONG


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _guid(number: int, kind: KindOfIds) -> str:
    return str(uuid.uuid5(_NAMESPACE, str(number) if kind.name == "event" else f"{kind.name} {number}"))


ID_FORMS: Mapping[str, IdForm] = {
    "decimal": IdForm(
        lambda n, _: str(_FIRST + n),
        _is_long,
        "decimal digits of a positive 64-bit integer, without leading zeros",
        digits=True,
    ),
    "beyond2to53": IdForm(
        lambda n, _: str(2**53 + n),
        _is_long,
        "decimal digits of a positive 64-bit integer, without leading zeros",
        digits=True,
    ),
    "alphanumeric18": IdForm(
        lambda n, kind: f"{kind.prefix}{_base62(n, 12)}AAA",
        lambda text: re.fullmatch(r"[0-9A-Za-z]{18}", text) is not None,
        "18 letters and digits",
    ),
    "guid": IdForm(
        _guid,
        lambda text: re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None,
        "a GUID in lower case",
    ),
}
"""The values of the knob `idForm`."""
