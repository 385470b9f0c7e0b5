"""The types of what the control client takes and returns (`docs/reference/client.md`), as `mockcrm.types`.

An editor completes fields, effects, knobs and codes from them, and mypy finds what is misspelled. They are named as
the things are in JSON. What is read is always plain: instants and durations are text.

    from mockcrm import Crm, types

    def rooms(crm: Crm) -> list[str | None]:
        events: list[types.Event] = crm.events.all()
        return [event["location"] for event in events]
"""

from mockcrm.client.types.actions import (
    Action as Action,
    ActionModifiers as ActionModifiers,
    ActionResult as ActionResult,
    AdvanceAction as AdvanceAction,
    ChurnAction as ChurnAction,
    ClockMode as ClockMode,
    ClockSettings as ClockSettings,
    CreateAction as CreateAction,
    DelayEffect as DelayEffect,
    DisconnectEffect as DisconnectEffect,
    DoEffect as DoEffect,
    EditAction as EditAction,
    Effect as Effect,
    EffectName as EffectName,
    EffectObject as EffectObject,
    ErrorCode as ErrorCode,
    EventAction as EventAction,
    Fault as Fault,
    FaultRule as FaultRule,
    HowToDisconnect as HowToDisconnect,
    NoArguments as NoArguments,
    RateLimitEffect as RateLimitEffect,
    RepeatTokenEffect as RepeatTokenEffect,
    RuleLimits as RuleLimits,
    ScheduleAction as ScheduleAction,
    ScheduledAction as ScheduledAction,
    ScheduledError as ScheduledError,
    ScheduledRun as ScheduledRun,
    ShortPageEffect as ShortPageEffect,
    StaleEffect as StaleEffect,
    StatusEffect as StatusEffect,
    TouchAction as TouchAction,
    TruncateEffect as TruncateEffect,
    WrittenVersion as WrittenVersion,
)
from mockcrm.client.types.audits import (
    Audit as Audit,
    ClientAudit as ClientAudit,
    ClientStats as ClientStats,
    Finding as Finding,
    FindingCode as FindingCode,
    FindingSeverity as FindingSeverity,
    MistakeCode as MistakeCode,
    NoteCode as NoteCode,
    ReplicaCode as ReplicaCode,
    TimelineEntry as TimelineEntry,
    Verdict as Verdict,
)
from mockcrm.client.types.dialects import (
    Dialect as Dialect,
    DialectName as DialectName,
    Knobs as Knobs,
    NamedKnobs as NamedKnobs,
)
from mockcrm.client.types.events import (
    Attendee as Attendee,
    AttendeeFields as AttendeeFields,
    AttendeeStatus as AttendeeStatus,
    Change as Change,
    ChangeOrigin as ChangeOrigin,
    ChangeType as ChangeType,
    Event as Event,
    EventChange as EventChange,
    EventContent as EventContent,
    EventCreation as EventCreation,
    EventFields as EventFields,
    EventQuery as EventQuery,
    FieldName as FieldName,
    Modifiers as Modifiers,
    NewEventFields as NewEventFields,
    RelatedRecord as RelatedRecord,
    RelatedRecordFields as RelatedRecordFields,
    RelatedRecordType as RelatedRecordType,
    ReplicaWindow as ReplicaWindow,
)
from mockcrm.client.types.feed import (
    Feed as Feed,
    FeedAgenda as FeedAgenda,
    FeedAudit as FeedAudit,
    FeedClient as FeedClient,
    FeedFinding as FeedFinding,
)
from mockcrm.client.types.requests import (
    AnsweredMatcher as AnsweredMatcher,
    AppliedFault as AppliedFault,
    DeliveredVersion as DeliveredVersion,
    Delivery as Delivery,
    Matcher as Matcher,
    Operation as Operation,
    Pattern as Pattern,
    Request as Request,
    Text as Text,
)
from mockcrm.client.types.scenarios import (
    AllowedFindings as AllowedFindings,
    ClockState as ClockState,
    Expectations as Expectations,
    ExpectedEvent as ExpectedEvent,
    ExpectedRequests as ExpectedRequests,
    MailboxAction as MailboxAction,
    MailboxCreate as MailboxCreate,
    MailboxDelete as MailboxDelete,
    MailboxEdit as MailboxEdit,
    MailboxStep as MailboxStep,
    MailboxStepCreate as MailboxStepCreate,
    MailboxStepDelete as MailboxStepDelete,
    MailboxStepEdit as MailboxStepEdit,
    MovedClock as MovedClock,
    RequestMoment as RequestMoment,
    RequestTimes as RequestTimes,
    SandboxState as SandboxState,
    ScenarioDocument as ScenarioDocument,
    ScenarioRound as ScenarioRound,
    ScenarioState as ScenarioState,
    ScenarioStep as ScenarioStep,
    ScenarioStepObject as ScenarioStepObject,
    Seeded as Seeded,
    SeedOrder as SeedOrder,
    Story as Story,
    ToldEvent as ToldEvent,
)
from mockcrm.client.types.values import (
    BeforeOrAfter as BeforeOrAfter,
    DurationLike as DurationLike,
    EventTimeLike as EventTimeLike,
    InstantLike as InstantLike,
    Locale as Locale,
    ReplayBundle as ReplayBundle,
    Snapshot as Snapshot,
)
