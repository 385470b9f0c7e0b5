"""Sandboxes: their clock, the scenario that is loaded, and scenarios to load (`docs/reference/scenarios.md`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from mockcrm.client.types.actions import (
    Action,
    ActionResult,
    ClockMode,
    ClockSettings,
    FaultRule,
    RuleLimits,
    ScheduledRun,
)
from mockcrm.client.types.audits import MistakeCode, Verdict
from mockcrm.client.types.dialects import DialectName, NamedKnobs
from mockcrm.client.types.names import KindName
from mockcrm.client.types.requests import AnsweredMatcher, Matcher
from mockcrm.client.types.start_records import (
    StartAccount,
    StartAccountInSet,
    StartCalendar,
    StartCalendarInSet,
    StartContact,
    StartContactInSet,
    StartEmail,
    StartEmailInSet,
    StartLead,
    StartLeadInSet,
    StartOpportunity,
    StartOpportunityInSet,
    StartUser,
    StartUserInSet,
    ToldEvent,
    ToldEventInSet,
)
from mockcrm.client.types.values import BeforeOrAfter, DurationLike, InstantLike, Locale

# What is read


class _Behind(TypedDict, total=False):
    behind: str


class ClockState(_Behind):
    """The clock: the time, whether and how fast it runs, and by how much each write moves it.

    `behind` is how far the CRM is from that time, while it still performs what was scheduled before.
    """

    now: str
    mode: ClockMode
    rate: float
    tick: str


class MovedClock(ClockState):
    """The clock after it was moved, and the scheduled actions that ran on the way."""

    ran: list[ScheduledRun]


class SandboxState(TypedDict):
    """A sandbox: its name and path, how many events it has, and its time. `dialect` is None if it has no name.

    `scenario` is the title of the scenario that is loaded, None if there is none. `calendar` is the path that a
    calendar program subscribes to, with the token that it needs, if any. `expiresAfter` is for how long no request may
    come to it before it is removed, None if it stays.
    """

    name: str
    path: str
    calendar: str
    events: int
    lastSeq: int
    now: str
    dialect: str | None
    scenario: str | None
    expiresAfter: str | None


class Seeded(TypedDict):
    """How many records were asked for, and from which seed; how many were made; the events now; the last change."""

    count: int
    seed: int
    records: Mapping[KindName, int]
    events: int
    lastSeq: int


_As = TypedDict("_As", {"as": str}, total=False)


class MailboxCreate(_As):
    """A new entry in the calendar on the other side. Later actions name it by its `as`."""

    set: dict[str, Any]


class _MailboxId(TypedDict, total=False):
    id: str


class MailboxEdit(_MailboxId):
    """A change of an entry: its name in the scenario, and the CRM's `id` of its event.

    There is no `id` if the user made the entry, because only the client knows which event it made of it, nor if the CRM
    does not have the event yet.
    """

    event: str
    set: dict[str, Any]


class MailboxDelete(_MailboxId):
    """A deletion of an entry: its name in the scenario, and the CRM's `id` of its event, as in an edit."""

    event: str


class MailboxAction(TypedDict, total=False):
    """What a user did in the calendar on the other side: exactly one of these keys."""

    create: MailboxCreate
    edit: MailboxEdit
    delete: MailboxDelete


class _Outcome(TypedDict, total=False):
    verdict: Verdict
    passed: bool | None
    reasons: list[str]
    failures: list[str]


class ScenarioRound(_Outcome):
    """What happened up to the next sync, or up to the end.

    `sync` is the number of the sync that is due, None at the end. At the end there is the `verdict`, with `reasons`
    unless it is `passed`. `passed` says the same: True, False, or None where it is inconclusive. `failures` names all
    expectations that do not hold.
    """

    sync: int | None
    done: bool
    results: list[ActionResult]
    mailbox: list[MailboxAction]
    notes: list[str]


class ScenarioState(TypedDict):
    """The scenario that is loaded: its text, its steps, how many have run, and the verdict so far.

    `asked` says of each of its `syncs` so far whether a client's request came at it.
    """

    title: str
    story: dict[str, str]
    steps: list["ScenarioStep"]
    expect: dict[str, Any]
    place: int
    syncs: int
    done: bool
    asked: list[bool]
    verdict: Verdict
    passed: bool | None
    reasons: list[str]
    failures: list[str]


# What is loaded


class Story(TypedDict, total=False):
    """A scenario for people: what happens, why it hurts, where it was seen, and what a correct client does."""

    what: str
    why: str
    evidence: str
    advice: str


_Interval = TypedDict("_Interval", {"from": InstantLike | None, "to": InstantLike | None}, total=False)


class SeedOrder(_Interval, total=False):
    """Records to invent: of which kind, how many, from which seed, in which interval, and with names from where."""

    kind: KindName
    count: int
    seed: int | None
    locales: Sequence[Locale]


class MailboxStepCreate(_As, total=False):
    """A new entry in the calendar on the other side, which the scenario calls `as`."""

    set: Required[Mapping[str, Any]]


class MailboxStepEdit(TypedDict):
    """A change of an entry."""

    event: str
    set: Mapping[str, Any]


class MailboxStepDelete(TypedDict):
    """A deletion of an entry."""

    event: str


class MailboxStep(TypedDict, total=False):
    """What a user does in the calendar on the other side: exactly one of these keys."""

    create: MailboxStepCreate
    edit: MailboxStepEdit
    delete: MailboxStepDelete


class RequestMoment(Matcher, total=False):
    """A request, and whether before it or after it."""

    when: BeforeOrAfter


class ScenarioStepObject(Action, RuleLimits, total=False):
    """A step: an action; a `note` for people; something in the `mailbox`; or actions to `do` later.

    Later is `after`, `at` or `every`, or `on` a request of a client, with the limits of a fault rule.
    """

    note: str
    mailbox: MailboxStep
    do: Action | Sequence[Action]
    after: DurationLike
    at: InstantLike
    every: DurationLike
    on: RequestMoment


ScenarioStep = Literal["sync"] | ScenarioStepObject
"""A step of a scenario. At `sync` the client under test runs."""


class ExpectedEvent(TypedDict, total=False):
    """An `event` that has some fields, or was `deleted`; or how many events (`count`) are `like` some fields."""

    event: str
    has: Mapping[str, Any]
    deleted: bool
    like: Mapping[str, Any]
    count: int


class RequestTimes(TypedDict, total=False):
    """How often a request is expected."""

    atLeast: int
    atMost: int
    exactly: int


class ExpectedRequests(TypedDict, total=False):
    """Requests that clients must have made."""

    requests: Required[Sequence[AnsweredMatcher]]
    inOrder: bool
    times: RequestTimes
    timeout: DurationLike


class AllowedFindings(TypedDict):
    """The findings that an audit may have; there need not be any."""

    allow: Sequence[MistakeCode]


class Expectations(TypedDict, total=False):
    """What must hold at the end of a scenario.

    `audit` is `clean`, which is the default, or `any`; a list of exactly the findings that there must be; or `allow`
    with those that there may be.
    """

    events: Sequence[ExpectedEvent]
    requests: Sequence[ExpectedRequests]
    audit: Literal["clean", "any"] | Sequence[MistakeCode] | AllowedFindings | None


class ScenarioDocument(TypedDict, total=False):
    """A scenario as a fixture file has it: a start state, what happens then, and what must hold at the end."""

    title: str
    story: Story
    clock: ClockSettings
    dialect: DialectName | NamedKnobs
    seed: int
    users: Sequence[StartUser | StartUserInSet]
    contacts: Sequence[StartContact | StartContactInSet]
    leads: Sequence[StartLead | StartLeadInSet]
    accounts: Sequence[StartAccount | StartAccountInSet]
    opportunities: Sequence[StartOpportunity | StartOpportunityInSet]
    calendars: Sequence[StartCalendar | StartCalendarInSet]
    emails: Sequence[StartEmail | StartEmailInSet]
    events: Sequence[ToldEvent | ToldEventInSet]
    generate: SeedOrder | Sequence[SeedOrder]
    faults: Sequence[FaultRule]
    steps: Sequence[ScenarioStep]
    expect: Expectations
