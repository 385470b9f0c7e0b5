"""How a CRM speaks: the knobs, each declared once.

A knob is a field of `Dialect` whose metadata say, in a sentence, what it does, which values it takes, and which
hazards it serves. The schema that reads dialects (`crm/dialect/named.py`), `GET /admin/dialects` and the documentation
are made from these declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from mockcrm.base.times import MILLISECOND, ceil_to, epoch_millis, floor_to, format_instant, format_local, nearest_to

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
class Shift:
    """A knob that takes a duration, which may be negative."""


@dataclass(frozen=True, slots=True)
class Names:
    """A knob that takes a list of some of these words, each at most once."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """A knob that takes a short text, or null."""

    longest: int


Values = Choice | Whole | Lasting | Shift | Names | Secret

FIELDS = (
    "subject",
    "description",
    "startTime",
    "endTime",
    "location",
    "allDay",
    "private",
    "attendees",
    "parentId",
    "relatedTo",
)
"""The fields of an event that a knob can name (contract, section 2)."""


def _knob(name: str, values: Values, default: Any, sentence: str, *hazards: str) -> Any:
    return field(default=default, metadata={"name": name, "values": values, "sentence": sentence, "hazards": hazards})


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of speaking; the defaults are those of the contract."""

    since: str = _knob(
        "since",
        Choice(("inclusive", "exclusive")),
        "inclusive",
        "Whether a row stamped exactly `since` is part of the delta.",
        "equal-timestamp-at-watermark",
        "inclusive-since-repeat",
    )
    delta_order: str = _knob(
        "deltaOrder",
        Choice(("stamp", "reverse", "shuffled")),
        "stamp",
        "The order of a delta: by stamp, newest first, or in an order that has nothing to do with stamps.",
        "out-of-order-rows",
        "insert-during-paging",
    )
    timestamp_precision: str = _knob(
        "timestampPrecision",
        Choice(("millisecond", "second", "minute")),
        "millisecond",
        "The grain to which `lastModifiedAt` and `deletedAt` are kept.",
        "second-truncated-timestamps",
        "rounded-up-cursor",
    )
    timestamp_rounding: str = _knob(
        "timestampRounding",
        Choice(("floor", "nearest", "ceil")),
        "floor",
        "How a stamp is brought to that grain.",
        "second-truncated-timestamps",
        "rounded-up-cursor",
    )
    timestamp_format: str = _knob(
        "timestampFormat",
        Choice(("Z", "+00:00", "+0000", "localOffset", "noFraction", "spaced", "epochMillis")),
        "Z",
        "How date-times go out: RFC 3339 ending in `Z`, in `+00:00`, in `+0000`, in the offset of Berlin, or without a "
        "fraction; as `2026-03-02 09:00:00` in UTC, or as epoch milliseconds.",
        "timestamp-formats",
    )
    date_skew: timedelta = _knob(
        "dateSkew",
        Shift(),
        timedelta(0),
        "How far the header `Date` is ahead of the clock that stamps.",
        "client-clock-watermark",
    )
    index_lag: timedelta | None = _knob(
        "indexLag",
        Lasting(),
        None,
        "How long lists lag behind reads by id: the `visibleAfter` of every write that says nothing else.",
        "index-lag",
        "late-commit-visibility",
    )
    unbumped_fields: tuple[str, ...] = _knob(
        "unbumpedFields",
        Names(FIELDS),
        (),
        "An edit that changes only these fields leaves `lastModifiedAt` as it was.",
        "child-change-no-bump",
    )
    deletions: str = _knob(
        "deletions",
        Choice(("asked", "inline", "endpoint", "none")),
        "asked",
        "How deletions are told: by `/deletedEvents` and to who says `showDeleted=true`; in every list with `since`; "
        "by `/deletedEvents` alone; or not at all.",
        "split-stream-race",
        "edit-vs-delete",
    )
    tombstones: str = _knob(
        "tombstones",
        Choice(("full", "idOnly")),
        "full",
        "Whether a tombstone says when, or is `id` and `deleted` alone.",
        "id-only-tombstone",
    )
    tombstone_retention: timedelta | None = _knob(
        "tombstoneRetention",
        Lasting(),
        None,
        "How long a tombstone is reported; null means for ever.",
        "tombstone-expired",
        "expired-cursor-swallowed",
    )
    expired_since: str = _knob(
        "expiredSince",
        Choice(("refuse", "empty", "silent")),
        "refuse",
        "What a `since` older than the retention gets from a list with tombstones: 410, an empty list, or silently "
        "what is left.",
        "tombstone-expired",
        "expired-cursor-swallowed",
    )
    deleted_status: int = _knob(
        "deletedStatus",
        Choice((404, 410)),
        404,
        "The status that a deleted event's id answers with.",
        "delete-of-deleted",
    )
    page_size: int | None = _knob(
        "pageSize",
        Whole(1, MAX_PAGE),
        None,
        "The page size of a list that names no `limit`; null means one page.",
        "bulk-same-timestamp",
    )
    paging: str = _knob(
        "paging",
        Choice(("keyset", "offset", "snapshot")),
        "keyset",
        "What a page token says: after which row to go on, how many rows to pass over in the list as it is then, or "
        "where to go on in the list as it was at the first page.",
        "edit-during-paging",
        "delete-during-paging",
        "insert-during-paging",
    )
    page_token_life: timedelta | None = _knob(
        "pageTokenLife",
        Lasting(),
        None,
        "How long a page token is good for; null means for as long as the start state.",
        "page-token-expired",
    )
    result_cap: int | None = _knob(
        "resultCap",
        Whole(1, 1_000_000),
        None,
        "How many rows one walk gets at most; then it ends as if there were no more.",
        "result-cap",
    )
    list_shape: str = _knob(
        "listShape",
        Choice(("object", "array")),
        "object",
        "Whether a list is an object with `records`, or a bare array with the next page in `Link`.",
    )
    omitted_from_lists: tuple[str, ...] = _knob(
        "omittedFromLists",
        Names(FIELDS),
        (),
        "These fields are left out of lists; reads by id have them.",
        "omitted-not-empty",
    )
    private_in_lists: str = _knob(
        "privateInLists",
        Choice(("full", "busy")),
        "full",
        "Whether lists show a private event, or only that somebody is busy, and when.",
        "private-redaction",
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
        "id-beyond-2-53",
    )
    unknown_fields: str = _knob(
        "unknownFields",
        Choice(("reject", "ignore", "keep")),
        "reject",
        "What becomes of a field that the contract does not know: refused, dropped, or kept and given back.",
        "unknown-fields-dropped",
    )
    normalization: tuple[str, ...] = _knob(
        "normalization",
        Names(("trim", "lowerCaseAddresses", "crlf")),
        (),
        "What a write changes of its own accord: blanks around subject and location go, addresses become lower case, "
        "lines of a description end in CR LF.",
        "server-normalizes",
        "attendee-case",
    )
    update_verbs: str = _knob(
        "updateVerbs",
        Choice(("both", "patch", "put")),
        "both",
        "Which methods change an event; the other gets a 405.",
        "put-clobbers-absent",
    )
    if_match: str = _knob(
        "ifMatch",
        Choice(("honored", "ignored", "required")),
        "honored",
        "Whether `If-Match` is heeded, ignored, or must be there (428 without).",
        "concurrent-lost-update",
    )
    write_answer: str = _knob(
        "writeAnswer",
        Choice(("event", "id", "nothing", "staleTag")),
        "event",
        "What a write answers with: the event, its id, nothing, or the event with the tag from before the write.",
        "stale-etag-after-write",
    )
    credentials: str | None = _knob(
        "credentials",
        Secret(200),
        None,
        "The bearer token that `/api/v1` asks for; null accepts any credentials.",
        "token-expires-mid-sync",
    )

    @property
    def grain(self) -> timedelta:
        """The precision to which stamps are shown, and so kept and compared (contract, section 4)."""
        finest = timedelta(seconds=1) if self.timestamp_format in ("noFraction", "spaced") else MILLISECOND
        return max(PRECISIONS[self.timestamp_precision], finest)

    @property
    def disallowed_methods(self) -> frozenset[str]:
        """The methods with which this CRM does not change events, though others do."""
        return frozenset(("PATCH", "PUT")) - {self.update_verbs.upper()} if self.update_verbs != "both" else frozenset()

    @property
    def shows_writes(self) -> bool:
        """Whether a write is answered with the event as the CRM keeps it."""
        return self.write_answer in ("event", "staleTag")


@dataclass(frozen=True, slots=True)
class Knob:
    """What is known of a knob: its name on the wire, its attribute, its values, default and sentence, and the hazards
    (`docs/hazards.md`) that it serves.
    """

    name: str
    attribute: str
    values: Values
    default: Any
    sentence: str
    hazards: tuple[str, ...]

    def kept(self, value: Any) -> Any:
        """A value as a dialect has it: words in their own order, so that dialects which speak alike are equal."""
        return tuple(filter(value.__contains__, self.values.words)) if isinstance(self.values, Names) else value


def _declared(knob: "Field[Any]") -> Knob:
    return Knob(attribute=knob.name, default=knob.default, **knob.metadata)


KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in map(_declared, fields(Dialect))}
"""Every knob, by its name on the wire."""


PLAIN = Dialect()
"""The contract's own way of speaking."""

PRECISIONS: Mapping[str, timedelta] = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
}

ROUNDINGS: Mapping[str, Callable[[datetime, timedelta], datetime]] = {
    "floor": floor_to,
    "nearest": nearest_to,
    "ceil": ceil_to,
}

FORMATS: Mapping[str, Callable[[datetime], str | int]] = {
    "Z": format_instant,
    "+00:00": lambda instant: instant.isoformat(timespec="milliseconds"),
    "+0000": lambda instant: instant.isoformat(timespec="milliseconds")[:-6] + "+0000",
    "localOffset": format_local,
    "noFraction": lambda instant: instant.isoformat(timespec="seconds")[:-6] + "Z",
    "spaced": lambda instant: instant.isoformat(" ", "seconds")[:-6],
    "epochMillis": epoch_millis,
}


def to_rfc3339(text: str, form: str) -> str:
    """A date-time that may be written in a form of one's own, as RFC 3339 has it."""
    if form == "+0000" and text.endswith("+0000"):
        return f"{text.removesuffix('+0000')}Z"
    if form == "spaced" and text[10:11] == " ":
        return f"{text[:10]}T{text[11:]}Z"
    return text


def changed(dialect: Dialect, knobs: Mapping[str, Any]) -> Dialect:
    """The dialect with some knobs, by their names on the wire, set to values that a schema has passed."""
    return replace(dialect, **{KNOBS[name].attribute: KNOBS[name].kept(value) for name, value in knobs.items()})


PLAIN_KEEPING = changed(PLAIN, {"unknownFields": "keep"})
"""Plain speech that loses nothing: how snapshots are read, and colleagues in a CRM with fields of its own."""


def settings(dialect: Dialect) -> dict[str, Any]:
    """Every knob's value by its name on the wire."""
    return {name: getattr(dialect, knob.attribute) for name, knob in KNOBS.items()}
