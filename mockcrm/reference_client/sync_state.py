"""What both sides had when they last agreed, and how a row of the CRM is applied to the mailbox."""

from collections.abc import Callable, Set
from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.reference_client.crm_api import EVENTS, CrmApi, GaveUp, StoredEvent
from mockcrm.reference_client.mailbox import Fields, MailboxEntry, MemoryMailbox, UnfitEntry
from mockcrm.reference_client.normalize import (
    EVENT_FIELDS,
    EventRow,
    differs,
    entry_from_event,
    event_fields,
    event_from_entry,
)
from mockcrm.reference_client.safeguards import Safeguard

NO_ENTRY = ""
"""The id of the entry of an event that the calendar does not show."""


@dataclass(frozen=True)
class KnownEvent:
    """An event as both sides last agreed on it: the id of its entry, and the fields that it had in the CRM.

    `stamp` is the CRM's `lastModifiedAt`, `revision` the mailbox's.
    """

    item_id: str
    content: Fields
    stamp: str
    revision: int


class SyncState:
    """The `known` events by the CRM's ids, and, set `aside`, those that the calendar cannot hold.

    `places` has the lists of those events that are not on the primary calendar. `seek` finds an event that is gone from
    its list on another; a client of one calendar has none.
    """

    def __init__(self, crm: CrmApi, mailbox: MemoryMailbox, safeguards: Set[Safeguard]) -> None:
        self.crm, self.mailbox, self.safeguards = crm, mailbox, safeguards
        self.known: dict[str, KnownEvent] = {}
        self.aside: dict[str, EventRow] = {}
        self.places: dict[str, str] = {}
        self.seek: Callable[[str], StoredEvent | None] = lambda event_id: None

    def path_of(self, event_id: str) -> str:
        """The list on which an event is, as far as the client knows."""
        return self.places.get(event_id, EVENTS)

    def place(self, event_id: str, path: str) -> None:
        """Note on which list an event is."""
        if path == EVENTS:
            self.places.pop(event_id, None)
        else:
            self.places[event_id] = path

    def look_up(self, event_id: str) -> StoredEvent | None:
        """An event, wherever it is; None if it is gone. Raises `GaveUp`."""
        return self.crm.look_up(event_id, self.path_of(event_id)) or self.seek(event_id)

    def apply(self, row: EventRow) -> None:
        """Apply a row of the CRM, an event or a tombstone, to the mailbox. Raises `GaveUp`."""
        event_id, known = row["id"], self.known.get(row["id"])
        if not row.get("deleted") and self.is_doubtful(row, known):
            found = self.look_up(event_id)
            row = found.row if found else {"id": event_id, "deleted": True}
        if row.get("deleted"):
            self.forget(event_id)
        else:
            self.take(event_id, row, known)

    def take(self, event_id: str, row: EventRow, known: KnownEvent | None) -> None:
        """Take over a row with an event. Raises `GaveUp`."""
        content = event_fields(row)
        if known and not differs(known.content, content) and Safeguard.COMPARE_CONTENT in self.safeguards:
            self.known[event_id] = replace(known, content=content, stamp=row["lastModifiedAt"])
            return
        try:
            self.write_entry(event_id, row, known)
        except UnfitEntry as error:
            if Safeguard.QUARANTINE not in self.safeguards:
                raise GaveUp(str(error)) from error
            self.aside[event_id] = row
        else:
            self.aside.pop(event_id, None)

    def is_doubtful(self, row: EventRow, known: KnownEvent | None) -> bool:
        """Whether a list may have shown less of an event, or an older version, than the CRM has."""
        older = known is not None and row["lastModifiedAt"] < known.stamp
        incomplete = older or row.get("private") or not row.keys() >= {*EVENT_FIELDS}
        return Safeguard.COMPLETE_ROWS in self.safeguards and bool(incomplete)

    def write_entry(self, event_id: str, row: EventRow, known: KnownEvent | None) -> None:
        """Write an entry, which is a revision of the mailbox. Raises `UnfitEntry`."""
        entry = self.entry_from_event(event_fields(row))
        if known and known.item_id in self.mailbox.items:
            item, agreed = self.mailbox.edit(known.item_id, entry), known.revision
        else:
            item, agreed = self.mailbox.create(entry, event_id), 1
        self.agree(event_id, item, row, item.revision if Safeguard.COMPARE_CONTENT in self.safeguards else agreed)

    def agree(self, event_id: str, item: MailboxEntry, row: EventRow, revision: int) -> None:
        """Record that both sides now agree on an event."""
        self.known[event_id] = KnownEvent(item.id, event_fields(row), row["lastModifiedAt"], revision)

    def forget(self, event_id: str) -> None:
        """Forget an event, and delete its entry."""
        self.aside.pop(event_id, None)
        self.places.pop(event_id, None)
        known = self.known.pop(event_id, None)
        if known and known.item_id in self.mailbox.items:
            self.mailbox.delete(known.item_id)

    def release(self, event_id: str) -> None:
        """Forget an event but keep its entry, which then counts as new."""
        self.places.pop(event_id, None)
        known = self.known.pop(event_id)
        if known.item_id in self.mailbox.items:
            self.mailbox.items[known.item_id].event_id = None

    def entry_from_event(self, content: Fields) -> Fields:
        return entry_from_event(content, exclusive=Safeguard.EXCLUSIVE_END in self.safeguards)

    def event_of(self, item: MailboxEntry, known: KnownEvent) -> Fields:
        """The event that an entry stands for."""
        return event_from_entry(item.content, known.content, hidden=Safeguard.HIDDEN_ATTENDEES in self.safeguards)

    def replica(self) -> dict[str, EventRow]:
        """The client's copy of the CRM's events, by id, as the CRM would show them."""
        return self.aside | {
            event_id: {**known.content, "id": event_id, "lastModifiedAt": known.stamp}
            for event_id, known in self.known.items()
            if known.item_id in self.mailbox.items and event_id not in self.aside
        }
