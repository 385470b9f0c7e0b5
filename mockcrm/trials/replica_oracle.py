"""Works out what a client lost: its replica compared with what the CRM's lists show. The audit has no part in it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

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


def records_out_of_sync(sandbox: Sandbox, replica: Any, *, calendars: bool = False) -> set[RecordName]:
    """The records that a replica, as `SyncClient.replica` returns it, lacks, has otherwise, or should not have.

    Of a kind that the replica does not have nothing is said. Of events the primary calendar's count, or those of all
    `calendars`.
    """
    found = set[RecordName]()
    for kind_name, copy in (sections_of(replica) or {EVENT.name: replica}).items():
        body = copy if isinstance(copy, Mapping) and "replica" in copy else {"replica": copy}
        had = {row["id"]: row for row in _living_rows(body["replica"])}
        kind = KINDS[body.get("kind", kind_name)]
        if kind is EVENT:
            events = events_out_of_sync(sandbox, had, _window(body), calendars=calendars)
            found |= {RecordName(EVENT.name, each) for each in events}
        else:
            found |= {RecordName(kind.name, each) for each in _others_out_of_sync(sandbox, kind, had)}
    return found


def events_out_of_sync(
    sandbox: Sandbox, replica: Mapping[str, EventRow], window: ReadWindow | None = None, *, calendars: bool = False
) -> set[str]:
    """The ids of events that a replica lacks, has in another version than the CRM shows, or should not have any more.

    With a `window`, an event counts while it lies in the window by the CRM or by the replica.
    """
    had = {event_id: _comparable(row) for event_id, row in replica.items()}
    if window is not None:
        had = {event_id: row for event_id, row in had.items() if window.holds(row)}
    found = set[str]()
    for event_id, truth in _truths(sandbox, EVENT, had, calendars=calendars).items():
        forms = [row for row in map(_comparable, truth.forms) if window is None or window.holds(row)]
        if event_id not in had and (truth.may_lack or not forms):
            continue
        if had.get(event_id) not in forms:
            found.add(event_id)
    return found


def _others_out_of_sync(sandbox: Sandbox, kind: Kind, had: Mapping[str, EventRow]) -> set[str]:
    """The same of the records of another kind. A replica need not have all their fields."""
    found = set[str]()
    for record_id, truth in _truths(sandbox, kind, had).items():
        if record_id not in had and truth.may_lack:
            continue
        if record_id not in had or not any(_is_part(had[record_id], form) for form in truth.forms):
            found.add(record_id)
    return found


class _Truth(NamedTuple):
    """How a replica may have a record, in the forms in which the CRM shows it; and whether it `may_lack` the record.

    Lists may leave fields out, and lag behind: a replica may have what lists show, or what a read by id does.
    """

    forms: Sequence[EventRow] = ()
    may_lack: bool = True


def _truths(sandbox: Sandbox, kind: Kind, had: Iterable[str], *, calendars: bool = False) -> Mapping[str, _Truth]:
    """By id: what holds of each record that there ever was, and of each that a replica has."""
    with sandbox.open() as state:
        crm = state.crm
        visible = {each.record.id: each for each in crm.store.of(kind).visible_all()}
        latest = {each.record.id: each for each in crm.store.changes_of(kind)}
        return {
            record_id: _truth(crm, visible.get(record_id), latest.get(record_id), calendars=calendars)
            for record_id in (visible.keys() | latest.keys()).union(had)
        }


def _truth(crm: FakeCrm, visible: Change | None, latest: Change | None, *, calendars: bool) -> _Truth:
    living = [each for each in (visible, latest) if each and not each.deleted]
    versions = [each for each in living if calendars or _is_listed(crm, each)]
    forms = [
        json.loads(rendered([each], crm.dialect, listed=listed)[0]) for each in versions for listed in (True, False)
    ]
    return _Truth(forms, may_lack=len(versions) < 2)


def _is_listed(crm: FakeCrm, change: Change) -> bool:
    """Whether a record lies where the list of its kind has it: an event in the primary calendar."""
    return change.kind != EVENT.name or calendar_of(change) == crm.primary_id


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
