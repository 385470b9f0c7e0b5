"""A careful two-way sync between a CRM and a mailbox, as short as it can be: a worked example, and the audit's measure.

A sync first carries over what the user did in the mailbox (`push`), then reads what has changed in the
CRM (`pull`). It may fail at any point; then it raises `GaveUp`, and the next one takes up from where
the last that succeeded had come to.

Each thing that it is careful about is a `Virtue`. A client `without` some of them is as broken as the many that sync
calendars out there; see `mockcrm.trials.matrix`.
"""

import time
from collections.abc import Callable, Set

from mockcrm.client.transport import Send
from mockcrm.reference_client.crm_api import Crm, GaveUp
from mockcrm.reference_client.mailbox import Mailbox
from mockcrm.reference_client.normalize import Row
from mockcrm.reference_client.pull import Reader
from mockcrm.reference_client.push import Writer
from mockcrm.reference_client.safeguards import Virtue
from mockcrm.reference_client.sync_state import Pairing

__all__ = ["Client", "GaveUp", "Virtue"]


class Client:
    """One client of one CRM.

    `two_streams` is for a CRM that tells of deletions only in a list of their own. `wait` sleeps so many seconds;
    `credentials` gets a new value for the header `Authorization`.
    """

    def __init__(
        self,
        send: Send,
        mailbox: Mailbox,
        *,
        without: Set[Virtue] = frozenset(),
        two_streams: bool = False,
        wait: Callable[[float], object] = time.sleep,
        credentials: Callable[[], str] | None = None,
        name: str = "careful",
    ) -> None:
        virtues = frozenset(Virtue) - without
        self.headers = {"X-Mockcrm-Client": name}
        self.crm = Crm(send, self.headers, virtues, wait, credentials)
        self.mailbox = mailbox
        self.pairing = Pairing(self.crm, mailbox, virtues)
        self.reader = Reader(self.crm, self.pairing, virtues, two_streams=two_streams)
        self.writer = Writer(self.crm, self.pairing, virtues, name)

    def sync(self) -> None:
        """Raises `GaveUp`."""
        self.writer.push()
        self.reader.pull()

    def replica(self) -> dict[str, Row]:
        """What this client has, as the CRM would tell it."""
        return self.pairing.replica()
