"""What happens in a scenario after its start, step by step (`docs/reference/scenarios.md`).

A step is an action, at once or set off by the clock or by a client's request; a `sync`, where the client under test
runs; something that its user does in the client's calendar; or a note. A test runs the scenario on to its next `sync`,
lets the client run, and repeats that until the scenario is done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import VisibilityPoint
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.errors import Refusal
from mockcrm.sandbox.action_schemas import ParsedAction
from mockcrm.sandbox.state import ScenarioRun, State, scenario_run_of

MAX_STORY_TEXT = 10_000
"""The longest text for people in a scenario, in characters."""


@dataclass(frozen=True, slots=True)
class SyncStep:
    """The client under test runs now."""


@dataclass(frozen=True, slots=True)
class NoteStep:
    """A note for people."""

    text: str


@dataclass(frozen=True, slots=True)
class MailboxStep:
    """What the client's user does in the calendar on the other side, which the client must carry over."""

    raw: Mapping[str, Any]

    @property
    def event(self) -> str | None:
        """How the scenario names the entry; None for a new one."""
        ((_, arguments),) = self.raw.items()
        name: str | None = arguments.get("event")
        return name


@dataclass(frozen=True, slots=True)
class SyncRound:
    """What happened up to a sync, or up to the end: the results of actions, the mailbox, the notes.

    `sync` is the number of the sync; it is None where the scenario is `done`.
    """

    results: list[Any]
    mailbox: list[Mapping[str, Any]]
    notes: list[str]
    sync: int | None

    @property
    def done(self) -> bool:
        return self.sync is None


def run_until_sync(state: State) -> SyncRound:
    """Run the scenario on to its next sync, or to its end: all these steps or, with a refusal, none.

    Raises `ScenarioNotFound` where no scenario is loaded, and what a step raises.
    """
    run = scenario_run_of(state)
    sync_round, made = SyncRound([], [], [], None), _entries_made(run.steps)
    with state.bounded(), state.all_or_nothing():
        state.foresee(actions_of(takewhile(lambda step: not isinstance(step, SyncStep), run.steps[run.place :])))
        for place in range(run.place, len(run.steps)):
            step = run.steps[place]
            state.scenario_run = replace(run, place=place + 1)
            match step:
                case SyncStep():
                    store = state.crm.store
                    state.scenario_run = state.scenario_run.at_sync(VisibilityPoint(store.last_seq, store.revealed))
                    return replace(sync_round, sync=state.scenario_run.syncs)
                case MailboxStep():
                    # Which event the client made of an entry that the user made, only the client knows.
                    is_own = made.get(step.event, place) < place
                    sync_round.mailbox.append(step.raw if is_own else _with_id(state.crm, step.raw))
                case NoteStep():
                    sync_round.notes.append(step.text)
                case _:
                    sync_round.results.append(_perform(state, place, step))
        state.scenario_run = replace(run, place=len(run.steps), done=True)
    return sync_round


def actions_of(steps: Iterable[Any]) -> list[ParsedAction]:
    """The steps that are actions."""
    return [step for step in steps if isinstance(step, ParsedAction)]


def syncs_left(run: ScenarioRun) -> int:
    """How many syncs are still to come."""
    return sum(isinstance(step, SyncStep) for step in run.steps[run.place :])


def _entries_made(steps: Iterable[Any]) -> Mapping[Any, int]:
    """The names of the entries that the user makes, each with the place of its first step."""
    made: dict[Any, int] = {}
    for place, step in enumerate(steps):
        if isinstance(step, MailboxStep) and "as" in (creation := step.raw.get("create", {})):
            made.setdefault(creation["as"], place)
    return made


def _with_id(crm: FakeCrm, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the user does, with the CRM's id of the event if the CRM has one of that name."""
    ((verb, arguments),) = raw.items()
    event_id = crm.resolve(EVENT, arguments.get("event", ""))
    return {verb: {**arguments, "id": event_id}} if crm.store.events.latest(event_id) else raw


def _perform(state: State, place: int, action: ParsedAction) -> Any:
    try:
        return state.perform([action], COLLEAGUE)[0]
    except Refusal as refusal:
        named = refusal.within(action.verb, action.verb).within(str(place), f"Step {place}")
        raise named.within("steps") from refusal
