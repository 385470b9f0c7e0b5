"""A sandbox: one isolated CRM, with a lock around its state, its journal, and the start state that a reset restores."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mockcrm.base.real_time import real_seconds
from mockcrm.base.waiting import Bell, Waiter
from mockcrm.crm.actions import Result
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.lists.cursor import Lineage, ListName
from mockcrm.crm.lists.page import Page
from mockcrm.crm.lists.pages import read_page
from mockcrm.faults.rules import Faults
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import MAX_ENTRIES, Journal
from mockcrm.sandbox.client_names import ClientNames
from mockcrm.sandbox.late import Late, new_books, new_feed
from mockcrm.sandbox.lease import Lease
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.stages import Overtaken, Stage
from mockcrm.sandbox.state import ScenarioRun, State, scenario_run_of

if TYPE_CHECKING:
    from mockcrm.audit.auditor import Audit
    from mockcrm.audit.replica import Replica
    from mockcrm.journal.verification import Expectation, Verification
    from mockcrm.sandbox.action_schemas import ParsedAction
    from mockcrm.sandbox.moment import Moment
    from mockcrm.sandbox.scenario.steps import SyncRound
    from mockcrm.sandbox.scenario.verdict import ComparedReplica, ScenarioVerdict


class OpenSandbox:
    """A sandbox that one thread has locked; see `Sandbox.open`. The thread may open it again inside."""

    __slots__ = ("_hold", "_sandbox", "_state")

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def __enter__(self) -> State:
        self._sandbox.lock.acquire()
        self._state = self._sandbox.state
        try:
            self._arrive()
        except BaseException:
            self._sandbox.lock.release()
            raise
        return self._state

    def _arrive(self) -> None:
        self._hold = self._state.arrive()

    def __exit__(self, *_: object) -> None:
        self._state.leave(self._hold)
        self._sandbox.wake_delayed(self._state.faults)
        self._sandbox.lock.release()


class OpenForRequest(OpenSandbox):
    """The same at a stage of a client's request; see `Sandbox.open_for`."""

    __slots__ = ("_entry", "_journal", "_stage")

    def __init__(self, sandbox: "Sandbox", entry: Entry, stage: Stage, journal: Journal) -> None:
        super().__init__(sandbox)
        self._entry, self._stage, self._journal = entry, stage, journal

    def _arrive(self) -> None:
        self._sandbox.check_current(self._journal)
        super()._arrive()
        setattr(self._entry, self._stage, self._state.ran_until)


class RecordedRequest:
    """A request to the controls that will be recorded.

    From when it first opens the sandbox to its end it has the lock, so that all that it does is of one instant. Other
    requests go on while its body is still being read.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox, self._held = sandbox, ExitStack()
        self._start: tuple[Recording, datetime, int] | None = None

    def start(self) -> tuple[Recording, datetime, int]:
        """Its recording, its instant, and the number of the latest client's request before it."""
        if self._start is None:
            state = self._held.enter_context(OpenSandbox(self._sandbox))
            self._start = self._sandbox.recording, state.ran_until, self._sandbox.journal.last
        return self._start

    def end(self) -> None:
        self._held.close()


class Sandbox:
    """One isolated CRM. Every method may be called from any thread.

    `clock` says how the clock starts after a reset; the default is as it is now. `journaled` is the number of requests
    that the journal keeps. `seconds` reads real time.
    """

    seconds: Callable[[], float] = staticmethod(real_seconds)

    def machine_time(self) -> datetime | None:
        """What the clock of this machine says, with which a client on it may compare dates; None if nobody knows."""
        return datetime.now(UTC)

    def __init__(
        self, lineage: Lineage, state: State, clock: ClockSetting | None = None, journaled: int = MAX_ENTRIES
    ) -> None:
        self.lock = threading.RLock()
        self._bell = Bell()
        self._removals = 0
        self._deleted = False
        self.lineage = lineage
        self.client_names, self.lease = ClientNames(), Lease()
        self.journal = Journal(journaled)
        self.feed = Late(new_feed)
        self._here = threading.local()
        self._begin(state, clock)

    @property
    def name(self) -> str:
        return self.lineage.name

    def _begin(self, state: State, clock: ClockSetting | None = None) -> None:
        self.state = state
        self._start = state.branch()
        self._start_clock = clock or state.crm.clock.setting()
        self._record(self._start)

    def _record(self, start: State) -> None:
        """Start a new journal and a new recording."""
        setting = self.state.crm.clock.setting()
        self.recording = Recording(start, setting, self.seconds(), self.machine_time())
        before, books, state = self.journal, Late(new_books), self.state
        # A request that a reset overtakes stays with the journal and the books of its own CRM.
        self.journal = Journal(before.limit, lambda entry: books.get().fold(entry, state.crm))
        self.books = books
        # Like the journal, these are of this CRM's clients, and no part of its state.
        self.replicas: Mapping[tuple[str, str], ComparedReplica] = {}
        self._numbers = {kind: itertools.count(1) for kind in ("a", "o")}
        self._end(before)

    def _end(self, journal: Journal) -> None:
        """Wake those who wait for the CRM of this journal: it no longer exists."""
        journal.retire()
        self._bell.ring()

    def close(self) -> None:
        """Be deleted: requests that wait here are woken, and none reaches the CRM any more.

        This does not wait for the lock.
        """
        self._deleted = True
        before, self.journal = self.journal, Journal(self.journal.limit)
        self._end(before)

    def moment(self) -> "Moment":
        """The sandbox at this instant, to be read while it goes on. Costs next to nothing."""
        # Before it has the lock: others need not wait until the audit is imported.
        from mockcrm.sandbox.moment import Moment  # noqa: PLC0415  no start of a server needs it

        with self.open() as state:
            journal = self.journal.copy(lambda: self.books.get().fork())
            still = state.still()
            still.asked = state.asked or self.journal.served
            still.scenario_run = self._restarted_run(journal.last)
            return Moment(self.lineage, still, self.recording.so_far(), journal, self.books.get(), self.replicas)

    def _restarted_run(self, requests: int) -> ScenarioRun | None:
        """The scenario's run after so many requests, for a state that no longer knows their number."""
        run = self.state.scenario_run
        return run and run.after(requests).restarted()

    def audit(
        self, replica: "Replica | None" = None, wait: timedelta = timedelta(0), waiter: Waiter | None = None
    ) -> "Audit":
        """The audit of all requests so far, and with a `replica` how that differs from the CRM as it is now.

        It waits for the requests that are under way, for at most `wait` in the world's time, and while its caller is
        there. Nobody waits for the audit. Raises `AuditInvalid`.
        """
        journal, asked = self.journal, self.moment()
        if not (wait and asked.journal.under_way):
            return asked.audit(replica)
        # What is delivered from now on cannot be in a replica that was sent before.
        compared = asked.compared(replica) if replica else None
        self._await_answers(journal, asked.journal.last, real_seconds() + wait.total_seconds(), waiter or Waiter())
        later = self.moment()
        if journal is not self.journal:
            # Of a CRM that no longer exists nobody learns more.
            return asked.audit(replica)
        return later.audit(compared, asked=asked.journal.last)

    def _await_answers(self, journal: Journal, last: int, deadline: float, waiter: Waiter) -> None:
        """Wait until the requests up to the number `last` are answered, or until there is nothing to wait for."""
        while journal is self.journal and not waiter.gone and (left := deadline - real_seconds()) > 0:
            news = journal.news
            if all(number > last for number, _ in journal.under_way()):
                return
            journal.wait(news, left, waiter)

    def assert_in_sync(self, records: Iterable[Mapping[str, Any] | str], client: str | None = None) -> None:
        """Raise an `AssertionError` that says where a client's records differ from the CRM, and why.

        `client` is required if there are several. Raises `AuditInvalid`.

        `sandbox.assert_in_sync([{"id": "1001", "subject": "Kickoff"}], client="ann")`
        """
        from mockcrm.audit.replica import replica_of  # noqa: PLC0415  as in `moment`

        audit = self.audit(replica_of({"replica": [*records], **({"client": client} if client else {})}))
        if found := audit.sync_problems(client):
            raise AssertionError("\n".join(found))

    def number(self, kind: str) -> str:
        """The next number of a request to the controls ("a"), or of one that is neither theirs nor a client's ("o")."""
        return f"{kind}{next(self._numbers[kind])}"

    def open(self) -> "OpenSandbox":
        """The state, locked and at one instant. All that has fallen due by then has run."""
        if recorded := self._recorded:
            recorded.start()
        return OpenSandbox(self)

    def open_for(self, entry: Entry, stage: Stage, journal: Journal) -> "OpenSandbox":
        """The same at a stage of a client's request: its entry notes the instant. Raises `Overtaken`."""
        return OpenForRequest(self, entry, stage, journal)

    def check_current(self, journal: Journal) -> None:
        """Raise `Overtaken` unless the CRM of this journal still exists."""
        if journal is not self.journal:
            raise Overtaken

    def pause(self, delays: Mapping[str, float], journal: Journal, waiter: Waiter) -> None:
        """Make a client's request wait for the seconds of all these fault rules, or until its client disconnects.

        A rule that is removed meanwhile no longer counts. Raises `Overtaken`.
        """
        began = self.seconds()
        with self._bell.heard(waiter):
            while not waiter.gone:
                self.check_current(journal)
                rules = self.state.faults
                left = began + sum(delays[rule] for rule in delays if rule in rules) - self.seconds()
                if left <= 0:
                    return
                waiter.sleep(left)

    def wake_delayed(self, faults: Faults) -> None:
        """Have delayed requests look again, if fault rules were removed."""
        if faults.removals != self._removals:
            self._removals = faults.removals
            self._bell.ring()

    @property
    def _recorded(self) -> RecordedRequest | None:
        """The request to the controls that this thread serves, if it will be recorded."""
        return getattr(self._here, "recorded", None)

    @contextmanager
    def recorded(self) -> Iterator[RecordedRequest]:
        """Serve a request to the controls, in this thread, that will be recorded."""
        recorded = self._here.recorded = RecordedRequest(self)
        try:
            yield recorded
        finally:
            self._here.recorded = None
            recorded.end()

    @contextmanager
    def _mutating(self) -> Iterator[State]:
        """The same, to change the state. A change outside of a recorded request cannot be replayed."""
        with self.open() as state:
            if not self._recorded:
                self.recording.lose("The CRM was changed in its own process: reset it, and use the controls over HTTP")
            yield state

    def clock_reading(self) -> datetime:
        """What the clock says. This does not wait for the lock."""
        return self.state.crm.clock.now()

    def page(self, name: ListName, parameters: Mapping[str, Any], request: str = "") -> Page:
        """One page of a list; see `mockcrm.crm.lists.pages.read_page`."""
        with self.open() as state:
            return read_page(state.crm, self.lineage, name, parameters, request)

    def verify(self, expected: "Expectation", waiter: Waiter | None = None) -> "Verification":
        """Hold an expectation against the journal. Wait for it to be met for certain, up to its timeout.

        The wait ends when its caller disconnects, or the sandbox is deleted. Raises `RequestInvalid` where its patterns
        take too long.
        """
        deadline, budget = real_seconds() + expected.timeout.total_seconds(), expected.budget()
        waiter = waiter or Waiter()
        while True:
            journal = self.journal
            news = journal.news
            entries, dropped = journal.look()
            held = expected.held_against(entries, budget, dropped)
            if held.is_met:
                return None
            if real_seconds() >= deadline or waiter.gone or self._deleted:
                return held.outcome()
            self._await(journal, news, deadline, waiter, held.concerned_by)

    def _await(
        self,
        journal: Journal,
        news: int,
        deadline: float,
        waiter: Waiter,
        concerned_by: Callable[[Iterable[Entry]], bool],
    ) -> None:
        """Wait until there is news of a request that concerns the caller, or until there is nothing to wait for."""
        while (left := deadline - real_seconds()) > 0 and not (waiter.gone or self._deleted):
            journal.wait(news, left, waiter)
            found = journal.news_since(news)
            if not found.complete or concerned_by(each.entry for each in found.entries):
                return
            news = found.last

    def settle(self, seconds: float, waiter: Waiter | None = None) -> int:
        """Wait until all requests that have arrived by now are answered, for at most so many seconds.

        Returns the number of the latest of them. The wait ends when its caller disconnects, or the CRM is reset.
        """
        journal, last = self.journal, self.journal.last
        self._await_answers(journal, last, real_seconds() + seconds, waiter or Waiter())
        return last

    def act(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform a verb that makes one change. Raises a `Refusal`."""
        with self._mutating() as state:
            return verb(state, cause, **arguments)

    def act_whole(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform a verb that makes several changes: all of them or, with a refusal, none."""
        with self._mutating() as state, state.all_or_nothing():
            return verb(state, cause, **arguments)

    def perform(self, actions: "Sequence[ParsedAction]", cause: Cause) -> list[Result]:
        """Perform actions in turn: all of them or, with a refusal, none."""
        with self._mutating() as state:
            return state.perform(actions, cause)

    def reset(self, lineage: Lineage, *, empty: bool = False) -> None:
        """Go back to the start state, or to an empty CRM. The start state stays the same."""
        with self.lock:
            self.state = Scenario().start().beside(self.state) if empty else self._start.restarted(self._start_clock)
            self.lineage = lineage
            self._record(self.state.fork() if empty else self._start)

    def serve_with(self, socketless_server: str | None) -> None:
        """See `Faults.serve_with`: it holds for the start state, too. Raises `FaultInvalid`."""
        for state in (self.state, self._start):
            state.faults.serve_with(socketless_server)

    def put(self, lineage: Lineage, state: State, clock: ClockSetting | None = None) -> None:
        """Replace the state. The new one is the start state from now on."""
        with self.lock:
            self._begin(state, clock)
            self.lineage = lineage

    def restore(self, lineage: Lineage, state: State) -> None:
        """The same with the state of a snapshot: clients go on from what they have."""
        with self.lock:
            asked = self._asked
            self.put(lineage, state)
            self.recording.resumed = state.asked or asked

    def take_over(self, past: "Sandbox") -> None:
        """Go on where another sandbox ends that nobody uses any more, with all that it knows of what happened."""
        past.journal.limit = max(past.journal.last, self.journal.limit)
        for name in ("state", "_start", "_start_clock", "recording", "journal", "books", "replicas", "_numbers"):
            setattr(self, name, getattr(past, name))

    @property
    def _asked(self) -> bool:
        """Whether clients have been served, by this sandbox or by those that it comes from."""
        return self.recording.resumed or self.journal.served

    @property
    def at_last_round(self) -> bool:
        """Whether a scenario is loaded, and no sync is left of it. This does not wait for the lock."""
        from mockcrm.sandbox.scenario.steps import syncs_left  # noqa: PLC0415  as in `moment`

        run = self.state.scenario_run
        return run is not None and not syncs_left(run)

    def next_round(self) -> "tuple[SyncRound, Moment | None]":
        """Run the scenario on to its next sync. At its end this also gives that moment, which has the `verdict`.

        Raises `ScenarioNotFound`, and what a step raises.
        """
        from mockcrm.sandbox.scenario.steps import run_until_sync  # noqa: PLC0415  as in `moment`

        with self._mutating() as state:
            state.scenario_run = scenario_run_of(state).after(self.journal.last)
            sync_round = run_until_sync(state)
            # A request that came while the steps ran is none of this sync.
            state.scenario_run = replace(scenario_run_of(state), requests=self.journal.last)
            return sync_round, self.moment() if sync_round.done else None

    def verdict(self) -> "ScenarioVerdict":
        """The verdict on the scenario as far as it has run. Raises `ScenarioNotFound`."""
        return self.moment().verdict()

    def keep_replica(self, replica: "Replica") -> "Audit":
        """Have a client's replica count for the scenario, in place of its last one of that kind of records.

        Compared with the CRM as it is now, and forgotten at a reset. Raises `ScenarioNotFound`, `AuditInvalid`.
        """
        from mockcrm.sandbox.scenario.verdict import compared_replica  # noqa: PLC0415  as in `moment`

        with self._mutating() as state:
            scenario_run_of(state)
            found = self.audit(replica)
            kept = compared_replica(found, replica.client)
            self.replicas = {**self.replicas, (kept.client, replica.kind): kept}
            return found

    def forget_scenario(self) -> None:
        """Forget the scenario, also after a reset. The state stays as it is. Raises `ScenarioNotFound`."""
        with self._mutating() as state:
            scenario_run_of(state)
            # The start of the recording keeps the scenario.
            self._start = self._start.fork()
            state.scenario_run = self._start.scenario_run = None

    def forked(self) -> State:
        """A branch of the state as it is now. Paged reads under way get the sandbox's name before their number."""
        with self.open() as state:
            copy = state.branch()
            copy.asked, copy.scenario_run = self._asked, self._restarted_run(self.journal.last)
            views = state.crm.views.items()
            copy.crm.views = {read if ":" in read else f"{self.name}:{read}": view for read, view in views}
            return copy
