"""How many bytes the writes of a server hold together, counted without a look at what they hold."""

import threading
from collections import deque

from mockcrm.errors import SandboxFull

MAX_MEMORY = 4 * 1024**3
"""How many bytes the writes of all sandboxes may hold, unless configured."""


class Memory:
    """What all sandboxes of a server share: `most` bytes. Every method may be called from any thread."""

    def __init__(self, most: int = MAX_MEMORY) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held = 0
        self._given_back: deque[int] = deque()

    @property
    def held(self) -> int:
        """How many bytes are held now."""
        with self._lock:
            return self._settled()

    def check(self, weight: int) -> None:
        """Raises `SandboxFull` where so much more would be too much."""
        with self._lock:
            self._check(weight)

    def take(self, weight: int) -> None:
        """Hold so many bytes more. Raises `SandboxFull`, and then holds no more."""
        with self._lock:
            self._check(weight)
            self._held += weight

    def give_back(self, weight: int) -> None:
        """Hold so many bytes less. It waits for no lock, for the garbage collector may call it at any moment."""
        self._given_back.append(weight)

    def _check(self, weight: int) -> None:
        if self._settled() + weight > self.most:
            raise SandboxFull(
                f"The events of this server hold all the memory that they may, {self.most:,} bytes: reset or delete "
                "sandboxes, or serve with a larger --max-memory."
            )

    def _settled(self) -> int:
        while self._given_back:
            self._held -= self._given_back.popleft()
        return self._held


class Holding:
    """What was written in one stretch of a CRM's life, between two forks, in bytes.

    A CRM has one that grows, and behind it those that it shares with the CRMs that were forked from it, or from which
    it was. Each is given back when the last of them is gone, or was reset to before it. Whoever writes holds the CRM's
    lock. Without a memory it counts, and refuses nothing.
    """

    __slots__ = ("_before", "memory", "weight")

    def __init__(self, memory: Memory | None = None, before: "Holding | None" = None) -> None:
        self.weight = 0
        self.memory = memory
        self._before = before

    def grow(self, weight: int) -> None:
        """Hold so many bytes more. Raises `SandboxFull`, and then holds no more."""
        if self.memory is not None:
            self.memory.take(weight)
        self.weight += weight

    def shrink_to(self, weight: int) -> None:
        """Hold what it did before, for what was written since is taken back."""
        if self.memory is not None:
            self.memory.give_back(self.weight - weight)
        self.weight = weight

    def next(self) -> "Holding":
        """An empty one, for what is written from here on."""
        return Holding(self.memory, self if self.weight else self._before)

    def join(self, memory: Memory) -> None:
        """Hold all of it within a memory, but for what is within one already. Raises `SandboxFull`."""
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
