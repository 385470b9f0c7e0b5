"""What bodies say of events: read by the schema of a dialect, and made into events (contract, sections 2 and 3)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.strict import refused
from mockcrm.crm.dialect.knobs import PLAIN, PLAIN_KEEPING, Dialect
from mockcrm.crm.event import Event, Extra, interval
from mockcrm.crm.event_schema import EventSchema, event_schema
from mockcrm.crm.record_schema import MAX_UNKNOWN
from mockcrm.errors import EventInvalid


class Draft:
    """The content of an event as a body has it or, `partial`, a JSON merge patch.

    It is read by a `dialect` at once, so that nobody need hold a sandbox's lock for that, and again only where another
    one decides in the end. What is wrong with it is said when it is asked for: other refusals may come before.
    """

    __slots__ = ("_reading", "body", "partial")

    def __init__(self, body: Any, dialect: Dialect, *, partial: bool = False) -> None:
        self.body, self.partial = body, partial
        self._reading = self._read(dialect)

    @property
    def id(self) -> Any:
        """The `id` that it brings along, if any."""
        return self.body.get("id") if isinstance(self.body, Mapping) else None

    def values(self, dialect: Dialect) -> Mapping[str, Any]:
        """What it says, by the names in the model. Raises `EventInvalid`."""
        reading = self._reading
        if not _holds(reading, dialect):
            self._reading = reading = self._read(dialect)
        _, values = reading
        if isinstance(values, ValidationError):
            raise refused(values, EventInvalid, "The event") from values
        return values

    def _read(self, dialect: Dialect) -> "_Reading":
        schema = event_schema(dialect)
        try:
            if not self.partial:
                return dialect, schema.load(self.body)
            patch, defaults = schema.cleared(self.body)
            return dialect, defaults | schema.load(patch, partial=tuple(schema.fields))
        except ValidationError as error:
            return dialect, error


_Reading = tuple[Dialect, Mapping[str, Any] | ValidationError]
"""By which dialect a body was read, and what came of it."""


def _holds(reading: _Reading, dialect: Dialect) -> bool:
    """Whether a body says the same by another dialect: where it has no unknown fields, nothing was kept of them."""
    by, values = reading
    if by is dialect:
        return True
    return by is PLAIN_KEEPING and dialect is PLAIN and not isinstance(values, ValidationError) and not _kept(values)


def _kept(values: Mapping[str, Any]) -> bool:
    """Whether there are unknown fields among what was read."""
    parts = (*values.get("attendees", ()), *values.get("related_to", ()))
    return values["extra"] is not None or any(part.extra is not None for part in parts)


class Content(fields.Raw):
    """An event's fields or, with `partial`, those to change, as a colleague says them."""

    def __init__(self, *, partial: bool = False, **kwargs: Any) -> None:
        super().__init__(attribute="content", required=True, **kwargs)
        self.partial = partial

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Draft:
        return Draft(value, PLAIN_KEEPING, partial=self.partial)

    def described(self, refer: Refer) -> Described:
        """As the most patient dialect has it, which keeps fields that it does not know."""
        return refer(EventSchema(PLAIN_KEEPING, partial=self.partial or None))


def new_event(event_id: str, draft: Draft, dialect: Dialect) -> Event:
    """The event that a draft describes. Raises `EventInvalid`."""
    return _event(event_id, draft.values(dialect))


def patched_event(event: Event, draft: Draft, dialect: Dialect) -> Event:
    """The event after a JSON merge patch (RFC 7396); the rules hold for the result. Raises `EventInvalid`."""
    patch = draft.values(dialect)
    kept = {name: getattr(event, name) for name in Event.__slots__}
    return _event(event.id, {**kept, **patch, "extra": _extended(event.extra, patch["extra"])})


def _event(event_id: str, values: Mapping[str, Any]) -> Event:
    start, end = interval(values["start"], values["end"], all_day=values["all_day"])
    return Event(**{**values, "id": event_id, "start": start, "end": end})


def _extended(extra: Extra, patch: Extra) -> Extra:
    """Raises `EventInvalid` where an event would have too many fields that the contract does not know."""
    merged = _merged(extra, patch)
    if merged and len(merged) > MAX_UNKNOWN:
        raise EventInvalid(f"The event would have more than {MAX_UNKNOWN:,} unknown fields.")
    return merged


def _merged(target: Extra, patch: Extra) -> Extra:
    if not patch:
        return target
    merged = dict(target or {})
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            old = merged.get(name)
            merged[name] = _merged(old if isinstance(old, Mapping) else None, value) or {}
        else:
            merged[name] = value
    return merged or None


def normalized(event: Event, dialect: Dialect) -> Event:
    """The event as the CRM keeps it, which need not be as it was sent."""
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
