"""Dialects and knobs."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, TypedDict

from marshmallow import Schema, fields, validate

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.times import format_duration
from mockcrm.crm.dialect.knobs import KNOBS, Choice, Dialect, Knob, Lasting, Names, Shift, ShortText, knob_values
from mockcrm.crm.dialect.named import dialect_schema, name_of, named_dialect, names
from mockcrm.web.representations.base import Count


def dialect_json(dialect: Dialect) -> dict[str, Any]:
    """The value of every knob, and the name if the dialect is exactly a named one."""
    return {"name": name_of(dialect)} | {name: _plain(value) for name, value in knob_values(dialect).items()}


def _plain(value: Any) -> Any:
    return format_duration(value) if isinstance(value, timedelta) else value


def describe_dialect(refer: Refer) -> Described:
    return refer(_dialect_schemas()[0])


def describe_named_dialect(refer: Refer) -> Described:
    return refer(_dialect_schemas()[1])


@cache
def _dialect_schemas() -> tuple[Schema, Schema]:
    """A dialect, and a named one, both with the fields of the knobs. Made when the API is described."""

    class ShownDialectSchema(dialect_schema()):  # type: ignore[misc]  # It is made from the knobs.
        """The value of every knob, and the name if the dialect is exactly a named one."""

    class NamedDialectSchema(dialect_schema()):  # type: ignore[misc]  # The same.
        """A named dialect, where it is from, and what it does not imitate."""

        sentence = fields.String()
        source = fields.String()
        unlike = fields.String()

    return ShownDialectSchema(), NamedDialectSchema()


ShownDialect = Annotated[dict[str, Any], describe_dialect]
ShownNamedDialect = Annotated[dict[str, Any], describe_named_dialect]


class KnobJson(TypedDict):
    """A knob, with its values as a list or in words."""

    name: Annotated[str, validate.OneOf([*KNOBS])]
    values: Any
    default: Any
    sentence: str
    hazards: list[str]


class DialectsJson(TypedDict):
    dialects: list[ShownNamedDialect]
    length: Count
    knobs: list[KnobJson]


def dialects_json() -> DialectsJson:
    """The named dialects, and every knob with its values and its default."""
    known = [named_dialect(name) for name in names()]
    return {
        "dialects": [
            {"sentence": each.sentence, "source": each.source, "unlike": each.unlike} | dialect_json(each.dialect)
            for each in known
        ],
        "length": len(known),
        "knobs": [knob_json(knob) for knob in KNOBS.values()],
    }


def knob_json(knob: Knob) -> KnobJson:
    return {
        "name": knob.name,
        "values": _values(knob),
        "default": _plain(knob.default),
        "sentence": knob.sentence,
        "hazards": list(knob.hazards),
    }


def _values(knob: Knob) -> Sequence[str | int] | str:
    match knob.values:
        case Choice(words=words):
            return list(words)
        case Lasting():
            return "a duration, or null"
        case Shift():
            return "a duration, which may be negative"
        case Names(words=words):
            return f"a list of some of {', '.join(words)}"
        case ShortText(longest=longest):
            return f"a text of 1 to {longest} printable ASCII characters without blanks, or null"
        case whole:
            return f"a whole number from {whole.least} to {whole.most}, or null"
