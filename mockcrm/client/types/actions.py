"""Actions, and the fault rules that can be among them (`docs/reference/actions.md`, `docs/reference/faults.md`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from mockcrm.client.types.dialects import DialectName, NamedKnobs
from mockcrm.client.types.events import ChangeType, EventFields, NewEventFields
from mockcrm.client.types.names import ErrorCode, KindName, OtherFields
from mockcrm.client.types.requests import Matcher
from mockcrm.client.types.values import BeforeOrAfter, DurationLike, InstantLike

# Effects of a fault


class StatusEffect(TypedDict, total=False):
    """Answer with a status: instead of asking the CRM, or after it has done what was asked."""

    status: Required[int]
    headers: Mapping[str, str]
    body: Any
    when: BeforeOrAfter


class DelayEffect(TypedDict, total=False):
    """Keep the client waiting: for `by`, or for a time drawn from `min` to `max`."""

    by: DurationLike | None
    min: DurationLike | None
    max: DurationLike | None
    when: BeforeOrAfter


HowToDisconnect = Literal["reset", "close"]


class DisconnectEffect(TypedDict, total=False):
    """Break the connection."""

    how: HowToDisconnect
    when: BeforeOrAfter


class TruncateEffect(TypedDict, total=False):
    """Send half of the body, a `fraction` of it, or so many `bytes`."""

    fraction: float | None
    bytes: int | None
    contentLength: Literal["full", "cut"]


class RateLimitEffect(TypedDict, total=False):
    """Answer 429, or another `status`, to a client that makes more than `requests` in a window of time, `per`."""

    requests: Required[int]
    per: Required[DurationLike]
    retryAfter: Literal["seconds", "date", "none", "past"]
    status: int
    body: Any


class StaleEffect(TypedDict, total=False):
    """Answer as a replica that lags `by` a duration, or by a number of `changes`."""

    by: DurationLike | None
    changes: int | None
    asOf: Literal["now", "then"]


class RepeatTokenEffect(TypedDict, total=False):
    """Send a page token once more that was sent `length` pages ago."""

    length: int


class ShortPageEffect(TypedDict, total=False):
    """Cut a page to `keep` rows, or to half."""

    keep: int | None


class DoEffect(TypedDict, total=False):
    """Perform actions in the CRM just before the request, or just after it."""

    actions: Required["Action | Sequence[Action]"]
    when: BeforeOrAfter


class NoArguments(TypedDict):
    """An empty object."""


EffectName = Literal[
    "disconnect",
    "truncate",
    "malformed",
    "html",
    "expireCredentials",
    "emptyList",
    "repeatToken",
    "repeatPage",
    "emptyPage",
    "shortPage",
]
"""The effects that need no arguments."""


class EffectObject(TypedDict, total=False):
    """An effect with its arguments: exactly one of these keys. One argument may stand for all: `{"status": 503}`."""

    status: StatusEffect | int
    delay: DelayEffect | DurationLike | None
    disconnect: DisconnectEffect | HowToDisconnect
    truncate: TruncateEffect
    malformed: NoArguments
    html: NoArguments
    rateLimit: RateLimitEffect
    expireCredentials: NoArguments
    stale: StaleEffect | DurationLike | None
    emptyList: NoArguments
    repeatToken: RepeatTokenEffect | int
    repeatPage: NoArguments
    emptyPage: NoArguments
    shortPage: ShortPageEffect | int | None
    do: "DoEffect | Action | Sequence[Action]"


Effect = EffectName | EffectObject
"""What a fault rule does to a request."""

# Fault rules

_From = TypedDict("_From", {"from": InstantLike}, total=False)


class RuleLimits(_From, total=False):
    """When a fault rule applies: see `crm.faults.add`."""

    name: str
    times: int
    skip: int
    probability: float
    until: InstantLike


class FaultRule(RuleLimits, total=False):
    """A fault rule as JSON has it: which requests, when, and the effect."""

    effect: Required[Effect]
    match: Matcher


_ShownFrom = TypedDict("_ShownFrom", {"from": str}, total=False)


class _ShownRule(_ShownFrom, total=False):
    match: Matcher
    name: str
    times: int
    skip: int
    probability: float
    until: str
    problem: str


class Fault(_ShownRule):
    """A fault rule of a CRM, as it was added, with its `id`.

    `seen` counts the requests that its matcher picked, `applied` those that it was applied to. A `problem` says why
    the rule could not judge a request.
    """

    id: str
    effect: Effect
    seen: int
    applied: int


# Actions


class ActionModifiers(TypedDict, total=False):
    """How a colleague's write is made: the modifiers under their names in JSON."""

    visibleAfter: DurationLike
    stamp: InstantLike | DurationLike
    by: str | None


class RecordFields(EventFields, OtherFields, total=False):
    """The fields of a record of any kind. Which of them there are depends on the `kind`."""


class CreateAction(ActionModifiers, total=False):
    """Make a record, of a kind; without one, an event."""

    kind: KindName
    set: Required[NewEventFields | RecordFields]
    key: str


class RecordAction(ActionModifiers, total=False):
    """Delete or restore a record: an `event`, or a `record` of a kind."""

    kind: KindName
    event: str
    record: str


class EditAction(RecordAction, total=False):
    """Change fields of a record."""

    set: Required[RecordFields]
    bump: bool


class TouchAction(ActionModifiers, total=False):
    """Give records a new stamp and the same content: some `events`, or `records` of a kind."""

    kind: KindName
    events: Literal["all"] | Sequence[str]
    records: Literal["all"] | Sequence[str]


class ChurnAction(ActionModifiers, total=False):
    """Make, change and delete events at random."""

    creates: int
    edits: int
    deletes: int
    seed: int


_Into = TypedDict("_Into", {"from": Required[Sequence[str]]}, total=False)


class MergeAction(ActionModifiers, _Into, total=False):
    """Merge the records in `from` into another: they are deleted, and what referred to them refers to that."""

    kind: Required[KindName]
    into: Required[str]
    repoint: Literal["bump", "silent", "none"]


class AdvanceAction(TypedDict):
    """Move the clock forward."""

    by: DurationLike


ClockMode = Literal["running", "frozen"]


class ClockSettings(TypedDict, total=False):
    """What to set of the clock."""

    now: InstantLike
    mode: ClockMode
    rate: float
    tick: DurationLike


class ScheduleAction(TypedDict, total=False):
    """Perform actions later: `after` a duration, `at` an instant, or `every` so often."""

    after: DurationLike
    at: InstantLike
    every: DurationLike
    do: Required["ScheduledAction | Sequence[ScheduledAction]"]


class ScheduledAction(TypedDict, total=False):
    """An action that may be scheduled, because it does not move the clock: exactly one of these keys."""

    create: CreateAction
    edit: EditAction
    delete: RecordAction
    restore: RecordAction
    merge: MergeAction
    touch: TouchAction
    churn: ChurnAction
    dialect: DialectName | NamedKnobs
    fault: FaultRule
    clearFaults: NoArguments
    schedule: ScheduleAction


class Action(ScheduledAction, total=False):
    """An action: exactly one of these keys, the verb, with its arguments."""

    advance: AdvanceAction
    clock: ClockSettings


# What they did


class WrittenVersion(TypedDict, total=False):
    """A change that an action made. `eventId` is None for other records than events."""

    kind: Required[KindName]
    recordId: Required[str]
    eventId: Required[str | None]
    seq: Required[int]
    version: Required[int]
    op: Required[ChangeType]
    key: str


class ActionResult(TypedDict, total=False):
    """What an action did. Which fields there are depends on the `verb`.

    A verb that made one change has `kind`, `recordId`, `eventId`, `seq`, `version`, `op` and perhaps
    `key`, and `consequences` if it had any; `touch` and `churn` have `changes`; `advance` and `clock` have `now` and
    `ran`; `schedule` has `at`, `fault` the `id` of the rule, `clearFaults` how many it `cleared`, and `dialect` the
    `name`.
    """

    verb: Required[
        Literal[
            "create",
            "edit",
            "delete",
            "restore",
            "merge",
            "touch",
            "churn",
            "advance",
            "clock",
            "schedule",
            "fault",
            "clearFaults",
            "dialect",
        ]
    ]
    kind: KindName
    recordId: str
    eventId: str | None
    seq: int
    version: int
    op: ChangeType
    key: str
    consequences: list[WrittenVersion]
    changes: list[WrittenVersion]
    now: str
    ran: list["ScheduledRun"]
    at: str
    id: str
    cleared: int
    name: str | None


class ScheduledError(TypedDict):
    """Why a scheduled action was refused when its time came."""

    code: ErrorCode
    message: str


class ScheduledRun(TypedDict, total=False):
    """Scheduled actions that ran while the clock moved, or were refused with an `error`."""

    at: Required[str]
    results: Required[list[ActionResult]]
    error: ScheduledError
