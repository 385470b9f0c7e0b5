"""How many bytes all writes of a server take, counted without measuring the objects."""

import threading
from collections import deque

from mockcrm.errors import SandboxFull

MAX_MEMORY = 4 * 1024**3
"""The most bytes that the writes of all sandboxes may take, unless configured."""


class Memory:
    """The memory that all sandboxes of a server share: `most` bytes. Any thread may call any method."""

    def __init__(self, most: int = MAX_MEMORY) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held = 0
        self._given_back: deque[int] = deque()

    @property
    def held(self) -> int:
        """How many bytes are taken now."""
        with self._lock:
            return self._settled()

    def check(self, weight: int) -> None:
        """Raises `SandboxFull` if `weight` more bytes would be too many."""
        with self._lock:
            self._check(weight)

    def take(self, weight: int) -> None:
        """Take `weight` more bytes. Raises `SandboxFull`, and then takes none."""
        with self._lock:
            self._check(weight)
            self._held += weight

    def give_back(self, weight: int) -> None:
        """Give bytes back. It takes no lock, because the garbage collector may call it at any moment."""
        self._given_back.append(weight)

    def _check(self, weight: int) -> None:
        if self._settled() + weight > self.most:
            raise SandboxFull(
                f"The events of this server take all the memory that they may, {self.most:,} bytes: reset or delete "
                "sandboxes, or serve with a larger --max-memory."
            )

    def _settled(self) -> int:
        while self._given_back:
            self._held -= self._given_back.popleft()
        return self._held


class Holding:
    """The bytes that a CRM has written between two forks.

    A CRM has one holding that grows, and before it a chain of those that it shares with its forks and its ancestors. A
    holding is given back when the last CRM that shares it is gone, or was reset to before it. Writers hold the CRM's
    lock. Without a memory, a holding counts and refuses nothing.
    """

    __slots__ = ("_before", "memory", "weight")

    def __init__(self, memory: Memory | None = None, before: "Holding | None" = None) -> None:
        self.weight = 0
        self.memory = memory
        self._before = before

    def grow(self, weight: int) -> None:
        """Add bytes. Raises `SandboxFull`, and then adds none."""
        if self.memory is not None:
            self.memory.take(weight)
        self.weight += weight

    def shrink_to(self, weight: int) -> None:
        """Go back to an earlier weight: what was written since is undone."""
        if self.memory is not None:
            self.memory.give_back(self.weight - weight)
        self.weight = weight

    def next(self) -> "Holding":
        """An empty holding, for what is written after a fork."""
        return Holding(self.memory, self if self.weight else self._before)

    def join(self, memory: Memory) -> None:
        """Count this chain in a memory, except for what is counted in one already. Raises `SandboxFull`."""
        chain: list[Holding] = []
        holding: Holding | None = self
        while holding is not None and holding.memory is None:
            chain.append(holding)
            holding = holding._before
        memory.take(sum(each.weight for each in chain))
        for each in chain:
            each.memory = memory

    def __del__(self) -> None:
        if self.memory is not None:
            self.memory.give_back(self.weight)
