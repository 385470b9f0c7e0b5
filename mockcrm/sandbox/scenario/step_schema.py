"""How the steps of a scenario are told."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from marshmallow import ValidationError, fields

from mockcrm.base.schema.fields import (
    Described,
    Named,
    Refer,
    check_size,
    one_key,
    read_each,
    sentence_of,
)
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.faults.effects.effect import when_field
from mockcrm.faults.rules import RuleSchema
from mockcrm.journal.matcher import MatcherSchema
from mockcrm.sandbox.action_schemas import MAX_ACTIONS, VERBS, Actions, check_churns, described_verbs, read_steps
from mockcrm.sandbox.scenario.steps import TEXT, Mailbox, Note, Sync, actions_of


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
                refer(_AroundSchema(Actions)),
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
