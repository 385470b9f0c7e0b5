"""How the effect of a fault rule is read from JSON, and described as JSON Schema."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, post_load

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, one_key, sentence_of
from mockcrm.base.schema.strict import Strict
from mockcrm.faults.effects.do import ActionsField
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.effects.table import EFFECTS


class _Arguments(Strict):
    """The arguments of one effect, as its class declares them."""

    def __init__(self, effect: type[Effect]) -> None:
        self.effect = effect
        super().__init__()

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Effect:
        effect = self.effect(**data)
        effect.check()
        return effect


def _schema(effect: type[Effect], actions: type[ActionsField]) -> _Arguments:
    reads = {each.name: each.metadata["field"] for each in dataclasses.fields(effect)}
    reads |= {name: actions(required=True) for name, field in reads.items() if isinstance(field, ActionsField)}
    schema: type[_Arguments] = type(f"{effect.__name__}Schema", (_Arguments,), {"__doc__": effect.__doc__, **reads})
    return schema(effect)


class EffectField(Field[Effect]):
    """An object with one key, the effect's name, and its arguments; or the name alone, where no argument is required.

    The schema that it stands in has the field that reads `actions`.
    """

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self._schemas = {name: _schema(effect, parent.actions) for name, effect in EFFECTS.items()}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Effect:
        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, Mapping) or len(value) != 1:
            raise ValidationError("An effect is an object with one key, such as `status`.")
        ((name, arguments),) = value.items()
        if name not in EFFECTS:
            raise ValidationError({name: [f"No such effect; there are {', '.join(EFFECTS)}."]})
        try:
            effect: Effect = self._schemas[name].load(EFFECTS[name].spelled_out(arguments))
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from error
        return effect

    def described(self, refer: Refer) -> Described:
        arguments = {name: self._arguments(name, schema, refer) for name, schema in self._schemas.items()}
        bare = [name for name, schema in self._schemas.items() if not _requires_any(schema)]
        return {"anyOf": [{"enum": bare}, one_key(arguments)], "description": sentence_of(self)}

    def _arguments(self, name: str, schema: _Arguments, refer: Refer) -> Described:
        """An effect's arguments as an object, or the value of its shorthand."""
        arguments, shorthand = refer(schema), EFFECTS[name].shorthand
        if not shorthand:
            return arguments
        return {"anyOf": [arguments, {"$ref": f"{arguments['$ref']}/properties/{shorthand}"}]}


def _requires_any(schema: _Arguments) -> bool:
    try:
        schema.load({})
    except ValidationError:
        return True
    return False
