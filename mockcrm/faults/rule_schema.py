"""How fault rules are read from JSON, and described as JSON Schema. No start needs it, nor the effects."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.fields import Fraction, Instant, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.faults.effect_schema import EffectField
from mockcrm.faults.effects.do import ActionsField
from mockcrm.faults.rules import Rule
from mockcrm.journal.matcher import Matcher
from mockcrm.journal.matcher_schema import MatcherSchema


class RuleSchema(Strict):
    """A fault rule: the requests that it applies to, when, and its effect.

    `actions` is the kind of field that reads those of the effect `do`.
    """

    match = fields.Nested(MatcherSchema, attribute="matcher", load_default=Matcher)
    effect = EffectField(required=True)
    name = fields.String(validate=validate.Length(min=1, max=100))
    times = Whole(least=1)
    skip = Whole(least=0)
    probability = Fraction()
    from_ = Instant(data_key="from", attribute="start")
    until = Instant()

    def __init__(self, actions: type[ActionsField]) -> None:
        self.actions = actions
        super().__init__()

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "start" in data and "until" in data and data["until"] <= data["start"]:
            raise ValidationError("Must be after `from`.", "until")

    @validates_schema
    def can_apply(self, data: Mapping[str, Any], **_: Any) -> None:
        if "effect" not in data or "matcher" not in data:
            return
        effect, admitted = data["effect"], data["matcher"].operations()
        if effect.operations and not set(effect.operations) & set(admitted):
            only = ", ".join(effect.operations)
            problem = f"This effect applies only to {only}, and `match` admits none of them."
            raise ValidationError({effect.name: [problem]}, "effect")

    @post_load(pass_original=True)
    def build(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Rule:
        return Rule(raw=original, **data)
