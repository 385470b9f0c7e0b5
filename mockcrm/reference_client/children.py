"""Child events: a CRM may keep a meeting as one event with a child for each colleague who is invited.

A child has a `parentId`. It is a part of that meeting: the calendar shows the parent alone, and a child's answer is
that of the parent's attendee. The CRM may show a child before its parent, delete it together with its parent, or leave
it when it deletes the parent.
"""

from collections.abc import Set
from contextlib import suppress
from dataclasses import replace

from mockcrm.reference_client.crm_api import CrmApi, GaveUp
from mockcrm.reference_client.mailbox import Fields, MemoryMailbox, UnfitEntry
from mockcrm.reference_client.normalize import EventRow, differs, event_fields
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import NO_ENTRY, KnownEvent, SyncState


class FamilyState(SyncState):
    """A sync state that knows child events. They are among the `known` events, without entries in the calendar.

    `waiting` has the children whose answer their parent does not have, or whose parent has not come yet, by their ids.
    `cancelled` has the meetings that this client deleted in its latest push.
    """

    def __init__(self, crm: CrmApi, mailbox: MemoryMailbox, safeguards: Set[Safeguard]) -> None:
        super().__init__(crm, mailbox, safeguards)
        self.waiting: set[str] = set()
        self.cancelled: set[str] = set()

    def take(self, event_id: str, row: EventRow, known: KnownEvent | None) -> None:
        """Take a row over. A child gets no entry. Raises `GaveUp`."""
        content = event_fields(row)
        if content["parentId"] is None or Safeguard.PART_OF_PARENT not in self.safeguards:
            super().take(event_id, row, known)
            return
        if Safeguard.WAITS_FOR_PARENT not in self.safeguards and _parent_id(content) not in self.known:
            raise GaveUp(f"There is no event {content['parentId']} that event {event_id} could be a part of.")
        if known and not differs(known.content, content):
            self.known[event_id] = replace(known, content=content, stamp=row["lastModifiedAt"])
            return
        if known and known.item_id in self.mailbox.items:
            self.mailbox.delete(known.item_id)
        self.aside.pop(event_id, None)
        self.known[event_id] = KnownEvent(NO_ENTRY, content, row["lastModifiedAt"], 0)
        self.waiting.add(event_id)

    def forget(self, event_id: str) -> None:
        super().forget(event_id)
        self.waiting.discard(event_id)

    def orphans_of(self, parents: Set[str]) -> list[str]:
        """The ids of the children of some events, unless the events are there."""
        gone = parents - self.known.keys()
        return [child_id for child_id, each in self._children() if _parent_id(each.content) in gone] if gone else []

    def _children(self) -> list[tuple[str, KnownEvent]]:
        return [(event_id, each) for event_id, each in self.known.items() if each.item_id == NO_ENTRY]

    def settle_families(self) -> None:
        """Bring parents and children together once the CRM's changes are read. Raises `GaveUp`."""
        for child_id in sorted(self.waiting & self.known.keys()):
            content = self.known[child_id].content
            if parent := self.known.get(_parent_id(content)):
                self.waiting.discard(child_id)
                if Safeguard.CHILD_ANSWERS in self.safeguards and not _has_answer(parent.content, content):
                    self.read_again(_parent_id(content))
        if Safeguard.ORPHANS not in self.safeguards:
            self.upload_orphans()

    def read_again(self, event_id: str) -> None:
        """Read an event by its id, for a list has shown an older version of it."""
        if found := self.look_up(event_id):
            self.apply(found.row)

    def upload_orphans(self) -> None:
        """Take the children whose parents are gone for meetings that the CRM has lost."""
        for child_id, each in self._children():
            if child_id not in self.waiting and _parent_id(each.content) not in self.known:
                with suppress(UnfitEntry):
                    entry = self.mailbox.create(self.entry_from_event(each.content))
                    self.known[child_id] = replace(each, item_id=entry.id, revision=entry.revision)

    def replica(self) -> dict[str, EventRow]:
        """The client's copy of the CRM's events, children among them, by id, as the CRM would show them."""
        return super().replica() | {
            event_id: {**each.content, "id": event_id, "lastModifiedAt": each.stamp}
            for event_id, each in self._children()
        }


def _parent_id(content: Fields) -> str:
    """The id of a child's parent, which is a number where ids are digits."""
    return str(content.get("parentId"))


def _has_answer(parent: Fields, child: Fields) -> bool:
    """Whether a parent's attendees have the answers on a child."""
    answers = [(_who(each), each.get("status")) for each in parent.get("attendees", ())]
    return all((_who(each), each.get("status")) in answers for each in child.get("attendees", ()))


def _who(attendee: Fields) -> tuple[object, ...]:
    return tuple(attendee.get(name) for name in ("userId", "contactId", "emailAddress"))
