"""Matchers and expectations, held against requests that nobody sent."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from marshmallow import ValidationError

from mockcrm.base.search_budget import SearchBudget
from mockcrm.errors import RequestInvalid
from mockcrm.faults.plan import FaultContext
from mockcrm.faults.rules import Faults
from mockcrm.journal.entry import AppliedFault, Entry
from mockcrm.journal.matcher import Matcher, Reading
from mockcrm.journal.matcher_schema import JournalMatcherSchema
from mockcrm.journal.operations import OPERATIONS
from mockcrm.journal.verification import Expectation, ExpectationSchema, Failure, Inconclusive, Verification
from mockcrm.sandbox.action_schemas import RULE

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def request(
    number: int = 1,
    *,
    method: str = "GET",
    path: str = "/api/v1/events",
    operation: str | None = "listEvents",
    query: str = "",
    body: Any = None,
    client: str = "client",
    headers: dict[str, str] | None = None,
) -> Entry:
    """A request that was answered."""
    entry = Entry(client, method, path, operation, "event", None, None, query, headers or {}, MONDAY, 0.0)
    entry.number, entry.status, entry.completed = number, 200, MONDAY
    if body is not None:
        entry.note_body(body if isinstance(body, bytes) else orjson.dumps(body))
    return entry


def matcher(payload: Any) -> Matcher:
    found: Matcher = JournalMatcherSchema().load(payload)
    return found


def fits(payload: Any, entry: Entry) -> bool:
    return matcher(payload).fits(Reading(entry), SearchBudget())


# Texts and patterns


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a", "xax", True),
        ("^a$", "xax", False),
        ("", "", True),
        ("^/api/v1/events/[0-9]+$", "/api/v1/events/1001", True),
        ("^/api/v1/events/[0-9]+$", "/api/v1/events", False),
        ("(?i)EVENTS", "/api/v1/events", True),
        (r"\p{Lu}", "é", False),
        (r"\p{Ll}", "é", True),
        ("a" * 500, "a" * 500, True),
    ],
)
def test_a_pattern_must_be_found_somewhere_in_the_text(pattern: str, text: str, found: bool) -> None:
    assert fits({"path": {"matches": pattern}}, request(path=text)) is found


SLOW = ["(a+)+$", "(a|a)*$", "(?:a{1,50}){1,50}b"]
LONG_PATH = "a" * 8_000 + "!"


@pytest.fixture
def soon() -> Iterator[None]:
    """What the test does takes little work, whatever other programs take on a busy machine."""
    began = time.thread_time()
    yield
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("pattern", SLOW)
@pytest.mark.usefixtures("soon")
def test_a_pattern_that_would_search_for_years_is_given_up_soon(pattern: str) -> None:
    slow, entry = matcher({"path": {"matches": pattern}}), request(path=LONG_PATH)
    with pytest.raises(RequestInvalid, match="too long"):
        slow.fits(Reading(entry), SearchBudget())


@pytest.mark.usefixtures("soon")
def test_all_fault_rules_that_a_request_meets_share_one_budget_for_their_patterns() -> None:
    faults = Faults()
    for _ in range(300):
        faults.add(RULE.load({"match": {"path": {"matches": SLOW[0]}}, "effect": {"status": 503}}))
    faults.add(RULE.load({"match": {"method": "GET"}, "effect": {"status": 418}}))
    plan = faults.decide(FaultContext(Reading(request(path=LONG_PATH)), MONDAY, 0.0, None))
    assert [each.rule for each in plan.applied_faults] == ["f301"]
    problems = [tally.problem or "" for _, _, tally in faults]
    assert all("too long" in problem for problem in problems[:300])
    assert problems[300] == ""


class Worked:
    """Seconds of work, of which each look at them finds some more."""

    def __init__(self, step: float) -> None:
        self.seconds, self.step = 0.0, step

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


def test_a_budget_is_used_up_by_many_short_searches_as_by_a_long_one() -> None:
    found, budget = matcher({"path": {"matches": "a"}}), SearchBudget(0.1, Worked(0.03))
    assert [found.fits(Reading(request(path="a")), budget) for _ in range(4)] == [True] * 4
    with pytest.raises(RequestInvalid, match="too long"):
        found.fits(Reading(request(path="a")), budget)
    assert matcher({"path": "a"}).fits(Reading(request(path="a")), budget)


def test_a_verification_that_waits_may_look_for_its_patterns_time_and_again() -> None:
    at_once, waiting = (ExpectationSchema().load({"requests": [{}], **more}) for more in ({}, {"timeout": "1m"}))
    assert (at_once.budget().left, waiting.budget().left) == (0.1, 6.1)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("more", [{}, {"inOrder": True}, {"times": {"exactly": 0}}], ids=str)
def test_a_verification_over_many_requests_is_given_up_soon(more: dict[str, Any]) -> None:
    wanted = ExpectationSchema().load({"requests": [{"path": {"matches": SLOW[0]}}] * 100, **more})
    with pytest.raises(RequestInvalid, match="too long"):
        wanted.held_against([request(number, path=LONG_PATH) for number in range(1, 301)], wanted.budget()).outcome()


@pytest.mark.parametrize(
    "pattern",
    ["(", "[", "*", "(?P<n>", r"\p{Nothing}", "(?<=", "a{2,1}", "a" * 501, "(?V0)(?V1)", "(?a)(?u)", r"\L<x>"],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError) as refused:
        matcher({"path": {"matches": pattern}})
    assert set(refused.value.messages_dict) == {"path"}


def test_what_was_not_sent_fits_null_and_no_text_and_no_pattern() -> None:
    absent, empty = request(), request(query="since=")
    for payload, fitting in ((None, [absent]), ("", [empty]), (["", "x"], [empty]), ({"matches": ""}, [empty])):
        assert [entry for entry in (absent, empty) if fits({"query": {"since": payload}}, entry)] == fitting


def test_headers_are_found_in_any_case() -> None:
    entry = request(headers={"HTTP_X_TRACE_ID": "a", "HTTP_ETAG": "b"})
    assert fits({"headers": {"x-trace-id": "a", "X-TRACE-ID": "a", "ETag": "b", "If-Match": None}}, entry)


def test_a_fault_is_meant_by_its_id_or_its_name() -> None:
    entry = request()
    entry.applied_faults = (AppliedFault("f1", None, "delay"), AppliedFault("f2", "down", "status"))
    for payload, fitting in (
        ("f1", True),
        ("down", True),
        (["x", "f2"], True),
        ({"matches": "ow"}, True),
        ("f3", False),
    ):
        assert fits({"fault": payload}, entry) is fitting


def test_an_event_is_meant_by_its_id_or_its_key() -> None:
    entry = Entry("client", "GET", "/", "getEvent", "event", "1001", "kickoff", "", {}, MONDAY, 0.0)
    assert [fits({"eventId": payload}, entry) for payload in ("1001", "kickoff", "1002")] == [True, True, False]
    assert not fits({"eventId": {"matches": ""}}, request())


# Bodies

BODY = {
    "subject": "Demo",
    "count": 1,
    "ratio": 1.0,
    "done": True,
    "none": None,
    "who": {"name": "Ann", "age": 7, "at": {"town": "Köln"}},
    "tags": [1, "a", {"x": 1}],
}


@pytest.mark.parametrize(
    "part",
    [
        {},
        BODY,
        {"subject": "Demo"},
        {"none": None},
        {"count": 1, "done": True},
        {"who": {}},
        {"who": {"age": 7}},
        {"who": {"at": {"town": "Köln"}}},
        {"tags": [1, "a", {"x": 1}]},
    ],
    ids=str,
)
def test_a_body_has_the_parts_that_are_wanted_and_may_have_more(part: Any) -> None:
    assert fits({"body": part}, request(body=BODY))


@pytest.mark.parametrize(
    "part",
    [
        {"subject": "demo"},
        {"subject": None},
        {"nothing": None},
        {"none": False},
        {"none": 0},
        {"count": True},
        {"count": "1"},
        {"count": 1.0},
        {"ratio": 1},
        {"done": 1},
        {"done": "true"},
        {"who": {"name": "Ann", "town": None}},
        {"who": {"at": "Köln"}},
        {"who": []},
        {"subject": {}},
        {"tags": [1, "a"]},
        {"tags": ["a", 1, {"x": 1}]},
        {"tags": [1, "a", {"y": 1}]},
        {"tags": [True, "a", {"x": 1}]},
        {"tags": [1.0, "a", {"x": 1}]},
        {"tags": [1, "a", {"x": True}]},
        [BODY],
        "Demo",
        0,
    ],
    ids=str,
)
def test_a_body_that_is_otherwise_in_any_part_does_not_fit(part: Any) -> None:
    assert not fits({"body": part}, request(body=BODY))


@pytest.mark.parametrize("body", [[1, [2]], "text", 5, False, ""], ids=repr)
def test_a_body_that_is_no_object_must_be_as_wanted(body: Any) -> None:
    assert fits({"body": body}, request(body=body))
    assert not fits({"body": {}}, request(body=body))


@pytest.mark.parametrize("body", [None, b"", b"{", b"subject=Demo"])
def test_what_is_no_json_has_no_part(body: Any) -> None:
    assert not fits({"body": {}}, request(body=body))


# Turns


def test_nth_and_every_count_those_that_fit() -> None:
    entries = [request(number, client="ann" if number % 2 else "ben") for number in range(1, 9)]

    def meant(**payload: Any) -> list[int]:
        return [entry.number for entry in matcher(payload).among(entries, SearchBudget())]

    assert meant(client="ann") == [1, 3, 5, 7]
    assert (meant(client="ann", nth=2), meant(client="ann", nth=[1, 4, 5])) == ([3], [1, 7])
    assert (meant(client="ben", every=2), meant(every=3), meant(every=9)) == ([4, 8], [3, 6], [])


def test_a_matcher_tells_which_operations_it_admits() -> None:
    assert matcher({}).operations() == list(OPERATIONS)
    assert matcher({"operation": ["deleteEvent", "getEvent"]}).operations() == ["getEvent", "deleteEvent"]


# Expectations

ENTRIES = [
    request(1, query="since=0"),
    request(2, method="POST", operation="createEvent", body={"subject": "Demo"}),
    request(3, query="since=5", client="ann"),
]
LIST, CREATE, DELETE = ({"operation": name} for name in ("listEvents", "createEvent", "deleteEvent"))
LISTS = '{"operation":"listEvents"}'


def outcome(*requests: Any, entries: list[Entry] | None = None, **more: Any) -> Verification:
    expectation: Expectation = ExpectationSchema().load({"requests": list(requests), **more})
    return expectation.held_against(ENTRIES if entries is None else entries, expectation.budget()).outcome()


def failure(*requests: Any, **more: Any) -> Failure | None:
    found = outcome(*requests, **more)
    assert not isinstance(found, Inconclusive)
    return found


def reason(*requests: Any, **more: Any) -> str:
    found = failure(*requests, **more)
    assert found is not None
    return found.reason


def test_what_was_asked_as_expected_is_no_failure() -> None:
    assert failure(LIST) is failure(LIST, CREATE) is failure(DELETE, times={"exactly": 0}) is None
    assert failure(LIST, CREATE, LIST, inOrder=True) is None


def test_a_failure_says_how_often_what_was_expected_and_what_there_was() -> None:
    near = ' The nearest is request 2, POST /api/v1/events: operation is "createEvent", not "listEvents".'
    for times, expected, hint in (
        ({"exactly": 1}, "exactly 1 request", ""),
        ({"atMost": 1}, "at most 1 request", ""),
        ({"exactly": 0}, "exactly 0 requests", ""),
        ({"atLeast": 3}, "at least 3 requests", near),
        ({"atLeast": 3, "atMost": 5}, "3 to 5 requests", near),
    ):
        payload = f"requests[0]: expected {expected} like {LISTS}, but 2 of 3 matched (requests 1, 3).{hint}"
        assert reason(LIST, times=times) == payload


def test_a_failure_says_in_which_parts_the_nearest_request_differs() -> None:
    wanted = {"operation": "listEvents", "client": {"matches": "^a"}, "query": {"since": "0", "limit": None}}
    assert reason(wanted) == (
        f"requests[0]: expected at least 1 request like {orjson.dumps(wanted).decode()}, but 0 of 3 matched."
        ' The nearest is request 3, GET /api/v1/events?since=5: query.since is "5", not "0".'
    )
    assert reason(CREATE | {"body": {"subject": "Call"}, "status": [201, 202]}).endswith(
        ' The nearest is request 2, POST /api/v1/events: body is {"subject":"Demo"}, not {"subject":"Call"};'
        " status is 200, not [201,202]."
    )


def test_a_failure_in_order_says_behind_which_request_and_what_came_too_early() -> None:
    first = {"query": {"since": "0"}}
    assert reason(CREATE, first, inOrder=True) == (
        'requests[1]: no request after request 2 is like {"query":{"since":"0"}}. Too early: request 1.'
        ' The nearest is request 3, GET /api/v1/events?since=5: query.since is "5", not "0".'
    )
    assert reason(DELETE, inOrder=True).startswith(
        'requests[0]: no request is like {"operation":"deleteEvent"}. The nearest is request 3, GET '
    )
    assert reason({"client": "ann"}, CREATE, inOrder=True) == (
        'requests[1]: no request after request 3 is like {"operation":"createEvent"}. Too early: request 2.'
    )


def test_a_failure_names_the_matched_requests_and_at_most_three_near_ones() -> None:
    found = failure(LIST, CREATE, DELETE, inOrder=True)
    assert found is not None
    assert [entry.number for entry in found.matched] == [1, 2]
    many = failure({"client": "cat"}, entries=[request(number) for number in range(1, 9)])
    assert many is not None
    assert [miss.entry.number for miss in many.nearest] == [8, 7, 6]


def test_a_request_counts_from_its_arrival() -> None:
    under_way = Entry("client", "GET", "/", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
    assert outcome(LIST, entries=[under_way]) is None
    assert reason(LIST, entries=[under_way], times={"exactly": 0}).endswith("but 1 of 1 matched (request 0).")


def test_a_request_that_got_no_answer_has_happened() -> None:
    broken = request()
    broken.status = None
    assert failure(LIST, entries=[broken]) is None
