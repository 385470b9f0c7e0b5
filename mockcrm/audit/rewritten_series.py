"""Series of meetings that a colleague split or shifted, and that a client then created again as they were."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from mockcrm.audit.ledger import Observation
from mockcrm.crm.change import Change
from mockcrm.crm.event import Event
from mockcrm.crm.store import Store

TOGETHER = timedelta(minutes=1)
"""How long a CRM may take to delete the meetings of a series and to create them anew."""
MAX_NEARBY = 200
"""Among how many changes before and after a deletion the new meetings are looked for."""
MIN_MEETINGS = 2
"""How many meetings of one name make a series."""


def with_series(store: Store, found: Iterable[Observation]) -> Iterator[Observation]:
    """What was observed, with the hazard where meetings of one series were brought back after others had replaced them.

    An event does not say of which series it is: the meetings of one have one subject, and were deleted at one time.
    """
    every = list(found)
    brought_back = [tombstone for each in every if (tombstone := _tombstone_of(each)) is not None]
    lengths = Counter(each.event.subject for each in brought_back)
    for each in every:
        tombstone = _tombstone_of(each)
        is_of_series = tombstone is not None and lengths[tombstone.event.subject] >= MIN_MEETINGS
        if tombstone is not None and is_of_series and _is_replaced(store, tombstone):
            yield replace(each, hazard="series-rewritten")
        else:
            yield each


def _tombstone_of(observation: Observation) -> Change | None:
    """The deletion of a meeting that a client brought back, if nothing else explains that."""
    is_unexplained = observation.code.startswith("resurrection.") and observation.hazard is None
    tombstones = (each for each in observation.others if is_unexplained and isinstance(each.record, Event))
    return next(tombstones, None)


def _is_replaced(store: Store, tombstone: Change) -> bool:
    """Whether somebody created another meeting of the same name when this one was deleted, and it is still there."""
    nearby = store.changes(max(0, tombstone.seq - MAX_NEARBY), 2 * MAX_NEARBY)
    new = (each for each in nearby if each.prior is None and each.by_colleague and isinstance(each.record, Event))
    return any(
        each.event.subject == tombstone.event.subject
        and abs(each.committed_at - tombstone.committed_at) <= TOGETHER
        and _is_there(store, each.record.id)
        for each in new
    )


def _is_there(store: Store, event_id: str) -> bool:
    latest = store.events.latest(event_id)
    return latest is not None and not latest.deleted
