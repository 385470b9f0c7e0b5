"""What has become of a client in the end: its replica held against what lists show. The audit knows nothing of it."""

import json
from collections.abc import Mapping
from typing import Any

from mockcrm.sandbox import Sandbox
from mockcrm.schemas import rendered
from mockcrm.trial.wording import Row, content_of, plain


def lacking(sandbox: Sandbox, replica: Mapping[str, Row]) -> set[str]:
    """The ids of the events of which a replica does not have what lists show, or has what they show no more.

    Lists may leave fields out: what a read by id has of the same version will do as well.
    """
    with sandbox.open() as crm:
        shown = [(change, crm.dialect) for change in crm.store.visible_all() if not change.deleted]
    truths = {
        change.event.id: [_told(rendered([change], dialect, listed=listed)[0]) for listed in (True, False)]
        for change, dialect in shown
    }
    had = {event_id: _alike(row) for event_id, row in replica.items()}
    return {event_id for event_id in truths.keys() | had if had.get(event_id) not in truths.get(event_id, ())}


def _told(json_text: bytes) -> Mapping[str, Any]:
    return _alike(json.loads(json_text))


def _alike(row: Row) -> Mapping[str, Any]:
    """A row in one form, however its CRM writes times, and whatever it leaves out."""
    return {**content_of(plain(row)), "lastModifiedAt": plain(row)["lastModifiedAt"]}
