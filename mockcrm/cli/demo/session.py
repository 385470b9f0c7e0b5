"""One life of the demo's client, from its first sync to a reset: what it knows, and its rounds."""

import itertools
import threading
import time
from collections.abc import Mapping, Set
from typing import Any

from mockcrm.base.wsgi import Response
from mockcrm.cli.demo.bridge import bridged
from mockcrm.client.transport import Send, SentQuery
from mockcrm.errors.text import shortened
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import EVENTS, AskedToWait, GaveUp
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes

_MAX_WAIT = 2.0
"""The most seconds between two attempts within a round. If more are asked for, the next round waits for them."""
_MAX_PROBLEM = 300
"""How many characters of a problem are shown."""


class Lives:
    """The present lives of the CRM and the mailbox. A reset of either begins another."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        self._sandboxes = sandboxes
        self._lineages = {name: sandboxes.get(name).lineage for name in (DEFAULT, MAILBOX)}

    @property
    def are_over(self) -> bool:
        """Whether CRM or mailbox have begun anew, or are gone."""
        now = {sandbox.name: sandbox.lineage for sandbox in self._sandboxes.all()}
        return any(now.get(name) != begun for name, begun in self._lineages.items())


class SessionOver(GaveUp):
    """The CRM or the mailbox begins anew: what the client meant to send there must not reach it."""


class Session:
    """A client between the CRM and the mailbox, which is empty at first. `sends` has transports to both APIs.

    Only `end` may be called while another thread is in a round.
    """

    def __init__(self, sandboxes: Sandboxes, sends: Mapping[str, Send], name: str) -> None:
        self._lives = Lives(sandboxes)
        self._over = threading.Event()
        self._rested_at = 0.0
        entries, tokens = MemoryMailbox(takes_untitled=True), itertools.count(1)
        self._client = Client(
            self._while_it_lasts(sends[DEFAULT]),
            entries,
            wait=self._wait,
            max_wait=_MAX_WAIT,
            credentials=lambda: f"Bearer token-{next(tokens)}",
            name=name,
        )
        send = self._while_it_lasts(sends[MAILBOX])
        self._bridge = bridged(sandboxes.get(MAILBOX), send, entries, name, self._wait, _MAX_WAIT)

    def end(self) -> None:
        """Nothing is sent from now on; a round that is under way gives up."""
        self._over.set()

    @property
    def overtaken(self) -> bool:
        """Whether CRM or mailbox have begun anew, or are gone."""
        return self._lives.are_over

    @property
    def cursor(self) -> str | None:
        """The watermark from which the client's next read of the CRM starts."""
        reader = self._client.reader
        assert isinstance(reader, Puller)
        return reader.watermarks.get(EVENTS)

    def round(self, safeguards: Set[Safeguard]) -> str | None:
        """Sync both sides with these safeguards. Returns what went wrong first, if anything did.

        If a side has asked to come again later, this waits until then.
        """
        problems = []
        self._client.switch(safeguards)
        for step in (self._rest, self._bridge.collect, self._client.sync, self._bridge.carry):
            try:
                step()
            except AskedToWait as error:
                self._rested_at = time.monotonic() + error.seconds
                problems.append(str(error))
            except GaveUp as error:
                problems.append(str(error))
            except Exception as error:  # A crash of the client is something to show, and no end of the demo.
                problems.append(f"The client crashed: {type(error).__name__}: {error}")
        return shortened(" ".join(problems[0].split()), _MAX_PROBLEM) if problems else None

    def _rest(self) -> None:
        self._wait(self._rested_at - time.monotonic())

    def _wait(self, seconds: float) -> None:
        self._over.wait(max(0.0, seconds))
        self._check()

    def _check(self) -> None:
        if self._over.is_set() or self.overtaken:
            raise SessionOver("The demo begins anew.")

    def _while_it_lasts(self, send: Send) -> Send:
        def send_on(method: str, path: str, query: SentQuery, body: Any, headers: Mapping[str, str]) -> Response:
            self._check()
            return send(method, path, query, body, headers)

        return send_on
