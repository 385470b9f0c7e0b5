"""How dialects are told: knobs as JSON or YAML, and the named ones of `fixtures/dialects/`."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockcrm.dialect import KNOBS, PLAIN, Choice, Dialect, Lasting, Names, Secret, Shift, Values, changed
from mockcrm.errors import DialectInvalid
from mockcrm.fields import Duration, Whole
from mockcrm.schemas import Strict
from mockcrm.shipped import named
from mockcrm.times import MILLISECOND
from mockcrm.yamlfile import read_yaml

MAX_SHIFT = timedelta(days=366)
"""The largest shift that a knob takes."""


@dataclass(frozen=True, slots=True)
class NamedDialect:
    """A dialect that comes with mockcrm: a sentence on it, where that is known from, and what it does not imitate."""

    dialect: Dialect
    sentence: str
    source: str
    unlike: str


def names() -> list[str]:
    """The names of all named dialects, `plain` first."""
    return sorted(named("dialects"), key=lambda name: (name != "plain", name))


@lru_cache(maxsize=64)
def named_dialect(name: str) -> NamedDialect:
    """One of them; the files ship with mockcrm, and are read when they are first asked for."""
    told = read_yaml(named("dialects")[name].read_text(encoding="utf-8")).data
    return NamedDialect(read_dialect(told["knobs"]), told["sentence"], told["source"], told["unlike"])


def name_of(dialect: Dialect) -> str | None:
    """The name of a dialect that is exactly one of the named ones."""
    if dialect == PLAIN:
        return "plain"
    return next((name for name in names() if named_dialect(name).dialect == dialect), None)


def _known(name: str) -> None:
    if name not in names():
        raise ValidationError(f"Must be one of: {', '.join(names())}.")


def _knob_field(values: Values) -> fields.Field[Any]:
    match values:
        case Choice(words=words):
            return fields.Raw(validate=_one_of(words))
        case Lasting():
            return Duration(least=MILLISECOND, allow_none=True)
        case Shift():
            return Duration(least=-MAX_SHIFT, most=MAX_SHIFT)
        case Names(words=words):
            return fields.List(fields.String(validate=validate.OneOf(words)), validate=_once_each)
        case Secret(longest=longest):
            return fields.String(allow_none=True, validate=validate.Regexp(rf"[!-~]{{1,{longest}}}\Z"))
        case _:
            return Whole(least=values.least, most=values.most, allow_none=True)


def _one_of(words: tuple[str | int, ...]) -> Any:
    def check(value: Any) -> None:
        if not any(type(value) is type(word) and value == word for word in words):
            raise ValidationError(f"Must be one of: {', '.join(map(str, words))}.")

    return check


def _once_each(values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError("Each at most once.")


DialectSchema: type[Schema] = Strict.from_dict(
    {name: _knob_field(knob.values) for name, knob in KNOBS.items()}
    | {"name": fields.String(allow_none=True, validate=_known)},
    name="DialectSchema",
)


def read_dialect(body: Any, base: Dialect = PLAIN) -> Dialect:
    """The dialect that a body describes: a name, or knobs set upon `base`, or upon the dialect that `name` names.

    A name of null says nothing, so that what `GET /admin/dialect` answers can be sent back. Raises `DialectInvalid`.
    """
    schema = DialectSchema()
    assert isinstance(schema, Strict)
    knobs = schema.check({"name": body} if isinstance(body, str) else body, DialectInvalid, "The dialect")
    name = knobs.pop("name", None)
    return changed(named_dialect(name).dialect if name else base, knobs)
