"""Matchers of requests, as fault rules and the calls that find, count and verify requests have them.

See `docs/reference/faults.md`.

`{"operation": "listEvents", "page": 2}` matches each request for a second page of events.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, one_or_more, sentence_of
from mockcrm.base.schema.fields import LONG, MAX_MEMBERS, Named, Whole, check_size
from mockcrm.base.schema.strict import Strict
from mockcrm.base.search_budget import SearchBudget
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.body_matcher import read_body_test
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.journal.operations import OPERATIONS
from mockcrm.journal.patterns import MAX_PATTERN, read_pattern

if TYPE_CHECKING:
    from regex import Pattern


MAX_NAMED = 20
"""The largest number of parameters in a matcher, and of headers."""
_NO_SEARCH = SearchBudget(0)
"""For tests that have no pattern."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one part of a request: the `wanted` JSON, and the test itself.

    `passes` raises `RequestInvalid` once the budget for searches is used up.
    """

    wanted: Any
    passes: Callable[[Any, SearchBudget], bool]


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


class Reading:
    """A request whose parts are each parsed once, however many matchers look at it."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @cached_property
    def query(self) -> Mapping[str, str | list[str]]:
        return self.entry.query

    @cached_property
    def headers(self) -> Mapping[str, str]:
        return self.entry.headers

    @cached_property
    def body(self) -> Any:
        return self.entry.json

    def knows(self, part: str) -> bool:
        """Whether a part is known by now. What was asked is from the arrival on, what was answered from the answer on.

        A body is known once it was read, unless it was cut.
        """
        if part == "body":
            return self.entry.body_known
        return part not in _ANSWERED or self.entry.completed is not None


PartReader = Callable[[Reading], Any]


def _header(name: str, reading: Reading) -> str | None:
    return reading.headers.get(name.title())


def _parameter(name: str, reading: Reading) -> str | list[str] | None:
    return reading.query.get(name)


def _names(entry: Entry) -> list[str]:
    return [text for text in (entry.record_id, entry.key) if text]


_ANSWERED = frozenset({"status", "fault"})
"""The parts that only an answer has."""

_READERS: Mapping[str, PartReader] = {
    "operation": lambda reading: reading.entry.operation,
    "method": lambda reading: reading.entry.method,
    "path": lambda reading: reading.entry.path,
    "client": lambda reading: reading.entry.client,
    "kind": lambda reading: reading.entry.kind,
    "recordId": lambda reading: _names(reading.entry),
    "eventId": lambda reading: _names(reading.entry) if reading.entry.kind == EVENT.name else [],
    "calendarId": lambda reading: reading.entry.calendar_id,
    "fault": lambda reading: [text for each in reading.entry.applied_faults for text in (each.rule, each.name) if text],
    "page": lambda reading: reading.entry.page,
    "body": lambda reading: reading.body,
    "status": lambda reading: reading.entry.status,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a request that differs from what was wanted."""

    part: str
    wanted: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Matcher:
    """A test of requests. `nth` and `every` count the requests that fit: the n-th of them, or every n-th.

    `raw` is its JSON. Methods raise `RequestInvalid` once the budget for searches is used up.
    """

    parts: tuple[tuple[str, PartReader, Test], ...] = ()
    nth: Test | None = None
    every: int | None = None
    raw: Mapping[str, Any] | None = None

    def fits(self, reading: Reading, budget: SearchBudget) -> bool:
        """Whether a request passes all tests as far as is known by now, without counting it."""
        return self.judge(reading, budget) is True

    def judge(self, reading: Reading, budget: SearchBudget) -> bool | None:
        """Whether a request passes all tests, without counting it; None if that hangs on what is not known."""
        verdict: bool | None = True
        for name, read, test in self.parts:
            if not reading.knows(name):
                verdict = None
            elif not test.passes(read(reading), budget):
                return False
        return verdict

    def is_turn(self, count: int) -> bool:
        """Whether the `count`-th request that fits matches."""
        wanted = self.nth is None or self.nth.passes(count, _NO_SEARCH)
        return wanted and (self.every is None or count % self.every == 0)

    @property
    def counts_all(self) -> bool:
        """Whether each request that fits matches."""
        return self.nth is None and self.every is None

    @property
    def first_turn(self) -> int:
        """Which of the requests that fit is the first to match."""
        return min(self._turns) if self.nth else self.every or 1

    def count_of(self, fitting: int) -> int:
        """How many requests match, if so many fit. One more that fits is at most one more that matches."""
        return sum(turn <= fitting for turn in self._turns) if self.nth else fitting // (self.every or 1)

    @property
    def _turns(self) -> set[int]:
        wanted = self.nth.wanted if self.nth else []
        return set(wanted if isinstance(wanted, list) else [wanted])

    def count_possible(self, dropped: Dropped) -> int:
        """How many of the requests that a journal dropped may have fitted. Only their operations are known."""
        if not any(name == "operation" for name, _, _ in self.parts):
            return dropped.count
        return sum(dropped.operations.get(name, 0) for name in self.operations())

    def among(self, entries: Iterable[Entry], budget: SearchBudget) -> Iterator[Entry]:
        """The matching ones among requests in order."""
        picks = Picks(self, budget)
        return (entry for entry in entries if picks.include(Reading(entry)))

    def differences(self, reading: Reading, budget: SearchBudget) -> list[Difference]:
        """The parts in which a request differs from what is wanted, without counting it."""
        read = ((name, test, reader(reading)) for name, reader, test in self.parts if reading.knows(name))
        return [Difference(name, test.wanted, found) for name, test, found in read if not test.passes(found, budget)]

    def operations(self) -> list[str]:
        """The operations that it can match."""
        tests = [test for name, _, test in self.parts if name == "operation"]
        return [name for name in OPERATIONS if all(test.passes(name, _NO_SEARCH) for test in tests)]


class Picks:
    """Counts the requests that fit a matcher, shown one by one in order, and picks the matching ones."""

    def __init__(self, matcher: Matcher, budget: SearchBudget) -> None:
        self._matcher, self._budget, self._count = matcher, budget, 0

    def include(self, reading: Reading) -> bool:
        """Whether the next request matches."""
        if not self._matcher.fits(reading, self._budget):
            return False
        self._count += 1
        return self._matcher.is_turn(self._count)


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
                    parts.append((name, _READERS[name], _of_any(test)))
                case _:
                    parts.append((name, _READERS[name], test))
        return Matcher(tuple(parts), nth, every, original)


class JournalMatcherSchema(MatcherSchema):
    """The same for answered requests: also by their status, and by the fault that applied."""

    status = OneNumber(least=100, most=599)
    fault = OneText()
