"""A careful two-way sync between a CRM and a mailbox, as short as it can be: a worked example, and the audit's measure.

A sync first writes to the CRM what the user changed in the mailbox (`push`), then reads what changed in the CRM
(`pull`). It may fail at any point; then it raises `GaveUp`, and the next sync continues from where the last
successful one ended.

Each thing that the client does with care is a `Safeguard`. A client `without` some of them is a mutant: it has the
faults of real sync clients (`mockcrm.trials.matrix`).
"""

import time
from collections.abc import Callable, Set
from datetime import UTC, datetime

from mockcrm.client.transport import Send
from mockcrm.reference_client.crm_api import CrmApi
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.paging import Setting
from mockcrm.reference_client.push import Pusher
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import SyncState


class Client:
    """One client of one CRM.

    `two_streams` is for a CRM that lists deletions only in `/deletedEvents`. `wait` sleeps for a number of seconds,
    and `clock` tells the time. `credentials` returns a new value for the header `Authorization`. `design` says how it
    reads (`mockcrm.reference_client.designs`); with `probes` it asks for one event before it reads much.

    >>> from mockcrm import create_app
    >>> from mockcrm.client.transport import in_process
    >>> client = Client(in_process(create_app()), MemoryMailbox(), without={Safeguard.LOOKBACK})
    >>> client.sync()
    """

    def __init__(
        self,
        send: Send,
        mailbox: MemoryMailbox,
        *,
        without: Set[Safeguard] = frozenset(),
        two_streams: bool = False,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        credentials: Callable[[], str] | None = None,
        name: str = "careful",
        design: str = "delta",
        probes: bool = False,
    ) -> None:
        safeguards = frozenset(Safeguard) - without
        self.headers = {"X-Mockcrm-Client": name}
        self.crm = CrmApi(send, self.headers, safeguards, wait, credentials)
        self.mailbox = mailbox
        self.state = SyncState(self.crm, mailbox, safeguards)
        self.reader = DESIGNS[design](Setting(self.crm, self.state, safeguards, two_streams, clock, probes))
        self.pusher = Pusher(self.crm, self.state, safeguards, name)

    def sync(self) -> None:
        """Write the user's changes to the CRM, then read the CRM's changes. Raises `GaveUp`."""
        self.pusher.push()
        self.reader.pull()

    def replica(self) -> dict[str, EventRow]:
        """The client's copy of the CRM's events, by id, as the CRM would show them."""
        return self.state.replica()
