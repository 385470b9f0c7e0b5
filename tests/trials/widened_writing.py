"""Wider worlds for random trials of writing: entries that the CRM refuses, attendees who answer, tags without content.

As `widened`, but what a client did to the events of others is compared, instead of what it lost.
"""

import random
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from mockcrm.journal.operations import OF_EVENTS
from mockcrm.trials.mutants import Mutant
from mockcrm.trials.oracle import harm_done, repetitions
from mockcrm.trials.random_scenarios import WRITING_KNOBS
from tests.trials.widened import Outcome, Trial
from tests.trials.worlds import HARMLESS, MISHAPS, TIMES, WORDS, Step, World, events_named

KNOBS_OF_WRITING: Mapping[str, Sequence[Any]] = {
    **WRITING_KNOBS,
    "updateVerbs": ["put", "patch"],
    "writeAnswer": ["id", "nothing", "staleTag"],
    "ifMatch": ["required"],
    "deletedStatus": [410],
    "timestampFormat": ["+0000", "spaced", "epochMillis"],
    "listShape": ["array"],
    "deletions": ["inline", "endpoint"],
}
ON_THE_WAY = [effect for effect in HARMLESS if effect not in ("emptyPage", "repeatPage")]
REFUSALS = [{"status": 403}, {"status": 422}]


def drawn_writing(seed: int, mutant: Mutant) -> Trial:
    """The trial of a seed."""
    draw = random.Random(seed)
    knobs = draw.sample(sorted(KNOBS_OF_WRITING), draw.choice([0, 1, 1, 2]))
    dialect = {**{name: draw.choice(KNOBS_OF_WRITING[name]) for name in knobs}, **mutant.dialect}
    return Trial(mutant, dialect, [*_story(draw)], draw.random() < 0.2, anonymous=False)


def _story(draw: random.Random) -> Iterator[Step]:
    yield "create", {"field": draw.choice(WORDS)}
    yield "create", {"field": "answers"}
    yield "sync", {}
    kinds = ["create", "edit", "edit", "delete", "restore", "advance", "meanwhile", "fault", "refusal", "unfit"]
    kinds += [*MISHAPS, *["user"] * 5, *["answer"] * 2, *["sync"] * 5]
    for _ in range(draw.randint(5, 20)):
        yield _step(draw, draw.choice(kinds))


def _step(draw: random.Random, verb: str) -> Step:
    few = {"number": draw.randint(0, 2)}
    said = {**few, "field": draw.choice(WORDS)}
    match verb:
        case "create" | "edit":
            return verb, said
        case "user":
            return verb, {**said, "what": draw.choice(["create", "edit", "edit", "edit", "delete"])}
        case "advance":
            return verb, {"by": draw.choice(["1s", "1m", "45m"])}
        case "meanwhile":
            operation = draw.choice(["getEvent", ["updateEvent", "replaceEvent"], "createEvent", "deleteEvent"])
            when, what = draw.choice(["before", "after"]), draw.choice(["edit", "edit", "delete"])
            return verb, {**said, "what": what, "operation": operation, "when": when}
        case "fault":
            operation = draw.choice([[*OF_EVENTS.writes], "createEvent", "getEvent", [*OF_EVENTS.lists]])
            return verb, {"match": {"operation": operation}, "effect": draw.choice(ON_THE_WAY), "times": 2}
        case "refusal":
            return "fault", {"match": {"operation": [*OF_EVENTS.writes]}, "effect": draw.choice(REFUSALS), "times": 8}
        case "delete" | "restore" | "answer":
            return verb, few
        case "sync" | "unfit":
            return verb, {}
    return verb, said


class WritingWorld(World):
    """A world in which attendees answer, and a user makes entries that the CRM refuses."""

    def take(self, step: Step) -> None:
        verb, payload = step
        match verb:
            case "answer":
                self.change("edit", payload["number"], "answers")
            case "unfit":
                self.entries += 1
                content = {**self.fresh(), "startTime": TIMES["endTime"], "endTime": TIMES["startTime"]}
                self.tell_mailbox({"create": {"as": f"entry{self.entries}", "set": content}})
            case _:
                super().take(step)

    def fresh(self, field: str = "subject") -> dict[str, Any]:
        if field != "answers":
            return super().fresh(field)
        self.words += 1
        guests = [{"emailAddress": "guest@acme.example", "status": "Accepted"}, {"contactId": self.words}]
        return {"attendees": guests, "location": f"Room {self.words}"}


def run_writing(trial: Trial, without: Set[Any]) -> WritingWorld:
    """The world of a trial at its end, with a client that lacks some safeguards."""
    world = WritingWorld(trial.dialect, without, design=trial.mutant.design, probes=trial.probes)
    for step in trial.steps:
        world.take(step)
    world.settle(times=6)
    return world


def outcome_of_writing(trial: Trial) -> Outcome:
    """Run a trial, and compare the audit with the harm that the client did."""
    mutant = trial.mutant
    world = run_writing(trial, mutant.without)
    harm = harm_done(world.wiretap)
    control = harm_done(run_writing(trial, mutant.control).wiretap) if harm and mutant.without else set()
    audit = world.sandbox.audit()
    grave = [each for each in audit.findings if each.kind.is_grave]
    harmed = {each.event_id for each in harm}
    caused = events_named(each for each in audit.findings if each.kind.code in mutant.codes)
    wrong = events_named(each for each in grave if each.kind.severity == "error") - harmed
    if not mutant.without:
        wrong |= {each.kind.code for each in grave}
    return Outcome(
        lost=harmed,
        by_mutation={each.event_id for each in harm - control},
        named=events_named(grave) & harmed,
        caused=caused & harmed,
        wrong=wrong,
        told=(caused & harmed) - events_named(grave),
        silent=harmed - events_named(grave) - caused,
        codes={each.kind.code for each in audit.findings},
        repeated=repetitions(world.wiretap),
    )
