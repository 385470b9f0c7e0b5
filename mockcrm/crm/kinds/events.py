"""The kind of events (contract, section 2)."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import FIELDS, Event, interval
from mockcrm.crm.kinds.event_schema import EventSchema
from mockcrm.crm.kinds.filters import calendar, owner
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.label import named_by
from mockcrm.errors import ChildReadOnly


def _event(*, start: datetime | date, end: datetime | date, all_day: bool, **values: Any) -> Event:
    begins, ends = interval(start, end, all_day=all_day)
    return Event(start=begins, end=ends, all_day=all_day, **values)


def _normalized(event: Event, dialect: Dialect) -> Event:
    done: dict[str, Any] = {}
    if "trim" in dialect.normalization:
        done |= {name: text.strip() for name in ("subject", "location") if (text := getattr(event, name))}
    if "lowerCaseAddresses" in dialect.normalization:
        done["attendees"] = tuple(
            replace(each, email_address=each.email_address and each.email_address.lower()) for each in event.attendees
        )
    if "crlf" in dialect.normalization and event.description:
        done["description"] = re.sub(r"\r\n?|\n", "\r\n", event.description)
    return replace(event, **done) if done else event


EVENT = Kind(
    name="event",
    path="events",
    prefix="00U",
    schema_class=EventSchema,
    record=_event,
    fields=FIELDS,
    label=named_by("subject"),
    sample={
        "subject": "Demo",
        "startTime": "2026-03-05T15:00:00+01:00",
        "endTime": "2026-03-05T16:00:00+01:00",
        "attendees": [{"emailAddress": "wile@acme.example"}],
    },
    control_filters={"calendarId": calendar("calendar_id"), "ownerId": owner("owner_id")},
    redacted={
        "subject": "Busy",
        "description": None,
        "location": None,
        "attendees": (),
        "parent_id": None,
        "related_to": (),
        "extra": None,
    },
    normalized=_normalized,
    filled=("ownerId", "calendarId"),
    in_calendars=True,
    timed=True,
    refusals=(ChildReadOnly,),
)
