"""The forms of ids. Each id is made from a number, so ids need no random source and never repeat."""

import re
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mockcrm.base.schema.fields import LONG

_FIRST = 1000
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NAMESPACE = uuid.UUID("6d6f636b-6372-4d00-8000-000000000000")


@dataclass(frozen=True, slots=True)
class IdForm:
    """One form: it makes the n-th id (n from 1), checks whether a text fits, and describes itself to people."""

    make: Callable[[int], str]
    fits: Callable[[str], bool]
    sentence: str


def _is_long(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,18}", text) is not None and int(text) < LONG


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


ID_FORMS: Mapping[str, IdForm] = {
    "decimal": IdForm(
        lambda n: str(_FIRST + n), _is_long, "decimal digits of a positive 64-bit integer, without leading zeros"
    ),
    "beyond2to53": IdForm(
        lambda n: str(2**53 + n), _is_long, "decimal digits of a positive 64-bit integer, without leading zeros"
    ),
    "alphanumeric18": IdForm(
        lambda n: f"00U{_base62(n, 12)}AAA",
        lambda text: re.fullmatch(r"[0-9A-Za-z]{18}", text) is not None,
        "18 letters and digits",
    ),
    "guid": IdForm(
        lambda n: str(uuid.uuid5(_NAMESPACE, str(n))),
        lambda text: re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None,
        "a GUID in lower case",
    ),
}
"""The values of the knob `idForm`."""
