"""Values that an attacker sends: lawful ones that make state, and those that break what reads them."""

import copy
from random import Random
from typing import Any

INSTANTS = [
    "2026-01-05T09:00:00Z",
    "2026-01-05T09:00:00.001Z",
    "2026-01-06T10:00:00+02:00",
    "2026-02-01T00:00:00-11:30",
    "2026-01-07",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00Z",
]
BAD_INSTANTS = [
    "",
    "now",
    "2026-01-05",
    "2026-01-05T09:00:00",
    "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "2026-01-05T09:00:60Z",
    "2026-01-05T09:00:00.0000000000000000000001Z",
    "2026-01-05 09:00:00+00:00",
    "\u0662\u0660\u0662\u0666-01-05T09:00:00Z",
    "1" * 400,
    "-62135596800000",
    "253402300799999",
    "9223372036854775808",
    "1767603600000",
    "1e3",
    "NaN",
]
DURATIONS = ["PT0S", "1ms", "PT1S", "5m", "PT1H", "P1D", "P7D", "-2s", "1h30m"]
BAD_DURATIONS = ["", "P", "PT", "5", "5 m", "P1Y", "-P999999999W", "P999999999D", "999999999w", "PT1e9S", "-", "PT0.1H"]
SHORT = "PT0.001S"
"""The only pause that the attacker asks for, so that a server's answers can be timed."""

IDS = [str(number) for number in range(1000, 1012)]
BAD_IDS = ["0", "-1", "9223372036854775807", "9223372036854775808", "1" * 300, "1001 ", "None", "%", "\u0661", "1001/x"]
KEYS = ["kickoff", "gone", "lagging", "fresh", "k1", "k2"]
SANDBOXES = ["default", "other", "extra", "x.y-z~1", "A"]
BAD_SANDBOXES = ["", ".", "..", "-a", "a" * 65, "a/b", "a b", "\u00e4", "default\u0000", "../default", "a%2fb"]
CLIENTS = ["client", "sync", "\u00e9ngine", "x" * 100]

PATTERNS = [
    "^/api/v1/events",
    "(a+)+$",
    "(?:a|aa)*b",
    "(x+x+)+y",
    "^(([a-z0-9/])+.)+[A-Z]([a-z])+$",
    "(.*)(.*)(.*)(.*)(.*)(.*)[^/]$",
    "[",
    "(?<=a*)b",
    "(?P<n>a)(?P=n)*$",
    "a{1,500}{1,500}",
    "\\p{L}+\\b{99999}",
    "(?r)(a|b|ab)*c",
    "(?e)(?:foo){e<=9}",
]
TEXTS = [
    "",
    "a",
    "Demo",
    "caf\u00e9",
    "\U0001f4c5 plan",
    "a" * 40 + "!",
    "x" * 1000,
    "line\nline",
    "\u202egnp.exe",
    "\ufeff",
]
NASTY_TEXTS = [
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff\ud800",
    "\u001b]0;title\u0007\u001b[31m",
    "\r\nSet-Cookie: a=b",
    "{{7*7}}${7*7}%s%n{0}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "\u0130\u0131\u00df\ufb03",
    "e\u0301" * 50,
    "\u200b\u200d\u2028\u2029",
    "__class__",
    "-" * 9000,
    "\uffff",
]
NUMBERS: list[Any] = [0, 1, -1, 2, 7, 100, 1000, 1001, 2**31, 2**53, 2**63 - 1, -(2**63)]
BAD_NUMBERS: list[Any] = [
    2**63,
    2**64,
    -(2**63) - 1,
    10**30,
    10**400,
    1.5,
    1e308,
    -0.0,
    5e-324,
    1e400,
    -1e400,
    float("nan"),
]
PLAIN: list[Any] = [None, True, False, 0, "", [], {}, "null", [None], [[]], {"": None}]


def text(rng: Random) -> str:
    return rng.choice(TEXTS if rng.random() < 0.8 else NASTY_TEXTS)


def number(rng: Random) -> Any:
    return rng.choice(NUMBERS if rng.random() < 0.6 else BAD_NUMBERS)


def nest(rng: Random, depth: int) -> Any:
    """A value that nests so deep, in lists, objects, or both."""
    value: Any = None
    for _ in range(depth):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def strange(rng: Random) -> Any:
    """Any value, for a place where another is expected."""
    draws = (
        lambda: copy.deepcopy(rng.choice(PLAIN)),
        lambda: number(rng),
        lambda: rng.choice(NASTY_TEXTS),
        lambda: rng.choice(BAD_INSTANTS),
        lambda: rng.choice(BAD_DURATIONS),
        lambda: rng.choice(INSTANTS),
        lambda: rng.choice(DURATIONS),
        lambda: _alike(rng.choice(PLAIN), rng.choice([1, 2, 30, 1001])),
        lambda: {f"k{n}": None for n in range(rng.choice([1, 25, 300]))},
        lambda: nest(rng, rng.choice([3, 30, 40])),
    )
    return rng.choice(draws)()


def _alike(value: Any, count: int) -> list[Any]:
    """Copies, so that what is changed in one of them stays as it is in the others."""
    return [copy.deepcopy(value) for _ in range(count)]
