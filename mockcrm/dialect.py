"""How a CRM speaks: the knobs, each declared once, and the named dialects.

A knob is a field of `Dialect` whose metadata say, in a sentence, what it does and which values it takes. The schema
that reads dialects (`mockcrm.controls`), `GET /admin/dialects` and the documentation are made from these declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from mockcrm.times import epoch_millis, format_instant

MAX_PAGE = 1000
"""The largest page a client may ask for (contract, section 3)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A knob that takes one of a few words or numbers."""

    words: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A knob that takes a whole number from `least` to `most`, or null."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Lasting:
    """A knob that takes a duration (`P15D`, `30m`), or null."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A knob that takes a short text, or null."""

    longest: int


Values = Choice | Whole | Lasting | Secret


def _knob(name: str, values: Values, default: Any, sentence: str) -> Any:
    return field(default=default, metadata={"name": name, "values": values, "sentence": sentence})


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of speaking; the defaults are those of the contract."""

    since: str = _knob(
        "since",
        Choice(("inclusive", "exclusive")),
        "inclusive",
        "Whether a row stamped exactly `since` is part of the delta.",
    )
    deleted_status: int = _knob(
        "deletedStatus", Choice((404, 410)), 404, "The status that a deleted event's id answers with."
    )
    unknown_fields: str = _knob(
        "unknownFields",
        Choice(("reject", "ignore", "keep")),
        "reject",
        "What becomes of a field that the contract does not know: refused, dropped, or kept and given back.",
    )
    page_size: int | None = _knob(
        "pageSize", Whole(1, MAX_PAGE), None, "The page size of a list that names no `limit`; null means one page."
    )
    list_shape: str = _knob(
        "listShape",
        Choice(("object", "array")),
        "object",
        "Whether a list is an object with `records`, or a bare array with the next page in `Link`.",
    )
    related_to_shape: str = _knob(
        "relatedToShape",
        Choice(("list", "object")),
        "list",
        "Whether `relatedTo` shows all links as a list, or the first as one object (null when there is none).",
    )
    id_form: str = _knob(
        "idForm",
        Choice(("decimal", "beyond2to53", "alphanumeric18", "guid")),
        "decimal",
        "What new ids look like: decimal digits, digits that a double cannot hold, 18 characters, or a GUID.",
    )
    timestamp_format: str = _knob(
        "timestampFormat",
        Choice(("Z", "+00:00", "+0000", "epochMillis")),
        "Z",
        "How date-times go out: RFC 3339 ending in `Z`, in `+00:00`, in `+0000`, or as epoch milliseconds.",
    )
    timestamp_precision: str = _knob(
        "timestampPrecision",
        Choice(("millisecond", "second", "minute")),
        "millisecond",
        "The grain to which `lastModifiedAt` and `deletedAt` are kept, rounded down.",
    )
    tombstone_retention: timedelta | None = _knob(
        "tombstoneRetention", Lasting(), None, "How long a tombstone is reported; null means for ever."
    )
    expired_since: str = _knob(
        "expiredSince",
        Choice(("refuse", "silent")),
        "refuse",
        "What a `since` older than the retention gets from a list with tombstones: 410, or silently what is left.",
    )
    page_token_life: timedelta | None = _knob(
        "pageTokenLife",
        Lasting(),
        None,
        "How long a page token is good for; null means for as long as the start state.",
    )
    credentials: str | None = _knob(
        "credentials", Secret(200), None, "The bearer token that `/api/v1` asks for; null accepts any credentials."
    )


@dataclass(frozen=True, slots=True)
class Knob:
    """What is known of a knob: its name on the wire, its attribute, its values, default and sentence."""

    name: str
    attribute: str
    values: Values
    default: Any
    sentence: str


def _declared(knob: "Field[Any]") -> Knob:
    return Knob(attribute=knob.name, default=knob.default, **knob.metadata)


KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in map(_declared, fields(Dialect))}
"""Every knob, by its name on the wire."""


@dataclass(frozen=True, slots=True)
class NamedDialect:
    dialect: Dialect
    sentence: str


DIALECTS: Mapping[str, NamedDialect] = {
    "plain": NamedDialect(Dialect(), "The contract's own: inclusive, to the millisecond, one page, RFC 3339 with Z."),
    "aurinko": NamedDialect(
        Dialect(since="exclusive", page_size=100),
        "What Aurinko's client expects: nothing at or before the largest stamp it has seen, and pages to follow.",
    ),
}
PLAIN = DIALECTS["plain"].dialect

PRECISIONS: Mapping[str, timedelta] = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
}

FORMATS: Mapping[str, Callable[[datetime], str | int]] = {
    "Z": format_instant,
    "+00:00": lambda instant: instant.isoformat(timespec="milliseconds"),
    "+0000": lambda instant: instant.isoformat(timespec="milliseconds")[:-6] + "+0000",
    "epochMillis": epoch_millis,
}


def changed(dialect: Dialect, knobs: Mapping[str, Any]) -> Dialect:
    """The dialect with some knobs, by their names on the wire, set to values that a schema has passed."""
    return replace(dialect, **{KNOBS[name].attribute: value for name, value in knobs.items()})


PLAIN_KEEPING = changed(PLAIN, {"unknownFields": "keep"})
"""Plain speech that loses nothing: how snapshots are read, and colleagues in a CRM with fields of its own."""


def name_of(dialect: Dialect) -> str | None:
    """The name of a dialect that is exactly one of the named ones."""
    return next((name for name, named in DIALECTS.items() if named.dialect == dialect), None)


def settings(dialect: Dialect) -> dict[str, Any]:
    """Every knob's value by its name on the wire."""
    values = asdict(dialect)
    return {name: values[knob.attribute] for name, knob in KNOBS.items()}
