"""A careful two-way sync between a CRM and a mailbox, as short as it can be: a worked example, and the audit's measure.

A sync first writes to the CRM what the user changed in the mailbox (`push`), then reads what changed in the CRM
(`pull`). It may fail at any point; then it raises `GaveUp`, and the next sync continues from where the last
successful one ended.

Each thing that the client does with care is a `Safeguard`. A client `without` some of them is a mutant: it has the
faults of real sync clients (`mockcrm.trials.matrix`).
"""

import math
import time
from collections.abc import Callable, Set
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any

from mockcrm.client.transport import Send
from mockcrm.reference_client.calendars import Calendars, CalendarView
from mockcrm.reference_client.children import FamilyState
from mockcrm.reference_client.crm_api import EVENTS, CrmApi, GaveUp
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.directory import Directory
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.matching import PeopleMatcher
from mockcrm.reference_client.meetings import MeetingFinder
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.paging import Setting
from mockcrm.reference_client.push import Pusher
from mockcrm.reference_client.safeguards import Safeguard


class Client:
    """One client of one CRM.

    `two_streams` is whether the CRM lists deletions only in `/deletedEvents`; with None the client finds out. `wait`
    sleeps for a number of seconds, and `clock` tells the time, which is the CRM's by default. If the CRM asks the
    client to wait for more than `max_wait` seconds, the sync gives up, and the next one continues. `credentials`
    returns a new value for the header `Authorization`. `design` says how it reads
    (`mockcrm.reference_client.designs`); with `probes` it asks for one event before it reads much. With `matching` it
    links attendees to the CRM's users, contacts and leads (`mockcrm.reference_client.matching`), which the CRM must
    have; without, it takes them for mere addresses. With `calendars` it follows all calendars of the CRM
    (`mockcrm.reference_client.calendars`), the primary one by its design and the others by their deltas; without, the
    primary one alone.

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
        two_streams: bool | None = None,
        wait: Callable[[float], object] = time.sleep,
        max_wait: float = math.inf,
        clock: Callable[[], datetime] | None = None,
        credentials: Callable[[], str] | None = None,
        name: str = "careful",
        design: str = "delta",
        probes: bool = False,
        matching: bool = False,
        calendars: bool = False,
    ) -> None:
        safeguards = frozenset(Safeguard) - without
        self.crm = CrmApi(
            send, {"X-Mockcrm-Client": name}, safeguards, wait, credentials, two_streams=two_streams, max_wait=max_wait
        )
        self.mailbox = mailbox
        self.state = FamilyState(self.crm, mailbox, safeguards)
        time_now = clock or self.crm.now
        self.calendars = Calendars(self.crm, self.state, safeguards, time_now) if calendars else None
        target = CalendarView(self.calendars, EVENTS) if self.calendars else self.state
        self.reader = DESIGNS[design](Setting(self.crm, target, safeguards, time_now, probes))
        self.directory = Directory(self.crm, safeguards, time_now) if matching else None
        self.matcher = PeopleMatcher(self.directory, safeguards) if self.directory else None
        self.finder = MeetingFinder(self.crm, self.state, safeguards)
        self.pusher = Pusher(self.crm, self.state, safeguards, name, self.finder, self.matcher)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return self.crm.headers

    def sync(self) -> None:
        """Write the user's changes to the CRM, then read the CRM's changes. Raises `GaveUp`.

        With `matching` it begins by reading who has changed.
        """
        with self.directory.refreshed() if self.directory else nullcontext():
            self.pusher.push()
            if self.calendars:
                self.calendars.update(self.reader)
            else:
                self.reader.update()
            self.state.settle_families()
        if Safeguard.TOMBSTONES in self.crm.safeguards:
            # What cannot be found out now is found out at the next sync.
            with suppress(GaveUp):
                self.crm.find_deletions()

    def switch(self, safeguards: Set[Safeguard]) -> None:
        """Have these safeguards, and no others, from the next sync on. What the client knows it keeps."""
        parts: list[Any] = [self.crm, self.state, self.reader, self.pusher, self.finder]
        if self.directory and self.matcher:
            parts += [self.directory, self.matcher, *self.directory.pullers.values()]
        if self.calendars:
            parts += [self.calendars, self.calendars.lister, *self.calendars.readers.values()]
        for part in parts:
            part.safeguards = safeguards
        self.pusher.choose_method()

    def replica(self) -> dict[str, EventRow]:
        """The client's copy of the CRM's events, by id, as the CRM would show them."""
        return self.state.replica()
