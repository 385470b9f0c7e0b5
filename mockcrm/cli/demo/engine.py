"""Syncs the CRM with the mailbox, round after round, in a thread of its own."""

import threading
import time
from collections.abc import Callable, Mapping, Set
from datetime import datetime

from mockcrm.base.declaring import dataclass
from mockcrm.base.spelling import did_you_mean
from mockcrm.base.times import format_instant
from mockcrm.cli.demo.session import Session
from mockcrm.errors import DemoInvalid, Refusal
from mockcrm.errors.text import shortened
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.upcoming import MAX_NAME
from mockcrm.web.representations.demo import DemoClientJson, DemoRoundJson

EVERY = 3.0
"""How many seconds lie between two rounds at first."""
_PATIENCE = 10.0
"""How many seconds somebody waits for a round at most."""
WITHOUT_EFFECT = frozenset(
    {
        Safeguard.UTC_STAMPS,
        Safeguard.QUARANTINE,
        Safeguard.REREAD_WINDOW,
        Safeguard.LEFT_WINDOW,
        Safeguard.MATCHES_ANY_CASE,
        Safeguard.KEEPS_DIRECTORY,
        Safeguard.LEAVES_INTERNAL,
        Safeguard.RETRIES_UNMATCHED,
        Safeguard.PART_OF_PARENT,
        Safeguard.WAITS_FOR_PARENT,
        Safeguard.CHILD_ANSWERS,
        Safeguard.ORPHANS,
        Safeguard.DELETED_TOGETHER,
    }
)
"""Safeguards that make no difference here: the mailbox holds every event, the CRM has no child events and no times
without an offset, and the client reads no windows and does not match attendees."""
ALWAYS_OFF = {Safeguard.READ_ON, Safeguard.HALVES}
"""With `READ_ON` each change would be asked for twice, and the audit would note a watermark that moves backwards in
every round. `HALVES` goes on from there."""
SWITCHES = {each.label: each for each in Safeguard if each not in WITHOUT_EFFECT | ALWAYS_OFF}
"""The safeguards that can be switched, by their labels."""


@dataclass(frozen=True)
class _Round:
    """A round that has ended, by the CRM's clock, and what went wrong in it."""

    began: datetime
    ended: datetime
    problem: str | None


class Engine:
    """Rounds of a sync, one at a time: each some seconds after the last, or when somebody asks for one.

    `begin` gives a new session, and `now` tells the CRM's time. It starts without the safeguards `without`. Every
    method may be called from any thread.
    """

    def __init__(
        self, begin: Callable[[], Session], now: Callable[[], datetime], name: str, without: Set[Safeguard]
    ) -> None:
        self._begin, self._now, self._name = begin, now, name
        self._resetting, self._news = threading.Lock(), threading.Condition()
        self._safeguards: Set[Safeguard] = {*SWITCHES.values()} - without
        self._paused, self._every, self._next = False, EVERY, 0.0
        self._begun = self._ended = self._wanted = 0
        self._held = False
        self._session = begin()
        self._rounds = 0
        self._last: _Round | None = None

    def start(self) -> None:
        """Sync from now on, until the process ends."""
        threading.Thread(target=self._run, name="demo", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._news:
                while (left := self._seconds_left()) > 0:
                    self._news.wait(left)
                self._begun += 1
            self._round()

    def _seconds_left(self) -> float:
        """The seconds until the next round."""
        if self._held:
            return threading.TIMEOUT_MAX
        if self._wanted > self._begun:
            return 0
        return threading.TIMEOUT_MAX if self._paused else self._next - time.monotonic()

    def _round(self) -> None:
        began = self._now()
        try:
            problem = self._living_session().round(self._safeguards)
        except Refusal as refusal:
            # There is no room for a mailbox.
            problem = refusal.message
        with self._news:
            self._rounds, self._last = self._rounds + 1, _Round(began, self._now(), problem)
            self._ended, self._next = self._begun, time.monotonic() + self._every
            self._news.notify_all()

    def _living_session(self) -> Session:
        """The session; a new one where somebody has reset the CRM or the mailbox by itself."""
        with self._news:
            if self._session.overtaken and not self._held:
                self._session = self._begin()
                self._rounds, self._last = 0, None
            return self._session

    @property
    def _syncing(self) -> bool:
        return self._begun > self._ended

    def sync(self) -> None:
        """Wait for a round that begins after this call, for at most `_PATIENCE` seconds."""
        with self._news:
            wanted = self._wanted = self._begun + 1
            self._news.notify_all()
            self._news.wait_for(lambda: self._ended >= wanted, _PATIENCE)

    def change(
        self, *, paused: bool | None = None, every: float | None = None, safeguards: Mapping[str, bool] | None = None
    ) -> None:
        """See `mockcrm.web.admin.demo.Demo`. A switch takes effect with the next round. Raises `DemoInvalid`."""
        switched = {_switch(name): on for name, on in (safeguards or {}).items()}
        with self._news:
            on = {each for each, is_on in switched.items() if is_on}
            self._safeguards = (self._safeguards | on) - (switched.keys() - on)
            if paused is not None:
                self._paused = paused
            if every is not None:
                self._next += every - self._every
                self._every = every
            self._news.notify_all()

    def begin_anew(self, prepare: Callable[[], None]) -> None:
        """Begin a new session, also after `stand_still`. For `prepare` see there."""
        with self._resetting:
            self._stop(prepare)
            with self._news:
                self._session = self._begin()
                self._rounds, self._last, self._next, self._held = 0, None, 0.0, False
                self._news.notify_all()

    def stand_still(self, prepare: Callable[[], None]) -> None:
        """Sync no more until `begin_anew`. `prepare` resets what is synced, and may do so twice.

        Nothing that the old session sends reaches what has been reset.
        """
        with self._resetting:
            self._stop(prepare)

    def _stop(self, prepare: Callable[[], None]) -> None:
        with self._news:
            self._held, syncing = True, self._syncing
            self._session.end()
        # This also breaks requests that are being delayed.
        prepare()
        with self._news:
            self._news.wait_for(lambda: not self._syncing, _PATIENCE)
        if syncing:
            prepare()

    def shown(self) -> DemoClientJson:
        """What there is to see of it."""
        with self._news:
            return {
                "name": self._name,
                "engine": "reference",
                "every": self._every,
                "paused": self._paused,
                "rounds": self._rounds,
                "syncing": self._syncing,
                "lastRound": _round_json(self._last) if self._last else None,
                "cursor": self._session.cursor,
                "safeguards": [
                    {"name": name, "sentence": each.value, "on": each in self._safeguards}
                    for name, each in SWITCHES.items()
                ],
            }


def _round_json(done: _Round) -> DemoRoundJson:
    return {
        "startedAt": format_instant(done.began),
        "endedAt": format_instant(done.ended),
        "problem": done.problem,
    }


def _switch(name: str) -> Safeguard:
    """A safeguard by its label. Raises `DemoInvalid`."""
    if name not in SWITCHES:
        message = f"No safeguard is called {shortened(name, MAX_NAME)!r}.{did_you_mean(name, SWITCHES)}"
        raise DemoInvalid(message, {"safeguards": {name: ["Unknown name."]}})
    return SWITCHES[name]
