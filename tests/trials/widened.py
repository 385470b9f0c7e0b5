"""Wider worlds for random trials: clients of several designs, windows that move, parallel reads, caps, new tokens.

A trial is drawn from a number, its seed, and the same seed draws the same trial. `outcome` runs it, and compares the
audit with what the client lost. Its cause is known by construction: an event that a mutant loses, and that the same
client without the mutation does not, was lost by the mutation.
"""

import random
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mockcrm.audit.auditor import Audit
from mockcrm.audit.replica import replica_of
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.journal.operations import OF_EVENTS
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import Mutant
from mockcrm.trials.oracle import repetitions
from mockcrm.trials.random_scenarios import BACKDATED, LATE, READING_KNOBS, TRIAL_START
from mockcrm.trials.replica_oracle import events_out_of_sync
from tests.trials.worlds import HARMLESS, Step, World, events_named

SHORT, LONG = ("1s", "1m", "6m", "45m", "5h"), ("1s", "1m", "45m", "1d", "8d", "35d")
"""How far the clock goes at once, in worlds where windows stay, and where they move."""
KNOBS: Mapping[str, Sequence[Any]] = {
    **READING_KNOBS,
    "deletions": ["inline", "endpoint"],
    "tombstoneRetention": ["30m", "7d"],
}
"""Knobs that matter for reading, and with which no careful client loses anything."""


@dataclass(frozen=True)
class Trial:
    """A trial: who reads, and what happens. An `anonymous` client has no name, and may renew its token."""

    mutant: Mutant
    dialect: Mapping[str, Any]
    steps: Sequence[Step]
    probes: bool
    anonymous: bool


def drawn(seed: int, mutant: Mutant) -> Trial:
    """The trial of a seed."""
    draw = random.Random(seed)
    knobs = draw.sample(sorted(KNOBS), draw.choice([0, 1, 1, 2, 3]))
    dialect = {**{name: draw.choice(KNOBS[name]) for name in knobs}, **mutant.dialect}
    anonymous = draw.random() < 0.2
    steps = [*_beginning(draw, mutant), *_story(draw, mutant, anonymous)]
    return Trial(mutant, dialect, steps, draw.random() < 0.3, anonymous)


def _beginning(draw: random.Random, mutant: Mutant) -> Iterator[Step]:
    for _ in range(draw.randint(2, 4)):
        yield "create", _place(draw)
    if mutant.slides or draw.random() < 0.3:
        yield "advance", {"by": draw.choice(["1d", "40d"])}
        yield "create", _place(draw)
    yield "sync", {}
    yield "advance", {"by": "1m"}


def _story(draw: random.Random, mutant: Mutant, anonymous: bool) -> Iterator[Step]:
    kinds = ["create", "edit", "edit", "move", "move", "delete", "restore", "touch", "batch", "meanwhile", "fault"]
    kinds += ["sync"] * 6 + ["advance"] * 4 + ["renew"] * (2 if anonymous else 0) + ["gone"]
    for _ in range(draw.randint(5, 25)):
        yield _step(draw, draw.choice(kinds), mutant)


def _step(draw: random.Random, verb: str, mutant: Mutant) -> Step:
    number = draw.randint(0, 7)
    how = (
        {}
        if draw.random() < 0.7
        else draw.choice([{"visibleAfter": draw.choice(LATE)}, {"stamp": draw.choice(BACKDATED)}])
    )
    match verb:
        case "create" | "move":
            return verb, {"number": number, **_place(draw), **how}
        case "edit" | "delete" | "touch":
            return verb, {"number": number, **how}
        case "restore":
            return verb, {"number": number}
        case "gone":
            return verb, {"number": number, **_place(draw)}
        case "batch":
            return verb, {"count": draw.randint(2, 6)}
        case "meanwhile":
            page, what = draw.randint(1, 3), draw.choice(["create", "edit", "delete"])
            return verb, {"number": number, "page": page, "what": what}
        case "fault":
            effect = draw.choice(mutant.faults or HARMLESS)
            times = draw.randint(1, 3)
            return verb, {"match": {"operation": [*OF_EVENTS.lists]}, "effect": effect, "times": times}
        case "advance":
            return verb, {"by": draw.choice(LONG if mutant.slides else SHORT)}
    return verb, {}


def _place(draw: random.Random) -> Mapping[str, int]:
    """When an event takes place: in how many days from now, mostly soon, and for how many hours."""
    day = draw.choice([draw.randint(-3, 20), draw.randint(15, 80), draw.randint(-45, 130), draw.choice([-400, 500])])
    return {"day": day, "hours": draw.choice([1, 1, 1, 0, 72])}


class WideWorld(World):
    """A world in which events take place on different days, and clients renew their tokens."""

    def take(self, step: Step) -> None:
        verb, payload = step
        how = dict(payload)
        match verb:
            case "create":
                late: dict[str, Any] = {name: how[name] for name in ("visibleAfter", "stamp") if name in how}
                creation = self.creation("subject", late)
                creation["create"]["set"] |= self.times(**how)
                self.act(creation)
            case "move":
                self.move(**how)
            case "gone":
                self.move(**how)
                self.change("delete", how["number"])
            case "batch":
                self.batch(how["count"])
            case "renew":
                self.renew()
            case _:
                super().take(step)

    def times(self, day: int, hours: int, **_: Any) -> dict[str, str]:
        """So many hours of a day that many days from now."""
        with self.sandbox.open() as state:
            now = state.crm.clock.now()
        start = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=day)
        return {"startTime": format_instant(start), "endTime": format_instant(start + timedelta(hours=hours))}

    def move(self, number: int, day: int, hours: int, **how: Any) -> None:
        """Have a colleague move an event to another day."""
        if ids := self.ids(deleted=False):
            event = self.name_of(ids[number % len(ids)])
            self.act({"edit": {"event": event, "set": {**self.times(day, hours), **self.fresh()}, **how}})

    def batch(self, count: int) -> None:
        """Have a colleague edit some events at once, so that all get the same stamp."""
        self.act({"clock": {"tick": "0ms"}})
        for event_id in self.ids(deleted=False)[:count]:
            self.act({"edit": {"event": self.name_of(event_id), "set": self.fresh()}})
        self.act({"clock": {"tick": "1ms"}})

    def renew(self) -> None:
        """Have the client go on with a new token."""
        if isinstance(self.client.client, Client):
            self.words += 1
            self.client.client.headers["Authorization"] = f"Bearer renewed-{self.words}"
            self.log.append("renew")


def run(trial: Trial, without: Set[Safeguard], kind: type[WideWorld] | None = None) -> WideWorld:
    """The world of a trial at its end, with a client that lacks some safeguards."""
    mutant = trial.mutant
    world = (kind or WideWorld)(trial.dialect, without, mutant.aurinko, mutant.design, trial.probes)
    if trial.anonymous and isinstance(world.client.client, Client):
        del world.client.client.headers["X-Mockcrm-Client"]
    for step in trial.steps:
        world.take(step)
    world.settle(times=5)
    if not without:
        # What no stamp or window tells of, a careful client reads once a day.
        world.settle(minutes=24 * 60 + 1)
    return world


STUCK = {
    "client.ambiguous",
    "expired.ignored",
    "pageToken.loop",
    "pageToken.notGiven",
    "pageToken.queryChanged",
    "read.abandoned",
    "read.capped",
    "read.floor",
    "read.futile",
    "request.futile",
}
"""What the audit says of a client that gets nowhere, leaves out much, or may be another one's continuation, without
naming each event that waits.
"""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: the events `lost` (or damaged), those of them `by_mutation`, and what the audit said of them.

    `named` are the lost events with an error or a warning, `caused` those whose finding is one that the mutant is meant
    to get, `wrong` the events with an error that were not lost, or the codes against a careful client. Of the others,
    `told` are those that a note names, and those of a client that gets nowhere (`STUCK`); `silent` are those that the
    audit does not name later either, and that the client has not received by then.
    `named_by_replica` and `wrong_by_replica` say the same of an audit that is given the replica. `codes` are all that
    the audit found, and `repeated` is what the client asked again and again (`mockcrm.trials.oracle.repetitions`).
    """

    lost: Set[str]
    by_mutation: Set[str]
    named: Set[str]
    caused: Set[str]
    wrong: Set[str]
    codes: Set[str]
    repeated: Set[str]
    told: Set[str] = frozenset()
    silent: Set[str] = frozenset()
    named_by_replica: Set[str] = frozenset()
    wrong_by_replica: Set[str] = frozenset()


def outcome(trial: Trial) -> Outcome:
    """Run a trial, and compare the audit with what the client lost."""
    mutant = trial.mutant
    world = run(trial, mutant.without)
    lost = out_of_sync(world)
    control = run(trial, mutant.control) if lost and mutant.without != mutant.control else None
    audit = world.sandbox.audit()
    findings = [each for each in audit.findings if each.kind.is_grave]
    codes = {each.kind.code for each in audit.findings}
    errors = events_named(each for each in findings if each.kind.severity == "error")
    wrong = errors - lost
    if wrong and mutant.slides:
        wrong -= ever_lost(trial)
    if not mutant.without:
        wrong |= {each.kind.code for each in findings}
    named, differing = events_named(findings) & lost, events_named(with_replica(world).differences)
    told = lost - named if STUCK & codes else set[str]()
    return Outcome(
        lost=lost,
        by_mutation=lost - (out_of_sync(control) if control else set()),
        named=named,
        caused=events_named(each for each in audit.findings if each.kind.code in mutant.codes) & lost,
        wrong=wrong,
        codes=codes,
        repeated=repetitions(world.wiretap),
        named_by_replica=differing & lost,
        wrong_by_replica=differing - lost,
        told=told,
        silent=silent(world, missed) if (missed := lost - named - told) else frozenset(),
    )


def ever_lost(trial: Trial) -> set[str]:
    """The events that the client lacked after some sync. A window may have moved on since, and left them behind."""
    found: set[str] = set()

    class Watched(WideWorld):
        def sync(self) -> None:
            super().sync()
            found.update(out_of_sync(self))

    run(trial, trial.mutant.without, Watched)
    return found


def silent(world: WideWorld, missed: Set[str]) -> Set[str]:
    """Which events are neither delivered nor named, though the client has synced for a good while longer.

    A client that has read everything twice may do so again, and has twice the gap between those reads to do it.
    """
    with world.sandbox.open() as state:
        passed = state.crm.clock.now() - parse_instant(TRIAL_START)
    world.settle(minutes=int(passed.total_seconds() / 60 / 4) + 10, times=10)
    grave = [each for each in world.findings() if each.kind.is_grave]
    return (missed & out_of_sync(world)) - events_named(grave)


def out_of_sync(world: World) -> set[str]:
    return events_out_of_sync(world.sandbox, world.client.rows, world.client.window)


def with_replica(world: World) -> Audit:
    """The audit that is given the client's replica, with the window that it covers."""
    body = {**world.client.replica()}
    names = [each.client for each in world.sandbox.audit().clients]
    if len(names) > 1:
        body["client"] = names[-1]
    return world.sandbox.audit(replica_of(body))
