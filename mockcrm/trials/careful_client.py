"""The reference client as a client under test."""

from collections.abc import Sequence, Set
from typing import Any

from mockcrm.base.times import parse_instant
from mockcrm.client.crm import Crm
from mockcrm.client.transport import over_http
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.run import apply_mailbox_steps, make_client


class CarefulClient:
    """A `mockcrm.SyncClient` that loses nothing, unless it is `without` some safeguards.

    It lives by the sandbox's clock: when it waits, that clock advances.

    >>> Suite(server, CarefulClient).run(hazards("paging"), "the reference client").verdict
    'passed'
    """

    def __init__(self, crm: Crm, without: Set[Safeguard] = frozenset()) -> None:
        self._mailbox, self._names = MemoryMailbox(), dict[str, str]()
        self._client = make_client(
            over_http(crm.url),
            self._mailbox,
            lambda seconds: crm.clock.advance(f"{int(seconds * 1000)}ms"),
            without,
            two_streams=crm.dialect()["deletions"] == "endpoint",
            clock=lambda: parse_instant(crm.clock.get()["now"]),
        )

    def sync(self) -> None:
        self._client.sync()

    def apply(self, mailbox: Sequence[Any]) -> None:
        apply_mailbox_steps(self._mailbox, mailbox, self._names)

    def replica(self) -> Any:
        return self._client.replica()
