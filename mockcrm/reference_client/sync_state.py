"""What both sides had when they last agreed, and how the CRM's word is brought into the mailbox."""

from collections.abc import Set
from dataclasses import dataclass, replace

from mockcrm.reference_client.crm_api import Crm, GaveUp
from mockcrm.reference_client.mailbox import Content, Item, Mailbox, Unfit
from mockcrm.reference_client.normalize import FIELDS, Row, content_from, content_of, entry_of
from mockcrm.reference_client.safeguards import Virtue


@dataclass(frozen=True)
class Known:
    """What both sides had when they last agreed on an event: the entry in the mailbox, and what the CRM's event said.

    `stamp` is the CRM's, `revision` the mailbox's.
    """

    item_id: str
    content: Content
    stamp: str
    revision: int


class Pairing:
    """The events that are `known`, by the CRM's ids, and those that the calendar has no place for."""

    def __init__(self, crm: Crm, mailbox: Mailbox, virtues: Set[Virtue]) -> None:
        self.crm, self.mailbox, self.virtues = crm, mailbox, virtues
        self.known: dict[str, Known] = {}
        self.aside: dict[str, Row] = {}

    def take(self, row: Row) -> None:
        """Bring a row into the mailbox."""
        event_id, known = row["id"], self.known.get(row["id"])
        if not row.get("deleted") and self.is_doubtful(row, known):
            found = self.crm.look_up(event_id)
            row = found.row if found else {"id": event_id, "deleted": True}
        if row.get("deleted"):
            self.forget(event_id)
            return
        content = content_of(row)
        if known and known.content == content and Virtue.COMPARES in self.virtues:
            self.known[event_id] = replace(known, stamp=row["lastModifiedAt"])
            return
        try:
            self.enter(event_id, row, known)
        except Unfit as error:
            if Virtue.POISON not in self.virtues:
                raise GaveUp(str(error)) from error
            self.aside[event_id] = row
        else:
            self.aside.pop(event_id, None)

    def is_doubtful(self, row: Row, known: Known | None) -> bool:
        """Whether a list may have said less of an event, or something older, than there is to be known."""
        older = known is not None and row["lastModifiedAt"] < known.stamp
        return Virtue.WHOLE_ROWS in self.virtues and (older or row.get("private") or not row.keys() >= {*FIELDS})

    def enter(self, event_id: str, row: Row, known: Known | None) -> None:
        """Write an entry, which is a revision of the mailbox. Raises `Unfit`."""
        entry = self.entry_of(content_of(row))
        if known and known.item_id in self.mailbox.items:
            item, agreed = self.mailbox.edit(known.item_id, entry), known.revision
        else:
            item, agreed = self.mailbox.create(entry, event_id), 1
        self.agree(event_id, item, row, item.revision if Virtue.COMPARES in self.virtues else agreed)

    def agree(self, event_id: str, item: Item, row: Row, revision: int) -> None:
        self.known[event_id] = Known(item.id, content_of(row), row["lastModifiedAt"], revision)

    def forget(self, event_id: str) -> None:
        self.aside.pop(event_id, None)
        known = self.known.pop(event_id, None)
        if known and known.item_id in self.mailbox.items:
            self.mailbox.delete(known.item_id)

    def release(self, event_id: str) -> None:
        """Untie an entry from its event, so that it counts as the user's."""
        known = self.known.pop(event_id)
        if known.item_id in self.mailbox.items:
            self.mailbox.items[known.item_id].event_id = None

    def entry_of(self, content: Content) -> Content:
        return entry_of(content, exclusive=Virtue.EXCLUSIVE_END in self.virtues)

    def changes(self, item: Item, known: Known) -> Content:
        """In which fields an entry says something else than its event did, and what, in the CRM's words."""
        content = content_from(item.content, known.content, hidden=Virtue.HIDDEN in self.virtues)
        return {name: value for name, value in content.items() if value != known.content.get(name)}

    def replica(self) -> dict[str, Row]:
        """What this client has, as the CRM would tell it."""
        return self.aside | {
            event_id: {**known.content, "id": event_id, "lastModifiedAt": known.stamp}
            for event_id, known in self.known.items()
            if known.item_id in self.mailbox.items and event_id not in self.aside
        }
