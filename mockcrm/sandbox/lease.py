"""How long a sandbox is kept that nobody uses: what a test run has made goes even if the run was killed."""

import math
from collections.abc import Callable
from datetime import timedelta

from mockcrm.base.real_time import real_seconds

SHORTEST = timedelta(minutes=2)
"""The shortest idle time. No request to the controls waits for so long."""
LONGEST = timedelta(days=30)
"""The longest idle time."""


class Lease:
    """A sandbox is removed once no request has come to it for the `idle` time; None keeps it.

    `real` reads real seconds; tests bring their own.
    """

    def __init__(self, idle: timedelta | None = None, real: Callable[[], float] = real_seconds) -> None:
        self.idle, self._real = idle, real
        self.renew()

    def renew(self) -> None:
        """A request has come."""
        self._renewed = self._real()

    @property
    def ends(self) -> float:
        """When it ends if no request comes, in real seconds."""
        return math.inf if self.idle is None else self._renewed + self.idle.total_seconds()
