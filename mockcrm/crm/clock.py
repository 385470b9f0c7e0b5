"""The time of one CRM: frozen or running, set, advanced. Aware UTC only."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_now, real_seconds
from mockcrm.base.times import END, MILLISECOND, fits, floor_to
from mockcrm.errors import ClockInvalid

MAX_RATE = 1_000_000.0
"""The fastest a clock may run: eleven and a half days of the sandbox in a second of the world."""
MAX_CATCHING_UP = 0.25
"""How many real seconds one look at a running clock spends on what has fallen due (contract, section 5)."""


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """How a clock starts: at `now`, or without it at the real time.

    `rate` is in seconds of the sandbox per real second, up to `MAX_RATE`. `tick` is how far each write moves the clock.
    """

    now: datetime | None = None
    running: bool = True
    rate: float = 1.0
    tick: timedelta = MILLISECOND

    def start(self, real: Callable[[], float] = real_seconds) -> "Clock":
        return Clock(self, real)


class Hold(NamedTuple):
    """What a clock would have read when it was held, and what the real clock read then, in seconds."""

    target: datetime
    anchor: float


class Clock:
    """What time it is in a sandbox.

    `real` reads real seconds from any fixed point; tests bring their own. No clock goes beyond the year 9999: a running
    one stops there. A clock that cannot keep up stands still between two looks; `owed` is how far it is behind, None if
    it is not.
    """

    def __init__(self, setting: ClockSetting, real: Callable[[], float] = real_seconds) -> None:
        self._real = real
        self._anchor = real()
        self._reading = setting.now or floor_to(real_now(), MILLISECOND)
        self._held = False
        self.owed: timedelta | None = None
        self.running = setting.running
        self.rate = setting.rate
        self.tick = setting.tick

    def now(self) -> datetime:
        return self._reading if self._held or self.owed is not None else self._kept_up()

    def _kept_up(self) -> datetime:
        """What it would read if it were not behind."""
        if not self.running:
            return self._reading
        reading = self._reading + (self.owed or timedelta(0))
        passed = (self._real() - self._anchor) * self.rate
        left = END - reading
        return END if passed >= left.total_seconds() else reading + timedelta(seconds=passed)

    def later(self, by: timedelta) -> datetime:
        """What this clock will read after `by`. Raises `ClockInvalid` beyond the year 9999."""
        now = self.now()
        if not fits(now, by):
            raise ClockInvalid("The clock cannot go beyond the year 9999.")
        return now + by

    def set(self, instant: datetime) -> None:
        """Jump to an instant, forward or back, and go on from there. It stays as far behind as it was."""
        self._reading, self._anchor = instant, self._real()

    def forgive(self) -> None:
        """Be behind no more: go on from where it stands."""
        self.owed = None

    def adjust(self, *, running: bool | None = None, rate: float | None = None, tick: timedelta | None = None) -> None:
        """Freeze, start or change the pace, without a jump. A frozen clock is never behind."""
        if self.owed is not None and not self._held:
            self.owed = self._kept_up() - self._reading
        if running is False:
            self.forgive()
        self.set(self.now())
        self.running = self.running if running is None else running
        self.rate = self.rate if rate is None else rate
        self.tick = self.tick if tick is None else tick

    def hold(self) -> Hold | None:
        """Stand at the instant that was set last. Only `set` moves a held clock, until it is released.

        So each entry of the agenda runs at its own instant, however fast the clock runs, and one request sees the CRM
        at one instant. None if the clock is held already.
        """
        if self._held:
            return None
        hold = Hold(self._kept_up(), self._real())
        self._held = True
        return hold

    def overstays(self, hold: Hold) -> bool:
        """Whether a running clock has been held for as long as one look may take."""
        return self.running and self._real() - hold.anchor >= MAX_CATCHING_UP

    def catch_up(self, hold: Hold) -> None:
        """Move to where the clock would be had it not been held: everything that fell due has run."""
        self.set(max(hold.target, self._reading))
        self.forgive()

    def fall_behind(self, hold: Hold) -> None:
        """Stay where it was set last, and be behind by the rest."""
        self.owed = max(hold.target - self._reading, timedelta(0))

    def release(self, hold: Hold | None) -> None:
        """Run on as if the clock had not been held. None releases nothing."""
        if hold is not None:
            self._held, self._anchor = False, hold.anchor

    def setting(self) -> ClockSetting:
        """What starts a clock that reads and runs as this one does."""
        return ClockSetting(self.now(), self.running, self.rate, self.tick)

    def adopt(self, other: "Clock") -> None:
        """Read and run exactly as another clock does."""
        self._reading, self._anchor, self.owed = other._reading, other._anchor, other.owed
        self.running, self.rate, self.tick = other.running, other.rate, other.tick

    def fork(self) -> "Clock":
        copy = Clock(self.setting(), self._real)
        copy.adopt(self)
        return copy
