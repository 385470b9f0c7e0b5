"""The calendar on the other side: a mailbox in memory, whose user creates, edits and deletes entries.

By default it cannot hold an entry without a subject. It shows attendees by their addresses, and an all-day entry by its
last day instead of its end (`mockcrm.reference_client.normalize`).
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mockcrm.base.declaring import dataclass

Fields = Mapping[str, Any]
"""Fields of an entry or an event, by their names in the wire contract (section 2)."""


class UnfitEntry(ValueError):
    """An entry that the calendar cannot hold."""


@dataclass
class MailboxEntry:
    """One entry: its fields, the id of its event in the CRM, if any, and the number of its writes."""

    id: str
    content: Fields
    event_id: str | None = None
    revision: int = 1


@dataclass
class MemoryMailbox:
    """Entries by their own ids, which differ from the CRM's. Each write, by the user or by a sync, is one revision.

    `created` is how many entries there ever were. One that `takes_untitled` holds entries without a subject as well.

    >>> mailbox = MemoryMailbox()
    >>> entry = mailbox.create({"subject": "Lunch"})
    >>> mailbox.edit(entry.id, {"location": "Trattoria"}).revision
    2
    """

    items: dict[str, MailboxEntry] = field(default_factory=dict)
    created: int = 0
    takes_untitled: bool = False

    def create(self, content: Fields, event_id: str | None = None) -> MailboxEntry:
        """Raises `UnfitEntry`."""
        content = self._fit(content)
        self.created += 1
        item = MailboxEntry(f"m{self.created}", content, event_id)
        self.items[item.id] = item
        return item

    def edit(self, item_id: str, changes: Fields) -> MailboxEntry:
        """Change some fields. Raises `KeyError` for an unknown entry, and `UnfitEntry`."""
        item = self.items[item_id]
        item.content = {**item.content, **self._fit(changes)}
        item.revision += 1
        return item

    def delete(self, item_id: str) -> None:
        """Raises `KeyError` for an unknown entry."""
        del self.items[item_id]

    def entries_of(self, event_id: str) -> list[MailboxEntry]:
        """The entries of an event in the CRM: at most one, unless a sync went wrong."""
        return [item for item in self.items.values() if item.event_id == event_id]

    def _fit(self, content: Fields) -> Fields:
        if content.get("subject", "") is None and not self.takes_untitled:
            raise UnfitEntry("An entry needs a subject.")
        return dict(content)
