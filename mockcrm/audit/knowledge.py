"""What each client knows of each event: whether it is up to date, and if not, whether it may still be."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from mockcrm.audit.auditor import Auditor
from mockcrm.audit.books import Books
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm

KnowledgeState = Literal["upToDate", "pending", "outOfReach", "neverAsked"]


class EventKnowledge(NamedTuple):
    """What a client knows of an event.

    `delivered` is the newest version that it was given, None if none was. What is out of reach was `passed_by` a
    request, the last of those that the audit names.
    """

    event_id: str
    state: KnowledgeState
    delivered: int | None = None
    passed_by: int | None = None


def client_knowledge(crm: FakeCrm, books: Books) -> dict[str, list[EventKnowledge]]:
    """What each client knows of every event that there is or was, by the client's name.

    `books` must have all requests. An event that lists do not show yet is not there.
    """
    visibility = books.visibility(crm)
    return {known.names[0]: [*_known_to(Auditor(crm, visibility, known))] for known in books.known_clients()}


def _known_to(auditor: Auditor) -> Iterator[EventKnowledge]:
    for change in auditor.crm.store.visible_all():
        yield _state_of(auditor, change)


def _state_of(auditor: Auditor, change: Change) -> EventKnowledge:
    event_id = change.event.id
    delivery = auditor.ledger.delivered.get(event_id)
    delivered = max((delivery.version if delivery else 0), auditor.ledger.written.get(event_id, 0)) or None
    if not auditor.owed(change):
        return EventKnowledge(event_id, "neverAsked" if delivered is None else "upToDate", delivered)
    found = auditor.out_of_reach(change)
    if found is None:
        return EventKnowledge(event_id, "pending", delivered)
    return EventKnowledge(event_id, "outOfReach", delivered, found.requests[-1] if found.requests else None)
