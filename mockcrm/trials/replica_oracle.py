"""Works out what a client lost: its replica compared with what the CRM's lists show. The audit has no part in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mockcrm.base.times import parse_instant
from mockcrm.client.sync_client import sections_of
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.names import RecordName
from mockcrm.crm.rendering import rendered
from mockcrm.crm.shelves import calendar_of
from mockcrm.reference_client.normalize import EventRow, event_fields, normal_row
from mockcrm.reference_client.windows import ReadWindow
from mockcrm.sandbox.sandbox import Sandbox

_OF_EVERY_TOMBSTONE = ("deleted", "deletedAt")


def records_out_of_sync(sandbox: Sandbox, replica: Any) -> set[RecordName]:
    """The records that a replica, as `SyncClient.replica` returns it, lacks, has otherwise, or should not have.

    Of a kind that the replica does not have nothing is said. Of events the primary calendar's count.
    """
    found = set[RecordName]()
    for kind_name, copy in (sections_of(replica) or {EVENT.name: replica}).items():
        body = copy if isinstance(copy, Mapping) and "replica" in copy else {"replica": copy}
        had = {row["id"]: row for row in _living_rows(body["replica"])}
        kind = KINDS[body.get("kind", kind_name)]
        if kind is EVENT:
            found |= {RecordName(EVENT.name, each) for each in events_out_of_sync(sandbox, had, _window(body))}
        else:
            found |= {RecordName(kind.name, each) for each in _others_out_of_sync(sandbox, kind, had)}
    return found


def events_out_of_sync(sandbox: Sandbox, replica: Mapping[str, EventRow], window: ReadWindow | None = None) -> set[str]:
    """The ids of events that a replica lacks, has in another version than lists show, or should not have any more.

    Lists may leave fields out, so a replica may also have what a read by id shows of the same version. With a `window`,
    an event counts while it lies in the window by the CRM or by the replica.
    """
    with sandbox.open() as state:
        primary = (each for each in _shown(state.crm, EVENT) if calendar_of(each) == state.crm.primary_id)
        truths = {each.record.id: [*map(_comparable, _forms(state.crm, each))] for each in primary}
    had = {event_id: _comparable(row) for event_id, row in replica.items()}
    if window is not None:
        truths = {event_id: rows for event_id, rows in truths.items() if window.holds(rows[0])}
        had = {event_id: row for event_id, row in had.items() if window.holds(row)}
    return {event_id for event_id in truths.keys() | had if had.get(event_id) not in truths.get(event_id, ())}


def _others_out_of_sync(sandbox: Sandbox, kind: Kind, had: Mapping[str, EventRow]) -> set[str]:
    """The same of the records of another kind. A replica need not have all their fields."""
    with sandbox.open() as state:
        truths = {each.record.id: _forms(state.crm, each) for each in _shown(state.crm, kind)}
    return {
        record_id
        for record_id in truths.keys() | had
        if record_id not in had or not any(_is_part(had[record_id], form) for form in truths.get(record_id, ()))
    }


def _shown(crm: FakeCrm, kind: Kind) -> Iterable[Change]:
    """The versions that lists show as living records."""
    return (change for change in crm.store.of(kind).visible_all() if not change.deleted)


def _forms(crm: FakeCrm, change: Change) -> list[EventRow]:
    """A version as lists show it, and as a read by its id does."""
    return [json.loads(rendered([change], crm.dialect, listed=listed)[0]) for listed in (True, False)]


def _is_part(row: EventRow, whole: EventRow) -> bool:
    there, whole = _without_link_names(normal_row(row)), _without_link_names(normal_row(whole))
    return all(name in whole and whole[name] == value for name, value in there.items())


def _living_rows(copy: Any) -> Iterable[EventRow]:
    rows = copy.values() if isinstance(copy, Mapping) else copy
    found = (row if isinstance(row, Mapping) else {"id": row} for row in rows)
    return (row for row in found if not any(row.get(name) for name in _OF_EVERY_TOMBSTONE))


def _window(body: Mapping[str, Any]) -> ReadWindow | None:
    if not (window := body.get("window")):
        return None
    return ReadWindow(*(parse_instant(window[name]) if name in window else None for name in ("startAt", "endAt")))


def _comparable(row: EventRow) -> EventRow:
    """A row in one form, whatever the dialect's times and whatever fields it leaves out."""
    normal = _without_link_names(normal_row(row))
    return {**event_fields(normal), "lastModifiedAt": normal["lastModifiedAt"]}


def _without_link_names(row: EventRow) -> EventRow:
    """A row whose links have no names: these are not the record's own, and change without it."""
    shown = row.get("relatedTo")
    if not shown:
        return row
    links = [shown] if isinstance(shown, Mapping) else shown
    return {**row, "relatedTo": [{name: link[name] for name in link if name != "name"} for link in links]}
