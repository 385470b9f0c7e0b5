"""The fields of records, as kinds declare them: nullable texts, lists, times, and references to other records."""

import re
from datetime import date, datetime
from functools import cache
from typing import Any

from marshmallow import ValidationError, validate

from mockcrm.base.schema.bases import Field, String
from mockcrm.base.schema.descriptions import Described, Refer, portable, sentence_of
from mockcrm.base.schema.fields import LONG, MAX_MEMBERS, Number, Whole, read_list
from mockcrm.base.times import (
    DAY_PATTERN,
    FORMATS,
    INSTANT_PATTERN,
    MILLISECOND,
    floor_to,
    from_epoch_millis,
    parse_day,
    parse_instant,
    to_rfc3339,
)
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.record_schema import Written


def text(attribute: str | None = None) -> String:
    """A text, or null."""
    return String(attribute=attribute, allow_none=True, load_default=None)


def name_text(**options: Any) -> String:
    """A text that must be there, and not be empty."""
    return String(required=True, validate=validate.Length(min=1, error="Must not be empty."), **options)


def holds_addresses(name: str) -> bool:
    """Whether a field of this name has e-mail addresses."""
    return name.lower().endswith(("address", "addresses"))


def word(*words: str, default: str) -> String:
    """One of some words."""
    return String(load_default=default, validate=validate.OneOf(words))


def amount() -> Number:
    """A number, or null."""
    return Number(least=-1e15, most=1e15, allow_none=True, load_default=None)


class IdText(String):
    """The id of another record, of the kind `target`, or null."""

    def __init__(self, target: str, *, load_default: Any = None, **options: Any) -> None:
        super().__init__(allow_none=True, load_default=load_default, **options)
        self.target = target

    def described(self, refer: Refer) -> Described:
        return {"type": "string", "description": f"The id of another record, of the kind {self.target}."}


class IdLong(Whole):
    """The id of another record, of the kind `target`, or null: a Long where the dialect's ids are digits, else a text.

    Elsewhere an integer is read as well: it may be an id that the dialect of another day gave.
    """

    default_error_messages = {"text": "Neither a string nor an integer."}

    def __init__(self, target: str, **options: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **options)
        self.target = target

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.digits = ID_FORMS[parent.dialect.id_form].digits

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if self.digits:
            return super()._deserialize(value, attr, data, **kwargs)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.make_error("text")
        return id_value(value) if isinstance(value, str) else super()._deserialize(value, attr, data, **kwargs)

    def described(self, refer: Refer) -> Described:
        return super().described(refer) if self.digits else {"type": ["string", "integer"]}


_LONG_PATTERN = re.compile(r"0|-?[1-9][0-9]{0,18}")


def id_value(text: str) -> int | str:
    """An id as an attendee has it, whatever the dialect: a Long if it is one by its digits, and else the text."""
    if _LONG_PATTERN.fullmatch(text) and -LONG <= (number := int(text)) < LONG:
        return number
    return text


class Texts(Written, Field[tuple[str, ...]]):
    """A list of texts."""

    default_error_messages = {"invalid": "Not a list of texts."}
    target: str | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(load_default=(), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        return tuple(read_list(value, self._text))

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("Not a valid string.")
        return value

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str]:
        return [*value]

    def described(self, refer: Refer) -> Described:
        return {"type": "array", "items": {"type": "string"}, "maxItems": MAX_MEMBERS}


class IdTexts(Texts):
    """A list of ids of other records, of the kind `target`."""

    def __init__(self, target: str, **options: Any) -> None:
        super().__init__(**options)
        self.target = target


class Zone(String):
    """The IANA name of a time zone, or null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        zone = super()._deserialize(value, attr, data, **kwargs)
        if zone not in _zones():
            raise ValidationError("Not the IANA name of a time zone, such as Europe/Berlin.")
        return zone

    def described(self, refer: Refer) -> Described:
        return {"type": "string", "description": "The IANA name of a time zone.", "examples": ["Europe/Berlin"]}


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415  as the zones are found late, so is what finds them

    # Many machines have their own zone under this name among the others.
    return frozenset(available_timezones() - {"localtime"})


class Day(String):
    """A date, such as 2026-03-02, or null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        day = super()._deserialize(value, attr, data, **kwargs)
        if _parsed_day(day) is None:
            raise ValidationError("Not a date, such as 2026-03-02.")
        return day

    def described(self, refer: Refer) -> Described:
        return {"type": "string", "pattern": portable(DAY_PATTERN)}


def _parsed_day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


class TimeText(Written, Field[datetime | date]):
    """A date-time.

    The dialect's own form is read too, so that a client can send back what it received.
    """

    default_error_messages = {"invalid": "Not a date-time."}
    takes_days = False

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.form = parent.dialect.timestamp_format

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime | date:
        try:
            if self.form == "epochMillis" and type(value) is int:
                return from_epoch_millis(value)
            if not isinstance(value, str):
                raise self.make_error("invalid")
            day = parse_day(value) if self.takes_days else None
            return day or floor_to(parse_instant(to_rfc3339(value, self.form)), MILLISECOND)
        except ValidationError:
            raise
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | int | None:
        return None if value is None else FORMATS[self.form](value)

    def described(self, refer: Refer) -> Described:
        """What every dialect reads. A form that only one dialect reads is left out."""
        patterns = (DAY_PATTERN, INSTANT_PATTERN) if self.takes_days else (INSTANT_PATTERN,)
        return {"type": "string", "pattern": portable(*patterns), "description": sentence_of(type(self))}


class EventTime(TimeText):
    """The start or end of an event: a date-time, or for an allDay event a bare date.

    The dialect's own form is read too, so that a client can send back what it received.
    """

    takes_days = True
