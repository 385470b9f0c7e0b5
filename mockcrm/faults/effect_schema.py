"""How a fault rule's effect is read."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from mockcrm.base.schema.fields import Described, Refer, one_key, sentence_of
from mockcrm.base.schema.strict import Strict
from mockcrm.faults.effects.do import ActionsField
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.effects.table import EFFECTS


class _Arguments(Strict):
    """The arguments of one effect, as its class declares them."""

    def __init__(self, effect: type[Effect], actions: ActionsField) -> None:
        self.effect, self.actions = effect, actions
        super().__init__()

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Effect:
        effect = self.effect(**data)
        effect.check()
        return effect


def _schema(effect: type[Effect], actions: ActionsField) -> _Arguments:
    told = {each.name: each.metadata["field"] for each in dataclasses.fields(effect)}
    made: type[_Arguments] = type(f"{effect.__name__}Schema", (_Arguments,), {"__doc__": effect.__doc__, **told})
    return made(effect, actions)


class EffectField(fields.Field[Effect]):
    """An object with one key, the word for the effect, and its arguments; or the word alone, if it needs none."""

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self._schemas = {word: _schema(effect, parent.actions) for word, effect in EFFECTS.items()}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Effect:
        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, Mapping) or len(value) != 1:
            raise ValidationError("An effect is an object with one key, such as `status`.")
        ((word, arguments),) = value.items()
        if word not in EFFECTS:
            raise ValidationError({word: [f"No such effect; there are {', '.join(EFFECTS)}."]})
        short = EFFECTS[word].short
        whole = isinstance(arguments, Mapping) and not (word == "do" and "actions" not in arguments)
        try:
            effect: Effect = self._schemas[word].load(arguments if whole or not short else {short: arguments})
        except ValidationError as error:
            raise ValidationError({word: error.messages}) from error
        return effect

    def described(self, refer: Refer) -> Described:
        known = {word: self._arguments(word, schema, refer) for word, schema in self._schemas.items()}
        alone = [word for word, schema in self._schemas.items() if _needs_none(schema)]
        return {"anyOf": [{"enum": alone}, one_key(known)], "description": sentence_of(self)}

    def _arguments(self, word: str, schema: _Arguments, refer: Refer) -> Described:
        """An effect's arguments, or the value of the one that may stand for all."""
        arguments, short = refer(schema), EFFECTS[word].short
        return {"anyOf": [arguments, {"$ref": f"{arguments['$ref']}/properties/{short}"}]} if short else arguments


def _needs_none(schema: _Arguments) -> bool:
    try:
        schema.load({})
    except ValidationError:
        return False
    return True
