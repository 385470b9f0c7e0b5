"""Matchers of requests, as fault rules and the calls that find, count and verify requests have them.

See `docs/reference/faults.md`.

`{"operation": "listEvents", "page": 2}` matches each request for a second page of events.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.search_budget import SearchBudget
from mockcrm.crm.kinds.events import EVENT
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.journal.operations import OPERATIONS

_NO_SEARCH = SearchBudget(0)
"""For tests that have no pattern."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one part of a request: the `wanted` JSON, and the test itself.

    `passes` raises `RequestInvalid` once the budget for searches is used up.
    """

    wanted: Any
    passes: Callable[[Any, SearchBudget], bool]


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


def _names(entry: Entry) -> list[str]:
    return [text for text in (entry.record_id, entry.key) if text]


_ANSWERED = frozenset({"status", "fault"})
"""The parts that only an answer has."""

READERS: Mapping[str, PartReader] = {
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
        if not self._names_operations:
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

    @property
    def _names_operations(self) -> bool:
        return any(name == "operation" for name, _, _ in self.parts)

    def operations(self) -> list[str]:
        """The operations that it can match."""
        return [name for name in OPERATIONS if self.admits(name)] if self._names_operations else [*OPERATIONS]

    def admits(self, operation: str | None) -> bool:
        """Whether it can match a request that calls this operation; None stands for a path that calls none."""
        tests = (test for name, _, test in self.parts if name == "operation")
        return all(test.passes(operation, _NO_SEARCH) for test in tests)


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
