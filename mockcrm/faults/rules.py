"""Faults: what a network, and a CRM on a bad day, do to a client's requests (`docs/faults.md`).

A rule is data: which requests it strikes, when, and with which effect. `Faults.decide` says what befalls a request, and
does nothing of it: it never sleeps, and draws from nothing but the rule's own seed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.fields import Fraction, Instant, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.errors import FaultInvalid, FaultNotFound, RequestInvalid
from mockcrm.faults.effects import ActionsField, Effect, EffectField
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault
from mockcrm.journal.matcher import Matcher, MatcherSchema

MAX_RULES = 1_000
"""How many rules there are in a sandbox at a time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests are struck, and how; `told` is the rule as it came.

    Of the requests that fit between `start` and `until`, whose turn it is, the first `skip` are spared; at most `times`
    are struck, each with a `probability`.
    """

    told: Mapping[str, Any]
    matcher: Matcher
    effect: Effect
    name: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    start: datetime | None = None
    until: datetime | None = None

    @property
    def draws(self) -> bool:
        return self.probability < 1 or self.effect.draws


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule has seen: requests that fit, those whose turn it was, those it struck; and what its effect keeps.

    `problem` says why the last request that the rule could not be held against was passed over.
    """

    seed: int
    seen: int = 0
    turns: int = 0
    struck: int = 0
    remembers: Any = None
    problem: str | None = None


class Faults:
    """The rules of one sandbox, in the order in which they were given; `removals` says how often some were removed."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[Rule, Tally]] = {}
        self.given = 0
        self.removals = 0

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    def __iter__(self) -> Iterator[tuple[str, Rule, Tally]]:
        return ((name, rule, tally) for name, (rule, tally) in self._rules.items())

    def check_room(self, count: int) -> None:
        """Raises `FaultInvalid` when so many more rules are too many."""
        if len(self._rules) + count > MAX_RULES:
            raise FaultInvalid(f"A sandbox has at most {MAX_RULES:,} fault rules: delete some first.")

    def add(self, rule: Rule, seed: int = 0) -> str:
        """Put a rule behind the others; the id that it gets. Raises `FaultInvalid` when there are too many."""
        self.check_room(1)
        self.given += 1
        self.keep(f"f{self.given}", rule, Tally(seed))
        return f"f{self.given}"

    def keep(self, rule_id: str, rule: Rule, tally: Tally) -> None:
        """Put a rule, with what it has seen, behind the others."""
        self._rules[rule_id] = (rule, tally)

    def get(self, rule_id: str) -> tuple[Rule, Tally]:
        """Raises `FaultNotFound`."""
        if rule_id not in self._rules:
            raise FaultNotFound(f"There is no fault rule {rule_id!r}.")
        return self._rules[rule_id]

    def remove(self, rule_id: str) -> None:
        """Raises `FaultNotFound`."""
        self.get(rule_id)
        del self._rules[rule_id]
        self.removals += 1

    def clear(self) -> int:
        """Remove all rules; how many there were."""
        count = len(self._rules)
        self._rules.clear()
        self.removals += 1
        return count

    def fork(self) -> "Faults":
        copy = Faults()
        copy._rules, copy.given, copy.removals = dict(self._rules), self.given, self.removals
        return copy

    def decide(self, case: FaultContext) -> Plan:
        """What befalls a request. Rules are asked in their order, and each counts the requests that fit it.

        Of the effects that stand alone the first to strike does; those that do not (`delay`, `do`) add up.
        """
        plan = Plan()
        taken = False
        for rule_id, (rule, before) in self._rules.items():
            mine = replace(case, remembers=before.remembers)
            strikes, tally = _strikes(rule, before, mine, free=not (taken and rule.effect.alone))
            self._rules[rule_id] = (rule, tally)
            if strikes:
                struck = AppliedFault(rule_id, rule.name, rule.effect.word)
                plan.struck.append(struck)
                rule.effect.apply(plan, replace(mine, remembers=tally.remembers, draw=_draw(tally, "effect")), struck)
                taken = taken or rule.effect.alone
        return plan


def _strikes(rule: Rule, tally: Tally, case: FaultContext, *, free: bool) -> tuple[bool, Tally]:
    if rule.effect.holds(case):
        return free, replace(tally, struck=tally.struck + free)
    try:
        if not _means(rule, case):
            return False, tally
    except RequestInvalid as refusal:
        return False, replace(tally, problem=refusal.message)
    tally = replace(tally, seen=tally.seen + 1)
    if not rule.matcher.is_turn(tally.seen):
        return False, tally
    tally = replace(tally, turns=tally.turns + 1)
    spent = rule.times is not None and tally.struck >= rule.times
    if not free or spent or tally.turns <= rule.skip or _draw(tally, "strike") >= rule.probability:
        return False, tally
    strikes, remembers = rule.effect.should_apply(case)
    return strikes, replace(tally, struck=tally.struck + strikes, remembers=remembers)


def _means(rule: Rule, case: FaultContext) -> bool:
    """Whether a rule is for such a request, its turn left aside. Raises `RequestInvalid`, see `SearchBudget`."""
    early = rule.start is not None and case.now < rule.start
    late = rule.until is not None and case.now >= rule.until
    operations = rule.effect.operations
    if early or late or (operations and case.entry.operation not in operations):
        return False
    return rule.matcher.fits(case.reading, case.budget)


def _draw(tally: Tally, of_what: str) -> float:
    """A number from 0 to below 1 that hangs on the rule's seed and how often its turn has come, and nothing else."""
    return Random(f"{tally.seed}/{tally.turns}/{of_what}").random()


class RuleSchema(Strict):
    """A fault rule: which requests it strikes, when, and with which effect.

    `actions` reads those of the effect `do`.
    """

    match = fields.Nested(MatcherSchema, attribute="matcher", load_default=Matcher)
    effect = EffectField(required=True)
    name = fields.String(validate=validate.Length(min=1, max=100))
    times = Whole(least=1)
    skip = Whole(least=0)
    probability = Fraction()
    from_ = Instant(data_key="from", attribute="start")
    until = Instant()

    def __init__(self, actions: ActionsField) -> None:
        self.actions = actions
        super().__init__()

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "start" in data and "until" in data and data["until"] <= data["start"]:
            raise ValidationError("Must be after `from`.", "until")

    @validates_schema
    def can_strike(self, data: Mapping[str, Any], **_: Any) -> None:
        if "effect" not in data or "matcher" not in data:
            return
        effect, admitted = data["effect"], data["matcher"].operations()
        if effect.operations and not set(effect.operations) & set(admitted):
            only = ", ".join(effect.operations)
            raise ValidationError(
                {effect.word: [f"This effect strikes only {only}, and `match` admits none of them."]}, "effect"
            )

    @post_load(pass_original=True)
    def build(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Rule:
        return Rule(told=original, **data)
