"""Deleted records that a client created again, and whether it could know of the deletion."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation, Visibility
from mockcrm.audit.reach import passed_by
from mockcrm.audit.write_ledger import MAX_CANDIDATES, TriedTexts, WriteLedger, digest_of_text, is_because_of
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields, record_content, set_fields
from mockcrm.crm.event import Event
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.shelves import calendar_of
from mockcrm.crm.store import Store
from mockcrm.errors import RecordDeleted
from mockcrm.journal.entry import Entry

Fingerprint = tuple[str, Hashable]
"""The name of a kind, and what tells most of its records apart: subject and start of an event, a contact's name."""


def fingerprint(record: Record) -> Fingerprint:
    return record.kind, checks_of(kind_of(record)).fingerprint(record)


class TombstoneVisibility(Visibility, Protocol):
    """What is known of deleted records: their latest versions, and until when the CRM kept their tombstones.

    `deleted_like` has the ids of records with a fingerprint that were deleted, or moved to another calendar, before a
    change, the latest last; there may be others among them.
    """

    def latest(self, kind: str, record_id: str) -> Change | None: ...

    def remembered(self, tombstone: Change, at: datetime) -> bool: ...

    def deleted_like(self, wanted: Fingerprint, before: Change) -> Sequence[str]: ...


@dataclass(slots=True)
class TombstoneIndex:
    """The ids of records that were deleted or moved, by their fingerprints, for as much of the log as was read."""

    _read: int = 0
    _ids: dict[Fingerprint, tuple[str, ...]] = field(default_factory=dict)

    def of(self, wanted: Fingerprint, store: Store, before: int) -> Sequence[str]:
        """The ids with a fingerprint up to a `seq`, and perhaps some later ones."""
        for change in store.changes(self._read, max(0, before - self._read)):
            if change.deleted or _is_move(change):
                like = fingerprint(change.record)
                self._ids[like] = (*self._ids.get(like, ()), change.record.id)[-MAX_CANDIDATES:]
        self._read = max(self._read, before)
        return self._ids.get(wanted, ())

    def copy(self) -> "TombstoneIndex":
        return TombstoneIndex(self._read, self._ids.copy())


def _is_move(change: Change) -> bool:
    """Whether a change moved an event to another calendar."""
    before = change.prior
    return before is not None and isinstance(change.record, Event) and calendar_of(before) != calendar_of(change)


def resurrections(
    writes: WriteLedger,
    ledgers: Sequence[Ledger],
    entry: Entry,
    change: Change,
    visibility: TombstoneVisibility,
) -> Iterator[Observation]:
    """A record that was deleted or moved, and that a client created again.

    It was created as it had last been delivered, or as the client had tried to write it. The first of the `ledgers` is
    that of the place where it was created; the others are those of other calendars.
    """
    alike = reversed(visibility.deleted_like(fingerprint(change.record), change))
    refused = islice(reversed(writes.to_deleted), MAX_CANDIDATES)
    for record_id in islice(dict.fromkeys((*alike, *refused)), MAX_CANDIDATES):
        tombstone = _version_at(visibility.latest(change.kind, record_id), change)
        ledger = _that_had(ledgers, record_id, tombstone)
        if ledger is None or tombstone is None or is_because_of(ledger, tombstone):
            continue
        had = ledger.living[record_id]
        tried = writes.tried.get(record_id, {})
        if not _says_nothing_new(ledger, had, change, entry, tried):
            continue
        facts: dict[str, object] = {"deletion": tombstone, "made": change.record.id}
        delivered = ledger.delivered_by(record_id, entry.answers_seen)
        if not tombstone.deleted:
            yield Observation("duplicate.moved", (entry.number,), facts, change, (tombstone,))
        elif delivered is not None and delivered.change.deleted:
            yield Observation("resurrection.remade", (delivered.request, entry.number), facts, change, (tombstone,))
        elif why := _why_unaware(ledger, tombstone, change, visibility):
            requests, facts = (*why.requests, entry.number), facts | {"why": why.sentence}
            yield Observation("resurrection.unaware", requests, facts, change, (tombstone,), hazard=why.hazard)
        return


def _that_had(ledgers: Sequence[Ledger], record_id: str, now: Change | None) -> Ledger | None:
    """The ledger of a place where a client was given a record that is not there now."""
    if now is None:
        return None
    having = (each for each in ledgers if record_id in each.living)
    return next((each for each in having if now.deleted or not _is_there(each.living[record_id], now)), None)


def _is_there(had: Change, now: Change) -> bool:
    """Whether a living record lies where a version of it lay."""
    return not isinstance(now.record, Event) or calendar_of(had) == calendar_of(now)


def _version_at(latest: Change | None, change: Change) -> Change | None:
    """The version that a record had when another change was committed."""
    version = latest
    while version is not None and version.seq > change.seq:
        version = version.prior
    return version


def _says_nothing_new(ledger: Ledger, had: Change, change: Change, entry: Entry, tried: TriedTexts) -> bool:
    """Whether a new record has only content that was delivered with another one, or that the client `tried` to write.

    A calendar need not keep all of an event. Of what is no text, such as a time, it is enough that the client tried to
    write it, as it may be written in more than one way.
    """
    never = {name for name, delivery in ledger.partly.get(had.record.id, {}).items() if delivery is None}
    new = (changed_fields(had.record, change.record) & set_fields(change)) - never
    if not new or not new <= tried.keys():
        return not new
    content, body = record_content(change.record), entry.json
    said = body if isinstance(body, dict) else {}
    texts = {name for name in new if isinstance(content.get(name), str)}
    return all(digest_of_text(said.get(name)) in tried[name] for name in texts)


class _Unaware(NamedTuple):
    """Why a tombstone was out of a client's reach, and the requests that show it."""

    sentence: str
    requests: tuple[int, ...] = ()
    hazard: str | None = None


def _why_unaware(ledger: Ledger, tombstone: Change, change: Change, visibility: TombstoneVisibility) -> _Unaware | None:
    """Why a tombstone was out of reach when the client created the record again; None if it was not."""
    if ledger.shut is not None and ledger.shut.code == RecordDeleted.of(CALENDAR.name).code:
        sentence = f"Request {ledger.shut.request} was refused, because its calendar had been deleted."
        return _Unaware(sentence, (ledger.shut.request,), "calendar-removed")
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
