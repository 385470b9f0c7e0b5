"""The parameters of lists, and how a query is read (contract, section 3)."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import MAX_MEMBERS, Instant, check_size
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.dialect.knobs import MAX_PAGE
from mockcrm.crm.kinds.filters import Filter
from mockcrm.crm.kinds.kind import Kind
from mockcrm.errors import QueryInvalid
from mockcrm.errors.problems import Unknown


class _Yes(Field[bool]):
    default_error_messages = {"invalid": "Must be true or false."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")

    def described(self, refer: Refer) -> Described:
        return {"type": "boolean"}


class Digits(Field[int]):
    """A whole number in a query, in decimal digits, from `least` to `most`."""

    default_error_messages = {"invalid": "Must be a whole number from {least} to {most}."}

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", value) or not self.least <= int(value) <= self.most:
            raise self.make_error("invalid", least=self.least, most=self.most)
        return int(value)

    def described(self, refer: Refer) -> Described:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class NoParameters(Strict):
    """For calls without parameters; the other schemas add theirs. `form` names the CRM's way to write date-times.

    Each of `repeatable` may be sent several times.
    """

    form = "Z"
    repeatable: frozenset[str] = frozenset()

    error_messages = {"unknown": Unknown("No such parameter.")}


def explained(description: str, *examples: Any) -> dict[str, Any]:
    """A parameter's metadata: what the API's description says of it."""
    return {"description": description} | ({"examples": [*examples]} if examples else {})


_MONDAY = "2026-03-02T09:00:00Z"


class DeletedParameters(NoParameters):
    since = Instant(query=True, metadata=explained("Only records changed or deleted since this instant.", _MONDAY))
    limit = Digits(least=1, most=MAX_PAGE, metadata=explained("The page size.", 100))
    pageToken = fields.String(
        metadata={"minLength": 1, **explained("Asks for the next page: the `nextPageToken` of the page before.")}
    )


class WindowParameters(NoParameters):
    startAt = Instant(query=True, metadata=explained("Only events that end after this instant.", _MONDAY))
    endAt = Instant(query=True, metadata=explained("Only events that start before this instant.", "1772532000000"))

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        start, end = data.get("startAt"), data.get("endAt")
        if start and end and start > end:
            raise ValidationError("Must not be before startAt.", "endAt")


class _ListParameters(DeletedParameters):
    showDeleted = _Yes(metadata=explained("Whether the list has deleted records too, as tombstones.", True))


class EventsParameters(_ListParameters, WindowParameters):
    pass


class _Values(Field[tuple[str, ...]]):
    """The values of a filter, any of which will do: one of its words, if it has any."""

    default_error_messages = {"invalid": "Must be one of {words}."}

    def __init__(self, of: Filter) -> None:
        super().__init__(metadata=explained(of.sentence))
        self.words = of.words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        check_size(value)
        if self.words and not {*self.words}.issuperset(value):
            raise self.make_error("invalid", words=", ".join(self.words))
        return tuple(value)

    def described(self, refer: Refer) -> Described:
        each = {"enum": [*self.words]} if self.words else {"type": "string", "minLength": 1}
        return {"type": "array", "items": each, "maxItems": MAX_MEMBERS}


@cache
def list_parameters(kind: Kind, *, controls: bool = False) -> type[NoParameters]:
    """The parameters of a kind's list: those of every list, an interval for what has times, and the kind's filters.

    With `controls` it is the list that the controls have.
    """
    filters = {name: _Values(of) for name, of in (kind.all_filters if controls else kind.filters).items()}
    base = EventsParameters if kind.timed else _ListParameters
    made: type[NoParameters] = type(f"{kind.titles}Parameters", (base,), {**filters, "repeatable": frozenset(filters)})
    return made


@cache
def parameters_of(of: type[NoParameters], form: str) -> NoParameters:
    """The schema of a call's parameters, for a CRM that writes date-times in this form."""
    schema = of()
    schema.form = form
    return schema


def read_parameters(schema: NoParameters, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters of a query. Raises `QueryInvalid` for one that is unknown, empty, repeated, or malformed."""
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in values and name not in schema.repeatable:
            problems[name] = ["It stands in the query twice."]
        elif not value:
            problems[name] = ["Empty: leave the parameter out."]
        if name in schema.repeatable:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    if problems:
        name = min(problems)
        raise QueryInvalid(f"The query is not valid: {name}: {problems[name][0]}", problems)
    loaded: dict[str, Any] = schema.check(values, QueryInvalid, "The query")
    return loaded
