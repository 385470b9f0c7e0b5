"""Deleted records that a client created again, and whether it could know of the deletion."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation, Visibility
from mockcrm.audit.reach import passed_by
from mockcrm.audit.write_ledger import MAX_CANDIDATES, WriteLedger, is_because_of
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields, set_fields
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.store import Store
from mockcrm.journal.entry import Entry

Fingerprint = tuple[str, Hashable]
"""The name of a kind, and what tells most of its records apart: subject and start of an event, a contact's name."""


def fingerprint(record: Record) -> Fingerprint:
    return record.kind, checks_of(kind_of(record)).fingerprint(record)


class TombstoneVisibility(Visibility, Protocol):
    """What is known of deleted records: their latest versions, and until when the CRM kept their tombstones.

    `deleted_like` has the ids of records with a fingerprint that were deleted before a change, the latest last; there
    may be others among them.
    """

    def latest(self, kind: str, record_id: str) -> Change | None: ...

    def remembered(self, tombstone: Change, at: datetime) -> bool: ...

    def deleted_like(self, wanted: Fingerprint, before: Change) -> Sequence[str]: ...


@dataclass(slots=True)
class TombstoneIndex:
    """The ids of deleted records by their fingerprints, for as much of the change log as was read."""

    _read: int = 0
    _ids: dict[Fingerprint, tuple[str, ...]] = field(default_factory=dict)

    def of(self, wanted: Fingerprint, store: Store, before: int) -> Sequence[str]:
        """The ids with a fingerprint up to a `seq`, and perhaps some later ones."""
        for change in store.changes(self._read, max(0, before - self._read)):
            if change.deleted:
                like = fingerprint(change.record)
                self._ids[like] = (*self._ids.get(like, ()), change.record.id)[-MAX_CANDIDATES:]
        self._read = max(self._read, before)
        return self._ids.get(wanted, ())

    def copy(self) -> "TombstoneIndex":
        return TombstoneIndex(self._read, self._ids.copy())


def resurrections(
    writes: WriteLedger, ledger: Ledger, entry: Entry, change: Change, visibility: TombstoneVisibility
) -> Iterator[Observation]:
    """A deleted record that a client created again, as last delivered or as the client had tried to write it."""
    alike = reversed(visibility.deleted_like(fingerprint(change.record), change))
    refused = islice(reversed(writes.to_deleted), MAX_CANDIDATES)
    for record_id in islice(dict.fromkeys((*alike, *refused)), MAX_CANDIDATES):
        had = ledger.living.get(record_id)
        tombstone = _version_at(visibility.latest(change.kind, record_id), change)
        if had is None or tombstone is None or not tombstone.deleted or is_because_of(ledger, tombstone):
            continue
        tried = writes.to_deleted[record_id].fields if record_id in writes.to_deleted else ()
        if not _says_nothing_new(ledger, had, change, tried):
            continue
        delivered = ledger.delivered_by(record_id, entry.answers_seen)
        facts: dict[str, object] = {"deletion": tombstone, "made": change.record.id}
        if delivered is not None and delivered.change.deleted:
            yield Observation("resurrection.remade", (delivered.request, entry.number), facts, change, (tombstone,))
        elif why := _why_unaware(ledger, tombstone, change, visibility):
            requests, facts = (*why.requests, entry.number), facts | {"why": why.sentence}
            yield Observation("resurrection.unaware", requests, facts, change, (tombstone,), hazard=why.hazard)
        return


def _version_at(latest: Change | None, change: Change) -> Change | None:
    """The version that a record had when another change was committed."""
    version = latest
    while version is not None and version.seq > change.seq:
        version = version.prior
    return version


def _says_nothing_new(ledger: Ledger, had: Change, change: Change, tried: Iterable[str]) -> bool:
    """Whether a new record has only content that was delivered with another one.

    A calendar need not keep all of an event. Fields that the client `tried` to write there may differ.
    """
    never = {name for name, delivery in ledger.partly.get(had.record.id, {}).items() if delivery is None}
    return changed_fields(had.record, change.record) & set_fields(change) <= {*never, *tried}


class _Unaware(NamedTuple):
    """Why a tombstone was out of a client's reach, and the requests that show it."""

    sentence: str
    requests: tuple[int, ...] = ()
    hazard: str | None = None


def _why_unaware(ledger: Ledger, tombstone: Change, change: Change, visibility: TombstoneVisibility) -> _Unaware | None:
    """Why a tombstone was out of reach when the client created the record again; None if it was not."""
    full, delta = ledger.full, ledger.latest.get("records")
    absent = full is not None and visibility.visible(tombstone, full.visible)
    if not visibility.remembered(tombstone, change.committed_at):
        requests = (full.first,) if full and absent else ()
        return _Unaware("By then the CRM no longer kept the tombstone.", requests, "tombstone-expired")
    if full is not None and absent:
        sentence = f"Request {full.first} had read everything, and the {change.kind} was not there."
        return _Unaware(sentence, (full.first,))
    if (read := passed_by(ledger, tombstone, visibility)) is not None:
        asked = f"since {format_instant(read.query.since)}" if read.query.since else "for everything"
        return _Unaware(f"Request {read.first} had asked {asked}, and so passed the tombstone.", (read.first,))
    follows = delta is not None and delta.query.since is not None and "deletions" not in ledger.latest
    if delta is not None and follows and visibility.visible(tombstone, delta.visible):
        sentence = f"Request {delta.first} followed the delta, but the client never asks for deletions."
        return _Unaware(sentence, (delta.first,))
    return None
