"""What happens in a scenario after its start, step by step, and what must hold at its end (`docs/scenarios.md`).

A step is an action of the vocabulary, at once or hung on the clock or on a client's request; or `sync`, where the
client under test runs; or what its user did in the calendar on the other side; or a note. Somebody runs the plot on to
its next `sync`, has the client run, and so on until it is done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, takewhile
from typing import Any

import orjson
from marshmallow import ValidationError, fields, validates_schema

from mockcrm.audit.findings import GRAVE
from mockcrm.base.schema.fields import (
    MOST,
    Described,
    Flag,
    ListOf,
    Named,
    Refer,
    Whole,
    check_size,
    one_key,
    read_each,
    sentence_of,
)
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.base.search_budget import SearchBudget
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.crm.record_schema import shown_event
from mockcrm.errors import Refusal, RequestInvalid, ScenarioNotFound
from mockcrm.faults.effects import when_field
from mockcrm.faults.rules import RuleSchema
from mockcrm.journal.journal import Entry
from mockcrm.journal.matcher import MatcherSchema, is_within
from mockcrm.journal.verification import Expectation, ExpectationSchema
from mockcrm.sandbox.action_schemas import MAX_ACTIONS, VERBS, Actions, Step, check_churns, described_verbs, read_steps
from mockcrm.sandbox.state import Plot, State

TEXT = 10_000
"""The longest text for people in a scenario, in characters."""


@dataclass(frozen=True, slots=True)
class Sync:
    """The client under test runs now."""


@dataclass(frozen=True, slots=True)
class Note:
    """A word for people."""

    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the client's user did in the calendar on the other side, which the client must carry over."""

    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SyncRound:
    """What happened up to a sync, or to the end: the actions' results, the mailbox, the notes.

    `sync` counts the syncs so far, this one included; it is None where the plot is `done`.
    """

    results: list[Any]
    mailbox: list[Mapping[str, Any]]
    notes: list[str]
    sync: int | None

    @property
    def done(self) -> bool:
        return self.sync is None


def run_until_sync(state: State) -> SyncRound:
    """Run the plot on to its next sync, or to its end: all of that leg or, with a refusal, none of it.

    Raises `ScenarioNotFound` where there is no plot, and what a step raises.
    """
    plot = plot_of(state)
    sync_round = SyncRound([], [], [], None)
    with state.bounded(), state.all_or_nothing():
        state.foresee(actions_of(takewhile(lambda step: not isinstance(step, Sync), plot.steps[plot.place :])))
        for place in range(plot.place, len(plot.steps)):
            step = plot.steps[place]
            state.plot = replace(plot, place=place + 1)
            match step:
                case Sync():
                    state.plot = replace(state.plot, syncs=plot.syncs + 1)
                    return replace(sync_round, sync=plot.syncs + 1)
                case Mailbox():
                    sync_round.mailbox.append(_with_id(state.crm, step.told))
                case Note():
                    sync_round.notes.append(step.text)
                case _:
                    sync_round.results.append(_performed(state, place, step))
        state.plot = replace(plot, place=len(plot.steps), done=True)
    return sync_round


def actions_of(steps: Iterable[Any]) -> list[Step]:
    """Those steps that do something in the CRM."""
    return [step for step in steps if isinstance(step, Step)]


def _with_id(crm: FakeCrm, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the user did, with the CRM's id of the event where the scenario calls it by its key."""
    ((verb, arguments),) = told.items()
    event_id = crm.keys.get(arguments.get("event", ""))
    return {verb: {**arguments, "id": event_id}} if event_id else told


def _performed(state: State, place: int, step: Step) -> Any:
    try:
        return state.perform([step], COLLEAGUE)[0]
    except Refusal as refusal:
        refusal.within(step.verb, step.verb).within(str(place), f"Step {place}")
        refusal.details = {"steps": refusal.details}
        raise


def plot_of(state: State) -> Plot:
    """The plot of the scenario that is loaded. Raises `ScenarioNotFound`."""
    if state.plot is None:
        raise ScenarioNotFound("No scenario is loaded: PUT /admin/scenario loads one.")
    return state.plot


# What must hold at the end


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold at the end: of the CRM's events, of the requests that were made, and of what the audit finds.

    `audit` has the codes of the findings that there must be, notes left aside; None where it does not matter.
    """

    events: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Expectation] = ()
    audit: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return bool(self.events or self.requests or self.audit is not None)

    def failures(self, crm: FakeCrm, entries: Sequence[Entry], codes: Callable[[], set[str]]) -> list[str]:
        """What does not hold, in words. `codes` are those of the audit's findings."""
        found = [f"events[{place}]: {text}" for place, told in enumerate(self.events) for text in _amiss(crm, told)]
        budget = SearchBudget()
        for place, wanted in enumerate(self.requests):
            found += (f"requests[{place}]{text}" for text in _unmet(wanted, entries, budget))
        if self.audit is not None and (seen := codes()) != self.audit:
            found.append(f"audit: it finds {_listed(seen)}, not {_listed(self.audit)}.")
        return found


def _unmet(wanted: Expectation, entries: Sequence[Entry], budget: SearchBudget) -> Iterator[str]:
    """Why an expectation is not met. One whose patterns take too long is not, for nobody knows."""
    try:
        failure = wanted.failure(entries, budget)
    except RequestInvalid as refusal:
        yield f": {refusal.message}"
    else:
        if failure:
            yield f".{failure.reason}"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)) or "nothing"


def _amiss(crm: FakeCrm, told: Mapping[str, Any]) -> Iterator[str]:
    if "like" in told:
        like = _plainly(told["like"])
        count = sum(is_within(like, shown_event(change)) for change in crm.store.live())
        if count != told["count"]:
            yield f"{count} {'event is' if count == 1 else 'events are'} like {_json(like)}, not {told['count']}."
        return
    change = crm.store.latest(crm.resolve(told["event"]))
    if change is None:
        yield f"there is no event {told['event']!r}."
        return
    if change.deleted != told.get("deleted", False):
        yield f"{told['event']} {'was deleted' if change.deleted else 'lives'}."
        return
    shown = shown_event(change)
    for name, wanted in _plainly(told.get("has", {})).items():
        if not is_within(wanted, shown.get(name)):
            yield f"{told['event']} has {name} {_json(shown.get(name))}, not {_json(wanted)}."


def _plainly(told: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the CRM shows them: instants to the millisecond."""
    return {
        name: _instant(value) if name in ("startTime", "endTime", "lastModifiedAt") else value
        for name, value in told.items()
    }


def _instant(value: Any) -> Any:
    try:
        return format_instant(parse_instant(value))
    except (TypeError, ValueError):
        return value


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class _EventExpected(OneOfSome):
    """One event, by id or key, with fields that it has, or that it was deleted; or how many are `like` something."""

    exactly_one = ("event", "like")

    event = fields.String()
    has = Named(fields.String(), fields.Raw(allow_none=True))
    deleted = Flag()
    like = Named(fields.String(), fields.Raw(allow_none=True))
    count = Whole(least=0)

    @validates_schema
    def fits_its_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("like" in data) != ("count" in data):
            raise ValidationError("Say how many events are `like` that: `count`.", "count")
        if "like" in data and ("has" in data or "deleted" in data):
            raise ValidationError("`has` and `deleted` are for one `event`.", "like")


class _AuditExpected(fields.Field[frozenset[str]]):
    """What the audit finds, notes left aside: the word `clean`, or a list of codes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> frozenset[str]:
        if value == "clean":
            return frozenset()
        check_size(value)
        if not isinstance(value, list) or not all(isinstance(code, str) and code in GRAVE for code in value):
            raise ValidationError(f"Neither `clean` nor a list of codes; there are {', '.join(GRAVE)}.")
        return frozenset(value)

    def described(self, refer: Refer) -> Described:
        codes = {"type": "array", "items": {"enum": [*GRAVE]}, "maxItems": MOST}
        return {"anyOf": [{"const": "clean"}, codes], "description": sentence_of(self)}


class ExpectedSchema(Strict):
    """`expect` of a fixture file."""

    events = ListOf(fields.Nested(_EventExpected), load_default=list)
    requests = ListOf(fields.Nested(ExpectationSchema), most=100, load_default=list)
    audit = _AuditExpected(load_default=None)


# How steps are told


def _anything() -> Named:
    """An entry's fields in the calendar, which are as they are there."""
    return Named(fields.String(), fields.Raw(allow_none=True), required=True)


class _Mailbox(OneOfSome):
    """What the client's user did: `create` with `as`, a name to call it by; `edit` and `delete` of an `event`."""

    exactly_one = ("create", "edit", "delete")

    create = fields.Nested(Strict.from_dict({"as": fields.String(), "set": _anything()}, name="MailboxCreateSchema"))
    edit = fields.Nested(
        Strict.from_dict({"event": fields.String(required=True), "set": _anything()}, name="MailboxEditSchema")
    )
    delete = fields.Nested(Strict.from_dict({"event": fields.String(required=True)}, name="MailboxDeleteSchema"))


_MAILBOX = _Mailbox()
_WORDS = ", ".join(("sync", "note", "mailbox", "do", *VERBS))


class StepsField(fields.Field[tuple[Any, ...]]):
    """The steps of a fixture file."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValidationError("Not a list of steps.")
        check_size(value, MAX_ACTIONS)
        steps = [*chain.from_iterable(read_each(enumerate(value), _STEP.load))]
        check_churns(actions_of(steps))
        return tuple(steps)

    def described(self, refer: Refer) -> Described:
        return {"type": "array", "items": refer(_STEP), "maxItems": MAX_ACTIONS}


def _note(value: Any) -> Note:
    if not isinstance(value, str) or len(value) > TEXT:
        raise ValidationError({"note": [f"Not a text of up to {TEXT:,} characters."]})
    return Note(value)


def _mailbox(value: Any) -> Mailbox:
    try:
        _MAILBOX.load(value)
    except ValidationError as error:
        raise ValidationError({"mailbox": error.messages}) from error
    return Mailbox(value)


class _StepSchema(Strict):
    """A step: `sync`, an action, a note, the mailbox; or actions that are hung on the clock or on a request."""

    def load(self, data: Any, **options: Any) -> Sequence[Any]:
        if data == "sync":
            return (Sync(),)
        if not isinstance(data, Mapping):
            raise ValidationError("A step is `sync`, or an object with a verb, or with `note`, `mailbox`, or `do`.")
        if "do" in data:
            return read_steps(_hung(data))
        if len(data) == 1:
            ((word, value),) = data.items()
            if word in ("note", "mailbox"):
                return (_note(value) if word == "note" else _mailbox(value),)
            if word not in VERBS:
                told = (
                    "Write `sync` alone, without a colon." if word == "sync" else f"No such step; there are {_WORDS}."
                )
                raise ValidationError({word: [told]})
        return read_steps(data)

    def described(self, told: Described, refer: Refer) -> Described:
        note = {"type": "string", "maxLength": TEXT, "description": sentence_of(Note)}
        mailbox = {**refer(_MAILBOX), "description": sentence_of(Mailbox)}
        return {
            "anyOf": [
                {"const": "sync", "description": sentence_of(Sync)},
                one_key({**described_verbs(refer), "note": note, "mailbox": mailbox}),
                refer(VERBS["schedule"].schema),
                refer(_AroundSchema(Actions())),
            ]
        }


class _OnSchema(MatcherSchema):
    """Which request, and whether before it or after it."""

    when = when_field()


class _AroundSchema(RuleSchema):
    """Actions that happen around a request.

    So it is told; it is read as the fault rule that it stands for.
    """

    class Meta:
        exclude = ("match", "effect")

    on = fields.Nested(_OnSchema, required=True)
    do = Actions(required=True)


_STEP = _StepSchema()


def _hung(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{at, after or every, do}` is a schedule, `{on, do}` a fault rule that has something happen."""
    if "on" not in told:
        return {"schedule": told}
    on = told["on"]
    if not isinstance(on, Mapping):
        raise ValidationError({"on": ["Not an object that says which request."]})
    if twice := {name: ["Said by `on` and `do`."] for name in _AroundSchema.Meta.exclude if name in told}:
        raise ValidationError(twice)
    beside = {name: value for name, value in told.items() if name not in ("on", "do")}
    match = {name: value for name, value in on.items() if name != "when"}
    effect = {"do": {"actions": told["do"], **({"when": on["when"]} if "when" in on else {})}}
    return {"fault": {"match": match, "effect": effect, **beside}}
