"""Kinds of records, and what is known of each: its fields, what a redacted one shows, its ids, its schema.

Events are the only kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import FIELDS
from mockcrm.crm.event_schema import EventSchema, event_schema
from mockcrm.crm.ids import ID_FORMS, IdForm


@dataclass(frozen=True)
class Kind:
    """One kind of records.

    `fields` are those that a client may set, by their names on the wire, with their attributes. `redacted` is what the
    attributes of a private record say in lists that redact it. `ids` are the values of the knob `idForm`.
    """

    name: str
    fields: Mapping[str, str]
    redacted: Mapping[str, Any]
    ids: Mapping[str, IdForm]
    schema: Callable[[Dialect], EventSchema]

    @property
    def redacted_fields(self) -> frozenset[str]:
        """The names, on the wire, of the fields that a redacted record hides."""
        return frozenset(name for name, attribute in self.fields.items() if attribute in self.redacted)


EVENT = Kind(
    name="event",
    fields=FIELDS,
    redacted={
        "subject": "Busy",
        "description": None,
        "location": None,
        "attendees": (),
        "parent_id": None,
        "related_to": (),
        "extra": None,
    },
    ids=ID_FORMS,
    schema=event_schema,
)
