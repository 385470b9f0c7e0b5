"""A demo that is playing, as the controls see it: a CRM and a mailbox, with or without a sync between them."""

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from random import Random

from mockcrm.base.wsgi import App
from mockcrm.cli.demo.engine import EVERY, Engine
from mockcrm.cli.demo.session import Session
from mockcrm.cli.demo.team import MAILBOX, Colleague, fortnight
from mockcrm.client.transport import Send, in_process
from mockcrm.errors import DemoNotRunning, SandboxNotFound
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.trials.mutants import SAFETY_NETS
from mockcrm.web.representations.demo import ColleagueJson, DemoClientJson, DemoJson

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

    `app` serves the sandboxes, and `headers` are what its controls demand.
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
    ) -> None:
        self._sandboxes, self._sends, self._client = sandboxes, sends, client
        controls = in_process(app, "/admin")
        self._colleague = Colleague(self._crm, controls, headers or {}, chance or Random())
        without = CLIENTS[client]
        self._engine = None if without is None else Engine(self._new_session, self._now, client, without)
        if self._engine is None:
            self._empty_mailbox()

    def start(self) -> None:
        """Sync from now on, if this demo does."""
        if self._engine:
            self._engine.start()

    def status(self) -> DemoJson:
        return {"running": True, "mailbox": MAILBOX, "client": self._engine.shown() if self._engine else self._outside}

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
        self._syncing.change(paused=paused, every=every, safeguards=safeguards)

    def sync(self) -> None:
        self._syncing.sync()

    def reset(self) -> None:
        """Let everything begin anew, around the day that it is now."""
        if self._engine:
            self._engine.begin_anew(self._renew)
        else:
            self._renew()

    def colleague(self) -> ColleagueJson:
        return self._colleague.edit()

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
        self._sandboxes.load(self._crm(), fortnight(datetime.now(UTC)))
        self._empty_mailbox()

    def _empty_mailbox(self) -> None:
        try:
            self._sandboxes.load(self._sandboxes.get(MAILBOX), Scenario())
        except SandboxNotFound:
            self._sandboxes.create(MAILBOX, Scenario())

    def _new_session(self) -> Session:
        self._empty_mailbox()
        return Session(self._sandboxes, self._sends, self._client)
