"""How the steps of a scenario are read from JSON, and described as JSON Schema."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from marshmallow import ValidationError, fields

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, one_key, sentence_of
from mockcrm.base.schema.fields import Named, read_list
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.faults.effects.effect import when_field
from mockcrm.faults.rule_schema import RuleSchema
from mockcrm.journal.matcher_schema import MatcherSchema
from mockcrm.sandbox.action_schemas import MAX_ACTIONS, VERBS, Actions, check_churns, described_verbs, parse_actions
from mockcrm.sandbox.scenario.steps import MAX_STORY_TEXT, MailboxStep, NoteStep, SyncStep, actions_of


def _anything() -> Named:
    """The fields of an entry in the client's calendar, whatever they are."""
    return Named(fields.String(), fields.Raw(allow_none=True), required=True)


class _MailboxSchema(OneOfSome):
    """What the client's user does: `create`, with a name `as`; or `edit` or `delete` an `event`."""

    exactly_one = ("create", "edit", "delete")

    create = fields.Nested(Strict.from_dict({"as": fields.String(), "set": _anything()}, name="MailboxCreateSchema"))
    edit = fields.Nested(
        Strict.from_dict({"event": fields.String(required=True), "set": _anything()}, name="MailboxEditSchema")
    )
    delete = fields.Nested(Strict.from_dict({"event": fields.String(required=True)}, name="MailboxDeleteSchema"))


_MAILBOX = _MailboxSchema()
_STEP_NAMES = ", ".join(("sync", "note", "mailbox", "do", *VERBS))


class StepsField(Field[tuple[Any, ...]]):
    """The steps of a fixture file."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        steps = [*chain.from_iterable(read_list(value, _STEP.load, MAX_ACTIONS, invalid="Not a list of steps."))]
        check_churns(actions_of(steps))
        return tuple(steps)

    def described(self, refer: Refer) -> Described:
        return {"type": "array", "items": refer(_STEP), "maxItems": MAX_ACTIONS}


def _note(value: Any) -> NoteStep:
    if not isinstance(value, str) or len(value) > MAX_STORY_TEXT:
        raise ValidationError({"note": [f"Not a text of up to {MAX_STORY_TEXT:,} characters."]})
    return NoteStep(value)


def _mailbox(value: Any) -> MailboxStep:
    try:
        _MAILBOX.load(value)
    except ValidationError as error:
        raise ValidationError({"mailbox": error.messages}) from error
    return MailboxStep(value)


class _StepSchema(Strict):
    """A step: `sync`, an action, a note, the mailbox; or actions that the clock or a request sets off."""

    def load(self, data: Any, **options: Any) -> Sequence[Any]:
        if data == "sync":
            return (SyncStep(),)
        if not isinstance(data, Mapping):
            raise ValidationError("A step is `sync`, or an object with a verb, `note`, `mailbox` or `do`.")
        if "do" in data:
            return parse_actions(_set_off(data))
        if len(data) == 1:
            ((word, value),) = data.items()
            if word in ("note", "mailbox"):
                return (_note(value) if word == "note" else _mailbox(value),)
            if word not in VERBS:
                raise ValidationError({word: [_unknown_step(word)]})
        return parse_actions(data)

    def described(self, described: Described, refer: Refer) -> Described:
        note = {"type": "string", "maxLength": MAX_STORY_TEXT, "description": sentence_of(NoteStep)}
        mailbox = {**refer(_MAILBOX), "description": sentence_of(MailboxStep)}
        return {
            "anyOf": [
                {"const": "sync", "description": sentence_of(SyncStep)},
                one_key({**described_verbs(refer), "note": note, "mailbox": mailbox}),
                refer(VERBS["schedule"].schema),
                refer(_AroundSchema(Actions)),
            ]
        }


def _unknown_step(word: str) -> str:
    return "Write `sync` alone, without a colon." if word == "sync" else f"No such step; there are {_STEP_NAMES}."


class _OnSchema(MatcherSchema):
    """Which request, and whether the actions come before or after it."""

    when = when_field()


class _AroundSchema(RuleSchema):
    """Actions that a request sets off. This is only their description: they are read as a fault rule."""

    class Meta:
        exclude = ("match", "effect")

    on = fields.Nested(_OnSchema, required=True)
    do = Actions(required=True)


_STEP = _StepSchema()


def _set_off(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{at, after or every, do}` is a schedule; `{on, do}` is a fault rule with the effect `do`."""
    if "on" not in raw:
        return {"schedule": raw}
    on = raw["on"]
    if not isinstance(on, Mapping):
        raise ValidationError({"on": ["Not an object that says which request."]})
    if excluded := {name: ["`on` and `do` say this."] for name in _AroundSchema.Meta.exclude if name in raw}:
        raise ValidationError(excluded)
    rest = {name: value for name, value in raw.items() if name not in ("on", "do")}
    match = {name: value for name, value in on.items() if name != "when"}
    effect = {"do": {"actions": raw["do"], **({"when": on["when"]} if "when" in on else {})}}
    return {"fault": {"match": match, "effect": effect, **rest}}
