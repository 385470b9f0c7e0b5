"""A sandbox is a CRM that stands alone: a state, the lock around it, and the start state that a reset goes back to."""

import errno
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Literal

from mockcrm.audit.auditor import Audit, Books
from mockcrm.audit.replica import Replica, replica_of
from mockcrm.base.waiting import Bell, Waiter
from mockcrm.crm.actions import Result
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.lists.page import Page
from mockcrm.crm.lists.pages import Lineage, ListName, read_page
from mockcrm.faults.rules import Faults
from mockcrm.journal.journal import MAX_ENTRIES, Entry, Journal
from mockcrm.journal.verification import Expectation, Failure
from mockcrm.sandbox.action_schemas import Step
from mockcrm.sandbox.moment import Moment
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.steps import SyncRound, plot_of, run_until_sync
from mockcrm.sandbox.state import State

Place = Literal["admitted", "worked", "followed"]
"""Where a client's request meets the CRM; the journal notes the instant of each."""


class Overtaken(ConnectionResetError):
    """The sandbox was begun anew, or deleted, since a request came: the CRM that it was meant for is no more."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The CRM that this request was meant for is no more.")


class OpenSandbox:
    """A sandbox in the hands of one thread; see `Sandbox.open`. It may be opened once more within.

    With a `journal` it is that of the CRM which a request was meant for.
    """

    __slots__ = ("_hold", "_journal", "_sandbox", "_state")

    def __init__(self, sandbox: "Sandbox", journal: Journal | None = None) -> None:
        self._sandbox, self._journal = sandbox, journal

    def __enter__(self) -> State:
        self._sandbox.lock.acquire()
        self._state = self._sandbox.state
        try:
            if self._journal is not None:
                self._sandbox.check_current(self._journal)
            self._hold = self._state.arrive()
        except BaseException:
            self._sandbox.lock.release()
            raise
        return self._state

    def __exit__(self, *_: object) -> None:
        self._state.leave(self._hold)
        self._sandbox.let_delayed_go(self._state.faults)
        self._sandbox.lock.release()


class RecordedRequest:
    """A request to the controls that will be recorded.

    It has the sandbox to itself from where it first opens it to its end, so that all that it does is of one instant.
    What it reads of its body before, it reads while others go on.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox, self._held = sandbox, ExitStack()
        self._start: tuple[Recording, datetime, int] | None = None

    def start(self) -> tuple[Recording, datetime, int]:
        """The recording that it belongs to, its instant, and the number of the latest client's request before it."""
        if self._start is None:
            state = self._held.enter_context(OpenSandbox(self._sandbox))
            self._start = self._sandbox.recording, state.ran_until, self._sandbox.journal.last
        return self._start

    def end(self) -> None:
        self._held.close()


class Sandbox:
    """One isolated CRM. Every method may be called from any thread.

    `clock` says how the clock starts after a reset; without it, where and as it stands now. `journaled` is how many
    requests the journal keeps. `seconds` is the world's time.
    """

    seconds: Callable[[], float] = staticmethod(time.perf_counter)

    def __init__(
        self, lineage: Lineage, state: State, clock: ClockSetting | None = None, journaled: int = MAX_ENTRIES
    ) -> None:
        self.lock = threading.RLock()
        self._bell = Bell()
        self._removals = 0
        self._deleted = False
        self.lineage = lineage
        self.journal = Journal(journaled)
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
        """Count requests, and keep what can be played again, from here on."""
        self.recording = Recording(start, self.state.crm.clock.setting(), self.seconds())
        before, books, state = self.journal, Books(), self.state
        # A request that a reset overtakes is entered where it came, and so is what its journal has no more room for.
        self.journal = Journal(before.limit, lambda entry: books.fold(entry, state.crm))
        self.books = books
        self._numbers = {kind: itertools.count(1) for kind in ("a", "o")}
        self._end(before)

    def _end(self, journal: Journal) -> None:
        """Let those who wait see that the CRM of this journal is no more."""
        journal.retire()
        self._bell.ring()

    def close(self) -> None:
        """Be deleted: whoever still waits here is let go, and no request reaches the CRM any more.

        It waits for nobody who has the lock.
        """
        self._deleted = True
        before, self.journal = self.journal, Journal(self.journal.limit)
        self._end(before)

    def moment(self) -> Moment:
        """All of it at this instant, to be looked at while it goes on. Costs next to nothing."""
        with self.open() as state:
            journal = self.journal.whole(self.books.fork)
            return Moment(self.lineage, state.still(), self.recording.so_far(), journal)

    def audit(self, replica: Replica | None = None) -> Audit:
        """What the clients' requests so far say of them, and what of a client's own view is not so.

        Nobody waits for it. Raises `AuditInvalid`.
        """
        return self.moment().audit(replica)

    def assert_in_sync(self, records: Iterable[Mapping[str, Any] | str], client: str | None = None) -> None:
        """Raise an `AssertionError` that says where a client's records differ from the CRM, and why.

        `client` is needed where several have called. Raises `AuditInvalid`.
        """
        audit = self.audit(replica_of({"replica": [*records], **({"client": client} if client else {})}))
        if not audit.in_sync:
            found = (f"{each.kind.code}: {each.title}. {each.explanation}" for each in audit.differences)
            raise AssertionError("\n".join(found))

    def number(self, kind: str) -> str:
        """The next number of a request of the controls ("a"), or of one that is neither theirs nor a client's ("o")."""
        return f"{kind}{next(self._numbers[kind])}"

    def open(self) -> "OpenSandbox":
        """The state, locked and at one instant, with all that has fallen due by then brought about."""
        if recorded := self._recorded:
            recorded.start()
        return OpenSandbox(self)

    def open_at(self, place: Place, journal: Journal) -> "OpenSandbox":
        """The same for a client's request, entered in a journal, which has come to a place on its way.

        Raises `Overtaken`.
        """
        return OpenSandbox(self, journal)

    def check_current(self, journal: Journal) -> None:
        """Raise `Overtaken` unless this is the CRM that a request in that journal was meant for."""
        if journal is not self.journal:
            raise Overtaken

    def pause(self, delays: Mapping[str, float], journal: Journal, waiter: Waiter) -> None:
        """Keep a client's request waiting for the seconds that each fault rule asks for, unless its client goes.

        A rule that is removed meanwhile asks for none any more. Raises `Overtaken`.
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

    def let_delayed_go(self, faults: Faults) -> None:
        """Have those who are paused look again, if fault rules were removed."""
        if faults.removals != self._removals:
            self._removals = faults.removals
            self._bell.ring()

    @property
    def _recorded(self) -> RecordedRequest | None:
        """The request that this thread serves, if it will be recorded."""
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
        """The same for whoever changes the state. What no recorded request asks for cannot be played again."""
        with self.open() as state:
            if not self._recorded:
                self.recording.lose("The CRM was changed in its own process: reset it, and use the controls over HTTP")
            yield state

    def clock_reading(self) -> datetime:
        """What the clock says, without waiting for whoever holds the lock."""
        return self.state.crm.clock.now()

    def page(self, kind: ListName, parameters: Mapping[str, Any], request: str = "") -> Page:
        """One page of a list; see `mockcrm.crm.lists.pages.read_page`."""
        with self.open() as state:
            return read_page(state.crm, self.lineage, kind, parameters, request)

    def verify(self, expected: Expectation, waiter: Waiter | None = None) -> Failure | None:
        """Hold an expectation against the journal, and wait until it is met for as long as it says.

        Nobody waits for a client that has gone, or in a sandbox that was deleted. Raises `RequestInvalid` where its
        patterns take too long to look for.
        """
        deadline, budget = time.monotonic() + expected.timeout.total_seconds(), expected.budget()
        waiter = waiter or Waiter()
        while True:
            journal = self.journal
            news = journal.news
            entries = journal.entries()
            if expected.is_met(entries, budget):
                return None
            if time.monotonic() >= deadline or waiter.gone or self._deleted:
                return expected.failure(entries, budget)
            self._await_news(journal, news, deadline, waiter, lambda answered: expected.concerns(answered, budget))

    def _await_news(
        self,
        journal: Journal,
        news: int,
        deadline: float,
        waiter: Waiter,
        concerns: Callable[[Iterable[Entry]], bool],
    ) -> None:
        """Wait until an answer leaves that concerns somebody, or until there is nothing to wait for."""
        while (left := deadline - time.monotonic()) > 0 and not (waiter.gone or self._deleted):
            journal.wait(news, left, waiter)
            answered = journal.answered(news)
            if answered is None or concerns(answered):
                return
            news += len(answered)

    def act(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform one verb that makes one change, or a refusal."""
        with self._mutating() as state:
            return verb(state, cause, **arguments)

    def act_whole(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform one verb that makes several changes: all of them, or with a refusal none."""
        with self._mutating() as state, state.all_or_nothing():
            return verb(state, cause, **arguments)

    def perform(self, steps: Sequence[Step], cause: Cause) -> list[Result]:
        """Perform actions one after the other: all of them, or with a refusal none."""
        with self._mutating() as state:
            return state.perform(steps, cause)

    def reset(self, lineage: Lineage, *, empty: bool = False) -> None:
        """Back to the start state, or to nothing at all. The start state stays what it is."""
        with self.lock:
            self.state = self._emptied() if empty else self._start.restarted(self._start_clock)
            self.lineage = lineage
            self._record(self.state.fork() if empty else self._start)

    def _emptied(self) -> State:
        state = Scenario().start()
        if (memory := self.state.crm.holding.memory) is not None:
            state.crm.holding.join(memory)
        return state

    def put(self, lineage: Lineage, state: State, clock: ClockSetting | None = None) -> None:
        """Take over another state, which is the start state from now on."""
        with self.lock:
            self._begin(state, clock)
            self.lineage = lineage

    def next_round(self) -> tuple[SyncRound, Moment | None]:
        """Run the plot on to its next sync; at its end also that moment, which has the `failures`.

        Raises `ScenarioNotFound`, and what a step raises.
        """
        with self._mutating() as state:
            sync_round = run_until_sync(state)
            return sync_round, self.moment() if sync_round.done else None

    def failures(self) -> list[str]:
        """What the plot expects and does not hold, as things stand. Raises `ScenarioNotFound`."""
        return self.moment().failures()

    def drop_plot(self) -> None:
        """Forget the plot, for good; the state stays as it is. Raises `ScenarioNotFound`."""
        with self._mutating() as state:
            plot_of(state)
            # The recording's start had the plot, and keeps it.
            self._start = self._start.fork()
            state.plot = self._start.plot = None

    def forked(self) -> State:
        """The state as it stands, to go its own way. The walks that it takes over are told from those it will begin."""
        with self.open() as state:
            copy = state.branch()
            views = state.crm.views.items()
            copy.crm.views = {walk if ":" in walk else f"{self.name}:{walk}": view for walk, view in views}
            return copy
