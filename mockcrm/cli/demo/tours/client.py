"""The client of a tour: the reference client, whose mailbox is a sandbox, and which stands still at each beat."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mockcrm.cli.demo.bridge import bridged
from mockcrm.cli.demo.tours.pace import Pace
from mockcrm.cli.demo.tours.tour import Tour, after, before
from mockcrm.client.crm import Crm
from mockcrm.client.transport import Send
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX
from mockcrm.web.representations.demo import TourClient


class PacedClient:
    """A client under test (`mockcrm.SyncClient`) for one run of a tour.

    `crm` are the controls of the CRM, `mailbox` is the sandbox of the mailbox, and `sends` has transports to the APIs
    of both. When the client waits, the CRM's clock moves, and no real time passes.
    """

    def __init__(
        self, tour: Tour, run: TourClient, pace: Pace, crm: Crm, mailbox: Sandbox, sends: Mapping[str, Send]
    ) -> None:
        self._pace, self._crm, self._mailbox = pace, crm, crm.sandbox(MAILBOX)
        self._client = ReferenceClient(
            sends[DEFAULT], without=tour.without(run), design=tour.design, wait=self._pass_time, name=run
        )
        max_wait = float("inf")
        self._bridge = bridged(mailbox, sends[MAILBOX], self._client.mailbox, run, self._pass_time, max_wait)
        self._made: dict[str, str] = {}
        self._syncs = 0

    def apply(self, mailbox: Sequence[Mapping[str, Any]]) -> None:
        """Have the mailbox's user do something, where the audience sees it."""
        self._set_clock()
        for action in mailbox:
            ((verb, arguments),) = action.items()
            event = {} if verb == "create" else {"event": self._event_of(arguments)}
            fields = {"set": arguments["set"]} if "set" in arguments else {}
            done: Any = {verb: event | fields}
            (result,) = self._mailbox.perform(done)
            if "as" in arguments:
                self._made[arguments["as"]] = str(result["eventId"])

    def _event_of(self, arguments: Mapping[str, Any]) -> str:
        """The event in the mailbox that an action means: one that the user has made, or that of the CRM's event."""
        if made := self._made.get(arguments["event"]):
            return made
        (entry,) = self._client.mailbox.entries_of(arguments["id"])
        return self._bridge.event_of(entry.id) or ""

    def sync(self) -> None:
        """Sync once. The story stands still before and after it."""
        self._syncs += 1
        self._set_clock()
        self._pace.stand(before(self._syncs))
        try:
            self._sync()
        finally:
            self._set_clock()
            self._pace.stand(after(self._syncs))

    def _sync(self) -> None:
        """Sync as a client does that is started for each sync: it signs in at first."""
        self._client.sign_in()
        self._bridge.collect()
        try:
            self._client.sync()
        finally:
            # What the client has so far is to be seen, whatever became of the sync.
            with suppress(GaveUp):
                self._bridge.carry()

    def replica(self) -> Mapping[str, Any]:
        return self._client.replica()

    def _pass_time(self, seconds: float) -> None:
        if seconds > 0:
            self._crm.clock.advance(f"{int(seconds * 1000)}ms")

    def _set_clock(self) -> None:
        """Let the mailbox have the CRM's time."""
        self._mailbox.clock.set(self._crm.clock.now())
