"""What clients asked and got, and the matchers that pick requests (`docs/reference/faults.md`)."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from mockcrm.client.types.names import KindName, Operation

# Matchers


class Pattern(TypedDict):
    """A regular expression to find in a text."""

    matches: str


Text = str | Sequence[str] | Pattern
"""A text, several of which one must be equal, or a pattern."""


class Matcher(TypedDict, total=False):
    """Which requests are meant: those that pass every test here. `{}` means all of them.

    `query` and `headers` map names to tests; None stands for what was not sent. `body` names what a JSON body must
    contain; at any depth, `{"matches": …}`, `{"anyOrder": […]}` and `{"equals": …}` stand for more than themselves. Of
    the requests that pass, `nth` picks one by its number, from 1, and `every` picks each second, third …
    """

    operation: Operation | Sequence[Operation]
    method: Text
    path: Text
    query: Mapping[str, Text | None]
    headers: Mapping[str, Text | None]
    client: Text
    kind: KindName | Sequence[KindName]
    recordId: Text
    eventId: Text
    calendarId: Text | None
    page: int | Sequence[int]
    body: Any
    nth: int | Sequence[int]
    every: int


class AnsweredMatcher(Matcher, total=False):
    """A matcher of requests that were answered: also by status, and by the id or name of a fault rule."""

    status: int | Sequence[int]
    fault: Text


# The journal


class _Problem(TypedDict, total=False):
    problem: str


class AppliedFault(_Problem):
    """What a fault rule did to a request. A `problem` says why it could not do all of it."""

    id: str
    name: str | None
    effect: str


class DeliveredVersion(TypedDict):
    """A version of a record that an answer contained."""

    id: str
    version: int


class _DeliveredPage(TypedDict, total=False):
    read: str
    page: int
    last: bool
    asOf: str


class _DeliveredRecords(TypedDict, total=False):
    records: list[DeliveredVersion]


class Delivery(_DeliveredPage, _DeliveredRecords):
    """What an answer contained; of a list also which page it was. `whole` is whether the answer arrived complete.

    What is of another kind than events is in `records`.
    """

    events: list[DeliveredVersion]
    tombstones: list[DeliveredVersion]
    whole: bool


class Request(TypedDict):
    """A request of the journal. What has not happened yet is None. A parameter that is repeated has a list of values.

    `cut` is whether `body` is not all that was sent.
    """

    number: int
    client: str
    operation: Operation | None
    kind: KindName | None
    recordId: str | None
    eventId: str | None
    calendarId: str | None
    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    cut: bool
    arrivedAt: str
    completedAt: str | None
    tookMs: float | None
    status: int | None
    code: str | None
    faults: list[AppliedFault]
    changes: list[int]
    delivered: Delivery
