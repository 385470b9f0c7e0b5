"""Instants and durations: how they are read, written and rounded. Always aware and in UTC, to the microsecond.

Every reader raises `ValueError` with a sentence for people.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache

MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
"""The last millisecond of the year 9999. No clock goes further."""

_HOURS = [f"{hour:02d}:" for hour in range(24)]
_SIXTIETHS = [f"{part:02d}:" for part in range(60)]
_THOUSANDTHS = [f".{part:03d}Z" for part in range(1000)]

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOCAL = (
    rf"(?P<date>{_DATE})[Tt](?P<minute>(?:[01][0-9]|2[0-3]):[0-9]{{2}}):(?P<second>[0-9]{{2}})(?P<fraction>\.[0-9]+)?"
)
_OFFSET = r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-5][0-9])"
_INSTANT = re.compile(f"{_LOCAL}{_OFFSET}?")
_EPOCH_MILLIS = re.compile(r"[+-]?[0-9]{1,15}")
_ISO_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<w>[0-9]{1,9})W)?(?:(?P<d>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<h>[0-9]{1,9})H)?(?:(?P<m>[0-9]{1,9})M)?(?:(?P<s>[0-9]{1,12}(?:\.[0-9]{1,6})?)S)?)?"
)
_SHORT_DURATION = re.compile(
    r"(?P<sign>[+-]?)(?=.)(?:(?P<w>[0-9]{1,9})w)?(?:(?P<d>[0-9]{1,9})d)?(?:(?P<h>[0-9]{1,9})h)?"
    r"(?:(?P<m>[0-9]{1,9})m(?!s))?(?:(?P<s>[0-9]{1,12}(?:\.[0-9]{1,6})?)s)?(?:(?P<ms>[0-9]{1,15})ms)?"
)

DAY_PATTERN = _DATE
INSTANT_PATTERN = _LOCAL + _OFFSET
EPOCH_MILLIS_PATTERN = _EPOCH_MILLIS.pattern
DURATION_PATTERN = f"{_ISO_DURATION.pattern}|{_SHORT_DURATION.pattern}"
"""Regular expressions for the whole of such a text, for descriptions."""


def parse_instant(text: str) -> datetime:
    """An instant from RFC 3339 with any offset, in UTC (contract, section 2).

    Digits beyond the microsecond are cut off. A leap second is read as the instant after it. The result is at most
    `END`.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError("Not an RFC 3339 date-time such as 2026-01-05T09:00:00Z.")
    if not match["offset"]:
        raise ValueError("A date-time needs an offset: end it with Z or, say, +01:00.")
    leap = match["second"] == "60"
    clock = f"{match['minute']}:{'59' if leap else match['second']}"
    try:
        local = datetime.fromisoformat(
            f"{match['date']}T{clock}{'' if leap else match['fraction'] or ''}{match['offset'].upper()}"
        )
    except ValueError as error:
        raise ValueError("No such date or time of day.") from error
    try:
        return min(local.astimezone(UTC) + timedelta(seconds=leap), END)
    except OverflowError as error:
        raise ValueError("In UTC this leaves the years 1 to 9999.") from error


def parse_day(text: str) -> date | None:
    """A bare date (`2026-01-05`); None if the text has another form."""
    if not re.fullmatch(_DATE, text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("No such date.") from error


def parse_epoch_millis(text: str) -> datetime | None:
    """An instant from signed epoch milliseconds; None if the text has another form."""
    if not _EPOCH_MILLIS.fullmatch(text):
        return None
    return from_epoch_millis(int(text))


def from_epoch_millis(millis: int) -> datetime:
    """The instant that many milliseconds after the beginning of 1970."""
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError as error:
        raise ValueError("This leaves the years 1 to 9999.") from error


def epoch_millis(instant: datetime) -> int:
    """Whole milliseconds since the beginning of 1970."""
    return (instant - EPOCH) // MILLISECOND


def midnight(day: date) -> datetime:
    """The first instant of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z` (contract, section 2).

    Every event shows three of these. From tables they cost a fifth of what `isoformat` costs.
    """
    return (
        _day(instant.toordinal())
        + _HOURS[instant.hour]
        + _SIXTIETHS[instant.minute]
        + _SIXTIETHS[instant.second][:2]
        + _THOUSANDTHS[instant.microsecond // 1000]
    )


@lru_cache(maxsize=16384)
def _day(ordinal: int) -> str:
    return f"{date.fromordinal(ordinal).isoformat()}T"


def format_local(instant: datetime) -> str:
    """RFC 3339 with milliseconds and the offset of Berlin, which changes with summer time.

    UTC in the years that had no such offset, and in the last year.
    """
    if not 1900 <= instant.year < 9999:
        return format_instant(instant)
    return instant.astimezone(_berlin()).isoformat(timespec="milliseconds")


@cache
def _berlin() -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  few dialects need it, and no start

    return ZoneInfo("Europe/Berlin")


def format_exact(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds, for snapshots, which must not lose any."""
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"


FORMATS: Mapping[str, Callable[[datetime], str | int]] = {
    "Z": format_instant,
    "+00:00": lambda instant: instant.isoformat(timespec="milliseconds"),
    "+0000": lambda instant: instant.isoformat(timespec="milliseconds")[:-6] + "+0000",
    "localOffset": format_local,
    "noFraction": lambda instant: instant.isoformat(timespec="seconds")[:-6] + "Z",
    "spaced": lambda instant: instant.isoformat(" ", "seconds")[:-6],
    "epochMillis": epoch_millis,
}
"""The forms in which a CRM may write date-times, by their names."""


def to_rfc3339(text: str, form: str) -> str:
    """A date-time in RFC 3339, from a text that may be in another of the `FORMATS`."""
    if form == "+0000" and text.endswith("+0000"):
        return f"{text.removesuffix('+0000')}Z"
    if form == "spaced" and text[10:11] == " ":
        return f"{text[:10]}T{text[11:]}Z"
    return text


def fits(instant: datetime, by: timedelta) -> bool:
    """Whether an instant moved `by` a duration stays within the years 1 to 9999."""
    return BEGINNING - instant <= by <= END - instant


def shifted(instant: datetime, by: timedelta) -> datetime:
    """An instant moved `by` a duration, but not beyond the years 1 to 9999."""
    return instant + min(max(by, BEGINNING - instant), END - instant)


def floor_to(instant: datetime, step: timedelta) -> datetime:
    """The last multiple of `step` (a divisor of a day) at or before the instant."""
    if step == MILLISECOND and instant.microsecond % 1000 == 0:
        return instant
    return instant - (instant - BEGINNING) % step


def ceil_to(instant: datetime, step: timedelta) -> datetime:
    """The first multiple of `step` (a divisor of a day) at or after the instant; the last one at the end of time."""
    floor = floor_to(instant, step)
    return floor if floor == instant or not fits(floor, step) else floor + step


def nearest_to(instant: datetime, step: timedelta) -> datetime:
    """The nearest multiple of `step` (a divisor of a day); the later one of two that are equally near."""
    floor = floor_to(instant, step)
    return ceil_to(instant, step) if (instant - floor) * 2 >= step else floor


def parse_duration(text: str) -> timedelta:
    """A duration from ISO 8601 (`PT5M`, `-PT2S`) or the short form (`5m`, `1h30m`, `250ms`); may be negative.

    Years and months have no fixed length and are refused (contract, section 6).
    """
    match = _ISO_DURATION.fullmatch(text) or _SHORT_DURATION.fullmatch(text)
    if not match:
        raise ValueError("Not a duration such as PT5M, 5m, 1h30m, 250ms or -2s.")
    part = {name: value for name, value in match.groupdict().items() if value and name != "sign"}
    if not part:
        raise ValueError("Not a duration such as PT5M, 5m, 1h30m, 250ms or -2s.")
    whole, _, fraction = part.get("s", "0").partition(".")
    try:
        length = timedelta(
            weeks=int(part.get("w", 0)),
            days=int(part.get("d", 0)),
            hours=int(part.get("h", 0)),
            minutes=int(part.get("m", 0)),
            seconds=int(whole),
            milliseconds=int(part.get("ms", 0)),
            microseconds=int(fraction.ljust(6, "0")),
        )
        # Counting back needs the opposite of a duration, and the longest of all has none.
        opposite = -length
    except OverflowError as error:
        raise ValueError("Too long a duration.") from error
    return opposite if match["sign"] == "-" else length


def format_duration(length: timedelta) -> str:
    """A duration as ISO 8601 in seconds and larger units: `PT5M`, `-PT2S`, `PT0.001S`."""
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    day = f"{length.days}D" if length.days else ""
    clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M")) if value)
    if seconds or fraction or not (day or clock):
        clock += f"{seconds}{fraction}S"
    return f"{sign}P{day}{'T' + clock if clock else ''}"
