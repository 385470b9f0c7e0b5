"""Fault rules."""

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, TypedDict

from marshmallow import Schema, fields

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.faults.rules import Rule, Tally
from mockcrm.sandbox.action_schemas import RULE
from mockcrm.web.representations.base import Count, as_answer


def rule_json(rule_id: str, rule: Rule, tally: Tally) -> dict[str, Any]:
    """A fault rule as it was given, with its id, how many requests matched it, and to how many it was applied."""
    problem = {"problem": tally.problem} if tally.problem else {}
    return {"id": rule_id, **rule.raw, "seen": tally.seen, "applied": tally.applied, **problem}


def describe_rule(refer: Refer) -> Described:
    return refer(_rule_schema())


@cache
def _rule_schema() -> Schema:
    """The fields of a rule as they were given, and what is known of it. Made when the API is described."""
    given = Strict.from_dict({**RULE.fields, "effect": fields.Raw(required=True)})

    class ShownRuleSchema(given):  # type: ignore[misc,valid-type]  # It is made from the fields of a rule.
        """A fault rule as it was given, with its id, how many requests matched it, and to how many it was applied.

        A `problem` says why a request was not tested against it.
        """

        id = fields.String()
        seen = Whole(least=0)
        applied = Whole(least=0)
        problem = fields.String()

        def described(self, described: Described, refer: Refer) -> Described:
            return as_answer(described, ("applied", "effect", "id", "seen"))

    return ShownRuleSchema()


ShownRule = Annotated[dict[str, Any], describe_rule]


class RulesJson(TypedDict):
    faults: list[ShownRule]
    length: Count


def rules_json(rules: Iterable[tuple[str, Rule, Tally]]) -> RulesJson:
    shown = [rule_json(*each) for each in rules]
    return {"faults": shown, "length": len(shown)}


AddedRules = ShownRule | RulesJson
"""The rule that was added, or the list of rules."""
