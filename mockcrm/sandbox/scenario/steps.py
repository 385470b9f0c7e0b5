"""What happens in a scenario after its start, step by step, and what must hold at its end (`docs/scenarios.md`).

A step is an action of the vocabulary, at once or hung on the clock or on a client's request; or `sync`, where the
client under test runs; or what its user did in the calendar on the other side; or a note. Somebody runs the plot on to
its next `sync`, has the client run, and so on until it is done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.errors import Refusal, ScenarioNotFound
from mockcrm.sandbox.action_schemas import Step
from mockcrm.sandbox.state import Plot, State

TEXT = 10_000
"""The longest text for people in a scenario, in characters."""


@dataclass(frozen=True, slots=True)
class Sync:
    """The client under test runs now."""


@dataclass(frozen=True, slots=True)
class Note:
    """A word for people."""

    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the client's user did in the calendar on the other side, which the client must carry over."""

    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SyncRound:
    """What happened up to a sync, or to the end: the actions' results, the mailbox, the notes.

    `sync` counts the syncs so far, this one included; it is None where the plot is `done`.
    """

    results: list[Any]
    mailbox: list[Mapping[str, Any]]
    notes: list[str]
    sync: int | None

    @property
    def done(self) -> bool:
        return self.sync is None


def run_until_sync(state: State) -> SyncRound:
    """Run the plot on to its next sync, or to its end: all of that leg or, with a refusal, none of it.

    Raises `ScenarioNotFound` where there is no plot, and what a step raises.
    """
    plot = plot_of(state)
    sync_round = SyncRound([], [], [], None)
    with state.bounded(), state.all_or_nothing():
        state.foresee(actions_of(takewhile(lambda step: not isinstance(step, Sync), plot.steps[plot.place :])))
        for place in range(plot.place, len(plot.steps)):
            step = plot.steps[place]
            state.plot = replace(plot, place=place + 1)
            match step:
                case Sync():
                    state.plot = replace(state.plot, syncs=plot.syncs + 1)
                    return replace(sync_round, sync=plot.syncs + 1)
                case Mailbox():
                    sync_round.mailbox.append(_with_id(state.crm, step.told))
                case Note():
                    sync_round.notes.append(step.text)
                case _:
                    sync_round.results.append(_performed(state, place, step))
        state.plot = replace(plot, place=len(plot.steps), done=True)
    return sync_round


def actions_of(steps: Iterable[Any]) -> list[Step]:
    """Those steps that do something in the CRM."""
    return [step for step in steps if isinstance(step, Step)]


def _with_id(crm: FakeCrm, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the user did, with the CRM's id of the event where the scenario calls it by its key."""
    ((verb, arguments),) = told.items()
    event_id = crm.keys.get(arguments.get("event", ""))
    return {verb: {**arguments, "id": event_id}} if event_id else told


def _performed(state: State, place: int, step: Step) -> Any:
    try:
        return state.perform([step], COLLEAGUE)[0]
    except Refusal as refusal:
        refusal.within(step.verb, step.verb).within(str(place), f"Step {place}")
        refusal.details = {"steps": refusal.details}
        raise


def plot_of(state: State) -> Plot:
    """The plot of the scenario that is loaded. Raises `ScenarioNotFound`."""
    if state.plot is None:
        raise ScenarioNotFound("No scenario is loaded: PUT /admin/scenario loads one.")
    return state.plot
