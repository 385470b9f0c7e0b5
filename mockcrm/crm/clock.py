"""The time of one CRM: frozen or running, set, advanced. Aware UTC only."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mockcrm.base.times import END, MILLISECOND, fits, floor_to
from mockcrm.errors import ClockInvalid

MAX_RATE = 1_000_000.0
"""The fastest a clock may run: eleven and a half days of the sandbox in a second of the world."""
MAX_CATCHING_UP = 0.25
"""How many seconds of the world one look at a running clock spends on what has fallen due (contract, section 5)."""


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """How a clock starts. `now` None stands for the time of the world at that moment.

    `rate` is in seconds of the sandbox per second of the world; `tick` is how far each write moves the clock.
    """

    now: datetime | None = None
    running: bool = True
    rate: float = 1.0
    tick: timedelta = MILLISECOND

    def start(self, real: Callable[[], float] = time.monotonic) -> "Clock":
        return Clock(self, real)


class Hold(NamedTuple):
    """What a held clock would have read, and what the world's clock read at that moment."""

    target: datetime
    anchor: float


class Clock:
    """What time it is in a sandbox.

    `real` reads the seconds of the world from any fixed point; tests bring their own. The years end with 9999, and
    no clock goes further: a running one stops there. One that is behind stands between two looks, and `owed` is how
    much later it would read had it kept up; None for one that has.
    """

    def __init__(self, setting: ClockSetting, real: Callable[[], float] = time.monotonic) -> None:
        self._real = real
        self._anchor = real()
        self._reading = setting.now or floor_to(datetime.now(UTC), MILLISECOND)
        self._held = False
        self.owed: timedelta | None = None
        self.running = setting.running
        self.rate = setting.rate
        self.tick = setting.tick

    def now(self) -> datetime:
        return self._reading if self._held or self.owed is not None else self._kept_up()

    def _kept_up(self) -> datetime:
        """What it reads if it is not behind."""
        if not self.running:
            return self._reading
        reading = self._reading + (self.owed or timedelta(0))
        passed = (self._real() - self._anchor) * self.rate
        left = END - reading
        return END if passed >= left.total_seconds() else reading + timedelta(seconds=passed)

    def later(self, by: timedelta) -> datetime:
        """What this clock will say after `by`; raises `ClockInvalid` when that is beyond the year 9999."""
        now = self.now()
        if not fits(now, by):
            raise ClockInvalid("The clock cannot go beyond the year 9999.")
        return now + by

    def set(self, instant: datetime) -> None:
        """Jump to an instant, forwards or back, and go on from there; what is owed stays owed."""
        self._reading, self._anchor = instant, self._real()

    def forgive(self) -> None:
        """Owe nothing any more: go on from where it stands."""
        self.owed = None

    def adjust(self, *, running: bool | None = None, rate: float | None = None, tick: timedelta | None = None) -> None:
        """Freeze, start, or change the pace, without a jump. A frozen clock owes nothing."""
        if self.owed is not None and not self._held:
            self.owed = self._kept_up() - self._reading
        if running is False:
            self.forgive()
        self.set(self.now())
        self.running = self.running if running is None else running
        self.rate = self.rate if rate is None else rate
        self.tick = self.tick if tick is None else tick

    def hold(self) -> Hold | None:
        """Stand at the last instant that was set, so that only `set` moves this clock, until it is released.

        So each thing on the agenda runs at its own instant, however fast the clock runs, and whoever looks at the CRM
        sees all of it at one instant. None if somebody holds the clock already.
        """
        if self._held:
            return None
        hold = Hold(self._kept_up(), self._real())
        self._held = True
        return hold

    def overstays(self, hold: Hold) -> bool:
        """Whether a running clock has been held for as long as one look may take to catch up."""
        return self.running and self._real() - hold.anchor >= MAX_CATCHING_UP

    def catch_up(self, hold: Hold) -> None:
        """Come to where the clock would be had it not been held: all that has fallen due was brought about."""
        self.set(max(hold.target, self._reading))
        self.forgive()

    def fall_behind(self, hold: Hold) -> None:
        """Stay where it was set to last, and owe the rest."""
        self.owed = max(hold.target - self._reading, timedelta(0))

    def release(self, hold: Hold | None) -> None:
        """Run on as if the clock had not stood, unless somebody else holds it."""
        if hold is not None:
            self._held, self._anchor = False, hold.anchor

    def setting(self) -> ClockSetting:
        """This clock as it stands, to be started again from here."""
        return ClockSetting(self.now(), self.running, self.rate, self.tick)

    def adopt(self, other: "Clock") -> None:
        """Read and run exactly as another clock does."""
        self._reading, self._anchor, self.owed = other._reading, other._anchor, other.owed
        self.running, self.rate, self.tick = other.running, other.rate, other.tick

    def fork(self) -> "Clock":
        copy = Clock(self.setting(), self._real)
        copy.adopt(self)
        return copy
