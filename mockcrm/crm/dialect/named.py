"""How dialects are read: knobs from JSON or YAML, and the named dialects of `fixtures/dialects/`."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.fixtures import fixture_files
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, sentence_of
from mockcrm.base.schema.fields import Duration, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.spelling import did_you_mean
from mockcrm.base.times import MILLISECOND
from mockcrm.crm.dialect.knobs import KNOBS, PLAIN, Choice, Dialect, Knob, Lasting, Names, Shift, ShortText, changed
from mockcrm.errors import DialectInvalid

MAX_SHIFT = timedelta(days=366)
"""The largest shift that a knob takes, forward or back."""
MAX_LASTING = timedelta(days=36_600)
"""The longest time that a knob takes, a century."""


@dataclass(frozen=True, slots=True)
class NamedDialect:
    """A dialect that comes with mockcrm: what it imitates in a sentence, the source of that, and how it differs."""

    dialect: Dialect
    sentence: str
    source: str
    unlike: str


def names() -> list[str]:
    """The names of all named dialects, `plain` first."""
    return sorted(fixture_files("dialects"), key=lambda name: (name != "plain", name))


@lru_cache(maxsize=64)
def named_dialect(name: str) -> NamedDialect:
    """A named dialect. Its file is read on first use."""
    return load_dialect(fixture_files("dialects")[name])


def load_dialect(path: Path) -> NamedDialect:
    """The dialect in a file. Raises `DialectInvalid`."""
    from mockcrm.base.strict_yaml import read_yaml  # noqa: PLC0415  a CRM that speaks plainly reads no file

    try:
        content = read_yaml(path.read_text(encoding="utf-8")).data
    except (OSError, ValueError) as error:
        raise DialectInvalid(f"{path}: {error}") from error
    values = _File().check(content, DialectInvalid, str(path))
    return NamedDialect(values["knobs"], values["sentence"], values["source"], values["unlike"])


def name_of(dialect: Dialect) -> str | None:
    """The name of a dialect that equals a named one; else None."""
    if dialect == PLAIN:
        return "plain"
    return next((name for name in names() if named_dialect(name).dialect == dialect), None)


class _Choices:
    """A validator for one of some words or numbers, which are looked up when they are needed."""

    def __init__(self, choices: Callable[[], Sequence[str | int]]) -> None:
        self._choices = choices

    @property
    def choices(self) -> Sequence[str | int]:
        return self._choices()

    def __call__(self, value: Any) -> None:
        if not any(type(value) is type(word) and value == word for word in self.choices):
            known = [*map(str, self.choices)]
            meant = did_you_mean(value, known) if isinstance(value, str) else ""
            raise ValidationError(f"Must be one of: {', '.join(known)}.{meant}")


def _knob_field(knob: Knob) -> Field[Any]:
    described = {"description": knob.sentence}
    match knob.values:
        case Choice(words=words):
            return fields.Raw(validate=_Choices(lambda: words), metadata=described)
        case Lasting():
            return Duration(least=MILLISECOND, most=MAX_LASTING, allow_none=True, metadata=described)
        case Shift():
            return Duration(least=-MAX_SHIFT, most=MAX_SHIFT, metadata=described)
        case Names(words=words):
            one = fields.String(validate=validate.OneOf(words))
            return ListOf(one, most=len(words), validate=_once_each, metadata={**described, "uniqueItems": True})
        case ShortText(longest=longest):
            pattern = validate.Regexp(rf"[!-~]{{1,{longest}}}\Z")
            return fields.String(allow_none=True, validate=pattern, metadata=described)
        case whole:
            return Whole(least=whole.least, most=whole.most, allow_none=True, metadata=described)


def _once_each(values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError("Each word at most once.")


@cache
def dialect_schema() -> type[Schema]:
    """The schema that reads dialects. It is made from the knobs, when it is first needed."""
    knobs = {name: _knob_field(knob) for name, knob in KNOBS.items()}
    name = fields.String(allow_none=True, validate=_Choices(names))
    return Strict.from_dict({**knobs, "name": name}, name="DialectSchema")


class DialectField(Field[Dialect]):
    """The CRM's dialect: the name of one, or knobs, which are set on top of the dialect that `name` names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Dialect:
        try:
            return read_dialect(value)
        except DialectInvalid as refusal:
            raise ValidationError(
                refusal.details["name"] if isinstance(value, str) else dict(refusal.details)
            ) from refusal

    def described(self, refer: Refer) -> Described:
        return {"anyOf": [{"enum": names()}, refer(dialect_schema()())], "description": sentence_of(self)}


class LaterDialectField(DialectField):
    """The CRM's dialect: the name of one, or knobs, which are set on top of its dialect at that time.

    The value is loaded as it is.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value


class KeepingSchema(Strict):
    """A dialect in which the CRM keeps unknown fields."""

    def described(self, schema: Described, refer: Refer) -> Described:
        ways: list[Described] = [{"unknownFields": {"const": "keep"}}]
        keeping = [name for name in names() if named_dialect(name).dialect.unknown_fields == "keep"]
        if keeping:
            ways.append({"name": {"enum": keeping}})
        objects = [{"type": "object", "properties": way, "required": list(way)} for way in ways]
        return {"anyOf": [*objects, *({"const": name} for name in keeping)]}


def read_dialect(body: Any, base: Dialect = PLAIN) -> Dialect:
    """The dialect that a body describes: a name, or knobs set on top of `base` or of the dialect that `name` names.

    A name of null counts as absent, so that the answer of `GET /admin/dialect` can be sent back. Raises
    `DialectInvalid`.
    """
    knobs = _knobs().check({"name": body} if isinstance(body, str) else body, DialectInvalid, "The dialect")
    name = knobs.pop("name", None)
    return changed(named_dialect(name).dialect if name else base, knobs)


@cache
def _knobs() -> Strict:
    schema = dialect_schema()()
    assert isinstance(schema, Strict)
    return schema


class _File(Strict):
    """The file of a named dialect."""

    sentence = fields.String(required=True)
    source = fields.String(required=True)
    unlike = fields.String(required=True)
    knobs = DialectField(required=True)
