"""How actions are read from JSON: the arguments of each verb, one action, a list (contract, section 6).

An action is an object with one key, its verb: `{"edit": {"event": "kickoff", "set": {"subject": "Moved"}}}`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.descriptions import Described, Refer, one_key, one_or_more, sentence_of
from mockcrm.base.schema.fields import LONG, MAX_MEMBERS, Duration, Instant, Whole, read_list
from mockcrm.base.schema.strict import OneOfSome, Strict, refused
from mockcrm.base.times import END, MILLISECOND
from mockcrm.crm.actions import Result
from mockcrm.crm.dialect.named import DialectField, dialect_schema
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.references import work_on
from mockcrm.errors import ActionInvalid, FaultInvalid
from mockcrm.faults.effects.do import ActionsField
from mockcrm.faults.rule_schema import RuleSchema
from mockcrm.faults.rules import MAX_RULES, Rule
from mockcrm.sandbox import actions
from mockcrm.sandbox.agenda import AgendaEntry
from mockcrm.sandbox.control_schemas import NOT_NEGATIVE, ClockSchema, WriteModifiers
from mockcrm.sandbox.record_arguments import CreateSchema, EditSchema, MergeSchema, OnRecord, ReplaceSchema, TouchSchema
from mockcrm.sandbox.state import State

MAX_ACTIONS = MAX_MEMBERS
"""The most actions in a list."""
MAX_CHURN = 10_000
"""The most changes of each kind that one churn makes."""
LEAST_CHURN = 10
"""A churn counts as at least this many changes: to prepare one invented event costs as much as to prepare many."""
MAX_CHURNS = 10
"""The most churns in a list of actions."""


def _one(state: State, **_: Any) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: the function that performs it, and the schema of its arguments.

    With `several` it may make more than one change; `size` gives the most that it makes with some arguments.
    """

    perform: Callable[..., Result]
    schema: Strict
    several: bool
    size: Callable[..., int] = _one

    def arguments(self, body: Any, kind: Kind, **known: Any) -> dict[str, Any]:
        """The arguments in a body, and from its path the kind of records and `known` ones. Raises `ActionInvalid`."""
        of_path = ("kind", *(("record", "event") if "record" in known else ()))
        if isinstance(body, Mapping):
            if given := [name for name in of_path if name in body]:
                problem = {given[0]: ["The path gives it."]}
                raise ActionInvalid(f"The path gives {given[0]}: leave it out of the body.", problem)
            body = {**body, "kind": kind.name}
        loaded: dict[str, Any] = self.schema.check(body, ActionInvalid, "The action", partial=of_path)
        return loaded | known


@dataclass(frozen=True, slots=True)
class ParsedAction:
    """An action that has been read: its verb, its arguments as the schema gave them, and its JSON (`raw`)."""

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
        """Perform it. Raises a `Refusal`; then nothing has changed, unless the verb makes `several` changes."""
        return VERBS[self.verb].perform(state, cause, **self.arguments)


MODIFIERS = ("key", "visibleAfter", "stamp", "by", "bump")
"""What a short form of an action has beside the record's fields: the key, and the modifiers."""


def split_modifiers(body: Any) -> Any:
    """The arguments of an action, from its short form: a record's fields with key and modifiers beside them.

    The fields go into `set`. Arguments that have a `set` stay as they are.
    """
    if not isinstance(body, Mapping) or "set" in body:
        return body
    beside = {name: value for name, value in body.items() if name in MODIFIERS}
    return beside | {"set": {name: value for name, value in body.items() if name not in beside}}


INTERNALS = ("version", "origin", "deleted", "deletedAt", "visibleAt")
"""What the controls show of a record beside its fields and its key."""


def without_internals(body: Any, key: str | None) -> Any:
    """A short form without what the controls show beside a record's fields, so that what was read may be sent back.

    The record's own `key` is left out as well, but no other.
    """
    if not isinstance(body, Mapping):
        return body
    return {name: value for name, value in body.items() if name not in INTERNALS and (name, value) != ("key", key)}


class _Churn(WriteModifiers):
    creates = Whole(least=0, most=MAX_CHURN, load_default=0)
    edits = Whole(least=0, most=MAX_CHURN, load_default=0)
    deletes = Whole(least=0, most=MAX_CHURN, load_default=0)
    seed = Whole(least=0, most=LONG - 1)


class AdvanceSchema(Strict):
    by = Duration(required=True, least=NOT_NEGATIVE)


class Actions(ActionsField):
    """One action, or a list of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[ParsedAction, ...]:
        return parse_actions(value)

    def described(self, refer: Refer) -> Described:
        return one_or_more(refer(ActionSchema()), maxItems=MAX_ACTIONS)


class AgendaField(Actions):
    """Actions for the agenda, which must not move the clock."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[ParsedAction, ...]:
        parsed = parse_actions(value)
        problems = {
            place: {action.verb: ["The agenda runs by the clock, and cannot move it."]}
            for place, action in enumerate(parsed)
            if action.verb in MOVING
        }
        if problems:
            raise ValidationError(problems)
        return parsed

    def described(self, refer: Refer) -> Described:
        return one_or_more(refer(_AgendaActionSchema()), maxItems=MAX_ACTIONS)


class _Schedule(OneOfSome):
    exactly_one = ("after", "at", "every")

    after = Duration(least=NOT_NEGATIVE)
    at = Instant()
    every = Duration(least=MILLISECOND)
    do = AgendaField(required=True)


class _Fault(Strict):
    """A fault rule, whose effect may be any of these actions."""

    def load(self, data: Any, **options: Any) -> dict[str, Any]:
        return {"rule": RULE.load(data)}

    def described(self, described: Described, refer: Refer) -> Described:
        return refer(RULE)


class _NoArguments(Strict):
    """No arguments."""


class _DialectArguments(Strict):
    """Knobs, which are read again when the action is performed: they change the dialect of that moment."""

    def load(self, data: Any, **options: Any) -> dict[str, Any]:
        data = {"name": data} if isinstance(data, str) else data
        dialect_schema()().load(data)
        return {"knobs": data}

    def described(self, described: Described, refer: Refer) -> Described:
        return DialectField().described(refer)


def _touched(state: State, *, records: Sequence[str] | None, kind: Kind = EVENT, **_: Any) -> int:
    return state.crm.store.of(kind).live_count() if records is None else len(records)


def _deleted(state: State, *, record: str, kind: Kind = EVENT, **_: Any) -> int:
    crm = state.crm
    if crm.dialect.on_delete == "leave":
        return 1
    return 1 + work_on(crm, {kind.name: {crm.resolve(kind, record)}})


def _merged(state: State, *, kind: Kind, losers: Sequence[str], repoint: str, **_: Any) -> int:
    gone = {state.crm.resolve(kind, each) for each in losers}
    return 1 + len(gone) + (0 if repoint == "none" else work_on(state.crm, {kind.name: gone}))


def _churned(state: State, *, creates: int, edits: int, deletes: int, **_: Any) -> int:
    return max(LEAST_CHURN, creates + edits + deletes)


def _restamped(state: State, *, knobs: Mapping[str, Any]) -> int:
    """How many stamps may be shown in another way afterwards."""
    return state.crm.store.known_count() if {"name", "timestampPrecision"} & knobs.keys() else 1


VERBS: Mapping[str, Verb] = {
    "create": Verb(actions.create, CreateSchema(), several=False),
    "edit": Verb(actions.edit, EditSchema(), several=False),
    "delete": Verb(actions.delete, OnRecord(), several=False, size=_deleted),
    "restore": Verb(actions.restore, OnRecord(), several=False),
    "merge": Verb(actions.merge, MergeSchema(), several=False, size=_merged),
    "touch": Verb(actions.touch, TouchSchema(), several=True, size=_touched),
    "churn": Verb(actions.churn, _Churn(), several=True, size=_churned),
    "advance": Verb(actions.advance, AdvanceSchema(), several=True),
    "clock": Verb(actions.clock, ClockSchema(), several=True),
    "dialect": Verb(actions.dialect, _DialectArguments(), several=False, size=_restamped),
    "fault": Verb(actions.fault, _Fault(), several=False),
    "clearFaults": Verb(actions.clear_faults, _NoArguments(), several=False),
    "schedule": Verb(actions.schedule, _Schedule(), several=False),
}
REPLACE = Verb(actions.edit, ReplaceSchema(), several=False)
"""The edit that gives a whole record, which only the controls have."""
MOVING = ("advance", "clock")
"""The verbs that move the clock."""


def read_actions(data: Any) -> tuple[ParsedAction, ...]:
    """One action, or a list of them, from JSON. Raises `ActionInvalid`, which names place and field."""
    try:
        return parse_actions(data)
    except ValidationError as error:
        raise refused(error, ActionInvalid, "The action") from error


def parse_actions(data: Any) -> tuple[ParsedAction, ...]:
    """One action, or a list of them, from JSON. Raises `ValidationError`, for a schema that collects mistakes."""
    if isinstance(data, Mapping):
        return (ACTION.load(data),)
    parsed = read_list(data, ACTION.load, MAX_ACTIONS, invalid="Neither an action nor a list of actions.")
    check_churns(parsed)
    return tuple(parsed)


class ActionSchema(Strict):
    """An action: an object with one key, its verb."""

    verbs: Iterable[str] = tuple(VERBS)

    def load(self, data: Any, **options: Any) -> ParsedAction:
        if not isinstance(data, Mapping) or len(data) != 1:
            raise ValidationError("An action is an object with one key, its verb.")
        ((verb, arguments),) = data.items()
        if verb not in VERBS:
            raise ValidationError({verb: [f"No such verb; there are {', '.join(VERBS)}."]})
        try:
            return ParsedAction(verb, VERBS[verb].schema.load(arguments), data)
        except ValidationError as error:
            raise ValidationError({verb: error.messages}) from error

    def described(self, described: Described, refer: Refer) -> Described:
        return one_key(described_verbs(refer, self.verbs))


class _AgendaActionSchema(ActionSchema):
    """An action for the agenda, which does not move the clock."""

    verbs = tuple(verb for verb in VERBS if verb not in MOVING)


ACTION = ActionSchema()


def described_verbs(refer: Refer, verbs: Iterable[str] = VERBS) -> dict[str, Described]:
    """The arguments of each verb, with a sentence on what it does."""
    return {verb: {**refer(VERBS[verb].schema), "description": sentence_of(VERBS[verb].perform)} for verb in verbs}


RULE = RuleSchema(Actions)
"""Fault rules, as `/admin/faults`, fixture files and the verb `fault` read them."""


def read_rules(data: Any) -> list[Rule]:
    """One fault rule, or a list of them, from JSON. Raises `FaultInvalid`, which names place and field."""
    if not isinstance(data, list):
        return [RULE.check(data, FaultInvalid, "The fault rule")]
    try:
        return read_list(data, RULE.load, MAX_RULES)
    except ValidationError as error:
        raise refused(error, FaultInvalid, "The list of fault rules") from error


def check_churns(parsed: Sequence[ParsedAction]) -> None:
    """Raises `ValidationError` for too many churns, which would take too long."""
    if sum(action.verb == "churn" for action in parsed) > MAX_CHURNS:
        raise ValidationError(f"More than {MAX_CHURNS} churns.")
