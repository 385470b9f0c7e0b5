"""Rules of recurrence (RFC 5545, section 3.3.10): which of them cannot be followed, and how much work one can make.

An expansion looks at one instant after the other, to the end of the years. A rule that never occurs, or that makes no
progress, is found here beforehand.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Any

from dateutil.rrule import YEARLY, rrule, weekday

RecurrenceRule = Mapping[str, Sequence[Any]]
"""The parts of a rule by their names; each part is a list."""

_A_DAY = {"SECONDLY": 86_400, "MINUTELY": 1_440, "HOURLY": 24}
"""How many instants of a day a rule of this frequency looks at. All other rules look at one."""
_TIMES_OF_DAY = ("BYSECOND", "BYMINUTE", "BYHOUR")
_FINER = {"SECONDLY": (), "MINUTELY": _TIMES_OF_DAY[:1], "HOURLY": _TIMES_OF_DAY[:2]}
"""The parts that multiply the occurrences within a day, for these frequencies. For others, all times of day do."""
_RANGES = {
    "BYSECOND": (0, 60),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (1, 31),
    "BYYEARDAY": (1, 366),
    "BYWEEKNO": (1, 53),
    "BYSETPOS": (1, 366),
}
_BACKWARDS = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
"""These parts may also count from the end."""
_DAYS = {"bymonth": "BYMONTH", "bymonthday": "BYMONTHDAY", "byyearday": "BYYEARDAY", "byweekno": "BYWEEKNO"}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST = {"MONTHLY": 31, "WEEKLY": 7}
"""The most days in a period of this frequency. A year has 366; periods shorter than a day count as one."""


def rule_problem(rule: RecurrenceRule) -> str | None:
    """The part that makes a rule impossible to follow, as it stands in the rule; None for a good rule."""
    return next(_problems(rule), None)


def often(rule: RecurrenceRule) -> float:
    """The most times that a rule can make an event recur in a day."""
    freq = _freq(rule)
    times: float = _A_DAY.get(freq, 1) / max(1, int(rule.get("INTERVAL", [1])[0]))
    for part in _FINER.get(freq, _TIMES_OF_DAY):
        times *= max(1, len(set(rule.get(part, ()))))
    return times


def counted(rule: RecurrenceRule) -> float:
    """The `COUNT` of a rule that looks at no other instants than its occurrences; else infinity."""
    filtered = any(name.startswith("BY") for name in rule)
    return inf if filtered or "COUNT" not in rule else int(rule["COUNT"][0])


def _problems(rule: RecurrenceRule) -> Iterator[str]:
    for name in ("INTERVAL", "COUNT"):
        yield from (f"{name}={number}" for number in rule.get(name, ()) if int(number) < 1)
    for name, (least, most) in _RANGES.items():
        yield from (f"{name}={number}" for number in rule.get(name, ()) if not _is_in(name, int(number), least, most))
    yield from (f"BYDAY={day}" for day in rule.get("BYDAY", ()) if not _is_day(str(day), _freq(rule)))
    yield from (f"BYSETPOS={place}" for place in rule.get("BYSETPOS", ()) if abs(int(place)) > _most_in_a_set(rule))
    days = [(name, tuple(int(number) for number in rule.get(part, ()))) for name, part in _DAYS.items()]
    weekdays = tuple(sorted({str(day)[-2:].upper() for day in rule.get("BYDAY", ())}))
    if any(numbers for _, numbers in days) and not _has_a_day(tuple(days), weekdays):
        yield ";".join(_part(rule, name) for name in (*_DAYS.values(), "BYDAY") if name in rule)


def _part(rule: RecurrenceRule, name: str) -> str:
    return f"{name}={','.join(map(str, rule[name]))}"


def _freq(rule: RecurrenceRule) -> str:
    return str(rule.get("FREQ", ["DAILY"])[0]).upper()


def _is_in(name: str, number: int, least: int, most: int) -> bool:
    return least <= (abs(number) if name in _BACKWARDS else number) <= most


def _is_day(day: str, freq: str) -> bool:
    """Whether a weekday stands alone, or with a number that its month or year can reach."""
    number = abs(int(day[:-2] or "1"))
    return 1 <= number <= (5 if freq == "MONTHLY" else 53)


def _most_in_a_set(rule: RecurrenceRule) -> int:
    """The most occurrences in a period, of which `BYSETPOS` takes some."""
    freq = _freq(rule)
    size = 366 if freq == "YEARLY" else _LONGEST.get(freq, 1)
    for part in _FINER.get(freq, _TIMES_OF_DAY):
        size *= max(1, len(rule.get(part, ())))
    return size


@lru_cache(maxsize=1024)
def _has_a_day(days: tuple[tuple[str, tuple[int, ...]], ...], weekdays: tuple[str, ...]) -> bool:
    """Whether there is any day in the calendar that has what the parts of a rule ask for."""
    parts: dict[str, Any] = {name: numbers for name, numbers in days if numbers}
    if weekdays:
        parts["byweekday"] = [weekday(_WEEKDAYS.index(day)) for day in weekdays]
    return next(iter(rrule(YEARLY, datetime(2000, 1, 1), **parts)), None) is not None  # noqa: DTZ001  of no zone
