"""What answers look like, as schemas for `openapi`: those of the API in the dialect `plain`, and those of `shown`.

Answers are not made by them, which would take a list several times as long; the tests hold the one to the other.
"""

from typing import Any

from marshmallow import Schema, fields, validate

from mockcrm.audit.findings import FINDINGS
from mockcrm.base.schema.fields import Described, Duration, Flag, Instant, Rate, Refer, Whole, one_or_more
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.clock import MAX_RATE
from mockcrm.crm.dialect.knobs import KNOBS
from mockcrm.crm.dialect.named import DialectSchema
from mockcrm.crm.event import OPS
from mockcrm.crm.record_schema import LINK_TYPES, STATUSES, EventSchema
from mockcrm.errors import every_refusal
from mockcrm.journal.journal import MAX_CLIENTS
from mockcrm.journal.matcher import OPERATIONS
from mockcrm.sandbox.action_schemas import RULE, VERBS, CreateSchema, EditSchema
from mockcrm.sandbox.control_schemas import CLOCK_MODES, EditModifiers
from mockcrm.sandbox.scenario.schema import ScenarioSchema


class Answer(Strict):
    """What is answered: all fields are there but those that are so `sometimes`. One that is `open` may have others.

    That it may is said by saying nothing: of `additionalProperties` generators make that any name at all is a field.
    """

    sometimes: tuple[str, ...] = ()
    open = False

    def described(self, told: Described, refer: Refer) -> Described:
        """The fields with what they say, and no defaults: those are for who leaves them out."""
        told = super().described(told, refer)
        for each in told["properties"].values():
            each.pop("default", None)
        told["required"] = [name for name in told["properties"] if name not in self.sometimes]
        if self.open:
            del told["additionalProperties"]
        return told


def _text(*, null: bool = False, **options: Any) -> fields.String:
    return fields.String(allow_none=null, **options)


def _count(*, null: bool = False) -> Whole:
    return Whole(least=0, allow_none=null)


def _list_of(schema: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(schema))


_NEXT = Whole(least=1, allow_none=True, metadata={"description": "What `after` is for the next page; null at the end."})


class _OneOf(Strict):
    """One of several things, which a field that all have tells apart."""

    kinds: tuple[type[Schema], ...] = ()

    def described(self, told: Described, refer: Refer) -> Described:
        return {"oneOf": [refer(kind()) for kind in self.kinds]}


# Everywhere


class ErrorSchema(Answer):
    """An error. `code` is stable; `message` tells a person what to do; `details` names what is at fault."""

    code = _text(validate=validate.OneOf([kind.code for kind in every_refusal()]))
    message = _text()
    requestId = _text()
    details = fields.Dict(fields.String())


class HealthSchema(Answer):
    status = _text(validate=validate.Equal("ok"))


class VersionSchema(Answer):
    name = _text(validate=validate.Equal("mockcrm"))
    version = _text()


# Events


class ShownAttendeeSchema(Answer):
    open = True

    userId = _text(null=True)
    emailAddress = _text(null=True)
    contactId = Whole(allow_none=True)
    status = _text(validate=validate.OneOf(STATUSES))


class ShownLinkSchema(Answer):
    open = True

    type = _text(validate=validate.OneOf(LINK_TYPES))
    id = _text()
    name = _text(null=True)


class ShownEventSchema(Answer):
    """An event, as the dialect `plain` shows it. A CRM that keeps unknown fields shows those as well."""

    open = True
    sometimes = ("deleted",)

    id = _text()
    subject = _text(null=True)
    description = _text(null=True)
    startTime = Instant()
    endTime = Instant()
    location = _text(null=True)
    allDay = Flag()
    private = Flag()
    attendees = _list_of(ShownAttendeeSchema)
    parentId = Whole(allow_none=True)
    relatedTo = _list_of(ShownLinkSchema)
    lastModifiedAt = Instant()
    deleted = Flag(
        validate=validate.Equal(False),
        metadata={"description": "Never there: a record that has it is a tombstone, in every dialect."},
    )


class TombstoneSchema(Answer):
    """What is left of a deleted event. Where the knob `tombstones` says `idOnly`, that is `id` and `deleted` alone."""

    id = _text()
    deleted = Flag(validate=validate.Equal(True))
    deletedAt = Instant()
    lastModifiedAt = Instant()


class _Records(fields.Field[Any]):
    """Events and tombstones."""

    def described(self, refer: Refer) -> Described:
        either = {"anyOf": [refer(TombstoneSchema()), refer(ShownEventSchema())]}
        return {"type": "array", "items": either}


class _Page(Answer):
    """A page of a list. `asOf` of a walk's first page is a safe `since` for the next walk."""

    records: fields.Field[Any] = _Records()
    length = _count()
    nextPageToken = _text(null=True)
    asOf = Instant()


class EventsPageSchema(_Page):
    """A page of a list. `asOf` of a walk's first page is a safe `since` for the next walk."""


class TombstonesPageSchema(_Page):
    """A page of deleted events."""

    records = _list_of(TombstoneSchema)


class ShownVersionSchema(ShownEventSchema):
    """An event's latest version with its internals. A deleted one keeps its last content."""

    sometimes = ("deletedAt",)

    version = Whole(least=1)
    origin = _text(validate=validate.OneOf(("crm", "client")))
    key = _text(null=True)
    deleted = Flag()
    visibleAt = Instant()
    deletedAt = Instant()


class VersionsPageSchema(_Page):
    """A page of events with their internals, deleted ones too."""

    records = _list_of(ShownVersionSchema)


class NewEventSchema(EventSchema, CreateSchema):  # type: ignore[misc]  # Its fields alone are looked at.
    """An event's fields, with `key` and the modifiers beside them."""

    class Meta:
        exclude = ("set",)


class ChangedEventSchema(EventSchema, EditSchema):  # type: ignore[misc]  # The same.
    """An event's fields, with the modifiers beside them."""

    class Meta:
        exclude = ("set", "event")

    def described(self, told: Described, refer: Refer) -> Described:
        """Null resets a field of the event, and says nothing as a modifier."""
        beside = {name: dict(told["properties"][name]) for name in EditModifiers().fields}
        told = super().described(told, refer)
        told["properties"] |= beside
        return told


class SetSchema(EditSchema):
    """The same with the event's fields in `set`."""

    class Meta:
        exclude = ("event",)


def new_event(refer: Refer) -> Described:
    """The short form of the action `create`."""
    return {"anyOf": [refer(NewEventSchema()), refer(VERBS["create"].schema)]}


def whole_event(refer: Refer) -> Described:
    """The short form of the action `edit` that says everything."""
    return {"anyOf": [refer(ChangedEventSchema()), refer(SetSchema())]}


def changed_event(refer: Refer) -> Described:
    """The short form of the action `edit`."""
    return {"anyOf": [refer(ChangedEventSchema(partial=True)), refer(SetSchema())]}


# Clock and actions


class ShownClockSchema(Answer):
    """Where the clock stands, how fast it goes, by how much each write moves it, and while it is, how far `behind`."""

    sometimes = ("behind",)

    now = Instant()
    mode = _text(validate=validate.OneOf(CLOCK_MODES))
    rate = Rate(most=MAX_RATE)
    tick = Duration()
    behind = Duration()


class _Touched(Answer):
    eventId = _text()
    seq = Whole(least=1)
    version = Whole(least=1)
    op = _text(validate=validate.OneOf(OPS))
    key = _text()


class TouchedSchema(_Touched):
    """One change that an action made."""

    sometimes = ("key",)


def _verb(*verbs: str) -> fields.String:
    return _text(validate=validate.OneOf(verbs))


class WriteResultSchema(_Touched):
    """The one change that was made."""

    sometimes = ("key",)

    verb = _verb("create", "edit", "delete", "restore")


class WritesResultSchema(_Touched):
    """The changes that were made; where it was one, that one is spelled out as well."""

    sometimes = tuple(_Touched().fields)

    verb = _verb("touch", "churn")
    changes = _list_of(TouchedSchema)


class ClockResultSchema(Answer):
    """What the clock says, and what has run on the way."""

    verb = _verb("advance", "clock")
    now = Instant()
    ran = _list_of("RanSchema")


class ScheduleResultSchema(Answer):
    """When it will happen for the first time."""

    verb = _verb("schedule")
    at = Instant()


class FaultResultSchema(Answer):
    """The id of the new rule."""

    verb = _verb("fault")
    id = _text()


class ClearFaultsResultSchema(Answer):
    """How many rules there were."""

    verb = _verb("clearFaults")
    cleared = _count()


class DialectResultSchema(Answer):
    """The name of the dialect, if it is exactly a named one."""

    verb = _verb("dialect")
    name = _text(null=True)


class ResultSchema(_OneOf):
    """What an action did, by its verb."""

    kinds = (
        WriteResultSchema,
        WritesResultSchema,
        ClockResultSchema,
        ScheduleResultSchema,
        FaultResultSchema,
        ClearFaultsResultSchema,
        DialectResultSchema,
    )


class ProblemSchema(Answer):
    """Why a thing of the agenda was refused when its time came."""

    code = _text(validate=validate.OneOf([kind.code for kind in every_refusal()]))
    message = _text()


class RanSchema(Answer):
    """A thing of the agenda that has run, or was refused when its time came."""

    sometimes = ("error",)

    at = Instant()
    results = _list_of(ResultSchema)
    error = fields.Nested(ProblemSchema)


class MovedClockSchema(ShownClockSchema):
    """The clock after it was moved, and what has run on the way."""

    ran = _list_of(RanSchema)


class ResultsSchema(Answer):
    results = _list_of(ResultSchema)


class ShownChangeSchema(Answer):
    """An entry of the change log."""

    seq = Whole(least=1)
    committedAt = Instant()
    stamp = Instant()
    visibleAt = Instant()
    op = _text(validate=validate.OneOf(OPS))
    eventId = _text()
    version = Whole(least=1)
    origin = _text(validate=validate.OneOf(("crm", "client")))
    by = _text(null=True)
    requestId = _text(null=True)
    before = fields.Nested(ShownEventSchema, allow_none=True)
    after = fields.Nested(ShownEventSchema, allow_none=True)


class ChangesSchema(Answer):
    changes = _list_of(ShownChangeSchema)
    length = _count()
    nextAfter = _NEXT
    lastSeq = _count()


class SeededSchema(Answer):
    """How many events were invented, from what, and how many there are now."""

    count = _count()
    seed = _count()
    events = _count()
    lastSeq = _count()


# Dialect and faults


class ShownDialectSchema(DialectSchema):  # type: ignore[misc,valid-type]  # It is made from the knobs.
    """The knobs, and the name if the dialect is exactly a named one."""


class NamedDialectSchema(DialectSchema):  # type: ignore[misc,valid-type]  # The same.
    """A named dialect, where it is from, and what it does not imitate."""

    sentence = _text()
    source = _text()
    unlike = _text()


class KnobSchema(Answer):
    """A knob, with its values as a list or in words."""

    name = _text(validate=validate.OneOf([*KNOBS]))
    values = fields.Raw()
    default = fields.Raw(allow_none=True)
    sentence = _text()
    hazards = fields.List(fields.String())


class DialectsSchema(Answer):
    dialects = _list_of(NamedDialectSchema)
    length = _count()
    knobs = _list_of(KnobSchema)


_ToldRule = Answer.from_dict({**RULE.fields, "effect": fields.Raw(required=True)}, name="ToldRule")


class ShownRuleSchema(_ToldRule):  # type: ignore[misc,valid-type]  # It is made from the fields of a rule.
    """A fault rule as it was given, with its id, and how many requests fitted it and how many it was applied to.

    A `problem` says why a request was not held against it.
    """

    sometimes = (*(field.data_key or name for name, field in RULE.fields.items() if not field.required), "problem")

    id = _text()
    seen = _count()
    applied = _count()
    problem = _text()


class RulesSchema(Answer):
    faults = _list_of(ShownRuleSchema)
    length = _count()


def told_rules(refer: Refer) -> Described:
    """One fault rule, or a list of them."""
    return one_or_more(refer(RULE))


def added_rules(refer: Refer) -> Described:
    """What was added: a rule, or a list."""
    return {"anyOf": [refer(ShownRuleSchema()), refer(RulesSchema())]}


# The journal


class StrikeSchema(Answer):
    """What a fault rule did to a request."""

    sometimes = ("problem",)

    id = _text()
    name = _text(null=True)
    effect = _text()
    problem = _text()


class DeliveredSchema(Answer):
    id = _text()
    version = Whole(least=1)


class DeliverySchema(Answer):
    """Which versions an answer carried; of a list also which page of which walk it was."""

    sometimes = ("walk", "page", "last", "asOf")

    events = _list_of(DeliveredSchema)
    tombstones = _list_of(DeliveredSchema)
    whole = Flag()
    walk = _text()
    page = Whole(least=1)
    last = Flag()
    asOf = Instant()


class ShownEntrySchema(Answer):
    """A request of the journal; what has not happened yet is null."""

    number = Whole(least=1)
    client = _text()
    operation = _text(null=True, validate=validate.OneOf(OPERATIONS))
    method = _text()
    path = _text()
    query = fields.Dict(fields.String(), fields.String())
    headers = fields.Dict(fields.String(), fields.String())
    body = fields.Raw(allow_none=True)
    arrivedAt = Instant()
    completedAt = Instant(allow_none=True)
    tookMs = fields.Raw(allow_none=True, metadata={"type": "number"})
    status = Whole(least=100, most=599, allow_none=True)
    code = _text(null=True)
    faults = _list_of(StrikeSchema)
    changes = fields.List(Whole(least=1))
    delivered = fields.Nested(DeliverySchema)


class EntriesSchema(Answer):
    requests = _list_of(ShownEntrySchema)
    length = _count()
    nextAfter = _NEXT
    dropped = _count()


class CountSchema(Answer):
    count = _count()


class DifferenceSchema(Answer):
    wanted = fields.Raw(allow_none=True)
    found = fields.Raw(allow_none=True)


class MissSchema(Answer):
    """A request that was not as it was wanted, and in which parts."""

    request = Whole(least=1)
    method = _text()
    path = _text()
    query = fields.Dict(fields.String(), fields.String())
    differs = fields.Dict(fields.String(), fields.Nested(DifferenceSchema))


class PassedSchema(Answer):
    """Clients asked what was expected."""

    passed = Flag(validate=validate.Equal(True))


class FailedSchema(Answer):
    """They did not: why, the requests that were as expected, and those that came nearest."""

    passed = Flag(validate=validate.Equal(False))
    reason = _text()
    matched = fields.List(Whole(least=1))
    nearest = _list_of(MissSchema)


class VerifiedSchema(_OneOf):
    """Whether clients asked what was expected, and if not, what came nearest."""

    kinds = (PassedSchema, FailedSchema)


# The audit


class MomentSchema(Answer):
    at = Instant()
    what = _text()


class ShownFindingSchema(Answer):
    """What a client got wrong about one event, why, and what a correct client does."""

    code = _text(validate=validate.OneOf([*FINDINGS]))
    severity = _text(validate=validate.OneOf(("error", "warning", "note")))
    eventId = _text(null=True)
    changes = fields.List(Whole(least=1))
    requests = fields.List(Whole(least=1))
    fields_ = fields.List(fields.String(), data_key="fields")
    title = _text()
    explanation = _text()
    hazard = _text(null=True)
    advice = _text()
    timeline = _list_of(MomentSchema)


class AccountStatsSchema(Answer):
    requests = _count()
    events = _count()


class ShownAccountSchema(Answer):
    """One client."""

    client = _text()
    findings = _list_of(ShownFindingSchema)
    pending = _count()
    stats = fields.Nested(AccountStatsSchema)


class AuditSchema(Answer):
    """What each client got wrong; `inSync` says so of the replica that was brought."""

    sometimes = ("inSync",)

    inSync = Flag()
    clean = Flag()
    complete = Flag()
    requestsNotToldApart = Whole(
        least=0,
        metadata={
            "description": f"How many requests came from clients beyond the first {MAX_CLIENTS:,}, of which nothing is "
            "said; where there are any, the audit is not complete."
        },
    )
    clients = _list_of(ShownAccountSchema)


class ReplaySchema(Answer):
    """Start state, requests and verdict, as `mockcrm replay` reads them."""

    format = _text()
    sandbox = _text()
    life = Whole(least=1)
    ancestors = fields.List(fields.List(fields.Raw()))
    startedAt = Instant()
    endedAt = Instant()
    start = fields.Dict(fields.String())
    steps = fields.List(fields.Dict(fields.String()))
    verdict = fields.Nested(AuditSchema)


# Scenarios and sandboxes


class TitleSchema(Answer):
    """A shipped scenario, in a line."""

    name = _text()
    title = _text()
    syncs = _count()


class TitlesSchema(Answer):
    scenarios = _list_of(TitleSchema)
    length = _count()


class ScenarioFileSchema(Answer, ScenarioSchema):
    """A shipped scenario: its name, beside what its file says."""

    sometimes = tuple(ScenarioSchema().fields)

    name = _text()


class ShownPlotSchema(Answer):
    """The scenario that is loaded, how far it has come, and what is expected and does not hold."""

    title = _text()
    story = fields.Dict(fields.String(), fields.String())
    steps = fields.List(fields.Raw())
    place = _count()
    syncs = _count()
    done = Flag()
    failures = fields.List(fields.String())


class UserCreatedSchema(Answer):
    """An event, which the scenario calls `as`."""

    sometimes = ("as",)

    as_ = _text(data_key="as")
    set = fields.Dict(fields.String())


class _UserWroteSchema(Answer):
    sometimes = ("id",)

    event = _text()
    id = _text()


class UserEditedSchema(_UserWroteSchema):
    """What was changed in an event: its name in the scenario, and its id where the CRM has one of that name."""

    set = fields.Dict(fields.String())


class UserDeletedSchema(_UserWroteSchema):
    """An event: its name in the scenario, and its id where the CRM has one of that name."""


class ShownMailboxSchema(Answer):
    """What the client's user did in the calendar on the other side: one of these."""

    sometimes = ("create", "edit", "delete")

    create = fields.Nested(UserCreatedSchema)
    edit = fields.Nested(UserEditedSchema)
    delete = fields.Nested(UserDeletedSchema)


class LegSchema(Answer):
    """What has happened up to a sync; at the end, whether all that was expected holds."""

    sometimes = ("passed", "failures")

    sync = Whole(least=1, allow_none=True)
    done = Flag()
    results = _list_of(ResultSchema)
    mailbox = _list_of(ShownMailboxSchema)
    notes = fields.List(fields.String())
    passed = Flag(allow_none=True)
    failures = fields.List(fields.String())


class ChosenScenarioSchema(Answer):
    """A shipped scenario, by its name."""

    name = _text()


def scenario_body(refer: Refer) -> Described:
    """A scenario, by name or in full."""
    return {"anyOf": [{"type": "string"}, refer(ChosenScenarioSchema()), refer(ScenarioSchema())]}


class ShownSandboxSchema(Answer):
    """A sandbox; `dialect` is null where it is none of the named ones."""

    name = _text()
    path = _text()
    events = _count()
    lastSeq = _count()
    now = Instant()
    dialect = _text(null=True)


class SandboxesSchema(Answer):
    sandboxes = _list_of(ShownSandboxSchema)
    length = _count()
