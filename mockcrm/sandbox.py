"""A sandbox is a CRM that stands alone: a state, the lock around it, and the start state that a reset goes back to."""

import itertools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mockcrm.actions import Result
from mockcrm.clock import ClockSetting
from mockcrm.errors import (
    SandboxExists,
    SandboxInvalid,
    SandboxLimit,
    SandboxNotFound,
    SandboxProtected,
)
from mockcrm.listing import Kind, Lineage, Page, read_page
from mockcrm.scenario import Scenario
from mockcrm.state import Cause, State
from mockcrm.vocabulary import Step

DEFAULT = "default"
MAX_SANDBOXES = 1_000
"""How many sandboxes there are at a time, unless configured (contract, section 1)."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")


class Opened:
    """A sandbox in the hands of one thread; see `Sandbox.open`. It may be opened once more within."""

    __slots__ = ("_hold", "_sandbox", "_state")

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def __enter__(self) -> State:
        self._sandbox.lock.acquire()
        self._state = self._sandbox.state
        try:
            self._hold = self._state.arrive()
        except BaseException:
            self._sandbox.lock.release()
            raise
        return self._state

    def __exit__(self, *_: object) -> None:
        self._state.leave(self._hold)
        self._sandbox.lock.release()


class Sandbox:
    """One isolated CRM. Every method may be called from any thread.

    `clock` says how the clock starts after a reset; without it, where and as it stands now.
    """

    def __init__(self, lineage: Lineage, state: State, clock: ClockSetting | None = None) -> None:
        self.lock = threading.RLock()
        self.lineage = lineage
        self._begin(state, clock)

    @property
    def name(self) -> str:
        return self.lineage.name

    def _begin(self, state: State, clock: ClockSetting | None = None) -> None:
        self.state = state
        self._start = state.fork()
        self._start_clock = clock or state.clock.setting()
        self._count_requests()

    def _count_requests(self) -> None:
        self._numbers = {kind: itertools.count(1) for kind in ("", "a", "o")}

    def number(self, kind: str) -> str:
        """The next request's number: of clients (""), of the controls ("a"), or of what is neither ("o")."""
        return f"{kind}{next(self._numbers[kind])}"

    def open(self) -> "Opened":
        """The state, locked and at one instant, with all that has fallen due by then brought about."""
        return Opened(self)

    def credentials(self) -> str | None:
        """The bearer token that clients must send, if the dialect asks for one."""
        state = self.state
        if not state.agenda:
            # Nothing can fall due that would change the dialect, so nobody need wait for the lock.
            return state.dialect.credentials
        with self.open() as crm:
            return crm.dialect.credentials

    def clock_reading(self) -> datetime:
        """What the clock says, without waiting for whoever holds the lock."""
        return self.state.clock.now()

    def page(self, kind: Kind, parameters: Mapping[str, Any]) -> Page:
        """One page of a list; see `mockcrm.listing.read_page`."""
        with self.open() as crm:
            return read_page(crm, self.lineage, kind, parameters)

    def act(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform one verb that makes one change, or a refusal."""
        with self.open() as crm:
            return verb(crm, cause, **arguments)

    def act_whole(self, verb: Callable[..., Result], cause: Cause, **arguments: Any) -> Result:
        """Perform one verb that makes several changes: all of them, or with a refusal none."""
        with self.open() as crm, crm.all_or_nothing():
            return verb(crm, cause, **arguments)

    def perform(self, steps: Sequence[Step], cause: Cause) -> list[Result]:
        """Perform actions one after the other: all of them, or with a refusal none."""
        with self.open() as crm:
            return crm.perform(steps, cause)

    def reset(self, lineage: Lineage, *, empty: bool = False) -> None:
        """Back to the start state, or to nothing at all. The start state stays what it is."""
        with self.lock:
            self.state = Scenario().start() if empty else self._start.restarted(self._start_clock)
            self.lineage = lineage
            self._count_requests()

    def put(self, lineage: Lineage, state: State) -> None:
        """Take over another state, which is the start state from now on."""
        with self.lock:
            self._begin(state)
            self.lineage = lineage

    def forked(self) -> State:
        """The state as it stands, to go its own way."""
        with self.open() as crm:
            return crm.fork()


class Sandboxes:
    """All the sandboxes of a server, among them always `default`. May be called from any thread."""

    def __init__(self, default: Scenario | None = None, *, limit: int = MAX_SANDBOXES) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._numbers = itertools.count(1)
        self._all: dict[str, Sandbox] = {}
        scenario = default or Scenario()
        self._all[DEFAULT] = Sandbox(Lineage(DEFAULT, next(self._numbers)), scenario.start(), scenario.clock)

    def get(self, name: str) -> Sandbox:
        """Raises `SandboxNotFound`."""
        sandbox = self._all.get(name)
        if sandbox is None:
            raise SandboxNotFound(f"There is no sandbox {name!r}: POST /admin/sandboxes makes one.")
        return sandbox

    def all(self) -> list[Sandbox]:
        """Every sandbox, in the order of their names."""
        with self._lock:
            return [self._all[name] for name in sorted(self._all)]

    def create(self, name: str, scenario: Scenario) -> Sandbox:
        """A new sandbox that starts as the scenario says. Raises `SandboxExists` and `SandboxLimit`."""
        self._check(name)
        return self._add(Sandbox(Lineage(name, next(self._numbers)), scenario.start(), scenario.clock))

    def fork(self, parent: Sandbox, name: str, amend: Callable[[State], None] = lambda state: None) -> Sandbox:
        """A new sandbox that starts as another stands, once `amend` has had its way with it."""
        self._check(name)
        state = parent.forked()
        amend(state)
        return self._add(Sandbox(parent.lineage.fork(name, next(self._numbers)), state))

    def _check(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            rule = "1 to 64 of a-z A-Z 0-9 . _ - that begin with a letter or digit"
            raise SandboxInvalid(f"A sandbox's name is {rule}.", {"name": [f"Must be {rule}."]})
        if name in self._all:
            raise SandboxExists(f"There is a sandbox {name!r} already.")
        if len(self._all) >= self._limit:
            raise SandboxLimit(f"There are {self._limit:,} sandboxes: delete one first.")

    def _add(self, sandbox: Sandbox) -> Sandbox:
        with self._lock:
            self._check(sandbox.name)
            self._all[sandbox.name] = sandbox
            return sandbox

    def delete(self, name: str) -> None:
        """Raises `SandboxNotFound`, and `SandboxProtected` for `default`."""
        self.get(name)
        if name == DEFAULT:
            raise SandboxProtected("The sandbox 'default' cannot be deleted: reset it instead.")
        with self._lock:
            self._all.pop(name, None)

    def reset(self, sandbox: Sandbox, *, empty: bool = False) -> None:
        """See `Sandbox.reset`; page tokens given out so far are good no more."""
        sandbox.reset(sandbox.lineage.renewed(next(self._numbers)), empty=empty)

    def put(self, sandbox: Sandbox, state: State) -> None:
        """See `Sandbox.put`; page tokens given out so far are good no more."""
        sandbox.put(sandbox.lineage.renewed(next(self._numbers)), state)
