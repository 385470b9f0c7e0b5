"""Where a tour stands: its card, how far the steps are played, and when it goes on by itself."""

import threading
import time
from collections.abc import Callable

from mockcrm.cli.demo.tours.tour import RUN_END, Card, Tour
from mockcrm.trials.play import PlayAbandoned
from mockcrm.web.representations.demo import TourClient, TourJson

BREATH = 1.2
"""How many seconds a tour rests between two beats, where it does not stand still."""


class Pace:
    """Lets the run of a tour go on, up to the beat of the card that somebody has chosen. Any thread may call it.

    `breath` is how many seconds it rests at the beats on the way, if it goes on by one card.
    """

    def __init__(self, tour: Tour, *, playing: bool, breath: float = BREATH) -> None:
        self._tour, self._breath = tour, breath
        self._news = threading.Condition()
        self._number, self._playing, self._hurries, self._over = 1, playing, True, False
        self._run: TourClient = "careless"
        self._beat, self._under_way = 0, True
        self._problem: str | None = None
        self._left = self._card.reading_time
        self._since: float | None = None

    # For those who steer

    def steer(self, card: int | None, playing: bool | None) -> bool:
        """Go to a card of the tour, and go on by itself or not.

        Returns whether steps are being played that lie beyond the card.
        """
        with self._news:
            if playing is not None:
                self._playing = playing
            if card is not None:
                self._go_to(card)
            self._keep_time()
            self._news.notify_all()
            return self._is_beyond and self._under_way

    def end(self) -> None:
        """Play nothing more."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until the tour stands at its card, but no longer than that."""
        with self._news:
            self._news.wait_for(lambda: not self._is_moving, seconds)

    def shown(self) -> TourJson:
        with self._news:
            left = self._seconds_left()
            return {
                "name": self._tour.name,
                "title": self._tour.title,
                "hazard": self._tour.hazard,
                "card": self._number,
                "cards": len(self._tour.cards),
                "playing": self._goes_on,
                "secondsLeft": None if left is None else round(left, 1),
                "moving": self._is_moving,
                "run": self._run,
                "problem": self._problem,
            }

    # For the run

    def next_run(self, *, careless_done: bool) -> TourClient | None:
        """Whose run is to be played now, from its beginning; None at the end of the tour."""
        with self._news:
            if self._over:
                return None
            self._run = self._card.run if careless_done else "careless"
            self._beat, self._under_way, self._problem = 0, True, None
            return self._run

    def stand(self, beat: int) -> None:
        """Say that a beat is reached, and wait until the run may go on. Raises `PlayAbandoned` if it may not."""
        with self._news:
            self._reach(beat)
            if not self._hurries:
                self._wait(lambda: self._is_beyond or self._hurries or self._is_at_card, self._breath)
            self._wait(lambda: self._is_beyond or not self._is_at_card)
            self._check()
            self._under_way = True

    def finish(self) -> None:
        """Say that a run has ended, and wait until another is to be played."""
        with self._news:
            self._reach(RUN_END)
            self._wait(lambda: self._over or self._is_beyond or self._card.run != self._run)

    def fail(self, problem: str) -> None:
        """Say why a run cannot go on, and wait until somebody steers the tour, or ends it."""
        with self._news:
            self._problem = problem
            self._keep_time()
            self._news.notify_all()
            self._wait(lambda: self._over or self._problem is None)

    def hurry(self) -> None:
        """Do not rest at the beats on the way to the card: the audience has seen them."""
        with self._news:
            self._hurries = True

    def check(self) -> None:
        """Raises `PlayAbandoned` if this run is not to go on."""
        with self._news:
            self._check()

    def _check(self) -> None:
        if self._is_beyond:
            raise PlayAbandoned("The tour goes elsewhere.")

    # All that follows is called with the lock.

    @property
    def _card(self) -> Card:
        return self._tour.cards[self._number - 1]

    @property
    def _is_beyond(self) -> bool:
        """Whether the run has come too far for the card, so that another must begin; also at the end of the tour."""
        if self._over or self._run == "careful" != self._card.run:
            return True
        too_far = self._beat >= self._card.beat if self._under_way else self._beat > self._card.beat
        return self._run == self._card.run and too_far

    @property
    def _is_at_card(self) -> bool:
        return not self._under_way and (self._run, self._beat) == (self._card.run, self._card.beat)

    @property
    def _is_moving(self) -> bool:
        return not self._over and not self._is_at_card and self._problem is None

    @property
    def _goes_on(self) -> bool:
        return self._playing and self._number < len(self._tour.cards)

    def _go_to(self, card: int) -> None:
        self._problem = None
        if card != self._number:
            self._hurries = card != self._number + 1 or self._is_moving
            self._number = card
            self._left, self._since = self._card.reading_time, None

    def _reach(self, beat: int) -> None:
        self._beat, self._under_way = beat, False
        self._keep_time()
        self._news.notify_all()

    def _keep_time(self) -> None:
        """Let the time to read the card run while the tour stands there and goes on by itself."""
        runs = self._goes_on and self._is_at_card
        if self._since is not None:
            self._left -= time.monotonic() - self._since
        self._since = time.monotonic() if runs else None

    def _seconds_left(self) -> float | None:
        if self._since is None:
            return None
        return max(0.0, self._left - (time.monotonic() - self._since))

    def _wait(self, ready: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait for something, or for some seconds, and meanwhile turn to the next card when its time has come."""
        until = None if seconds is None else time.monotonic() + seconds
        while not ready():
            turning, ending = self._seconds_left(), None if until is None else until - time.monotonic()
            if ending is not None and ending <= 0:
                return
            if turning == 0:
                self._go_to(self._number + 1)
                self._keep_time()
                self._news.notify_all()
            else:
                self._news.wait(min((each for each in (turning, ending) if each is not None), default=None))
