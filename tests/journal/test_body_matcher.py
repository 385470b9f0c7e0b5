"""What a matcher may say of a body: members among others, any order, patterns, and exact values."""

from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st
from marshmallow import ValidationError

from mockcrm.base.search_budget import SearchBudget
from mockcrm.errors import RequestInvalid
from mockcrm.faults.plan import FaultContext
from mockcrm.faults.rules import Faults
from mockcrm.journal.body_matcher import read_body_test
from mockcrm.journal.matcher import Reading
from mockcrm.sandbox.action_schemas import RULE
from tests.journal.test_matcher import MONDAY, request

EVENT: dict[str, Any] = {
    "subject": "Demo with Ann",
    "attendees": [
        {"emailAddress": "ann@brightsync.example", "status": "Accepted", "contactId": 7},
        {"emailAddress": "ben@other.example", "status": "Declined"},
        {"emailAddress": "cat@brightsync.example", "status": "Accepted"},
    ],
    "links": [],
    "allDay": False,
}


def fits(wanted: Any, found: Any = EVENT) -> bool:
    return read_body_test(wanted)(found, SearchBudget())


@pytest.mark.parametrize(
    "wanted",
    [
        {"subject": {"matches": "^Demo"}},
        {"subject": {"matches": "Ann$"}, "allDay": False},
        {"matches": "^a"},
        {"attendees": [{"emailAddress": {"matches": "^ann@"}}, {}, {"status": "Accepted"}]},
        {"attendees": {"anyOrder": [{"status": "Declined"}, {"contactId": 7}, {}]}},
        {"attendees": {"anyOrder": [{"emailAddress": {"matches": f"^{name}@"}} for name in ("cat", "ann", "ben")]}},
        {"attendees": {"anyOrder": [{"status": {"equals": "Accepted"}}, {"status": "Accepted"}, {}]}},
        {"links": {"anyOrder": []}},
        {"links": {"equals": []}},
        {"equals": EVENT},
        {"subject": {"equals": "Demo with Ann"}},
        {"attendees": {"equals": EVENT["attendees"]}},
    ],
    ids=str,
)
def test_a_body_that_is_as_wanted_fits(wanted: Any) -> None:
    assert fits(wanted, "abc" if wanted == {"matches": "^a"} else EVENT)


@pytest.mark.parametrize(
    "wanted",
    [
        {"subject": {"matches": "^Ann"}},
        {"allDay": {"matches": "."}},
        {"nothing": {"matches": ""}},
        {"links": {"matches": ""}},
        {"attendees": {"anyOrder": [{}, {}]}},
        {"attendees": {"anyOrder": [{}, {}, {}, {}]}},
        {"attendees": {"anyOrder": [{"status": "Declined"}, {"status": "Declined"}, {}]}},
        {"attendees": {"anyOrder": [{"contactId": 7}, {"contactId": 7}, {}]}},
        {"subject": {"anyOrder": []}},
        {"links": {"anyOrder": [{}]}},
        {"attendees": {"equals": [{"status": "Accepted"}, {}, {}]}},
        {"attendees": {"equals": EVENT["attendees"][::-1]}},
        {"equals": {"subject": "Demo with Ann"}},
        {"allDay": {"equals": 0}},
    ],
    ids=str,
)
def test_a_body_that_is_otherwise_does_not_fit(wanted: Any) -> None:
    assert not fits(wanted)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"equals": {"matches": "^a"}}, {"matches": "^a"}),
        ({"equals": {"anyOrder": [1]}}, {"anyOrder": [1]}),
        ({"equals": {"equals": 1}}, {"equals": 1}),
        ({"rule": {"equals": {"matches": 5}}}, {"rule": {"matches": 5}, "more": 1}),
        ({"matches": "x", "subject": "y"}, {"matches": "x", "subject": "y", "more": 1}),
        ({"equals": 1, "anyOrder": 2}, {"equals": 1, "anyOrder": 2}),
    ],
    ids=str,
)
def test_an_object_that_looks_like_a_word_of_the_language_can_be_meant_itself(wanted: Any, found: Any) -> None:
    assert fits(wanted, found)
    assert not fits(wanted, "^a")
    assert not fits(wanted, [1])


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"matches": 5}, {"matches": ["Not a text with a regular expression."]}),
        ({"subject": {"matches": None}}, {"subject": {"matches": ["Not a text with a regular expression."]}}),
        ({"attendees": {"anyOrder": {}}}, {"attendees": {"anyOrder": ["Not a list."]}}),
        (
            {"attendees": {"anyOrder": [{}, {"status": {"matches": []}}]}},
            {"attendees": {"anyOrder": {1: {"status": {"matches": ["Not a text with a regular expression."]}}}}},
        ),
        ([1, {"a": [{"anyOrder": 1}]}], {1: {"a": {0: {"anyOrder": ["Not a list."]}}}}),
        ({"a": {"matches": "x" * 501}}, {"a": {"matches": ["A regular expression has at most 500 characters."]}}),
        ({"a": {"anyOrder": [0] * 1_001}}, {"a": {"anyOrder": ["Must have at most 1,000 members."]}}),
        ([{"matches": "a"}] * 101, ["Must have at most 100 patterns."]),
        ({"equals": [{"matches": "("}] * 101 + [{"anyOrder": 1}]}, None),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_makes_no_sense_is_refused_by_its_place(wanted: Any, problem: Any) -> None:
    if problem is None:
        read_body_test(wanted)
        return
    with pytest.raises(ValidationError) as refused:
        read_body_test(wanted)
    assert refused.value.messages == problem


def test_what_is_no_pattern_is_named_with_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        read_body_test({"a": [0, {"matches": "("}]})
    assert "Not a regular expression" in refused.value.messages_dict["a"][1]["matches"][0]


# Any order

VALUES = st.recursive(
    st.sampled_from([0, 1, "a", True, None]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("xy"), inner, max_size=2)),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=5))
def test_any_order_is_one_of_all_orders(wanted: list[Any], found: list[Any]) -> None:
    # A plain list is compared in order, and by a way of its own.
    assert fits({"anyOrder": wanted}, found) == any(fits([*each], found) for each in permutations(wanted))


@given(st.lists(VALUES, max_size=6).flatmap(lambda each: st.tuples(st.just(each), st.permutations(each))))
def test_a_list_in_another_order_fits(lists: tuple[list[Any], list[Any]]) -> None:
    assert fits({"anyOrder": lists[0]}, lists[1])
    assert fits({"anyOrder": [{"equals": each} for each in lists[0]]}, lists[1])


def _sorted(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(VALUES, VALUES)
def test_equal_is_what_is_within_each_other(one: Any, other: Any) -> None:
    assert fits({"equals": one}, other) == (_sorted(one) == _sorted(other))


def test_many_members_find_their_places() -> None:
    found = [{"number": number, "shared": number // 2} for number in range(300)]
    assert fits({"anyOrder": found[::-1]}, found)
    # Each one but the last leaves its place to the next.
    chain = [{"anyOrder": [{"of": number}, {"of": number + 1}]} for number in range(40)]
    assert fits({"anyOrder": chain}, [[{"of": number + 1}, {"of": number}] for number in range(40)])


def test_members_make_room_for_one_another() -> None:
    # Each but the last fits two places; only if all move one on, there is room for the last.
    found = [{"a": number, "b": number + 1} for number in range(200)]
    wanted: list[Any] = [{"a": number} for number in range(1, 200)]
    assert fits({"anyOrder": [*wanted, {}]}, found)
    assert fits({"anyOrder": [{}, *wanted]}, found)
    assert not fits({"anyOrder": [*wanted, {"a": 1}]}, found)


def test_lists_that_take_too_long_to_compare_are_given_up() -> None:
    wanted = read_body_test({"anyOrder": [{"equals": number} for number in range(1_000)]})
    with pytest.raises(RequestInvalid, match="any order take too long"):
        wanted([*reversed(range(1_000))], SearchBudget(0.01))


def test_patterns_in_a_body_share_the_budget_of_all_patterns() -> None:
    slow = read_body_test({"subject": {"matches": "(a+)+$"}})
    with pytest.raises(RequestInvalid, match="patterns take too long"):
        slow({"subject": "a" * 8_000 + "!"}, SearchBudget())


def test_fault_rules_speak_the_same_language() -> None:
    faults = Faults()
    match = {"body": {"attendees": {"anyOrder": [{"status": "Declined"}, {}, {"contactId": 7}]}}}
    faults.add(RULE.load({"match": match, "effect": {"status": 503}}))
    for body, applied in ((EVENT, 1), ({}, 0)):
        plan = faults.decide(FaultContext(Reading(request(body=body)), MONDAY, 0.0, None))
        assert len(plan.applied_faults) == applied
    with pytest.raises(ValidationError) as refused:
        RULE.load({"match": {"body": {"a": {"anyOrder": 1}}}, "effect": {"status": 503}})
    assert refused.value.messages == {"match": {"body": {"a": {"anyOrder": ["Not a list."]}}}}
