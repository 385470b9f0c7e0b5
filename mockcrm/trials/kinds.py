"""Which kinds of records a trial judges: those that the client asks for. Of the others nothing is said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, KindsJudged

_START = "2026-01-05T09:00:00Z"


def kinds_judged(trials: Sequence[HazardTrial]) -> KindsJudged:
    """The kinds of which the scenarios of some trials have records, by whether the client asked for them there."""
    played = [each for each in trials if each.audit is not None]
    there = {name for each in played for name in kinds_in(each.hazard.document)}
    asked = {name for each in played for name in asked_kinds(each)}
    return KindsJudged(
        tuple(kind.path for name, kind in KINDS.items() if name in asked),
        tuple(kind.path for name, kind in KINDS.items() if name in there - asked),
    )


def asked_kinds(trial: HazardTrial) -> list[str]:
    """The names of the kinds that the client asked for in a trial."""
    clients = trial.audit["clients"] if trial.audit else []
    found = {each["kind"] for client in clients for each in client["kinds"]}
    return [name for name in KINDS if name in found]


def kinds_in(document: Mapping[str, Any]) -> set[str]:
    """The names of the kinds of which a scenario has records: at first, or because a step makes some."""
    sections = {kind.name for kind in KINDS.values() if document.get(kind.path)}
    return sections | {*_created(document.get("steps", ()))} | ({EVENT.name} if document.get("generate") else set())


def _created(steps: Any) -> Iterator[str]:
    """The kinds of the records that steps create, at any depth."""
    if isinstance(steps, Mapping):
        if isinstance(created := steps.get("create"), Mapping) and "mailbox" not in steps:
            kind = created.get("kind", EVENT.name)
            yield from [kind] if kind in KINDS else []
        for each in steps.values():
            yield from _created(each)
    elif isinstance(steps, list):
        for each in steps:
            yield from _created(each)


def probing_scenario() -> Hazard:
    """A scenario with a record of each kind, which shows what kinds a client asks for. Nobody is judged by it."""
    sections = {kind.path: [_sample(kind)] for kind in KINDS.values()}
    document = {"title": "A record of each kind", "clock": {"now": _START}, **sections, "steps": ["sync", "sync"]}
    return Hazard("kinds", own_document={**document, "expect": {"audit": "any"}})


def _sample(kind: Kind) -> Mapping[str, Any]:
    return {"key": f"a-{kind.name}", **kind.sample}
