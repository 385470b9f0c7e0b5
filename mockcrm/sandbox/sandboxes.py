"""The sandboxes of a server: to make, fork, find, reset and delete them."""

import itertools
import math
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from mockcrm.base.real_time import real_seconds
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.crm.memory import MAX_MEMORY, Memory
from mockcrm.crm.weights import INVENTED
from mockcrm.errors import (
    SandboxElsewhere,
    SandboxExists,
    SandboxInvalid,
    SandboxLimit,
    SandboxNotFound,
    SandboxProtected,
)
from mockcrm.journal.journal import MAX_ENTRIES
from mockcrm.sandbox.client_names import ClientNames
from mockcrm.sandbox.lease import Lease
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.variant import UNCHANGED, Variant
from mockcrm.sandbox.state import State

DEFAULT = "default"
MAILBOX = "mailbox"
"""The sandbox with the user's calendar in a demo, which `/mailbox.ics` shows to calendar programs."""
MAX_SANDBOXES = 1_000
"""The most sandboxes at a time, unless configured (contract, section 1)."""

Reread = Callable[[Callable[[Scenario], None]], Scenario | None]
"""Has a scenario loaded and returns it, if it was edited since one was last loaded; otherwise it returns None."""
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._~-]{0,63}")


class Sandboxes:
    """All sandboxes of a server. There is always `default`. Every method may be called from any thread.

    `default` starts with a scenario. `reread` gives another one where that was edited since it was last read, and else
    None; it may raise a `Refusal`.
    `real` reads real seconds, by which the leases of sandboxes end; tests bring their own.
    `node` is the server's name if it is one of several behind a proxy, each with sandboxes of its own.
    `socketless_server` names the server, if it has no sockets for faults that act on a connection; see `Faults`.
    """

    def __init__(
        self,
        default: Scenario | None = None,
        *,
        limit: int = MAX_SANDBOXES,
        journaled: int = MAX_ENTRIES,
        max_memory: int = MAX_MEMORY,
        reread: Reread = lambda load: None,
        real: Callable[[], float] = real_seconds,
        node: str | None = None,
        socketless_server: str | None = None,
    ) -> None:
        self.memory, self.node, self._socketless_server = Memory(max_memory), node, socketless_server
        self._lock = threading.Lock()
        self._reread, self._renewing = reread, threading.Lock()
        self._limit, self._journaled = limit, journaled
        self._real, self._next_end = real, math.inf
        self._numbers = itertools.count(1)
        self._all: dict[str, Sandbox] = {}
        scenario = default or Scenario()
        self._all[DEFAULT] = self._make(Lineage(DEFAULT, next(self._numbers)), self._started(scenario), scenario.clock)

    def _admit(self, state: State) -> None:
        """Let a state be one of this server's. Raises `SandboxFull` and `FaultInvalid`."""
        state.faults.serve_with(self._socketless_server)
        state.crm.holding.join(self.memory)

    def _started(self, scenario: Scenario) -> State:
        """A state that starts with a scenario. Raises `SandboxFull` without room for the events that it invents."""
        self.memory.check(scenario.invented * INVENTED)
        return scenario.start()

    def _make(
        self,
        lineage: Lineage,
        state: State,
        clock: ClockSetting | None = None,
        *,
        one_client: bool = False,
        idle: timedelta | None = None,
    ) -> Sandbox:
        self._admit(state)
        sandbox = Sandbox(lineage, state, clock, self._journaled)
        sandbox.client_names, sandbox.lease = ClientNames(one=one_client), Lease(idle, self._real)
        return sandbox

    def get(self, name: str) -> Sandbox:
        """The sandbox of this name, for a request. Raises `SandboxNotFound`."""
        if self._real() >= self._next_end:
            self._remove_idle()
        sandbox = self._all.get(name)
        if sandbox is None:
            where = "" if self.node is None else f" on the node {self.node!r}"
            raise SandboxNotFound(f"There is no sandbox {name!r}{where}: PUT /admin/sandboxes/{{name}} makes one.")
        sandbox.lease.renew()
        return sandbox

    def _remove_idle(self) -> None:
        """Remove the sandboxes whose leases have ended, unless a client's request is under way there."""
        with self._lock:
            ended = [each for each in self._all.values() if each.lease.ends <= self._real()]
            for sandbox in ended:
                if sandbox.journal.under_way():
                    sandbox.lease.renew()
                else:
                    del self._all[sandbox.name]
                    sandbox.close()
            self._next_end = min(each.lease.ends for each in self._all.values())

    def all(self) -> list[Sandbox]:
        """Every sandbox, in the order of their names."""
        with self._lock:
            return [self._all[name] for name in sorted(self._all)]

    def create(
        self,
        name: str,
        scenario: Scenario,
        variant: Variant = UNCHANGED,
        *,
        one_client: bool = False,
        idle: timedelta | None = None,
    ) -> Sandbox:
        """A new sandbox that starts with a variant of a scenario. It may be for `one_client`, whatever its credentials.

        It is removed once no request has come to it for the `idle` time; None keeps it.
        Raises `SandboxInvalid`, `SandboxExists`, `SandboxLimit`, `SandboxFull`, `DialectInvalid` and `FaultInvalid`.
        """
        self._check(name)
        scenario = variant.of_scenario(scenario)
        lineage, state = Lineage(name, next(self._numbers)), self._started(scenario)
        return self._add(self._make(lineage, state, scenario.clock, one_client=one_client, idle=idle))

    def fork(
        self,
        parent: Sandbox,
        name: str,
        variant: Variant = UNCHANGED,
        *,
        one_client: bool = False,
        idle: timedelta | None = None,
    ) -> Sandbox:
        """A new sandbox that starts with a variant of another as it is now. Raises the same."""
        self._check(name)
        state = parent.forked()
        variant.apply(state)
        lineage = parent.lineage.fork(name, next(self._numbers))
        return self._add(self._make(lineage, state, one_client=one_client, idle=idle))

    def origin(self, name: str, fork: str) -> Sandbox:
        """The sandbox of this name, for a `fork` to start from. Raises `SandboxNotFound`.

        A proxy chooses the node by what a name has before its first `~`. Where the fork's differs, the sandbox may be
        on another node, and this raises `SandboxElsewhere`.
        """
        try:
            return self.get(name)
        except SandboxNotFound:
            (shared, _, _), (other, _, _) = name.partition("~"), fork.partition("~")
            if self.node is None or shared == other:
                raise
            raise SandboxElsewhere(
                f"There is no sandbox {name!r} on the node {self.node!r}, where {fork!r} would be, and a fork must be "
                f"on the node of its origin. A name such as {f'{shared}~1'!r} leads there."
            ) from None

    def make_room(self, name: str, state: State) -> None:
        """Check that a sandbox of this name can be added, and count the memory of its state. Raises the same."""
        self._check(name)
        state.crm.holding.join(self.memory)

    def add_replayed(self, name: str, past: Sandbox) -> Sandbox:
        """A new sandbox that goes on where another ends, in which a bundle was replayed. Raises the same."""
        return self._add(self._replayed(name, past))

    def begin_replayed(self, past: Sandbox) -> None:
        """Let `default` go on where another sandbox ends, in which a bundle was replayed, before any request comes.

        Raises `FaultInvalid`.
        """
        with self._lock:
            self._all[DEFAULT] = self._replayed(DEFAULT, past)

    def _replayed(self, name: str, past: Sandbox) -> Sandbox:
        # The replay itself needed no sockets.
        past.serve_with(self._socketless_server)
        lineage = Lineage(name, next(self._numbers), past.lineage.ancestors)
        made = Sandbox(lineage, past.state, journaled=self._journaled)
        made.take_over(past)
        return made

    def _check(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            rule = "1 to 64 of a-z A-Z 0-9 . _ - ~ that begin with a letter or digit"
            raise SandboxInvalid(f"A sandbox's name has {rule}.", {"name": [f"Must have {rule}."]})
        if name in self._all:
            raise SandboxExists(f"There is a sandbox {name!r} already.")
        if len(self._all) >= self._limit:
            raise SandboxLimit(f"There are {self._limit:,} sandboxes: delete one first.")

    def _add(self, sandbox: Sandbox) -> Sandbox:
        with self._lock:
            self._check(sandbox.name)
            self._all[sandbox.name] = sandbox
            self._next_end = min(self._next_end, sandbox.lease.ends)
            return sandbox

    def delete(self, name: str) -> None:
        """Raises `SandboxNotFound`, and `SandboxProtected` for `default`."""
        self.get(name)
        if name == DEFAULT:
            raise SandboxProtected("The sandbox 'default' cannot be deleted: reset it instead.")
        with self._lock:
            deleted = self._all.pop(name, None)
        if deleted is not None:
            deleted.close()

    def reset(self, sandbox: Sandbox, *, empty: bool = False) -> None:
        """See `Sandbox.reset`; earlier page tokens are no longer valid. Raises as `renew` does."""
        if empty or sandbox.name != DEFAULT or not self.renew():
            sandbox.reset(sandbox.lineage.renewed(next(self._numbers)), empty=empty)

    def renew(self) -> Scenario | None:
        """Start `default` over with the scenario that it began with, if that was edited. Returns the new one.

        Raises `ScenarioInvalid`, `SandboxFull` and `FaultInvalid`.
        """
        with self._renewing:
            return self._reread(partial(self.load, self.get(DEFAULT)))

    def restore(self, sandbox: Sandbox, state: State) -> None:
        """See `Sandbox.restore`; earlier page tokens are no longer valid. Raises `SandboxFull` and `FaultInvalid`."""
        self._admit(state)
        sandbox.restore(sandbox.lineage.renewed(next(self._numbers)), state)

    def load(self, sandbox: Sandbox, scenario: Scenario) -> None:
        """Start over with a scenario. Raises `SandboxFull` and `FaultInvalid`."""
        state = self._started(scenario)
        self._admit(state)
        sandbox.put(sandbox.lineage.renewed(next(self._numbers)), state, scenario.clock)
