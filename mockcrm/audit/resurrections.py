"""Deleted events that a client made anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from mockcrm.audit.ledger import Ledger, Observation, Viewer, passed_by
from mockcrm.audit.write_ledger import MAX_GRAVES, Writes, is_by
from mockcrm.base.times import format_instant
from mockcrm.crm.content import changed_fields, set_fields
from mockcrm.crm.event import Change, Event
from mockcrm.crm.store import Store
from mockcrm.journal.entry import Entry

Fingerprint = tuple[str | None, datetime]
"""Subject and start of an event: what tells most of them apart."""


class Seer(Viewer, Protocol):
    """What more is known of versions: the newest, and which tombstones were remembered at an instant.

    `deleted` has the events of some look that were deleted before a change, among others, the latest last.
    """

    def latest(self, event_id: str) -> Change | None: ...

    def remembered(self, tombstone: Change, at: datetime) -> bool: ...

    def deleted(self, look: Fingerprint, before: Change) -> Sequence[str]: ...


@dataclass(slots=True)
class TombstoneIndex:
    """The events that were deleted, by their look, as far as the log was read."""

    _read: int = 0
    _by_look: dict[Fingerprint, tuple[str, ...]] = field(default_factory=dict)

    def of(self, look: Fingerprint, store: Store, before: int) -> Sequence[str]:
        """Those of one look up to a `seq`, which is committed for good, and some later ones maybe."""
        for change in store.changes(self._read, max(0, before - self._read)):
            if change.deleted:
                told = self._by_look.get(fingerprint(change.event), ())
                self._by_look[fingerprint(change.event)] = (*told, change.event.id)[-MAX_GRAVES:]
        self._read = max(self._read, before)
        return self._by_look.get(look, ())

    def copy(self) -> "TombstoneIndex":
        return TombstoneIndex(self._read, self._by_look.copy())


def fingerprint(event: Event) -> Fingerprint:
    return event.subject, event.start


def raised(writes: Writes, ledger: Ledger, entry: Entry, change: Change, view: Seer) -> Iterator[Observation]:
    """A deleted event that a client made anew, as it had last been given it, or as it had tried to write it."""
    alike = reversed(view.deleted(fingerprint(change.event), change))
    tried_in_vain = islice(reversed(writes.dead), MAX_GRAVES)
    for event_id in islice(dict.fromkeys((*alike, *tried_in_vain)), MAX_GRAVES):
        had, grave = ledger.living.get(event_id), _version_at(view.latest(event_id), change)
        if had is None or grave is None or not grave.deleted or is_by(ledger.client, grave):
            continue
        tried = writes.dead[event_id].fields if event_id in writes.dead else ()
        if not _is_as_given(ledger, had, change, tried):
            continue
        given = ledger.knew(event_id, entry.answers_seen)
        if given is not None and given.change.deleted:
            facts = {"grave": grave, "made": change.event.id}
            yield Observation("resurrection.remade", (given.request, entry.number), facts, change, (grave,))
        elif why := _why_unaware(ledger, grave, change, view):
            sentence, requests, hazard = why
            facts = {"grave": grave, "why": sentence, "made": change.event.id}
            yield Observation("resurrection.unaware", (*requests, entry.number), facts, change, (grave,), hazard=hazard)
        return


def _version_at(latest: Change | None, change: Change) -> Change | None:
    """The version of an event that there was when another change was committed."""
    version = latest
    while version is not None and version.seq > change.seq:
        version = version.prior
    return version


def _is_as_given(ledger: Ledger, had: Change, change: Change, tried: Iterable[str]) -> bool:
    """Whether an event says nothing that another one did not say, as far as that had been shown to the client.

    A calendar need not hold all that an event says. What the client has `tried` to write there may be new.
    """
    never = {name for name, given in ledger.partly.get(had.event.id, {}).items() if given is None}
    return changed_fields(had.event, change.event) & set_fields(change) <= {*never, *tried}


def _why_unaware(
    ledger: Ledger, grave: Change, change: Change, view: Seer
) -> tuple[str, tuple[int, ...], str | None] | None:
    """Why the tombstone could not reach the client any more when it made the event anew; None where it could."""
    full, events = ledger.full, ledger.latest.get("events")
    absent = full is not None and view.visible(grave, full.sight)
    if not view.remembered(grave, change.committed_at):
        seen = (full.first,) if full and absent else ()
        return "The CRM had forgotten the tombstone by then.", seen, "tombstone-expired"
    if full is not None and absent:
        return f"Request {full.first} had read everything, and the event was not there.", (full.first,), None
    if (walk := passed_by(ledger, grave, view)) is not None:
        bound = walk.query.since
        asked = f"since {format_instant(bound)}" if bound else "for everything"
        return f"Request {walk.first} had asked {asked}, and so left the tombstone behind.", (walk.first,), None
    follows = events is not None and events.query.since is not None and "deletions" not in ledger.latest
    if events is not None and follows and view.visible(grave, events.sight):
        sentence = f"Request {events.first} followed the delta, but the client asks for no deletions."
        return sentence, (events.first,), None
    return None
