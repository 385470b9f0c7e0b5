"""What comes next in a sandbox, in words."""

from typing import Any

import pytest

from mockcrm.sandbox.action_schemas import MOVING, VERBS
from mockcrm.sandbox.upcoming import Upcoming, upcoming
from tests.audit.audited import MINUTE, MONDAY, TIMES, Crm

PHRASES: list[tuple[Any, str]] = [
    ({"create": {"set": TIMES}}, "a new event"),
    ({"create": {"set": TIMES, "key": "lunch"}}, "a new event lunch"),
    ({"edit": {"event": "event1", "set": {"location": None}}}, "an edit of event1"),
    ({"edit": {"event": "1001", "set": {"location": None}}}, "an edit of event1"),
    ({"delete": {"event": "gone"}}, "a deletion of gone"),
    ({"delete": {"event": "x" * 100_000}}, f"a deletion of {'x' * 60}…"),
    ({"restore": {"event": "event1"}}, "a restoration of event1"),
    ({"restore": {"kind": "contact", "record": "ann"}}, "a restoration of ann"),
    ({"delete": {"kind": "contact", "record": ""}}, "a deletion of "),
    ({"merge": {"kind": "contact", "into": "ann", "from": ["anna"]}}, "a merge of anna into ann"),
    ({"merge": {"kind": "contact", "into": "ann", "from": ["anna", "a."]}}, "a merge of 2 contacts into ann"),
    ({"touch": {"events": "all"}}, "a touch of all events"),
    ({"touch": {"events": ["1001"]}}, "a touch of event1"),
    ({"touch": {"events": ["1001", "1002"]}}, "a touch of 2 events"),
    ({"touch": {"kind": "user", "records": []}}, "a touch of 0 users"),
    ({"touch": {"kind": "user", "records": [""]}}, "a touch of "),
    ({"churn": {"edits": 1}}, "a churn"),
    ({"dialect": "google"}, "another dialect"),
    ({"fault": {"effect": {"status": 503}}}, "a new fault rule"),
    ({"clearFaults": {}}, "the removal of all fault rules"),
    ({"schedule": {"after": "1m", "do": []}}, "a new entry of the agenda"),
    ([], "nothing"),
    ([{"churn": {"edits": 1}}, {"clearFaults": {}}, {"clearFaults": {}}], "a churn and 2 more"),
]


@pytest.fixture
def crm() -> Crm:
    made = Crm()
    made.create()
    return made


def ahead(crm: Crm) -> Upcoming:
    with crm.sandbox.open() as state:
        return upcoming(state)


@pytest.mark.parametrize(("do", "what"), PHRASES, ids=[what[:40] for _, what in PHRASES])
def test_each_action_has_a_short_phrase(crm: Crm, do: Any, what: str) -> None:
    crm.act({"schedule": {"after": "5m", "do": do}})
    assert ahead(crm) == Upcoming(ahead(crm).due, what, 1)


def test_every_verb_of_the_agenda_has_one() -> None:
    verbs = {next(iter(do)) for do, _ in PHRASES if do and isinstance(do, dict)}
    assert verbs == VERBS.keys() - {*MOVING}


def test_what_recurs_says_how_often(crm: Crm) -> None:
    crm.act({"schedule": {"every": "90m", "do": {"touch": {"events": "all"}}}})
    assert ahead(crm).what == "a touch of all events, again every PT1H30M"


def test_the_next_thing_is_the_first_of_all_that_there_are(crm: Crm) -> None:
    assert ahead(crm) == Upcoming(None, None, 0)
    crm.act({"clock": {"tick": "0s"}})
    now = crm.sandbox.clock_reading()
    crm.act({"schedule": {"after": "2m", "do": {"churn": {"edits": 1}}}})
    crm.edit("event1", visibleAfter="3m")
    crm.edit("event1", visibleAfter="1m")
    assert ahead(crm) == Upcoming(now + MINUTE, "change 3 appears in lists", 3)
    crm.wait(1)
    assert ahead(crm) == Upcoming(now + 2 * MINUTE, "a churn", 2)
    crm.wait(1)
    assert ahead(crm) == Upcoming(now + 3 * MINUTE, "change 2 is skipped, since lists show a later version", 1)
    crm.wait(1)
    assert ahead(crm) == Upcoming(None, None, 0)


def test_what_appears_comes_before_what_runs_at_the_same_instant(crm: Crm) -> None:
    crm.act({"clock": {"now": MONDAY.isoformat(), "tick": "0s"}})
    crm.act({"schedule": {"after": "1m", "do": {"churn": {"edits": 1}}}})
    crm.edit("event1", visibleAfter="1m")
    assert ahead(crm) == Upcoming(MONDAY + MINUTE, "change 2 appears in lists", 2)
