"""Strict marshmallow fields: a type on the wire is that type, and nothing is guessed (contract, section 2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields

from mockcrm.times import (
    format_duration,
    format_instant,
    parse_duration,
    parse_epoch_millis,
    parse_instant,
)

LONG = 2**63


class Flag(fields.Field[bool]):
    """A JSON boolean, and neither 1 nor "true"."""

    default_error_messages = {"invalid": "Not a boolean: true or false."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Whole(fields.Field[int]):
    """A JSON integer from `least` to `most`; by default a Long, of 64 bits."""

    default_error_messages = {"invalid": "Not an integer.", "range": "Must be from {least} to {most}."}

    def __init__(self, *, least: int = -LONG, most: int = LONG - 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        if not self.least <= value <= self.most:
            raise self.make_error("range", least=self.least, most=self.most)
        return value


class Rate(fields.Field[float]):
    """A JSON number above 0, up to `most`."""

    default_error_messages = {"invalid": "Not a number.", "range": "Must be above 0, and at most {most}."}

    def __init__(self, *, most: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        if not 0 < value <= self.most:
            raise self.make_error("range", most=f"{self.most:,.0f}")
        return float(value)


class Fraction(fields.Field[float]):
    """A JSON number from 0 to 1."""

    default_error_messages = {"invalid": "Not a number from 0 to 1."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.make_error("invalid")
        return float(value)


class Reference(fields.Field[str]):
    """A string that names something; an integer is taken for its digits."""

    default_error_messages = {"invalid": "Not a string."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.make_error("invalid")
        return str(value)


class Instant(fields.Field[datetime]):
    """An RFC 3339 date-time with an offset; in a query also signed epoch milliseconds (contract, section 3)."""

    default_error_messages = {
        "invalid": "Not a string.",
        "plus": "A '+' in a query arrives as a space: send it as %2B.",
    }

    def __init__(self, *, query: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.query = query

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if self.query and " " in value:
            raise self.make_error("plus")
        try:
            return (self.query and parse_epoch_millis(value)) or parse_instant(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Duration(fields.Field[timedelta]):
    """A duration in ISO 8601 or short form (contract, section 6), from `least` to `most`."""

    default_error_messages = {
        "invalid": "Not a string.",
        "least": "Must be at least {least}.",
        "most": "Must be at most {most}.",
    }

    def __init__(self, *, least: timedelta | None = None, most: timedelta | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _serialize(self, value: timedelta | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_duration(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> timedelta:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            length = parse_duration(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if self.least is not None and length < self.least:
            raise self.make_error("least", least=format_duration(self.least))
        if self.most is not None and length > self.most:
            raise self.make_error("most", most=format_duration(self.most))
        return length


class InstantOrDuration(fields.Field[datetime | timedelta]):
    """An instant, or a duration relative to now (modifier `stamp`)."""

    default_error_messages = {"invalid": "Neither a date-time nor a duration."}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | timedelta:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        for parse in (parse_duration, parse_instant):
            try:
                return parse(value)
            except ValueError:
                continue
        raise self.make_error("invalid")
