"""A demo that is playing, as the controls see it: a CRM and a mailbox, with or without a sync between them."""

import threading
from collections.abc import Mapping, Set
from datetime import datetime
from random import Random

from mockcrm.base.wsgi import App
from mockcrm.cli.demo.engine import EVERY, Engine
from mockcrm.cli.demo.session import Session
from mockcrm.cli.demo.team import Colleague, Fortnight, new_mailbox
from mockcrm.cli.demo.tours.catalogue import TOURS, find_tour
from mockcrm.cli.demo.tours.pace import BREATH
from mockcrm.cli.demo.tours.touring import PlayedTour, TourStage
from mockcrm.client.transport import Send, in_process
from mockcrm.errors import DemoNotRunning, TourNotRunning, TourRunning
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes
from mockcrm.trials.mutants import SAFETY_NETS
from mockcrm.web.representations.demo import ColleagueJson, DemoClientJson, DemoJson, WholeTourJson

CARELESS = frozenset(
    {
        *SAFETY_NETS,
        Safeguard.AS_OF,
        Safeguard.TOMBSTONES,
        Safeguard.READ_BEFORE_WRITE,
        Safeguard.IF_MATCH,
        Safeguard.CHANGES_ONLY,
        Safeguard.IDEMPOTENCY_KEYS,
    }
)
"""What the careless client lacks: it misses late changes and deletions, overwrites others' edits, and creates twice."""
CLIENTS: Mapping[str, Set[Safeguard] | None] = {"reference": frozenset(), "careless": CARELESS, "none": None}
"""The clients of a demo by name, each with the safeguards that it lacks at first; None for a sync from outside."""


class PlayedDemo:
    """A demo in `sandboxes`, which has its CRM already, with one of the `CLIENTS`. `sends` has transports to both APIs.

    `app` serves the sandboxes, and `headers` are what its controls demand. `breath` is how many seconds its tours rest
    between two beats.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        app: App,
        sends: Mapping[str, Send],
        client: str = "reference",
        *,
        headers: Mapping[str, str] | None = None,
        chance: Random | None = None,
        breath: float = BREATH,
    ) -> None:
        self._sandboxes, self._sends, self._client = sandboxes, sends, client
        controls = in_process(app, "/admin")
        self._colleague = Colleague(self._crm, controls, headers or {}, chance or Random())
        without = CLIENTS[client]
        self._engine = None if without is None else Engine(self._new_session, self._now, client, without)
        self._stage, self._breath = TourStage(sandboxes, app, sends, headers or {}), breath
        self._touring = threading.Lock()
        self._tour: PlayedTour | None = None
        if self._engine is None:
            new_mailbox(sandboxes)

    def start(self) -> None:
        """Sync from now on, if this demo does."""
        if self._engine:
            self._engine.start()

    def status(self) -> DemoJson:
        tour = self._tour
        return {
            "running": True,
            "mailbox": MAILBOX,
            "client": self._engine.shown() if self._engine else self._outside,
            "tours": [
                {"name": each.name, "title": each.title, "about": each.about, "hazard": each.hazard}
                for each in TOURS.values()
            ],
            "tour": tour.shown() if tour else None,
        }

    @property
    def _outside(self) -> DemoClientJson:
        return {
            "name": self._client,
            "engine": "none",
            "every": EVERY,
            "paused": False,
            "rounds": 0,
            "syncing": False,
            "lastRound": None,
            "cursor": None,
            "safeguards": [],
        }

    def change(
        self, *, paused: bool | None = None, every: float | None = None, safeguards: Mapping[str, bool] | None = None
    ) -> None:
        self._undisturbed.change(paused=paused, every=every, safeguards=safeguards)

    def sync(self) -> None:
        self._undisturbed.sync()

    def reset(self) -> None:
        """Let everything begin anew, around the day that it is now."""
        with self._touring:
            self._leave_tour()
            if self._engine:
                self._engine.begin_anew(self._renew)
            else:
                self._renew()

    def colleague(self) -> ColleagueJson:
        self._refuse_while_touring()
        return self._colleague.edit()

    def tour(self, *, wait: float = 0) -> WholeTourJson:
        return self._playing_tour.whole(wait)

    def start_tour(self, *, name: str, playing: bool = False) -> None:
        tour, engine = find_tour(name), self._syncing
        with self._touring:
            # The former tour is seen until there is the new one: a page that asks in between would leave its tour.
            if self._tour:
                self._tour.end()
            else:
                engine.stand_still(self._stage.clear)
            self._tour = PlayedTour(tour, self._stage, playing=playing, breath=self._breath)

    def steer_tour(self, *, card: int | None = None, playing: bool | None = None) -> None:
        with self._touring:
            self._playing_tour.steer(card, playing)

    def end_tour(self) -> None:
        with self._touring:
            _ = self._playing_tour
            self._leave_tour()
            self._syncing.begin_anew(self._renew)

    def _leave_tour(self) -> None:
        if self._tour:
            self._tour.end()
            self._tour = None

    @property
    def _playing_tour(self) -> PlayedTour:
        if self._tour is None:
            raise TourNotRunning("No tour is playing here: POST /admin/demo/tour starts one.")
        return self._tour

    def _refuse_while_touring(self) -> None:
        if tour := self._tour:
            raise TourRunning(f"That would disturb the tour {tour.name!r}: end it with DELETE /admin/demo/tour first.")

    @property
    def _undisturbed(self) -> Engine:
        """The engine, where no tour plays."""
        engine = self._syncing
        self._refuse_while_touring()
        return engine

    @property
    def _syncing(self) -> Engine:
        if self._engine is None:
            raise DemoNotRunning("The client of this demo is not mockcrm's: start it without --client none.")
        return self._engine

    def _crm(self) -> Sandbox:
        return self._sandboxes.get(DEFAULT)

    def _now(self) -> datetime:
        return self._crm().clock_reading()

    def _renew(self) -> None:
        self._sandboxes.load(self._crm(), Fortnight())
        new_mailbox(self._sandboxes)

    def _new_session(self) -> Session:
        new_mailbox(self._sandboxes)
        return Session(self._sandboxes, self._sends, self._client)
