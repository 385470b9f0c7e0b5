"""A CRM in a test's hands: the fake CRM, and what the test has arranged for it.

The state has a `FakeCrm`. It adds the agenda, which makes things happen as the clock goes on, the fault rules, and the
scenario that is being played.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import VisibilityPoint
from mockcrm.crm.clock import ClockSetting, Hold
from mockcrm.crm.fake_crm import COLLEAGUE, Cause, FakeCrm
from mockcrm.errors import Refusal, ScenarioNotFound
from mockcrm.faults.rules import Faults
from mockcrm.sandbox.agenda import Agenda, AgendaEntry, Foreseeable, foreseen_runs
from mockcrm.sandbox.allowance import MAX_LOOK, Allowance, too_much_due

SNAPSHOT_FORMAT = "mockcrm.snapshot/1"
"""The format in which `mockcrm.sandbox.snapshot` saves a state."""


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """A scenario after its start: its steps, and how far they have run; see `mockcrm.sandbox.scenario.steps`.

    `raw` is its JSON: title, story, steps, and what must hold at the end. `place` counts the steps that have run.
    `asked` says of each sync so far whether a client's request came between it and the next step; for the latest, as it
    was when there had been so many `requests`. `shown` is what lists could show at the latest sync.
    """

    raw: Mapping[str, Any]
    steps: tuple[Any, ...]
    expected: Any
    place: int = 0
    done: bool = False
    asked: tuple[bool, ...] = ()
    requests: int = 0
    shown: VisibilityPoint | None = None

    @property
    def syncs(self) -> int:
        """How many syncs there have been."""
        return len(self.asked)

    def at_sync(self, shown: VisibilityPoint) -> "ScenarioRun":
        """The same at its next sync, at which no request has come yet."""
        return replace(self, asked=(*self.asked, False), shown=shown)

    def after(self, requests: int) -> "ScenarioRun":
        """The same when there have been so many requests since the sandbox's last reset."""
        # Where steps follow the last sync, it is over once they have run.
        over = self.done and self.raw.get("steps", [])[-1:] != ["sync"]
        if over or not self.asked or requests <= self.requests:
            return replace(self, requests=requests)
        return replace(self, asked=(*self.asked[:-1], True), requests=requests)

    def restarted(self) -> "ScenarioRun":
        """The same where requests are counted from 0 again: in a fork, or a snapshot."""
        return replace(self, requests=0)


class Action(Foreseeable, Protocol):
    """What can be done to a state; see `mockcrm.sandbox.actions`. `raw` is the action in JSON, as it came."""

    @property
    def raw(self) -> Mapping[str, Any]: ...

    @property
    def several(self) -> bool:
        """Whether it may make more than one change, and so can fail half-way."""

    def size(self, state: "State") -> int:
        """How many changes it makes at most, and at least 1."""

    def perform(self, state: "State", cause: Cause) -> Any: ...


@dataclass(frozen=True, slots=True)
class AgendaRun:
    """An entry of the agenda that has run: when it was due, and its results, or its refusal."""

    due: datetime
    results: tuple[Any, ...] = ()
    refusal: Refusal | None = None


class State:
    """All that a sandbox is at one moment. It is not safe between threads: its owner holds a lock.

    Everything up to `ran_until` that fell due has run. The clock may read later, by some ticks. `asked` says whether
    clients had been served before the state was forked, or saved as a snapshot.
    """

    def __init__(self, crm: FakeCrm) -> None:
        self.crm = crm
        self.agenda: Agenda[tuple[Action, ...]] = Agenda()
        self.faults = Faults()
        self.scenario_run: ScenarioRun | None = None
        self.ran_until = crm.clock.now()
        self.asked = False
        self._allowance: Allowance | None = None

    # Time

    def arrive(self) -> Hold | None:
        """Hold the clock, and run what has fallen due; `leave` with what this returns.

        Everything that is shown or stamped until then is of that one instant, so nothing can come later and be stamped
        earlier. While the clock is held already, nothing more falls due. A clock that cannot keep up falls behind.
        """
        hold = self.crm.clock.hold()
        try:
            if hold:
                self._catch_up(hold)
            self.crm.store.reveal(self.crm.clock.now())
        except BaseException:
            self.crm.clock.release(hold)
            raise
        return hold

    def leave(self, hold: Hold | None) -> None:
        """Let the clock go on."""
        self.crm.clock.release(hold)

    def _catch_up(self, hold: Hold) -> None:
        """Run what has fallen due, instant by instant, until one look has done enough.

        The outcome does not depend on where a look stops: each entry runs at its own instant, with its own allowance.
        """
        runs = changes = 0
        while entry := self.agenda.next_due(hold.target):
            if max(runs, changes) >= MAX_LOOK or (runs and self.crm.clock.overstays(hold)):
                self.crm.clock.fall_behind(hold)
                return
            with self.bounded(Allowance()) as done:
                for _ in self._run_until(entry.due):
                    pass
            runs, changes, self.ran_until = runs + done.runs, changes + done.changes, entry.due
        self.crm.clock.catch_up(hold)
        self.ran_until = hold.target

    @property
    def behind(self) -> timedelta | None:
        """How far the clock is behind, counted from the instant up to which everything has run. None if it is not."""
        owed = self.crm.clock.owed
        return None if owed is None else self.crm.clock.now() + owed - self.ran_until

    def advance(self, target: datetime) -> list[AgendaRun]:
        """Move the clock forward to an instant, and run what falls due on the way, each entry at its own instant.

        Raises `ClockInvalid` if that is too much for one whole; the caller then takes everything back.
        """
        hold = self.crm.clock.hold()
        try:
            with self.bounded() as allowance:
                allowance.check(runs=self.agenda.count(target))
                ran: list[AgendaRun] = []
                for each in self._run_until(target):
                    ran.append(each)
                    if allowance.exceeded:
                        raise too_much_due()
            self.crm.clock.set(max(target, self.crm.clock.now()))
            self.ran_until = target
        finally:
            self.crm.clock.release(hold)
        self.crm.store.reveal(self.crm.clock.now())
        return ran

    def _run_until(self, target: datetime) -> Iterator[AgendaRun]:
        while entry := self.agenda.next_due(target):
            self.crm.clock.set(max(entry.due, self.crm.clock.now()))
            self.crm.store.reveal(self.crm.clock.now())
            self.agenda.take(entry)
            yield self._run(entry)

    def _run(self, entry: AgendaEntry[tuple[Action, ...]]) -> AgendaRun:
        try:
            with self.bounded() as allowance:
                allowance.spend(runs=1)
                return AgendaRun(entry.due, tuple(self.perform(entry.item, COLLEAGUE)))
        except Refusal as refusal:
            return AgendaRun(entry.due, refusal=refusal)

    # Doing

    @contextmanager
    def bounded(self, allowance: Allowance | None = None) -> Iterator[Allowance]:
        """Count what the block does: on an allowance, or else together with the block around this one."""
        before = self._allowance
        self._allowance = counted = allowance or before or Allowance()
        try:
            yield counted
        finally:
            self._allowance = before

    def foresee(self, actions: Sequence[Action]) -> None:
        """Refuse these actions before they begin, if it is known that they do too much."""
        with self.bounded() as allowance:
            allowance.check(runs=foreseen_runs(self.agenda, self.crm.clock.now(), actions))
            changes = 0
            for action in actions:
                # To measure an action may take long as well, so too much is refused as soon as it is seen.
                changes += action.size(self)
                allowance.check(changes=changes)

    def perform(self, actions: Sequence[Action], cause: Cause) -> list[Any]:
        """Perform actions in turn: all of them or, if one is refused, none. The refusal says which.

        Outside a larger whole, a list is one, and a single action may change all events that there are.
        """
        alone = len(actions) == 1 and self._allowance is None
        with self.bounded(Allowance(self.crm.store.live_count()) if alone else None):
            self.foresee(actions)
            if len(actions) == 1:
                with self.all_or_nothing() if actions[0].several else nullcontext():
                    return [self._counted(actions[0], cause)]
            with self.all_or_nothing():
                return [self._perform(place, action, cause) for place, action in enumerate(actions)]

    def _counted(self, action: Action, cause: Cause) -> Any:
        with self.bounded() as allowance:
            allowance.spend(changes=action.size(self))
            with self.crm.counting(lambda more: allowance.spend(changes=more)):
                return action.perform(self, cause)

    def _perform(self, place: int, action: Action, cause: Cause) -> Any:
        try:
            self.crm.store.reveal(self.crm.clock.now())
            return self._counted(action, cause)
        except Refusal as refusal:
            verb = next(iter(action.raw))
            raise refusal.within(verb, verb).within(str(place), f"Action {place}") from refusal

    # Forking

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo everything if the block raises. The clock stays the same object, since others hold it."""
        saved, weight = self.fork(), self.crm.holding.weight
        try:
            yield
        except BaseException:
            self._take_back(saved)
            self.crm.holding.shrink_to(weight)
            raise

    def _take_back(self, saved: "State") -> None:
        clock = self.crm.clock
        clock.adopt(saved.crm.clock)
        saved.crm.clock = clock
        self.crm, self.agenda, self.faults = saved.crm, saved.agenda, saved.faults
        self.scenario_run, self.ran_until = saved.scenario_run, saved.ran_until

    def branch(self) -> "State":
        """A fork that is written to for good, and holds what is written so far together with this one."""
        return self._with(self.crm.branch())

    def fork(self) -> "State":
        """A copy that goes its own way from here. Costs the copy of some short lists, whatever the number of events."""
        return self._with(self.crm.fork())

    def _with(self, crm: FakeCrm) -> "State":
        twin = copy(self)
        twin.crm, twin.agenda, twin.faults = crm, self.agenda.fork(), self.faults.fork()
        return twin

    def beside(self, other: "State") -> "State":
        """The same on the server of another state: it counts in that memory, and has rules that the server can apply.

        Raises `SandboxFull` and `FaultInvalid`.
        """
        if (memory := other.crm.holding.memory) is not None:
            self.crm.holding.join(memory)
        self.faults.serve_with(other.faults.socketless_server)
        return self

    def still(self) -> "State":
        """A fork whose clock stands where this one is held, for readers without a lock."""
        twin = self.fork()
        twin.crm.clock.hold()
        return twin

    def restarted(self, setting: ClockSetting) -> "State":
        """A branch whose clock starts as the setting says."""
        copy = self.branch()
        copy.crm.clock = setting.start()
        return copy


def scenario_run_of(state: State) -> ScenarioRun:
    """The scenario that is loaded. Raises `ScenarioNotFound`."""
    if state.scenario_run is None:
        raise ScenarioNotFound("No scenario is loaded: PUT /admin/scenario loads one.")
    return state.scenario_run
