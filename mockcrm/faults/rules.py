"""Fault rules: which requests they apply to, how often, and with which effect (`docs/reference/faults.md`).

A rule is data. `Faults.decide` says what happens to a request and does none of it: it never sleeps, and its random
numbers come from the rule's own seed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from mockcrm.base.declaring import dataclass
from mockcrm.errors import FaultInvalid, FaultNotFound, RequestInvalid
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault
from mockcrm.journal.matcher import Matcher

if TYPE_CHECKING:
    from mockcrm.faults.effects.effect import Effect

MAX_RULES = 1_000
"""The most rules that a sandbox has at a time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault rule: its effect, and the requests that it applies to. `raw` is its JSON.

    The matcher decides which requests fit, and which of them are picked (every n-th). The rule counts those that come
    from `start` to before `until`. It skips the first `skip` of the picked ones, and then applies with a `probability`,
    at most `times` times.
    """

    raw: Mapping[str, Any]
    matcher: Matcher
    effect: "Effect"
    name: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    start: datetime | None = None
    until: datetime | None = None

    @property
    def uses_chance(self) -> bool:
        return self.probability < 1 or self.effect.uses_chance

    def concerns(self, operation: str | None) -> bool:
        """Whether it can count a request that calls this operation, or apply to it."""
        only = self.effect.operations
        return self.effect.lasting or ((not only or operation in only) and self.matcher.admits(operation))


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule has counted: requests that fit (`seen`), those picked (`turns`), and those that it was `applied` to.

    `memory` is its effect's. `problem` says why the rule was passed over, the last time that a request could not be
    matched.
    """

    seed: int
    seen: int = 0
    turns: int = 0
    applied: int = 0
    memory: Any = None
    problem: str | None = None


class Faults:
    """The rules of one sandbox, in the order in which they were added.

    `added` counts all rules that were ever added, and makes their ids. `removals` counts how often rules were removed.
    `socketless_server` names the server, if it has no sockets for effects that act on a connection.
    """

    def __init__(self) -> None:
        self._rules: dict[str, tuple[Rule, Tally]] = {}
        self._concerned: dict[str | None, tuple[str, ...]] = {}
        self.added = 0
        self.removals = 0
        self.socketless_server: str | None = None

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    def __iter__(self) -> Iterator[tuple[str, Rule, Tally]]:
        return ((rule_id, rule, tally) for rule_id, (rule, tally) in self._rules.items())

    def check_room(self, count: int) -> None:
        """Raises `FaultInvalid` where this many more rules are too many."""
        if len(self._rules) + count > MAX_RULES:
            raise FaultInvalid(f"A sandbox has at most {MAX_RULES:,} fault rules: delete some first.")

    def check_server(self, rule: Rule) -> None:
        """Raises `FaultInvalid` where the server cannot do what the rule asks for."""
        if self.socketless_server is not None and rule.effect.at_socket:
            raise FaultInvalid(
                f"The server {self.socketless_server} cannot apply the effect {rule.effect.name!r}, which acts on the "
                "connection: serve with gunicorn."
            )

    def serve_with(self, socketless_server: str | None) -> None:
        """From now on, have only rules that this server can apply. Raises `FaultInvalid` where there are others."""
        self.socketless_server = socketless_server
        for _, rule, _ in self:
            self.check_server(rule)

    def add(self, rule: Rule, seed: int = 0) -> str:
        """Add a rule after the others, and return its id. Raises `FaultInvalid` as the checks do."""
        self.check_room(1)
        self.check_server(rule)
        self.added += 1
        rule_id = f"f{self.added}"
        self.restore(rule_id, rule, Tally(seed))
        return rule_id

    def restore(self, rule_id: str, rule: Rule, tally: Tally) -> None:
        """Add a rule after the others, with its id and its counts."""
        self._rules[rule_id] = (rule, tally)
        self._concerned = {}

    def get(self, rule_id: str) -> tuple[Rule, Tally]:
        """Raises `FaultNotFound`."""
        if rule_id not in self._rules:
            raise FaultNotFound(f"There is no fault rule {rule_id!r}.")
        return self._rules[rule_id]

    def remove(self, rule_id: str) -> None:
        """Raises `FaultNotFound`."""
        self.get(rule_id)
        del self._rules[rule_id]
        self._concerned = {}
        self.removals += 1

    def clear(self) -> int:
        """Remove all rules, and return how many there were."""
        count = len(self._rules)
        self._rules.clear()
        self._concerned = {}
        self.removals += 1
        return count

    def fork(self) -> "Faults":
        copy = Faults()
        copy._rules, copy.added, copy.removals = dict(self._rules), self.added, self.removals
        copy.socketless_server = self.socketless_server
        # Which rules there are is the same until either side changes it, and then that side takes another index.
        copy._concerned = self._concerned
        return copy

    def concerned(self, operation: str | None) -> tuple[str, ...]:
        """The ids of the rules that can count a request which calls this operation, in their order.

        Any thread may ask, also while another one changes the rules.
        """
        index = self._concerned
        found = index.get(operation)
        if found is None:
            found = tuple(rule_id for rule_id, (rule, _) in [*self._rules.items()] if rule.concerns(operation))
            index[operation] = found
        return found

    def decide(self, context: FaultContext) -> Plan:
        """What happens to a request. Each rule, in its order, counts the requests that fit it.

        Of the exclusive effects only the first that applies does so; the others (`delay`, `do`) add up.
        """
        plan = Plan()
        taken = False
        for rule_id in self.concerned(context.entry.operation):
            rule, before = self._rules[rule_id]
            own = replace(context, memory=before.memory)
            applies, tally = _count(rule, before, own, free=not (taken and rule.effect.exclusive))
            self._rules[rule_id] = (rule, tally)
            if applies:
                applied = AppliedFault(rule_id, rule.name, rule.effect.name, hazard=rule.effect.hazard)
                plan.applied_faults.append(applied)
                rule.effect.apply(plan, replace(own, memory=tally.memory, draw=_draw(tally, "effect")), applied)
                taken = taken or rule.effect.exclusive
        return plan


def _count(rule: Rule, tally: Tally, context: FaultContext, *, free: bool) -> tuple[bool, Tally]:
    """Whether a rule applies to a request, and its tally from now on. Unless it is `free` to apply, it only counts."""
    if rule.effect.lasting and rule.effect.persists(context):
        return free, replace(tally, applied=tally.applied + free)
    try:
        if not _fits(rule, context):
            return False, tally
    except RequestInvalid as refusal:
        return False, replace(tally, problem=refusal.message)
    tally = replace(tally, seen=tally.seen + 1)
    if not rule.matcher.is_turn(tally.seen):
        return False, tally
    tally = replace(tally, turns=tally.turns + 1)
    spent = rule.times is not None and tally.applied >= rule.times
    # What was recorded is played again only if this word stays: it is a part of the seed.
    if not free or spent or tally.turns <= rule.skip or _draw(tally, "strike") >= rule.probability:
        return False, tally
    applies, memory = rule.effect.should_apply(context)
    return applies, replace(tally, applied=tally.applied + applies, memory=memory)


def _fits(rule: Rule, context: FaultContext) -> bool:
    """Whether a request fits a rule, its turn left aside. Raises `RequestInvalid`, see `SearchBudget`."""
    early = rule.start is not None and context.now < rule.start
    late = rule.until is not None and context.now >= rule.until
    operations = rule.effect.operations
    if early or late or (operations and context.entry.operation not in operations):
        return False
    return rule.matcher.fits(context.reading, context.budget)


def _draw(tally: Tally, purpose: str) -> float:
    """A number from 0 to below 1. It depends on the rule's seed, its turns and the purpose, and on nothing else."""
    return Random(f"{tally.seed}/{tally.turns}/{purpose}").random()
