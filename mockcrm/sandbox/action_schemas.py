"""How actions are told: the arguments of each verb, and how one action or a list is read (contract, section 6).

An action is an object with one key, its verb: `{"edit": {"event": "kickoff", "set": {"subject": "Moved"}}}`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from mockcrm.base.schema.fields import (
    LONG,
    MOST,
    Described,
    Duration,
    Instant,
    Refer,
    Whole,
    check_size,
    one_key,
    one_or_more,
    read_each,
    sentence_of,
)
from mockcrm.base.schema.strict import OneOfSome, Strict, refused
from mockcrm.base.times import END, MILLISECOND
from mockcrm.crm.actions import Result
from mockcrm.crm.dialect.named import DialectField, DialectSchema
from mockcrm.crm.drafts import Content
from mockcrm.crm.fake_crm import Cause
from mockcrm.errors import ActionInvalid, FaultInvalid
from mockcrm.faults.effects import ActionsField
from mockcrm.faults.rules import MAX_RULES, Rule, RuleSchema
from mockcrm.sandbox import actions
from mockcrm.sandbox.agenda import AgendaEntry
from mockcrm.sandbox.control_schemas import NOT_NEGATIVE, ClockSchema, Editing, Writing, key_field
from mockcrm.sandbox.state import State

MAX_ACTIONS = MOST
"""How many actions a list holds at most."""
MAX_CHURN = 10_000
"""How many changes of a kind one churn makes at most."""
LEAST_CHURN = 10
"""As how many changes a churn counts at least: to invent one event takes as much preparation as to invent many."""
MAX_TOUCHED = 10_000
"""How many events one touch names at most."""
MAX_CHURNS = 10
"""How many churns a list of actions holds at most."""


def _one(state: State, **_: Any) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's function and the schema of its arguments. `several`: it may make more than one change.

    `size` says of such a one, by its arguments, how many at most.
    """

    perform: Callable[..., Result]
    schema: Strict
    several: bool
    size: Callable[..., int] = _one

    def arguments(self, body: Any, **known: Any) -> dict[str, Any]:
        """The arguments in a body, with those that are known from elsewhere. Raises `ActionInvalid`."""
        partial = tuple(name for name in known if name in self.schema.fields)
        if isinstance(body, Mapping) and any(name in body for name in partial):
            problem = {partial[0]: ["Said by the path."]}
            raise ActionInvalid(f"The path says {partial[0]} already: leave it out.", problem)
        loaded: dict[str, Any] = self.schema.check(body, ActionInvalid, "The action", partial=partial)
        return loaded | known


@dataclass(frozen=True, slots=True)
class Step:
    """An action that has been read: its verb, and its arguments as its schema gave them."""

    verb: str
    arguments: Mapping[str, Any]
    raw: Mapping[str, Any]

    @property
    def several(self) -> bool:
        return VERBS[self.verb].several

    def size(self, state: State) -> int:
        """See `mockcrm.sandbox.state.Action`."""
        return max(1, VERBS[self.verb].size(state, **self.arguments))

    def move(self, now: datetime) -> tuple[datetime, bool]:
        """See `mockcrm.sandbox.agenda.Foreseeable`."""
        match self.verb, self.arguments:
            case "advance", {"by": by}:
                return now + min(by, END - now), True
            case "clock", {"now": instant}:
                return instant, instant > now
        return now, False

    def put(self, now: datetime) -> AgendaEntry[Any] | None:
        """See `mockcrm.sandbox.agenda.Foreseeable`."""
        if self.verb != "schedule":
            return None
        every = self.arguments.get("every")
        wait = self.arguments.get("after", every)
        due = self.arguments.get("at") or (now + wait if wait <= END - now else None)
        return due and AgendaEntry(due, 0, self.arguments["do"], every)

    def perform(self, state: State, cause: Cause) -> Result:
        """Do it. Raises a `Refusal`; then nothing has changed, unless the verb makes several changes."""
        return VERBS[self.verb].perform(state, cause, **self.arguments)


MODIFIERS = ("key", "visibleAfter", "stamp", "by", "bump")
"""What stands beside an event's fields in the short forms of actions: its key, and the modifiers."""


def split_modifiers(body: Any) -> Any:
    """A short form, an event's fields with key and modifiers beside them, as arguments with the fields in `set`.

    Arguments that have their `set` already stay as they are.
    """
    if not isinstance(body, Mapping) or "set" in body:
        return body
    beside = {name: value for name, value in body.items() if name in MODIFIERS}
    return beside | {"set": {name: value for name, value in body.items() if name not in beside}}


INTERNALS = ("version", "origin", "deleted", "deletedAt", "visibleAt")
"""What the controls show of an event beside its fields and its key."""


def without_internals(body: Any, key: str | None) -> Any:
    """A short form without what the controls show beside an event's fields: what was read may be sent back.

    `key` is the event's own, which may be among them; another one is not taken away.
    """
    if not isinstance(body, Mapping):
        return body
    return {name: value for name, value in body.items() if name not in INTERNALS and (name, value) != ("key", key)}


class CreateSchema(Writing):
    set = Content()
    key = key_field()


class _OnEvent(Writing):
    event = fields.String(required=True)


class EditSchema(Editing):
    event = fields.String(required=True)
    set = Content(partial=True)


class _ReplaceSchema(EditSchema):
    set = Content()


class _Targets(fields.Field[list[str] | None]):
    """A list of ids or keys, or the word "all", which loads as None."""

    default_error_messages = {"invalid": 'Neither "all" nor a list of ids and keys.'}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str] | None:
        if value == "all":
            return None
        check_size(value, MAX_TOUCHED)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.make_error("invalid")
        return value

    def described(self, refer: Refer) -> Described:
        listed = {"type": "array", "items": {"type": "string"}, "maxItems": MAX_TOUCHED}
        return {"anyOf": [{"const": "all"}, listed]}


class _Touch(Writing):
    events = _Targets(required=True)


class _Churn(Writing):
    creates = Whole(least=0, most=MAX_CHURN, load_default=0)
    edits = Whole(least=0, most=MAX_CHURN, load_default=0)
    deletes = Whole(least=0, most=MAX_CHURN, load_default=0)
    seed = Whole(least=0, most=LONG - 1)


class AdvanceSchema(Strict):
    by = Duration(required=True, least=NOT_NEGATIVE)


class Actions(ActionsField):
    """One action, or a list of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Step, ...]:
        return _read(value)

    def described(self, refer: Refer) -> Described:
        return one_or_more(refer(ActionSchema()), maxItems=MAX_ACTIONS)


class AgendaField(Actions):
    """Actions for the agenda, among which none moves the clock that runs them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Step, ...]:
        steps = _read(value)
        problems = {
            place: {step.verb: ["The agenda runs on the clock, and cannot move it."]}
            for place, step in enumerate(steps)
            if step.verb in MOVING
        }
        if problems:
            raise ValidationError(problems)
        return steps

    def described(self, refer: Refer) -> Described:
        return one_or_more(refer(_AgendaActionSchema()), maxItems=MAX_ACTIONS)


class _Schedule(OneOfSome):
    exactly_one = ("after", "at", "every")

    after = Duration(least=NOT_NEGATIVE)
    at = Instant()
    every = Duration(least=MILLISECOND)
    do = AgendaField(required=True)


class _Fault(Strict):
    """A fault rule, whose effect may be any action of this vocabulary."""

    def load(self, data: Any, **options: Any) -> dict[str, Any]:
        return {"rule": RULE.load(data)}

    def described(self, told: Described, refer: Refer) -> Described:
        return refer(RULE)


class _Nothing(Strict):
    """No arguments."""


class _Speech(Strict):
    """The knobs as they came: they are read again when the action is performed, upon the dialect of that moment."""

    def load(self, data: Any, **options: Any) -> dict[str, Any]:
        data = {"name": data} if isinstance(data, str) else data
        DialectSchema().load(data)
        return {"knobs": data}

    def described(self, told: Described, refer: Refer) -> Described:
        return DialectField().described(refer)


def _touched(state: State, *, events: Sequence[str] | None, **_: Any) -> int:
    return state.crm.store.live_count() if events is None else len(events)


def _churned(state: State, *, creates: int, edits: int, deletes: int, **_: Any) -> int:
    return max(LEAST_CHURN, creates + edits + deletes)


def _restamped(state: State, *, knobs: Mapping[str, Any]) -> int:
    """How many stamps may have to be shown otherwise."""
    return state.crm.store.known_count() if {"name", "timestampPrecision"} & knobs.keys() else 1


VERBS: Mapping[str, Verb] = {
    "create": Verb(actions.create, CreateSchema(), several=False),
    "edit": Verb(actions.edit, EditSchema(), several=False),
    "delete": Verb(actions.delete, _OnEvent(), several=False),
    "restore": Verb(actions.restore, _OnEvent(), several=False),
    "touch": Verb(actions.touch, _Touch(), several=True, size=_touched),
    "churn": Verb(actions.churn, _Churn(), several=True, size=_churned),
    "advance": Verb(actions.advance, AdvanceSchema(), several=True),
    "clock": Verb(actions.clock, ClockSchema(), several=True),
    "dialect": Verb(actions.dialect, _Speech(), several=False, size=_restamped),
    "fault": Verb(actions.fault, _Fault(), several=False),
    "clearFaults": Verb(actions.clear_faults, _Nothing(), several=False),
    "schedule": Verb(actions.schedule, _Schedule(), several=False),
}
REPLACE = Verb(actions.edit, _ReplaceSchema(), several=False)
"""The edit that says everything, which the controls alone know."""
MOVING = ("advance", "clock")
"""The verbs that move the clock."""


def read_actions(data: Any) -> tuple[Step, ...]:
    """One action, or a list of them, from JSON. Raises `ActionInvalid` naming the place and the field."""
    try:
        return _read(data)
    except ValidationError as error:
        raise refused(error, ActionInvalid, "The action") from error


def _read(data: Any) -> tuple[Step, ...]:
    if isinstance(data, Mapping):
        return (ACTION.load(data),)
    if not isinstance(data, list):
        raise ValidationError("Neither an action nor a list of actions.")
    check_size(data, MAX_ACTIONS)
    steps = read_each(enumerate(data), ACTION.load)
    check_churns(steps)
    return tuple(steps)


class ActionSchema(Strict):
    """An action: an object with one key, its verb."""

    verbs: Iterable[str] = tuple(VERBS)

    def load(self, data: Any, **options: Any) -> Step:
        if not isinstance(data, Mapping) or len(data) != 1:
            raise ValidationError("An action is an object with one key, its verb.")
        ((verb, arguments),) = data.items()
        if verb not in VERBS:
            raise ValidationError({verb: [f"No such verb; there are {', '.join(VERBS)}."]})
        try:
            return Step(verb, VERBS[verb].schema.load(arguments), data)
        except ValidationError as error:
            raise ValidationError({verb: error.messages}) from error

    def described(self, told: Described, refer: Refer) -> Described:
        return one_key(described_verbs(refer, self.verbs))


class _AgendaActionSchema(ActionSchema):
    """An action for the agenda, which does not move the clock."""

    verbs = tuple(verb for verb in VERBS if verb not in MOVING)


ACTION = ActionSchema()


def described_verbs(refer: Refer, verbs: Iterable[str] = VERBS) -> dict[str, Described]:
    """The arguments of each verb, with a sentence on what it does."""
    return {verb: {**refer(VERBS[verb].schema), "description": sentence_of(VERBS[verb].perform)} for verb in verbs}


def read_steps(data: Any) -> tuple[Step, ...]:
    """The same for whoever gathers mistakes: raises `ValidationError`."""
    return _read(data)


RULE = RuleSchema(Actions())
"""Fault rules, as `/admin/faults`, fixture files and the verb `fault` read them."""


def read_rules(data: Any) -> list[Rule]:
    """One fault rule, or a list of them, from JSON. Raises `FaultInvalid` naming the place and the field."""
    if not isinstance(data, list):
        return [RULE.check(data, FaultInvalid, "The fault rule")]
    try:
        check_size(data, MAX_RULES)
    except ValidationError as error:
        raise refused(error, FaultInvalid, "The list of fault rules") from error
    rules: list[Rule] = []
    for place, each in enumerate(data):
        try:
            rules.append(RULE.check(each, FaultInvalid, "The fault rule"))
        except FaultInvalid as refusal:
            refusal.within(str(place), f"Rule {place}")
            raise
    return rules


def check_churns(steps: Sequence[Step]) -> None:
    """Raises `ValidationError` where there are more churns than anybody would wait for."""
    if sum(step.verb == "churn" for step in steps) > MAX_CHURNS:
        raise ValidationError(f"More than {MAX_CHURNS} churns.")
