"""`scenario_of`: whatever a body says, it is a scenario or refused in words, and never another exception."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from mockcrm.errors import ScenarioInvalid, ScenarioNotFound
from mockcrm.sandbox.scenario.fixture_file import scenario_of, shipped_document
from mockcrm.sandbox.scenario.shipped import scenarios

EDGES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z")
TIMES = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
NAMES = ("", "set", "key", "do", "at", "on", "12", "²", "٣", "9" * 5000, "\n", "\x1b[31m", "attendees")
SPOILT_FIELDS: tuple[dict[str, Any], ...] = ({"attendees": [{}]}, {"relatedTo": [1]}, {"²": 1})
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 1.5, "", "all", "sync", "²", "9" * 5000, "\x1b[31m", "\u202e", "x" * 300),
    *(*EDGES, "0001-01-01", "9999-12-31", "P36600D", "PT999999999999S", "-PT5M"),
    *([], [{}], [[]], ["a", {}, 1], {}, *({name: 1} for name in NAMES)),
    *({"create": {"set": {**TIMES, **more}}} for more in SPOILT_FIELDS),
    *({"clock": {"now": edge}} for edge in EDGES),
    *({"schedule": {"every": "P9D", "do": {"churn": {"creates": 2}}}}, {"advance": {"by": "P999999999D"}}),
    *({"touch": {"events": "all"}}, {"fault": {"effect": "x"}}, {"dialect": {"timestampRounding": "nearest"}}),
)


def places(payload: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to each value within a body."""
    inner = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for step, value in inner:
        yield (*path, step)
        yield from places(value, (*path, step))


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A scenario that ships, in which some members are others, are gone, or are too many."""
    payload: Any = copy.deepcopy(shipped_document(draw(st.sampled_from(sorted(scenarios())))))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([*places(payload)] or [("steps",)]))
        place = payload
        for step in way:
            place = place[step]
        match draw(st.sampled_from(("put", "put", "take", "add"))):
            case "take":
                place.pop(last, None) if isinstance(place, dict) else place.pop(last)
            case "add" if isinstance(place, list):
                place.insert(last, copy.deepcopy(draw(st.sampled_from(JUNK))))
            case "add":
                place[draw(st.sampled_from(NAMES))] = copy.deepcopy(draw(st.sampled_from(JUNK)))
            case _:
                place[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return payload


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(spoilt())
def test_a_spoilt_scenario_is_refused_in_words_or_is_one(payload: Any) -> None:
    with suppress(ScenarioInvalid, ScenarioNotFound):
        scenario_of(payload)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_may_have_any_name_and_is_refused_by_it(name: str) -> None:
    for payload in ({name: 1}, {"events": [{**TIMES, name: 1}]}, {"steps": [{"create": {"set": {**TIMES, name: 1}}}]}):
        with suppress(ScenarioInvalid):
            scenario_of(payload)


def test_the_attendee_at_fault_is_named_by_its_place() -> None:
    people = [{"userId": "u1"}] * 10 + [{}, 5]
    with pytest.raises(ScenarioInvalid) as refusal:
        scenario_of({"steps": ["sync", {"create": {"set": {**TIMES, "attendees": people}}}]})
    assert [(each["field"], each["message"]) for each in refusal.value.details["problems"]] == [
        ("steps[1].create.attendees[10]", "An attendee needs a userId, an emailAddress or a contactId."),
        ("steps[1].create.attendees[11]", "Must be an object: names with values."),
    ]


def test_mistakes_are_listed_in_the_order_in_which_people_count() -> None:
    with pytest.raises(ScenarioInvalid) as refusal:
        scenario_of({"events": [{**TIMES, "startTime": None}] * 11})
    fields = [each["field"].partition(".")[0] for each in refusal.value.details["problems"]]
    assert list(dict.fromkeys(fields)) == [f"events[{place}]" for place in range(11)]
