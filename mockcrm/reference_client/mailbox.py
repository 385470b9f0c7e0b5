"""The calendar on the other side: a mailbox in memory, whose user makes, changes and deletes entries.

It has no place for an entry without a subject. It shows attendees by their addresses, and of a whole day the last day
rather than the end (`mockcrm.reference_client.normalize`).
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Content = Mapping[str, Any]


class Unfit(ValueError):
    """An entry that the calendar has no place for."""


@dataclass
class Item:
    """One entry: what it says, the CRM's event that it is tied to, and how often it was written."""

    id: str
    content: Content
    event_id: str | None = None
    revision: int = 1


@dataclass
class Mailbox:
    """Entries by their own ids, which are not the CRM's. Each write, the user's or a sync's, is one revision."""

    items: dict[str, Item] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def create(self, content: Content, event_id: str | None = None) -> Item:
        """Raises `Unfit`."""
        item = Item(f"m{next(self._numbers)}", _fit(content), event_id)
        self.items[item.id] = item
        return item

    def edit(self, item_id: str, changes: Content) -> Item:
        """Change some fields. Raises `KeyError` for an entry that is not there, and `Unfit`."""
        item = self.items[item_id]
        item.content = {**item.content, **_fit(changes)}
        item.revision += 1
        return item

    def delete(self, item_id: str) -> None:
        """Raises `KeyError` for an entry that is not there."""
        del self.items[item_id]

    def tied_to(self, event_id: str) -> list[Item]:
        """The entries of a CRM's event: at most one, unless a sync went wrong."""
        return [item for item in self.items.values() if item.event_id == event_id]


def _fit(content: Content) -> Content:
    if content.get("subject", "") is None:
        raise Unfit("An entry needs a subject.")
    return dict(content)
