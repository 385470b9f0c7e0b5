"""What has become of a client in the end: its replica held against what lists show. The audit knows nothing of it."""

import json
from collections.abc import Mapping
from typing import Any

from mockcrm.sandbox import Sandbox
from mockcrm.schemas import rendered


def lacking(sandbox: Sandbox, replica: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The ids of the events of which a replica does not have what lists show, or has what they show no more."""
    with sandbox.open() as crm:
        shown = [(change, crm.dialect) for change in crm.store.visible_all()]
    truth = {
        change.event.id: None if change.deleted else json.loads(rendered([change], dialect, listed=True)[0])
        for change, dialect in shown
    }
    return {event_id for event_id in truth.keys() | replica.keys() if truth.get(event_id) != replica.get(event_id)}
