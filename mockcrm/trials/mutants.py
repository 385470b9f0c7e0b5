"""The mutants: the reference client without one safeguard or several, and the hazards that are meant to catch them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import field
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.safeguards import Safeguard

SAFETY_NETS = {
    Safeguard.LOOKBACK,
    Safeguard.DAILY_RESYNC,
    Safeguard.STABLE_READ,
    Safeguard.READ_ON,
    Safeguard.ABSENCE_CHECK,
}
"""The safeguards that recover a change after another safeguard has missed it. Most mutants that read lack them too."""

AURINKO = "aurinko"
"""Not a mutant, but a client that reads as Aurinko's does (`mockcrm.reference_client.aurinko`)."""

READ_MUTANTS: Mapping[str, frozenset[Safeguard]] = {
    "careful": frozenset(),
    "no lookback": frozenset({Safeguard.LOOKBACK}),
    "no safety nets": frozenset(SAFETY_NETS),
} | {
    name: frozenset({*SAFETY_NETS, *without})
    for name, without in {
        "largest stamp": {Safeguard.AS_OF},
        "own clock": {Safeguard.CRM_CLOCK},
        "last page's asOf": {Safeguard.FIRST_PAGE},
        "shared watermark": {Safeguard.OWN_WATERMARKS},
        "watermark per page": {Safeguard.LAST_PAGE, Safeguard.RETRIES},
        "first page only": {Safeguard.ALL_PAGES},
        "stops at empty page": {Safeguard.EMPTY_PAGES},
        "pages by stamp": {Safeguard.PAGE_TOKENS},
        "no loop guard": {Safeguard.LOOP_GUARD},
        "no tombstones": {Safeguard.TOMBSTONES},
        "ignores 410": {Safeguard.FULL_RESYNC},
        "ignores Retry-After": {Safeguard.RETRY_AFTER},
        "no comparison": {Safeguard.COMPARE_CONTENT},
        "signs in once": {Safeguard.NEW_CREDENTIALS},
    }.items()
}
"""The careful client, and the mutants that read carelessly, each with the safeguards that it lacks."""

WRITE_MUTANTS: Mapping[str, frozenset[Safeguard]] = {
    name: frozenset(without)
    for name, without in {
        "careful": set[Safeguard](),
        "no If-Match": {Safeguard.IF_MATCH, Safeguard.CHANGES_ONLY},
        "blind": {Safeguard.READ_BEFORE_WRITE},
        "blind, all fields": {Safeguard.READ_BEFORE_WRITE, Safeguard.CHANGES_ONLY},
        "blind, trusts lists": {Safeguard.READ_BEFORE_WRITE, Safeguard.CHANGES_ONLY, Safeguard.COMPLETE_ROWS},
        "no idempotency keys": {Safeguard.IDEMPOTENCY_KEYS},
        "partial PUT": {Safeguard.COMPLETE_PUTS},
        "no nulls": {Safeguard.NULLS},
        "visible attendees only": {Safeguard.HIDDEN_ATTENDEES},
        "known fields only": {Safeguard.UNKNOWN_FIELDS},
        "insists on wording": {Safeguard.STORED_ANSWER},
        "recreates deleted": {Safeguard.DELETION_WINS},
        "uploads missing": {Safeguard.ABSENCE_IS_DELETION, Safeguard.ABSENCE_CHECK},
        "writes every row": {Safeguard.COMPARE_CONTENT},
        "inclusive end": {Safeguard.EXCLUSIVE_END},
        "stops at unfit event": {Safeguard.QUARANTINE},
        "uploads what is there": {Safeguard.ADOPTS_MEETINGS},
        "stops at early children": {Safeguard.WAITS_FOR_PARENT},
        "uploads orphans": {Safeguard.ORPHANS},
        "deletes children itself": {Safeguard.DELETED_TOGETHER},
    }.items()
}
"""The careful client, and the mutants that write carelessly, each with the safeguards that it lacks."""

MUTANTS = {**READ_MUTANTS, **WRITE_MUTANTS}

TARGETS: Mapping[str, str] = {
    "equal-timestamp-at-watermark": "no lookback",
    "bulk-same-timestamp": "pages by stamp",
    "second-truncated-timestamps": "largest stamp",
    "rounded-up-cursor": AURINKO,
    "client-clock-watermark": "own clock",
    "late-commit-visibility": "no lookback",
    "index-lag": "no lookback",
    "out-of-order-rows": "pages by stamp",
    "server-clock-backwards": "no lookback",
    "child-change-no-bump": "no safety nets",
    "split-stream-race": "shared watermark",
    "sliding-window-delta": "slides without reading",
    "cursor-in-another-zone": "stamps in its own zone",
    "edit-during-paging": "no safety nets",
    "delete-during-paging": "no safety nets",
    "insert-during-paging": "last page's asOf",
    "empty-page-with-next": "stops at empty page",
    "page-token-expired": "watermark per page",
    "newest-token-on-truncated-page": "no safety nets",
    "result-cap": "no safety nets",
    "cap-on-one-stamp": AURINKO,
    "tombstone-expired": "no safety nets",
    "expired-cursor-swallowed": "ignores 410",
    "rate-limit-burst": "ignores Retry-After",
    "error-mid-pagination": "watermark per page",
    "lost-response-on-create": "no idempotency keys",
    "retry-nonidempotent-post": "no idempotency keys",
    "concurrent-lost-update": "no If-Match",
    "tag-without-content": "tag by HEAD",
    "put-clobbers-absent": "partial PUT",
    "rsvp-reset": "bare attendees",
    "omitted-not-empty": "blind, trusts lists",
    "echo-own-write": "writes every row",
    "server-normalizes": "insists on wording",
    "growing-text": "adds a line",
    "unknown-fields-dropped": "known fields only",
    "allday-end-inclusive": "inclusive end",
    "private-redaction": "blind, trusts lists",
    "one-cursor-many-calendars": "shared watermark",
    "same-meeting-two-users": "uploads what is there",
    "child-before-parent": "stops at early children",
    "child-outlives-parent": "uploads orphans",
    "parent-delete-cascades": "deletes children itself",
}
"""The mutant that each hazard is meant to catch: the audit must report it, and name the hazard as the cause.

The other hazards have no such mutant. No mutant loses anything to them, or they only make it stop (token-loop,
token-expires-mid-sync).
"""


@dataclass(frozen=True)
class Mutant:
    """A client of some design `without` some safeguards, for trials in which the cause of a loss must be known.

    Its `control` lacks only these safeguards: what the mutant loses and its control does not, it loses by the mutation.
    `codes` are the findings that it is meant to get for that. `dialect` and `faults` are what it needs to lose
    something. Its windows move in trials where it `slides`. With `matching` it links attendees to people,
    with `calendars` it follows all calendars.
    """

    name: str
    design: str = "delta"
    without: Set[Safeguard] = frozenset()
    control: Set[Safeguard] = frozenset()
    codes: Set[str] = frozenset()
    dialect: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Any] = ()
    slides: bool = False
    aurinko: bool = False
    matching: bool = False
    calendars: bool = False


_NETS = frozenset(SAFETY_NETS - {Safeguard.ABSENCE_CHECK})
_PASSED = frozenset({"change.outOfReach", "deletion.outOfReach", "deletion.expired", "answer.incomplete"})


_NOT_READ = ("window.slid", "window.movedOut")
"""Without reading a moved window whole a client lacks what it came to, and keeps what was moved out of it."""


def _mutant(name: str, design: str, lacks: Safeguard, *codes: str, **more: Any) -> Mutant:
    return Mutant(name, design, _NETS | {lacks}, _NETS, frozenset(codes), **more)


def _writer(name: str, lacks: Safeguard, *codes: str, **more: Any) -> Mutant:
    return Mutant(name, without=frozenset({lacks}), codes=frozenset(codes), **more)


CAREFUL_DESIGNS = tuple(Mutant(f"careful: {design}", design, slides=True) for design in DESIGNS)
"""The careful client of each design."""

DESIGN_MUTANTS: Sequence[Mutant] = (
    _mutant("slides without reading", "rolling deltas", Safeguard.REREAD_WINDOW, *_NOT_READ, slides=True),
    _mutant("two filters slide without reading", "two filters", Safeguard.REREAD_WINDOW, *_NOT_READ, slides=True),
    _mutant("one watermark for all windows", "monthly deltas", Safeguard.OWN_WATERMARKS, "watermark.shared"),
    _mutant(
        "stamps in its own zone",
        "delta",
        Safeguard.UTC_STAMPS,
        "watermark.beyondClock",
        *_PASSED,
        dialect={"timestampFormat": "spaced"},
    ),
    _mutant("watermark as startAt", "delta", Safeguard.SINCE, "watermark.asStart"),
    _mutant("watermark as startAt in a window", "monthly deltas", Safeguard.SINCE, "watermark.asStart"),
    _mutant("begins with a floor", "delta", Safeguard.NO_FLOOR, "read.floor", slides=True),
    Mutant(
        "largest stamp of a capped list",
        aurinko=True,
        codes=frozenset({"read.capped", *_PASSED}),
        without=_NETS,
        control=_NETS,
        dialect={"resultCap": 3},
    ),
    _mutant(
        "asks since 1970",
        "delta",
        Safeguard.WITHOUT_SINCE,
        "read.futile",
        "expired.ignored",
        *_PASSED,
        dialect={"tombstoneRetention": "30m"},
    ),
    _mutant(
        "follows repeated tokens",
        "delta",
        Safeguard.LOOP_GUARD,
        "pageToken.loop",
        dialect={"pageSize": 2},
        faults=({"repeatToken": 1}, {"repeatToken": 2}),
    ),
    _mutant(
        "token beside another query", "delta", Safeguard.SAME_QUERY, "pageToken.queryChanged", dialect={"pageSize": 2}
    ),
    _mutant("keeps what left its window", "rolling window", Safeguard.LEFT_WINDOW, "window.movedOut"),
    Mutant(
        "deltas of windows alone",
        "monthly deltas",
        without=_NETS,
        codes=frozenset({"window.movedOut", *_PASSED}),
    ),
    _mutant("last page's asOf of windows", "monthly deltas", Safeguard.FIRST_PAGE, *_PASSED, dialect={"pageSize": 1}),
    _mutant("last page's asOf of slices", "parallel slices", Safeguard.FIRST_PAGE, *_PASSED, dialect={"pageSize": 1}),
    _mutant("largest stamp of slices", "parallel slices", Safeguard.AS_OF, *_PASSED),
    _mutant("no tombstones in windows", "monthly deltas", Safeguard.TOMBSTONES, "deletion.neverAskedFor"),
    _mutant(
        "ignores 410 in windows",
        "monthly deltas",
        Safeguard.FULL_RESYNC,
        "expired.ignored",
        *_PASSED,
        dialect={"tombstoneRetention": "30m"},
    ),
)
"""Mutants of several designs that lose events in ways of their own."""

CAREFUL_WRITER = Mutant("careful")

WRITING_MUTANTS: Sequence[Mutant] = (
    _writer("tag by HEAD", Safeguard.TAG_WITH_CONTENT, "overwrite.blind"),
    Mutant(
        "old body under a new tag",
        without=frozenset({Safeguard.FRESH_BODY, Safeguard.UNKNOWN_FIELDS}),
        control=frozenset({Safeguard.UNKNOWN_FIELDS}),
        codes=frozenset({"overwrite.reverted"}),
    ),
    _writer("bare attendees", Safeguard.ATTENDEE_STATUS, "overwrite.clobbered"),
    _writer("adds a line", Safeguard.PLAIN_TEXT, "write.growth"),
    _writer("writes an hour later", Safeguard.UTC_TIMES, "write.drift"),
    _writer("repeats what is refused", Safeguard.REFUSED_ASIDE, "request.futile"),
)
"""Mutants of the reference client that write carelessly in ways of their own."""


CAREFUL_MATCHER = Mutant("careful: matching", matching=True)
"""The careful client that links attendees to the people in the CRM."""

MATCHING_MUTANTS: Sequence[Mutant] = tuple(
    Mutant(name, without=frozenset({lacks}), matching=True)
    for name, lacks in {
        "matches letters": Safeguard.MATCHES_ANY_CASE,
        "looks up by filters": Safeguard.KEEPS_DIRECTORY,
        "uploads internal meetings": Safeguard.LEAVES_INTERNAL,
        "looks once for attendees": Safeguard.RETRIES_UNMATCHED,
    }.items()
)
"""Mutants that link attendees to people carelessly. The audit finds nothing in that: no client has to link anybody."""

CHILD_MUTANTS: Sequence[Mutant] = (
    Mutant("shows children as meetings", without=frozenset({Safeguard.PART_OF_PARENT})),
    Mutant("keeps old answers", without=frozenset({Safeguard.CHILD_ANSWERS})),
)
"""Mutants that do not know child events. The audit finds nothing in that: their mistakes stay in the calendar."""


CAREFUL_FOLLOWER = Mutant("careful: calendars", calendars=True)
"""The careful client that follows all calendars."""

CALENDAR_MUTANTS: Sequence[Mutant] = (
    Mutant(
        "one watermark for all calendars",
        without=_NETS | {Safeguard.OWN_WATERMARKS},
        control=_NETS,
        codes=frozenset({"watermark.shared"}),
        calendars=True,
    ),
    *(
        Mutant(name, without=frozenset({lacks}), calendars=True)
        for name, lacks in {
            "asks once for calendars": Safeguard.LISTS_CALENDARS,
            "takes unread for empty": Safeguard.KEEPS_UNREAD,
            "takes moves for deletions": Safeguard.FOLLOWS_MOVES,
            "writes to the primary calendar": Safeguard.WRITES_IN_PLACE,
        }.items()
    ),
)
"""Mutants that follow several calendars carelessly."""


def mutants_by_name() -> Mapping[str, Mutant]:
    """The careful client of each design, all mutants, and the client that reads as Aurinko's does."""
    # Who follows one calendar alone can share no watermark among several.
    follower = TARGETS["one-cursor-many-calendars"]
    careful, *mutants = (Mutant(name, without=each, calendars=name == follower) for name, each in MUTANTS.items())
    designs = [each for each in CAREFUL_DESIGNS if each.design != careful.design]
    people = (CAREFUL_MATCHER, *MATCHING_MUTANTS)
    several = (CAREFUL_FOLLOWER, *CALENDAR_MUTANTS)
    others = (*DESIGN_MUTANTS, *WRITING_MUTANTS, *people, *several, *CHILD_MUTANTS, Mutant(AURINKO, aurinko=True))
    return {each.name: each for each in (careful, *designs, *mutants, *others)}
