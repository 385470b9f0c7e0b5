"""The reference client with its mailbox, as a client under test: a `mockcrm.SyncClient`."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from mockcrm.client.transport import Send, over_http
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.mailbox import MailboxEntry, MemoryMailbox, UnfitEntry
from mockcrm.reference_client.normalize import EventRow, entry_from_event, event_from_entry, normal_row
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import ReadWindow

MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What may be raised where a document from elsewhere has a value of another type or form than the client writes."""


class ReferenceClient:
    """The reference client, or one that reads as Aurinko's does: syncs, applies a mailbox, and shows its replica.

    `to` is the address of a CRM's API, such as `http://127.0.0.1:8080/api/v1`, or sends requests to it. The client
    can always get new credentials: `tokens` counts them. `names` maps the names that a scenario gives to new entries to
    their ids. The other parameters are those of `Client`.

    >>> mockcrm.trial(ReferenceClient, only=["paging"]).verdict
    'passed'
    """

    def __init__(
        self,
        to: str | Send,
        *,
        without: Set[Safeguard] = frozenset(),
        design: str = "delta",
        aurinko: bool = False,
        probes: bool = False,
        matching: bool = False,
        calendars: bool = False,
        wait: Callable[[float], object] = time.sleep,
        max_wait: float = math.inf,
        clock: Callable[[], datetime] | None = None,
        name: str = "careful",
    ) -> None:
        send = over_http(to) if isinstance(to, str) else to
        self.mailbox = MemoryMailbox()
        self.names: dict[str, str] = {}
        self.tokens = 0
        self.client: Client | Aurinko
        if aurinko:
            self.client = Aurinko(send, wait=wait, max_wait=max_wait)
            return
        self.client = Client(
            send,
            self.mailbox,
            without=without,
            wait=wait,
            max_wait=max_wait,
            clock=clock,
            credentials=self._new_credentials,
            name=name,
            design=design,
            probes=probes,
            matching=matching,
            calendars=calendars,
        )
        self.client.headers["Authorization"] = self._credentials()

    def sign_in(self) -> None:
        """Get new credentials, as a client does that has just been started."""
        if isinstance(self.client, Client):
            self.client.headers["Authorization"] = self._new_credentials()

    def sync(self) -> None:
        """Sync once. Raises `GaveUp`."""
        self.client.sync()

    def apply(self, mailbox: Iterable[Mapping[str, Any]]) -> None:
        """Carry out what a scenario's user does in the mailbox, in the CRM's field names.

        Raises `ValueError` for an action that no user can take; those before it are carried out.
        """
        for number, action in enumerate(mailbox, start=1):
            try:
                self._carry_out(action)
            except MALFORMED as error:
                said = f": {error}" if isinstance(error, UnfitEntry) else "."
                raise ValueError(f"No user can do what action {number} of the mailbox says{said}") from error

    def _carry_out(self, action: Mapping[str, Any]) -> None:
        ((verb, arguments),) = action.items()
        names = [arguments.get(name, "") for name in ("as", "event", "id")]
        if not all(isinstance(name, str) for name in names) or not isinstance(arguments.get("set", {}), Mapping):
            raise TypeError("Names are text, and fields are in an object.")
        match verb:
            case "create":
                entry = self.mailbox.create(entry_from_event(arguments["set"]))
                event_from_entry(entry.content, {})
                self.names[arguments.get("as", "")] = entry.id
            case "edit":
                for item in self._entries(arguments):
                    all_day = {"allDay": item.content.get("allDay", False)}
                    self.mailbox.edit(item.id, entry_from_event({**all_day, **arguments["set"]}))
                    event_from_entry(item.content, {})
            case "delete":
                for item in self._entries(arguments):
                    self.mailbox.delete(item.id)
            case _:
                raise ValueError(f"Nothing in a mailbox is called {verb!r}.")

    def _entries(self, arguments: Mapping[str, Any]) -> list[MailboxEntry]:
        """The entries that an action means: the one with the scenario's name, or that of the event."""
        created = self.mailbox.items.get(self.names.get(arguments["event"], ""))
        return [created] if created else self.mailbox.entries_of(arguments.get("id", ""))

    @property
    def rows(self) -> Mapping[str, EventRow]:
        """The client's copy of the CRM's events, by id, as the CRM would show them."""
        return self.client.replica()

    @property
    def window(self) -> ReadWindow | None:
        """The interval that the client covers; None if it covers all time."""
        reader = self.client.reader if isinstance(self.client, Client) else None
        return reader.window if isinstance(reader, WindowReader) else None

    def replica(self) -> Mapping[str, Any]:
        """The client's copy with the interval that it covers, as `POST /admin/audit` takes them."""
        window = {"window": self.window.query} if self.window else {}
        return {"replica": [*map(normal_row, self.rows.values())], **window}

    def _new_credentials(self) -> str:
        self.tokens += 1
        return self._credentials()

    def _credentials(self) -> str:
        return f"Bearer token-{self.tokens}"
