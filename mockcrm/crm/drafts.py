"""Bodies that describe events: read by a dialect's schema, and made into events (contract, sections 2 and 3)."""

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
    """The content of an event in a body or, if `partial`, a JSON merge patch.

    A body is read by `dialect` at once, so that reading needs no lock. It is read again only if another dialect decides
    in the end. Its problems are raised by `values`, because other refusals may come first.
    """

    __slots__ = ("_reading", "body", "partial")

    def __init__(self, body: Any, dialect: Dialect, *, partial: bool = False) -> None:
        self.body, self.partial = body, partial
        self._reading = self._read(dialect)

    @property
    def id(self) -> Any:
        """The `id` in the body, if any."""
        return self.body.get("id") if isinstance(self.body, Mapping) else None

    def values(self, dialect: Dialect) -> Mapping[str, Any]:
        """The values in the body, by attribute. Raises `EventInvalid`."""
        reading = self._reading
        if not _is_good_for(reading, dialect):
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
"""The dialect that a body was read by, and the result."""


def _is_good_for(reading: _Reading, dialect: Dialect) -> bool:
    """Whether a reading is good for another dialect: without unknown fields it does not matter if those are kept."""
    by, values = reading
    if by is dialect:
        return True
    return (
        by is PLAIN_KEEPING
        and dialect is PLAIN
        and not isinstance(values, ValidationError)
        and not _has_unknown(values)
    )


def _has_unknown(values: Mapping[str, Any]) -> bool:
    """Whether unknown fields were read and kept."""
    parts = (*values.get("attendees", ()), *values.get("related_to", ()))
    return values["extra"] is not None or any(part.extra is not None for part in parts)


class DraftField(fields.Raw):
    """The fields of an event as the controls set them or, with `partial`, those to change."""

    def __init__(self, *, partial: bool = False, **kwargs: Any) -> None:
        super().__init__(attribute="content", required=True, **kwargs)
        self.partial = partial

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Draft:
        return Draft(value, PLAIN_KEEPING, partial=self.partial)

    def described(self, refer: Refer) -> Described:
        """As in the dialect that accepts the most: it keeps unknown fields."""
        return refer(EventSchema(PLAIN_KEEPING, partial=self.partial or None))


def drafted_event(event_id: str, draft: Draft, dialect: Dialect) -> Event:
    """The event that a draft describes. Raises `EventInvalid`."""
    return _event(event_id, draft.values(dialect))


def patched_event(event: Event, draft: Draft, dialect: Dialect) -> Event:
    """The event after a JSON merge patch (RFC 7396). The rules are checked on the result. Raises `EventInvalid`."""
    patch = draft.values(dialect)
    kept = {name: getattr(event, name) for name in Event.__slots__}
    return _event(event.id, {**kept, **patch, "extra": _extended(event.extra, patch["extra"])})


def _event(event_id: str, values: Mapping[str, Any]) -> Event:
    start, end = interval(values["start"], values["end"], all_day=values["all_day"])
    return Event(**{**values, "id": event_id, "start": start, "end": end})


def _extended(extra: Extra, patch: Extra) -> Extra:
    """Raises `EventInvalid` if the event would have too many unknown fields."""
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
    """The event as the CRM keeps it, which may differ from what was sent."""
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
