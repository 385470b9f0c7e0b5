"""Strict marshmallow fields: types on the wire are exact, and nothing is guessed (contract, section 2).

Each field says what it reads, as JSON Schema (`mockcrm.base.schema.json_schema`).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from marshmallow import ValidationError, fields, validate

from mockcrm.base.schema.bases import Field, List
from mockcrm.base.schema.descriptions import Described, Refer, portable, sentence_of
from mockcrm.base.times import (
    DURATION_PATTERN,
    EPOCH_MILLIS_PATTERN,
    INSTANT_PATTERN,
    format_duration,
    format_instant,
    parse_duration,
    parse_epoch_millis,
    parse_instant,
    to_rfc3339,
)
from mockcrm.errors.problems import AND_MORE, MAX_PROBLEMS, MORE, count

LONG = 2**63
MAX_MEMBERS = 1_000
"""The most members of a list or a map, unless it says otherwise (contract, section 5)."""

Member = TypeVar("Member")


class Flag(Field[bool]):
    """A JSON boolean, and neither 1 nor "true"."""

    default_error_messages = {"invalid": "Not a boolean: true or false."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value

    def described(self, refer: Refer) -> Described:
        return {"type": "boolean"}


class Whole(Field[int]):
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

    def described(self, refer: Refer) -> Described:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Rate(Field[float]):
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

    def described(self, refer: Refer) -> Described:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": self.most}


class Number(Field[float]):
    """A JSON number from `least` to `most`."""

    default_error_messages = {"invalid": "Not a number.", "range": "Must be from {least:g} to {most:g}."}

    def __init__(self, *, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        if not self.least <= value <= self.most:
            raise self.make_error("range", least=self.least, most=self.most)
        return float(value)

    def described(self, refer: Refer) -> Described:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


class Fraction(Field[float]):
    """A JSON number from 0 to 1."""

    default_error_messages = {"invalid": "Not a number from 0 to 1."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.make_error("invalid")
        return float(value)

    def described(self, refer: Refer) -> Described:
        return {"type": "number", "minimum": 0, "maximum": 1}


def check_size(value: Any, most: int = MAX_MEMBERS) -> None:
    """Raises `ValidationError` for a list or map of more than `most` members, before any of them is read."""
    if isinstance(value, list | tuple | Mapping) and len(value) > most:
        raise ValidationError(f"Must have at most {most:,} members.")


def read_each(members: Iterable[tuple[Any, Any]], read: Callable[[Any], Member]) -> list[Member]:
    """Read each member, given with its place, by `read`. Raises `ValidationError` with the problems by place.

    Reading stops at as many problems as a refusal names.
    """
    found: list[Member] = []
    problems: dict[Any, Any] = {}
    left = MAX_PROBLEMS
    for place, member in members:
        try:
            found.append(read(member))
        except ValidationError as error:
            problems[place] = error.messages
            left -= count(error.messages)
            if left <= 0:
                problems[MORE] = [*AND_MORE]
                break
    if problems:
        raise ValidationError(problems)
    return found


def read_list(
    value: Any, read: Callable[[Any], Member], most: int = MAX_MEMBERS, *, invalid: str = "Not a list."
) -> list[Member]:
    """A list of at most `most` members, each as `read` reads it, its problems named by their places.

    Raises `ValidationError`, with the message `invalid` for what is not a list.
    """
    if not isinstance(value, list | tuple):
        raise ValidationError(invalid)
    check_size(value, most)
    return read_each(enumerate(value), read)


class ListOf(List[Any]):
    """A list of at most `most` members, and at least `least`."""

    default_error_messages = {"invalid": "Not a list."}

    def __init__(self, inner: Field[Any], *, most: int = MAX_MEMBERS, least: int = 0, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self.most = most
        # A description says this, too.
        self.validators.insert(0, validate.Length(min=least or None, max=most))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        return read_list(value, self.inner.deserialize, self.most, invalid=str(self.error_messages["invalid"]))


class Named(fields.Dict):
    """An object with at most `most` names of the sender's choice. Problems are reported by name."""

    default_error_messages = {"invalid": "Must be an object: names with values."}

    def __init__(self, names: Field[Any], values: Field[Any], *, most: int = MAX_MEMBERS, **kwargs: Any) -> None:
        super().__init__(names, values, **kwargs)
        self.most = most
        self.validators.insert(0, validate.Length(max=most))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        check_size(value, self.most)
        return dict(read_each(((name, (name, each)) for name, each in value.items()), self._pair))

    def _pair(self, pair: tuple[Any, Any]) -> tuple[Any, Any]:
        name, value = pair
        assert self.key_field is not None
        assert self.value_field is not None
        return self.key_field.deserialize(name), self.value_field.deserialize(value)


class Reference(Field[str]):
    """A string that names something. An integer is read as its digits."""

    default_error_messages = {"invalid": "Not a string."}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.make_error("invalid")
        return str(value)

    def described(self, refer: Refer) -> Described:
        return {"type": ["string", "integer"]}


class Instant(Field[datetime]):
    """An RFC 3339 date-time with an offset; in a query also signed epoch milliseconds (contract, section 3).

    Where the schema has a `form`, a query may also use that form of the CRM's dialect.
    """

    default_error_messages = {
        "invalid": "Not a string such as 2026-01-05T09:00:00Z.",
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
        if self.query:
            value = to_rfc3339(value, getattr(self.parent, "form", "Z"))
            if " " in value:
                raise self.make_error("plus")
        try:
            return (self.query and parse_epoch_millis(value)) or parse_instant(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def described(self, refer: Refer) -> Described:
        if self.query:
            return {"type": "string", "pattern": portable(EPOCH_MILLIS_PATTERN, INSTANT_PATTERN)}
        return {"type": "string", "format": "date-time", "pattern": portable(INSTANT_PATTERN)}


class Duration(Field[timedelta]):
    """A duration in ISO 8601 (`PT5M`) or short form (`5m`, `1h30m`, `250ms`) (contract, section 6).

    Its length is from `least` to `most`.
    """

    default_error_messages = {
        "invalid": "Not a string such as 5m, 250ms or PT1H30M.",
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

    def described(self, refer: Refer) -> Described:
        pattern = portable(DURATION_PATTERN)
        if self.least is not None and self.least >= timedelta(0):
            pattern = pattern.replace("^", "^(?!-.*[1-9])", 1)
        return {"type": "string", "pattern": pattern, "description": sentence_of(self)}


class InstantOrDuration(Field[datetime | timedelta]):
    """An instant, or a duration relative to now (modifier `stamp`)."""

    default_error_messages = {"invalid": "Neither a date-time nor a duration."}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | timedelta:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        with suppress(ValueError):
            return parse_duration(value)
        try:
            return parse_instant(value)
        except ValueError as error:
            raise ValidationError(f"{self.error_messages['invalid']} {error}") from error

    def described(self, refer: Refer) -> Described:
        pattern = portable(DURATION_PATTERN, INSTANT_PATTERN)
        return {"type": "string", "pattern": pattern, "description": sentence_of(self)}
