"""How matchers of requests are read from JSON, and described as JSON Schema."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, one_or_more, sentence_of
from mockcrm.base.schema.fields import LONG, MAX_MEMBERS, Named, Whole, check_size
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.body_matcher import read_body_test
from mockcrm.journal.matcher import READERS, Matcher, PartReader, Reading, Test
from mockcrm.journal.operations import OPERATIONS
from mockcrm.journal.patterns import MAX_PATTERN, read_pattern

if TYPE_CHECKING:
    from regex import Pattern

MAX_NAMED = 20
"""The largest number of parameters in a matcher, and of headers."""


def _plain(wanted: Any, check: Callable[[Any], bool]) -> Test:
    """A test without a pattern."""
    return Test(wanted, lambda found, budget: check(found))


def _of_pattern(wanted: Any, pattern: "Pattern[str]") -> Test:
    return Test(wanted, lambda text, budget: text is not None and budget.finds(pattern, text))


def _of_any(test: Test) -> Test:
    """The same test for something that has several names."""
    return Test(test.wanted, lambda names, budget: any(test.passes(name, budget) for name in names))


def _of_each_value(test: Test) -> Test:
    """The same test for a parameter, which passes if one of its values does."""
    several = _of_any(test)
    return Test(test.wanted, lambda found, budget: (several if isinstance(found, list) else test).passes(found, budget))


class OneText(Field[Test]):
    """A text, a list of texts one of which must equal it, or `{"matches": pattern}` with a regular expression.

    With `absent`, null matches what was not sent. With `words`, only these texts are allowed.
    """

    default_error_messages = {"invalid": "Neither a text, nor a list of texts, nor an object with `matches`."}

    def __init__(self, *, absent: bool = False, words: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(allow_none=absent, **kwargs)
        self.words = words

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if value is None and self.allow_none:
            return _plain(None, lambda text: text is None)
        return super().deserialize(value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Test:
        if isinstance(value, Mapping):
            return _of_pattern(value, self._pattern(value))
        any_of = [value] if isinstance(value, str) else value
        check_size(any_of)
        if not isinstance(any_of, list) or not any_of or not all(isinstance(each, str) for each in any_of):
            raise self.make_error("invalid")
        for each in any_of:
            if self.words and each not in self.words:
                raise ValidationError(f"{each!r} is not one of: {', '.join(self.words)}.")
        return _plain(value, frozenset(any_of).__contains__)

    def _pattern(self, value: Mapping[str, Any]) -> "Pattern[str]":
        if self.words or set(value) != {"matches"} or not isinstance(value["matches"], str):
            raise self.make_error("invalid")
        return read_pattern(value["matches"])

    def described(self, refer: Refer) -> Described:
        if self.words:
            return one_or_more({"enum": list(self.words)}, minItems=1, maxItems=MAX_MEMBERS)
        described = one_or_more({"type": "string"}, minItems=1, maxItems=MAX_MEMBERS)
        pattern = {"type": "string", "maxLength": MAX_PATTERN}
        described["anyOf"].append(
            {
                "type": "object",
                "properties": {"matches": pattern},
                "required": ["matches"],
                "additionalProperties": False,
            }
        )
        return described | {"description": sentence_of(self)}


class OneNumber(Field[Test]):
    """A whole number, or a list of numbers one of which must equal it."""

    default_error_messages = {"invalid": "Neither a whole number from {least} to {most}, nor a list of them."}

    def __init__(self, *, least: int = 1, most: int = LONG - 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Test:
        any_of = value if isinstance(value, list) else [value]
        check_size(any_of)
        if not any_of or not all(type(each) is int and self.least <= each <= self.most for each in any_of):
            raise self.make_error("invalid", least=self.least, most=self.most)
        return _plain(value, frozenset(any_of).__contains__)

    def described(self, refer: Refer) -> Described:
        return one_or_more(
            {"type": "integer", "minimum": self.least, "maximum": self.most}, minItems=1, maxItems=MAX_MEMBERS
        )


class _Part(Field[Test]):
    """A part of a JSON body: the members that an object must have, among others. At any depth, `{"matches": pattern}`
    stands for a text with a match, `{"anyOrder": list}` for a list in any order, `{"equals": value}` for that value.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Test:
        return Test(value, read_body_test(value))

    def described(self, refer: Refer) -> Described:
        return {"description": sentence_of(self)}


def _header(name: str, reading: Reading) -> str | None:
    return reading.headers.get(name.title())


def _parameter(name: str, reading: Reading) -> str | list[str] | None:
    return reading.query.get(name)


def _named(part: str, name: str, test: Test) -> tuple[PartReader, Test]:
    """A test of one parameter or header."""
    return (partial(_parameter, name), _of_each_value(test)) if part == "query" else (partial(_header, name), test)


class MatcherSchema(Strict):
    """Which requests match. Parts that are left out do not matter."""

    operation = OneText(words=OPERATIONS)
    method = OneText()
    path = OneText()
    query = Named(fields.String(), OneText(absent=True), most=MAX_NAMED)
    headers = Named(fields.String(), OneText(absent=True), most=MAX_NAMED)
    client = OneText()
    kind = OneText(words=tuple(KINDS))
    recordId = OneText()
    eventId = OneText()
    calendarId = OneText(absent=True)
    page = OneNumber()
    body = _Part()
    nth = OneNumber()
    every = Whole(least=1)

    @validates_schema
    def one_count(self, data: Mapping[str, Any], **_: Any) -> None:
        if "nth" in data and "every" in data:
            raise ValidationError("Say `nth` or `every`, not both.", "every")

    @post_load(pass_original=True)
    def build(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Matcher:
        nth, every = data.pop("nth", None), data.pop("every", None)
        parts: list[tuple[str, PartReader, Test]] = []
        for name, test in data.items():
            match name:
                case "query" | "headers":
                    parts += [(f"{name}.{each}", *_named(name, each, of_one)) for each, of_one in test.items()]
                case "recordId" | "eventId" | "fault":
                    parts.append((name, READERS[name], _of_any(test)))
                case _:
                    parts.append((name, READERS[name], test))
        return Matcher(tuple(parts), nth, every, original)


class JournalMatcherSchema(MatcherSchema):
    """The same for answered requests: also by their status, and by the fault that applied."""

    status = OneNumber(least=100, most=599)
    fault = OneText()
