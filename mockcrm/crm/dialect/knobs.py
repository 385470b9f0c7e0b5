"""The knobs of a dialect, each declared once.

A knob is a field of `Dialect`. Its metadata are its name on the wire, its values, a sentence on what it does, and the
hazards (`docs/explanation/hazards.md`) that it can cause. The schema that reads dialects (`crm/dialect/named.py`),
`GET /admin/dialects` and the documentation are made from these declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import FORMATS, MILLISECOND, ceil_to, floor_to, nearest_to
from mockcrm.crm.event import FIELDS
from mockcrm.crm.ids import ID_FORMS

MAX_PAGE = 1000
"""The largest page a client may ask for (contract, section 3)."""


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


@dataclass(frozen=True, slots=True)
class Choice:
    """A knob that takes one of a few words or numbers."""

    words: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WholeNumber:
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
class ShortText:
    """A knob that takes a short text, or null."""

    longest: int


Values = Choice | WholeNumber | Lasting | Shift | Names | ShortText


def _knob(name: str, values: Values, default: Any, sentence: str, *hazards: str) -> Any:
    return field(default=default, metadata={"name": name, "values": values, "sentence": sentence, "hazards": hazards})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CRM behaves towards its clients. The defaults are the contract's.

    >>> Dialect(since="exclusive").since
    'exclusive'
    """

    since: str = _knob(
        "since",
        Choice(("inclusive", "exclusive")),
        "inclusive",
        "Whether the delta contains a row stamped exactly `since`.",
        "equal-timestamp-at-watermark",
        "inclusive-since-repeat",
    )
    delta_order: str = _knob(
        "deltaOrder",
        Choice(("stamp", "reverse", "shuffled")),
        "stamp",
        "The order of a delta: by stamp, newest first, or in an order unrelated to stamps.",
        "out-of-order-rows",
        "insert-during-paging",
    )
    timestamp_precision: str = _knob(
        "timestampPrecision",
        Choice(tuple(PRECISIONS)),
        "millisecond",
        "The precision of `lastModifiedAt` and `deletedAt`.",
        "second-truncated-timestamps",
        "rounded-up-cursor",
    )
    timestamp_rounding: str = _knob(
        "timestampRounding",
        Choice(tuple(ROUNDINGS)),
        "floor",
        "How a stamp is rounded to `timestampPrecision`.",
        "second-truncated-timestamps",
        "rounded-up-cursor",
    )
    timestamp_format: str = _knob(
        "timestampFormat",
        Choice(tuple(FORMATS)),
        "Z",
        "How date-times are written: in RFC 3339 with `Z`, with `+00:00`, with `+0000`, with the offset of Berlin, or "
        "without a fraction; as `2026-03-02 09:00:00` in UTC; or as epoch milliseconds.",
        "timestamp-formats",
        "cursor-in-another-zone",
    )
    date_skew: timedelta = _knob(
        "dateSkew",
        Shift(),
        timedelta(0),
        "How far the `Date` header is ahead of the clock that stamps events.",
        "client-clock-watermark",
    )
    index_lag: timedelta | None = _knob(
        "indexLag",
        Lasting(),
        None,
        "How long lists lag behind reads by id. It is the `visibleAfter` of every write that does not set its own.",
        "index-lag",
        "late-commit-visibility",
    )
    unbumped_fields: tuple[str, ...] = _knob(
        "unbumpedFields",
        Names(tuple(FIELDS)),
        (),
        "An edit that changes only these fields does not change `lastModifiedAt`.",
        "child-change-no-bump",
    )
    deletions: str = _knob(
        "deletions",
        Choice(("asked", "inline", "endpoint", "none")),
        "asked",
        "How clients learn of deletions: from `/deletedEvents` and with `showDeleted=true`; in every list with "
        "`since`; only from `/deletedEvents`; or not at all.",
        "split-stream-race",
        "edit-vs-delete",
    )
    tombstones: str = _knob(
        "tombstones",
        Choice(("full", "idOnly")),
        "full",
        "Whether a tombstone has its times, or only `id` and `deleted`.",
        "id-only-tombstone",
    )
    tombstone_retention: timedelta | None = _knob(
        "tombstoneRetention",
        Lasting(),
        None,
        "How long the CRM keeps a tombstone. Null: forever.",
        "tombstone-expired",
        "expired-cursor-swallowed",
    )
    expired_since: str = _knob(
        "expiredSince",
        Choice(("refuse", "empty", "silent")),
        "refuse",
        "The answer of a list with tombstones to a `since` older than `tombstoneRetention`: a 410, an empty list, or "
        "the remaining rows without a warning.",
        "tombstone-expired",
        "expired-cursor-swallowed",
    )
    deleted_status: int = _knob(
        "deletedStatus",
        Choice((404, 410)),
        404,
        "The status of the answer to a request for a deleted event.",
        "delete-of-deleted",
    )
    page_size: int | None = _knob(
        "pageSize",
        WholeNumber(1, MAX_PAGE),
        None,
        "The page size of a list without `limit`. Null: everything on one page.",
        "bulk-same-timestamp",
    )
    paging: str = _knob(
        "paging",
        Choice(("keyset", "offset", "snapshot")),
        "keyset",
        "What a page token means: continue after a certain row; skip a number of rows in the current list; or continue "
        "in the list as it was at the first page.",
        "edit-during-paging",
        "delete-during-paging",
        "insert-during-paging",
    )
    page_token_life: timedelta | None = _knob(
        "pageTokenLife",
        Lasting(),
        None,
        "How long a page token is valid. Null: until a reset.",
        "page-token-expired",
    )
    result_cap: int | None = _knob(
        "resultCap",
        WholeNumber(1, 1_000_000),
        None,
        "The most rows that a paged read returns. It then ends as if there were no more. Null: all rows.",
        "result-cap",
        "cap-on-one-stamp",
    )
    list_shape: str = _knob(
        "listShape",
        Choice(("object", "array")),
        "object",
        "Whether a list is an object with `records`, or a bare array with the address of the next page in `Link`.",
    )
    omitted_from_lists: tuple[str, ...] = _knob(
        "omittedFromLists",
        Names(tuple(FIELDS)),
        (),
        "Lists leave these fields out. Reads by id have them.",
        "omitted-not-empty",
    )
    private_in_lists: str = _knob(
        "privateInLists",
        Choice(("full", "busy")),
        "full",
        "Whether lists show a private event in full, or only its times and a placeholder.",
        "private-redaction",
    )
    related_to_shape: str = _knob(
        "relatedToShape",
        Choice(("list", "object")),
        "list",
        "Whether `relatedTo` is a list of all links, or the first link as one object (null without links).",
    )
    id_form: str = _knob(
        "idForm",
        Choice(tuple(ID_FORMS)),
        "decimal",
        "The form of new ids: decimal digits, digits of a number that a double cannot hold, 18 characters, or a GUID.",
        "id-beyond-2-53",
    )
    unknown_fields: str = _knob(
        "unknownFields",
        Choice(("reject", "ignore", "keep")),
        "reject",
        "What the CRM does with a field that the contract does not have: it refuses the write, drops the field, or "
        "keeps and returns it.",
        "unknown-fields-dropped",
    )
    normalization: tuple[str, ...] = _knob(
        "normalization",
        Names(("trim", "lowerCaseAddresses", "crlf")),
        (),
        "What the CRM changes in each write: it trims subject and location, changes addresses to lower case, or ends "
        "the lines of a description in CR LF.",
        "server-normalizes",
        "attendee-case",
    )
    references: str = _knob(
        "references",
        Choice(("accept", "refuse", "drop")),
        "accept",
        "What the CRM does with a link to a record that does not exist, or was deleted, in the fields that a write "
        "sends: it accepts the link, refuses the write, or drops the link, and an attendee of whom nothing else is "
        "known.",
    )
    on_delete: str = _knob(
        "onDelete",
        Choice(("leave", "drop", "block")),
        "leave",
        "What becomes of links to a record that is deleted: they stay; they become null or leave their list, and what "
        "had them gets a new stamp; or they block the deletion.",
    )
    merged: str = _knob(
        "merged",
        Choice(("deleted", "pointer", "follow")),
        "deleted",
        "What the CRM returns for the id of a record that was merged into another: the same as for a deleted one; a "
        "tombstone with `mergedInto`, in lists and by id; or, by id, the other record.",
    )
    update_verbs: str = _knob(
        "updateVerbs",
        Choice(("both", "patch", "put")),
        "both",
        "Which methods update an event: PATCH and PUT, or only one of them. The other then gets a 405.",
        "put-clobbers-absent",
    )
    if_match: str = _knob(
        "ifMatch",
        Choice(("honored", "ignored", "required")),
        "honored",
        "Whether `If-Match` is honored, ignored, or required (428 without it).",
        "concurrent-lost-update",
    )
    write_answer: str = _knob(
        "writeAnswer",
        Choice(("event", "id", "nothing", "staleTag")),
        "event",
        "The answer to a write: the event, its id, nothing, or the event with the `ETag` from before the write.",
        "stale-etag-after-write",
        "tag-without-content",
    )
    child_events: str = _knob(
        "childEvents",
        Choice(("none", "users")),
        "none",
        "Whether an event has a child event for each attendee who is a user of the CRM and not the event's owner.",
        "parent-child-duplication",
        "parent-delete-cascades",
    )
    child_order: str = _knob(
        "childOrder",
        Choice(("after", "before")),
        "after",
        "Whether the changes of child events come after or before their parent's in the change log, and so in a delta.",
        "parent-child-duplication",
        "child-before-parent",
    )
    children_on_delete: str = _knob(
        "childrenOnDelete",
        Choice(("delete", "leave")),
        "delete",
        "What becomes of child events when their parent is deleted: they are deleted with it, or stay as they are, "
        "with a `parentId` that points nowhere.",
        "child-outlives-parent",
        "parent-delete-cascades",
    )
    credentials: str | None = _knob(
        "credentials",
        ShortText(200),
        None,
        "The bearer token that `/api/v1` requires. Null: any credentials are accepted.",
        "token-expires-mid-sync",
    )
    me: str | None = _knob(
        "me",
        ShortText(100),
        None,
        "The id or key of the user who calls: `/users/me`, `ownerId=me`, and the owner of new events. Null: the first "
        "user created that is not deleted.",
    )
    event_owner: str = _knob(
        "eventOwner",
        Choice(("hidden", "shown")),
        "hidden",
        "Whether events show `ownerId`, and writes may set it.",
    )
    calendars: str = _knob(
        "calendars",
        Choice(("one", "many")),
        "one",
        "Whether events show the calendar that they are in, `calendarId`, and writes may set it.",
    )

    @property
    def grain(self) -> timedelta:
        """The precision to which stamps are kept, shown and compared (contract, section 4)."""
        finest = timedelta(seconds=1) if self.timestamp_format in ("noFraction", "spaced") else MILLISECOND
        return max(PRECISIONS[self.timestamp_precision], finest)

    @property
    def disallowed_methods(self) -> frozenset[str]:
        """The methods that do not change events in this CRM, though the contract has them."""
        return frozenset(("PATCH", "PUT")) - {self.update_verbs.upper()} if self.update_verbs != "both" else frozenset()

    @property
    def shows_writes(self) -> bool:
        """Whether the answer to a write is the event."""
        return self.write_answer in ("event", "staleTag")


@dataclass(frozen=True, slots=True)
class Knob:
    """A knob: its name on the wire, its attribute of `Dialect`, its values, default and sentence, and its hazards."""

    name: str
    attribute: str
    values: Values
    default: Any
    sentence: str
    hazards: tuple[str, ...]

    def kept(self, value: Any) -> Any:
        """A value as a dialect keeps it: words in a fixed order, so that equal dialects compare equal."""
        return tuple(filter(value.__contains__, self.values.words)) if isinstance(self.values, Names) else value


def _declared(knob: "Field[Any]") -> Knob:
    return Knob(attribute=knob.name, default=knob.default, **knob.metadata)


KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in map(_declared, fields(Dialect))}
"""Every knob, by its name on the wire."""


PLAIN = Dialect()
"""The dialect of the contract."""


def changed(dialect: Dialect, knobs: Mapping[str, Any]) -> Dialect:
    """A dialect with some knobs set, by their names on the wire, to values that a schema has checked."""
    return replace(dialect, **{KNOBS[name].attribute: KNOBS[name].kept(value) for name, value in knobs.items()})


CONTROLS = changed(PLAIN, {"eventOwner": "shown", "calendars": "many"})
"""The contract's dialect, with all that a dialect may hide shown: the controls read and show records in it."""
CONTROLS_KEEPING = changed(CONTROLS, {"unknownFields": "keep"})
"""The same, with unknown fields kept."""


_WITH_TEXT_IDS: Mapping[Dialect, Dialect] = {
    each: changed(each, {"idForm": "guid"}) for each in (CONTROLS, CONTROLS_KEEPING)
}


def content_dialect(dialect: Dialect) -> Dialect:
    """The dialect in which the controls of a CRM read content: their own, with the unknown fields that this CRM keeps.

    Where its ids are not digits, they are texts there, too.
    """
    own = CONTROLS_KEEPING if dialect.unknown_fields == "keep" else CONTROLS
    return own if ID_FORMS[dialect.id_form].digits else _WITH_TEXT_IDS[own]


SAVED = _WITH_TEXT_IDS[CONTROLS_KEEPING]
"""The dialect that reads every record which any CRM has kept."""


def knob_values(dialect: Dialect) -> dict[str, Any]:
    """The value of each knob, by its name on the wire."""
    return {name: getattr(dialect, knob.attribute) for name, knob in KNOBS.items()}
