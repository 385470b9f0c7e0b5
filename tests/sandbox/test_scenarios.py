"""Scenarios over HTTP: what happens after the start, up to each sync, and what must hold at the end (section 6)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.errors.problems import MAX_PROBLEM
from mockcrm.errors.text import abridged
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.trials.hazards import hazards
from tests.making import Make, making, name_of
from tests.refusals import nothing_changes
from tests.samples import FULL, TIMES
from tests.served import MONDAY, Crm, error
from tests.unchanged import declined, subjects, version

LUNCH: dict[str, Any] = {"key": "lunch", "subject": "Lunch", **TIMES}


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


def load(crm: Crm, **payload: Any) -> None:
    """Begin with a lunch, at `MONDAY`."""
    answer = crm.admin("PUT", "/scenario", {"clock": {"now": MONDAY}, "events": [LUNCH], **payload})
    assert answer.status_code == 200, answer.text


def go(crm: Crm) -> Any:
    answer = crm.admin("POST", "/scenario/next")
    assert answer.status_code == 200, answer.text
    return answer.json()


def plot(crm: Crm) -> Any:
    answer = crm.admin("GET", "/scenario")
    assert answer.status_code == 200, answer.text
    return answer.json()


def renamed(subject: str, event: str = "lunch") -> dict[str, Any]:
    return {"edit": {"event": event, "set": {"subject": subject}}}


def lunch(crm: Crm) -> str:
    """The path of the lunch, as the client knows it."""
    return f"/events/{version(crm, 'lunch')['id']}"


# The files that ship


def test_the_shipped_scenarios_are_listed_and_told(crm: Crm) -> None:
    listed = {each["name"]: each for each in crm.admin("GET", "/scenarios").json()["scenarios"]}
    assert {"quickstart", "quarter", "nasty", "late-commit-visibility"} <= listed.keys()
    payload = crm.admin("GET", "/scenarios/late-commit-visibility").json()
    file = read_yaml(scenarios()["late-commit-visibility"].read_text(encoding="utf-8")).data
    assert payload == {"name": "late-commit-visibility", **file}
    assert listed["late-commit-visibility"] == {
        "name": "late-commit-visibility",
        "group": "watermark",
        "title": file["title"],
        "syncs": file["steps"].count("sync"),
    }
    groups = list(dict.fromkeys(each["group"] for each in listed.values()))
    assert groups == [None, *HAZARD_GROUPS]
    assert (listed["quickstart"]["group"], listed["quickstart"]["syncs"]) == (None, 0)


def test_every_hazard_says_what_a_correct_client_does_before_anybody_fails(crm: Crm) -> None:
    for hazard in hazards():
        payload = crm.admin("GET", f"/scenarios/{hazard.name}").json()
        assert payload["story"]["advice"] == hazard.advice, hazard
        assert crm.admin("PUT", "/scenario", hazard.name).status_code == 200
        assert plot(crm)["story"] == payload["story"]


@pytest.mark.parametrize("name", ["nothing", "..%2Fnasty", "hazards%2Flate-commit-visibility", "nasty.yaml", "%00"])
def test_there_are_no_other_files(crm: Crm, name: str) -> None:
    assert crm.admin("GET", f"/scenarios/{name}").json()["code"] in ("scenario.notFound", "path.notFound")
    error(crm.admin("PUT", "/scenario", {"name": name}), 404, "scenario.notFound")


@pytest.mark.parametrize("body", ["late-commit-visibility", {"name": "late-commit-visibility"}])
def test_a_shipped_scenario_is_begun_by_its_name(crm: Crm, body: Any) -> None:
    crm.create()
    assert crm.admin("PUT", "/scenario", body).json()["events"] == 1
    assert plot(crm)["story"].keys() == {"what", "why", "evidence", "advice"}
    seen = []
    while not (leg := go(crm))["done"]:
        seen.append((leg["sync"], [each["startTime"] for each in crm.events()]))
    assert [number for number, _ in seen] == [1, 2, 3]
    assert seen[0][1] == seen[1][1] != seen[2][1]


def test_what_is_told_in_full_can_be_what_a_file_tells(crm: Crm) -> None:
    payload = crm.admin("GET", "/scenarios/late-commit-visibility").json()
    del payload["name"]
    assert crm.admin("PUT", "/scenario", payload).status_code == 200
    assert {name: plot(crm)[name] for name in ("title", "story", "steps")}.items() <= payload.items()


# Where there is none


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/scenario"), ("DELETE", "/scenario"), ("POST", "/scenario/next")]
)
def test_a_crm_without_a_scenario_says_so(crm: Crm, method: str, path: str) -> None:
    declined(crm, 404, "scenario.notFound", method, path)
    load(crm, steps=["sync"])
    assert crm.admin(method, path).status_code in (200, 204)


def test_a_scenario_that_is_only_a_start_is_done_at_once(crm: Crm) -> None:
    crm.admin("PUT", "/scenario", {"name": "quickstart"})
    shown = crm.admin("GET", "/scenario").json()
    assert (shown["title"], shown["steps"], shown["done"]) == ("A sales team's March", [], False)
    leg = go(crm)
    assert (leg["sync"], leg["done"], leg["verdict"]) == (None, True, "inconclusive")
    assert crm.admin("DELETE", "/scenario").status_code == 204
    error(crm.admin("GET", "/scenario"), 404, "scenario.notFound")


def test_a_scenario_that_is_forgotten_stays_forgotten(crm: Crm) -> None:
    load(crm, steps=[renamed("A"), "sync", renamed("B")])
    go(crm)
    with_a_plot = crm.everything()
    assert crm.admin("DELETE", "/scenario").status_code == 204
    assert crm.everything() == {**with_a_plot, "plot": None}
    crm.admin("POST", "/reset")
    assert subjects(crm.events()) == ["Lunch"]
    for method, path in (("GET", "/scenario"), ("POST", "/scenario/next"), ("DELETE", "/scenario")):
        error(crm.admin(method, path), 404, "scenario.notFound")


# Legs


NOBODY = {
    "verdict": "inconclusive",
    "passed": None,
    "reasons": ["No client has made a request."],
    "failures": [],
}


def test_a_leg_tells_what_it_did_up_to_the_sync(crm: Crm) -> None:
    steps = [
        "sync",
        {"note": "A quiet night."},
        {"advance": {"by": "8h"}},
        renamed("Lunch, moved"),
        {"note": "Nobody looked."},
        "sync",
        "sync",
        {"delete": {"event": "lunch"}},
    ]
    assert crm.admin("GET", f"{crm.path}").json()["scenario"] is None
    load(crm, title="Legs", steps=steps)
    assert crm.admin("GET", f"{crm.path}").json()["scenario"] == "Legs"
    quiet = {"done": False, "results": [], "mailbox": [], "notes": []}
    assert plot(crm) == {
        "title": "Legs",
        "story": {},
        "steps": steps,
        "expect": {},
        "place": 0,
        "syncs": 0,
        "asked": [],
        "done": False,
        **NOBODY,
    }
    assert go(crm) == {**quiet, "sync": 1}
    second = go(crm)
    assert (second["sync"], second["notes"]) == (2, ["A quiet night.", "Nobody looked."])
    assert [result["verb"] for result in second["results"]] == ["advance", "edit"]
    assert (plot(crm)["place"], plot(crm)["syncs"], plot(crm)["asked"]) == (6, 2, [False, False])
    assert go(crm) == {**quiet, "sync": 3}
    last = go(crm)
    assert [result["verb"] for result in last.pop("results")] == ["delete"]
    assert last == {"sync": None, "done": True, "mailbox": [], "notes": [], **NOBODY}
    assert (plot(crm)["place"], plot(crm)["done"]) == (8, True)


def test_done_again_is_done_again(crm: Crm) -> None:
    load(crm, steps=[renamed("A")], expect={"events": [{"event": "lunch", "has": {"subject": "B"}}]})
    assert go(crm)["failures"] == ['events[0]: lunch has subject "A", not "B".']
    crm.events()
    with nothing_changes(crm):
        again = go(crm)
    assert (again["done"], again["results"], again["passed"]) == (True, [], False)
    crm.api("PATCH", lunch(crm), {"subject": "B"})
    assert (go(crm)["passed"], plot(crm)["failures"]) == (True, [])


@pytest.mark.parametrize("payload", [{"steps": []}, {"expect": {}}, {"story": {"what": "Nothing."}}])
def test_a_scenario_without_steps_is_done_at_once(crm: Crm, payload: Any) -> None:
    load(crm, **payload)
    assert (go(crm)["passed"], plot(crm)["done"]) == (None, True)


def test_the_mailbox_holds_what_the_client_s_user_did(crm: Crm) -> None:
    doings: list[dict[str, Any]] = [
        {"create": {"as": "mine", "set": {"subject": "Mine"}}},
        {"edit": {"event": "lunch", "set": {"subject": "Ours"}}},
        {"delete": {"event": "mine"}},
        {"delete": {"event": "late"}},
    ]
    steps = [{"mailbox": doing} for doing in doings]
    load(crm, steps=[*steps, "sync", {"create": {"key": "late", "set": TIMES}}, {"mailbox": doings[3]}, "sync"])
    with_id = {"edit": {**doings[1]["edit"], "id": version(crm, "lunch")["id"]}}
    assert go(crm)["mailbox"] == [doings[0], with_id, *doings[2:]]
    assert subjects(crm.events()) == ["Lunch"], "the CRM knows nothing of it"
    assert go(crm)["mailbox"] == [{"delete": {"event": "late", "id": version(crm, "late")["id"]}}]


def test_a_mailbox_entry_has_the_id_of_an_event_that_the_scenario_names_by_its_id(crm: Crm) -> None:
    event_id = "1001"
    deletion = {"mailbox": {"delete": {"event": event_id}}}
    load(crm, steps=["sync", deletion, "sync", {"delete": {"event": "lunch"}}, deletion, "sync"])
    go(crm)
    named = {"delete": {"event": event_id, "id": event_id}}
    assert go(crm)["mailbox"] == [named]
    assert go(crm)["mailbox"] == [named], "the CRM has the id of a deleted event, too"


def test_an_entry_that_the_user_made_has_no_id_whatever_the_client_made_of_it(crm: Crm) -> None:
    steps = [
        {"mailbox": {"create": {"as": "visit", "set": {"subject": "Visit"}}}},
        "sync",
        {"mailbox": {"edit": {"event": "visit", "set": {"location": "Halden"}}}},
        "sync",
        {"create": {"key": "visit", "set": TIMES}},
        {"mailbox": {"delete": {"event": "visit"}}},
        "sync",
    ]
    load(crm, steps=steps)
    go(crm)
    crm.api("POST", "/events", {"subject": "Visit", **TIMES})
    assert go(crm)["mailbox"] == [{"edit": {"event": "visit", "set": {"location": "Halden"}}}]
    assert go(crm)["mailbox"] == [{"delete": {"event": "visit"}}], "a colleague's event may be called the same"


# Steps hung on the clock and on requests


def test_a_step_may_wait_for_an_instant_or_a_while_or_come_again(crm: Crm) -> None:
    steps = [
        {"at": "2026-01-05T10:00:00Z", "do": [renamed("at ten")]},
        {"after": "30m", "do": renamed("after half an hour")},
        {"every": "20m", "do": [{"touch": {"events": "all"}}]},
        "sync",
        {"advance": {"by": "30m"}},
        "sync",
        {"advance": {"by": "30m"}},
    ]
    load(crm, steps=steps)
    assert [result["verb"] for result in go(crm)["results"]] == ["schedule"] * 3
    assert subjects(crm.events()) == ["Lunch"]
    (half_past,) = go(crm)["results"]
    assert [each["at"][11:16] for each in half_past["ran"]] == ["09:20", "09:30"]
    assert subjects(crm.events()) == ["after half an hour"]
    (ten,) = go(crm)["results"]
    assert [each["at"][11:16] for each in ten["ran"]] == ["09:40", "10:00", "10:00"]
    assert subjects(crm.events()) == ["at ten"]


@pytest.mark.parametrize(("when", "first"), [(None, "A"), ("before", "A"), ("after", "Lunch")])
def test_a_step_may_wait_for_a_request(crm: Crm, when: str | None, first: str) -> None:
    on = {"operation": "getEvent", "nth": 2} | ({"when": when} if when else {})
    load(crm, steps=[{"on": on, "do": [renamed("A")]}, "sync"])
    assert go(crm)["results"][0]["verb"] == "fault"
    seen = [crm.api("GET", lunch(crm)).json()["subject"] for _ in range(3)]
    assert seen == ["Lunch", first, "A"]


def test_a_step_on_a_request_may_be_named_and_limited(crm: Crm) -> None:
    on = {"on": {"operation": "listEvents"}, "do": [{"create": {"set": TIMES}}], "times": 2, "skip": 1, "name": "busy"}
    load(crm, steps=[on, "sync"])
    go(crm)
    assert [len(crm.events()) for _ in range(4)] == [1, 2, 3, 3]
    assert crm.admin("POST", "/requests/count", {"fault": "busy"}).json() == {"count": 2}


def test_faults_hold_from_the_start_and_a_step_lifts_them(crm: Crm) -> None:
    load(crm, faults=[{"effect": {"status": 503}}], steps=["sync", {"clearFaults": {}}, "sync"])
    assert crm.api("GET", "/events").status_code == 503
    go(crm), go(crm)
    assert crm.api("GET", "/events").status_code == 200
    crm.admin("POST", "/reset")
    assert crm.api("GET", "/events").status_code == 503


def test_a_step_may_change_the_dialect(crm: Crm) -> None:
    load(crm, dialect="google", steps=[{"dialect": {"pageSize": 3}}, "sync", {"dialect": "graph"}])
    go(crm)
    payload = crm.admin("GET", "/dialect").json()
    assert (payload["name"], payload["pageSize"], payload["deletedStatus"]) == (None, 3, 410)
    assert go(crm)["results"][0]["name"] == "graph"


# A step that is refused


def test_a_refused_step_takes_its_whole_leg_back(crm: Crm) -> None:
    leg = [
        {"create": {"key": "extra", "set": TIMES}},
        {"advance": {"by": "1h"}},
        {"churn": {"creates": 5, "edits": 5}},
        {"dialect": {"pageSize": 1}},
        {"after": "1h", "do": [renamed("later")]},
        renamed("A"),
    ]
    load(crm, steps=["sync", *leg, "sync"])
    go(crm)
    crm.api("DELETE", lunch(crm))
    assert declined(crm, 404, "event.deleted", "POST", "/scenario/next") == {"steps": {"6": {"edit": {}}}}
    assert "Step 6: edit: The event" in crm.admin("POST", "/scenario/next").json()["message"]
    assert (plot(crm)["place"], plot(crm)["syncs"]) == (1, 1)
    crm.admin("POST", "/events/lunch/restore")
    assert (go(crm)["sync"], version(crm, "lunch")["subject"]) == (2, "A")


def test_a_scenario_whose_steps_cannot_be_played_is_refused_and_the_old_one_stays(crm: Crm) -> None:
    load(crm, steps=[renamed("A"), "sync"])
    steps: list[Any] = ["sync", {"delete": {"event": "lunch"}}, "sync", renamed("A")]
    body = {"clock": {"now": MONDAY}, "events": [LUNCH], "steps": steps}
    (problem,) = declined(crm, 422, "scenario.invalid", "PUT", "/scenario", body)["problems"]
    assert problem["field"] == "steps[3].edit"
    assert "was deleted" in problem["message"]
    assert go(crm)["sync"] == 1


# What must hold


EXPECTED: list[tuple[dict[str, Any], str | None]] = [
    ({"event": "lunch"}, None),
    ({"event": "lunch", "deleted": False}, None),
    ({"event": "lunch", "deleted": True}, "lunch is not deleted, and should be."),
    ({"event": "nobody"}, "there is no event 'nobody'."),
    ({"event": "gone", "deleted": True}, None),
    ({"event": "gone", "deleted": True, "has": {"subject": "Gone"}}, None),
    ({"event": "gone"}, "gone is deleted, and should not be."),
    ({"event": "gone", "has": {}}, "gone is deleted, and should not be."),
    (
        {"event": "gone", "has": {"location": "Room 7", "private": True}},
        'gone is deleted, and should have location "Room 7" and private true.',
    ),
    ({"event": "lunch", "has": {"subject": "Lunch", "parentId": 42, "private": True}}, None),
    ({"event": "lunch", "has": {"subject": None}}, 'lunch has subject "Lunch", not null.'),
    ({"event": "lunch", "has": {"parentId": "42"}}, 'lunch has parentId 42, not "42".'),
    ({"event": "lunch", "has": {"private": 1}}, "lunch has private true, not 1."),
    ({"event": "lunch", "has": {"attendees": []}}, 'lunch has attendees [{"userId":"u-1",'),
    ({"event": "lunch", "has": {"startTime": "2026-01-06T10:00:00+01:00"}}, None),
    (
        {"event": "lunch", "has": {"startTime": "2026-01-06T10:00:00Z"}},
        'lunch has startTime "2026-01-06T09:00:00.000Z", not "2026-01-06T10:00:00.000Z".',
    ),
    ({"like": {"subject": "Lunch"}, "count": 1}, None),
    ({"like": {"subject": "Gone"}, "count": 0}, None),
    ({"like": {}, "count": 1}, None),
    ({"like": {"subject": "Lunch"}, "count": 0}, '1 event is like {"subject":"Lunch"}, not 0.'),
    ({"like": {"subject": "Supper"}, "count": 1}, '0 events are like {"subject":"Supper"}, not 1.'),
    ({"like": {"endTime": "2026-01-06T11:00:00+01:00"}, "count": 1}, None),
]


@pytest.mark.parametrize(("wanted", "failure"), EXPECTED, ids=str)
def test_what_does_not_hold_is_said_in_a_sentence(crm: Crm, wanted: dict[str, Any], failure: str | None) -> None:
    events = [{**FULL, **LUNCH}, {"key": "gone", "subject": "Gone", **TIMES}]
    load(crm, events=events, steps=[{"delete": {"event": "gone"}}], expect={"events": [{"event": "lunch"}, wanted]})
    crm.events()
    payload = go(crm)
    assert payload["passed"] is (failure is None)
    assert [each[: len(f"events[1]: {failure}")] for each in payload["failures"]] == (
        [f"events[1]: {failure}"] if failure else []
    )
    assert plot(crm)["failures"] == payload["failures"]


WILE = {"kind": "contact", "key": "wile", "set": {"lastName": "Coyote", "emailAddress": "wile@acme.example"}}
EXPECTED_RECORDS: list[tuple[dict[str, Any], str | None]] = [
    ({"kind": "contact", "record": "wile", "has": {"lastName": "Coyote"}}, None),
    ({"kind": "contact", "record": "wile", "has": {"lastName": "C."}}, 'wile has lastName "Coyote", not "C.".'),
    ({"kind": "contact", "record": "gone", "deleted": True}, None),
    ({"kind": "contact", "like": {"lastName": "Coyote"}, "count": 1}, None),
    ({"kind": "contact", "like": {}, "count": 2}, "1 contact is like {}, not 2."),
    ({"kind": "opportunity", "like": {}, "count": 1}, "0 opportunities are like {}, not 1."),
    ({"kind": "lead", "record": "wile"}, "there is no lead 'wile'."),
]


@pytest.mark.parametrize(("wanted", "failure"), EXPECTED_RECORDS, ids=str)
def test_what_does_not_hold_of_other_records_is_said_in_a_sentence(
    crm: Crm, wanted: dict[str, Any], failure: str | None
) -> None:
    steps = [{"create": WILE}, {"create": {**WILE, "key": "gone"}}, {"delete": {"kind": "contact", "record": "gone"}}]
    load(crm, events=[{**FULL, **LUNCH}], steps=steps, expect={"records": [wanted]})
    crm.events()
    assert go(crm)["failures"] == ([f"records[0]: {failure}"] if failure else [])


@pytest.mark.parametrize(
    "notation",
    [
        "2026-01-06T09:00:00Z",
        "2026-01-06T09:00:00.000Z",
        "2026-01-06t09:00:00z",
        "2026-01-06T09:00:00.000999Z",
        "2026-01-06T10:00:00+01:00",
        "2026-01-05T23:00:00-10:00",
    ],
)
def test_instants_are_compared_in_any_notation(crm: Crm, notation: str) -> None:
    wanted = [{"event": "lunch", "has": {"startTime": notation}}, {"like": {"startTime": notation}, "count": 1}]
    load(crm, expect={"events": wanted})
    assert go(crm)["failures"] == []


def test_what_the_client_asked_is_expected_too(crm: Crm) -> None:
    reads = [{"operation": "listEvents", "query": {"since": {"matches": "^2026"}}}]
    expect = {
        "requests": [{"requests": reads}, {"requests": [{"operation": "createEvent"}], "times": {"exactly": 0}}],
        "events": [{"event": "lunch", "has": {"subject": "A"}}],
    }
    load(crm, steps=["sync"], expect=expect)
    failures = plot(crm)["failures"]
    assert [failure[:12] for failure in failures] == ["events[0]: l", "requests[0]."]
    assert "expected at least 1 request like" in failures[1]
    go(crm)
    crm.events(since=MONDAY)
    crm.api("PATCH", lunch(crm), {"subject": "A"})
    assert plot(crm)["failures"] == []
    crm.create()
    (failure,) = go(crm)["failures"]
    assert failure.startswith("requests[1].")
    assert "expected exactly 0 requests" in failure


# A plot is part of the state


def test_a_reset_begins_again(crm: Crm) -> None:
    load(crm, steps=["sync", renamed("A"), "sync"], expect={"requests": [{"requests": [{"operation": "listEvents"}]}]})
    start = crm.everything()
    for _ in range(2):
        assert plot(crm)["failures"] != []
        for number, subject in ((1, "Lunch"), (2, "A")):
            assert go(crm)["sync"] == number
            assert subjects(crm.events()) == [subject]
        assert go(crm)["passed"] is True
        crm.admin("POST", "/reset")
        assert crm.everything() == start
    crm.admin("POST", "/reset", {"to": "empty"})
    error(crm.admin("POST", "/scenario/next"), 404, "scenario.notFound")


def test_a_fork_goes_on_by_itself_from_where_it_stands(crm: Crm, make: Make) -> None:
    load(crm, steps=["sync", renamed("A"), "sync", renamed("B"), "sync"])
    go(crm), go(crm)
    fork = make(**{"from": name_of(crm)})
    assert plot(fork) == plot(crm)
    assert (go(fork)["sync"], subjects(fork.events())) == (3, ["B"])
    assert (plot(crm)["place"], version(crm, "lunch")["subject"]) == (3, "A")
    fork.admin("POST", "/reset")
    assert plot(fork) == plot(crm)
    fork.admin("DELETE", "/scenario")
    assert go(crm)["sync"] == 3


def test_a_snapshot_in_mid_plot_goes_on_elsewhere(crm: Crm, make: Make) -> None:
    steps = ["sync", {"mailbox": {"delete": {"event": "lunch"}}}, {"note": "n"}, renamed("A"), "sync", renamed("B")]
    expect = {"events": [{"event": "lunch", "has": {"subject": "B"}}]}
    load(crm, title="Half-way", story={"what": "It stops."}, steps=steps, expect=expect)
    go(crm)
    state, other = crm.everything(), make()
    assert other.admin("PUT", "/snapshot", state).status_code == 200
    assert (plot(other), other.everything()) == (plot(crm), state)
    assert [go(other), go(other)] == [go(crm), go(crm)]
    other.admin("POST", "/reset")
    assert (plot(other)["place"], other.everything()) == (1, state)


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": 3},
        {"place": -1},
        {"place": True},
        {"syncs": 2},
        {"told": {}},
        {"told": 5},
        {"told": None},
        {"told": {"title": "no more"}},
        {"told": {"steps": ["sing"]}},
        {"told": {"steps": [], "events": []}},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_snapshot_of_a_plot_that_cannot_be_is_refused(crm: Crm, wrong: dict[str, Any]) -> None:
    load(crm, steps=["sync", renamed("A")])
    go(crm)
    state = crm.everything()
    state["plot"] |= wrong
    declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", state)


def test_a_new_sandbox_may_begin_with_a_scenario_and_play_it(make: Make) -> None:
    first, second = (make(scenario="late-commit-visibility", seed=7) for _ in range(2))
    while not (leg := go(first))["done"]:
        assert go(second) == leg
        assert second.events() == first.events()
    assert go(second) == leg
    assert go(make(scenario="late-commit-visibility", dialect="google"))["sync"] == 1


def test_what_a_scenario_begins_with_is_listed_from_the_start_however_far_lists_lag(crm: Crm) -> None:
    late = {"key": "late", "subject": "Late", **TIMES, "visibleAfter": "1m"}
    load(crm, dialect="hubspot", events=[LUNCH, late], steps=[renamed("A"), "sync", {"advance": {"by": "1m"}}, "sync"])
    go(crm)
    assert subjects(crm.events()) == ["Lunch"]
    go(crm)
    assert subjects(crm.events()) == ["A", "Late"]


def test_loading_begins_everything_anew(crm: Crm) -> None:
    crm.set_dialect(since="exclusive")
    crm.admin("POST", "/faults", {"effect": {"status": 503}, "times": 1})
    first = crm.api("GET", "/events")
    load(crm, steps=["sync"])
    assert (first.status_code, crm.admin("GET", "/requests").json()["length"]) == (503, 0)
    assert (crm.admin("GET", "/dialect").json()["name"], crm.admin("GET", "/faults").json()["length"]) == ("plain", 0)
    assert (crm.now(), crm.api("GET", "/events").headers["X-Request-Id"]) == (MONDAY, "1")


# Mistakes


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": "red"}, "colour", "No such field"),
    ({"title": 5}, "title", "string"),
    ({"story": {"moral": "x"}}, "story.moral", "No such field"),
    ({"story": "x"}, "story", "object"),
    ({"dialect": "klingon"}, "dialect", "Must be one of"),
    ({"dialect": {"since": 5}}, "dialect.since", "Must be one of"),
    ({"dialect": None}, "dialect", "null"),
    ({"events": [LUNCH, {**LUNCH, "key": "b", "subjcet": "x"}]}, "events[1].subjcet", "No such field"),
    ({"events": [LUNCH, LUNCH]}, "events[1]", "already stands"),
    ({"faults": [{"effect": {"status": 99}}]}, "faults[0].effect.status.status", ""),
    ({"steps": "sync"}, "steps", "Not a list"),
    ({"steps": ["sync", "Sync"]}, "steps[1]", "A step is"),
    ({"steps": [None]}, "steps[0]", "A step is"),
    ({"steps": [["sync"]]}, "steps[0]", "A step is"),
    ({"steps": [{}]}, "steps[0]", "one key"),
    ({"steps": [{"sync": {}}]}, "steps[0].sync", "Write `sync` alone"),
    ({"steps": [{"note": 5}]}, "steps[0].note", "Not a text"),
    ({"steps": [{"note": "x" * 10_001}]}, "steps[0].note", "Not a text"),
    ({"steps": [{"mailbox": []}]}, "steps[0].mailbox", "object"),
    ({"steps": [{"mailbox": {}}]}, "steps[0].mailbox", "exactly one"),
    ({"steps": [{"mailbox": {"edit": {"set": {}}}}]}, "steps[0].mailbox.edit.event", "Missing"),
    ({"steps": [{"do": []}]}, "steps[0].schedule", "exactly one of `after`, `at` and `every`."),
    ({"steps": [{"every": "1h", "at": MONDAY, "do": []}]}, "steps[0].schedule", "exactly one"),
    ({"steps": [{"after": "1h", "do": [{"advance": {"by": "1h"}}]}]}, "steps[0].schedule.do[0].advance", "cannot move"),
    ({"steps": [{"at": "2026-01-05T08:59:59Z", "do": []}]}, "steps[0].schedule", "is in the past"),
    ({"steps": [{"on": "listEvents", "do": []}]}, "steps[0].on", "which request"),
    ({"steps": [{"on": {"colour": "red"}, "do": []}]}, "steps[0].fault.match.colour", "No such field"),
    ({"steps": [{"on": {}, "do": [], "effect": {"status": 503}}]}, "steps[0].effect", "say this"),
    ({"steps": [renamed("A", "nobody")]}, "steps[0].edit", "There is no event"),
    ({"steps": [{"edit": {"event": "lunch", "set": {"subject": 5}}}]}, "steps[0].edit.subject", "string"),
    ({"steps": [{"create": {"set": TIMES, "key": "lunch"}}]}, "steps[0].create", "already stands"),
    ({"steps": [{"create": {"set": TIMES | {"attendees": [{}]}}}]}, "steps[0].create.attendees[0]", "An attendee"),
    ({"steps": [{"create": {"set": TIMES | {"²": 1}}}]}, "steps[0].create.²", "No such field"),
    ({"9" * 5000: 1}, abridged("9" * 5000, MAX_PROBLEM), "No such field"),
    ({"expect": []}, "expect", "object"),
    ({"expect": {"events": [{}]}}, "expect.events[0]", "exactly one of `event` and `like`."),
    ({"expect": {"events": [{"event": "a", "like": {}, "count": 1}]}}, "expect.events[0]", "exactly one"),
    ({"expect": {"events": [{"like": {}}]}}, "expect.events[0].count", "belong together"),
    ({"expect": {"events": [{"event": "a", "count": 1}]}}, "expect.events[0].count", "belong together"),
    ({"expect": {"events": [{"like": {}, "count": 1, "has": {}}]}}, "expect.events[0].like", "need an `event`"),
    ({"expect": {"requests": [{"requests": [{"operation": "sing"}]}]}}, "expect.requests[0].requests[0].operation", ""),
]


@pytest.mark.parametrize(("payload", "field", "message"), MISTAKES, ids=lambda value: str(value)[:60])
def test_a_mistake_is_told_with_its_line_and_field(crm: Crm, payload: dict[str, Any], field: str, message: str) -> None:
    body = {"clock": {"now": MONDAY}, "events": [LUNCH], **payload}
    problems = declined(crm, 422, "scenario.invalid", "PUT", "/scenario", body)["problems"]
    assert [problem["field"] for problem in problems] == [field]
    assert message in problems[0]["message"]
    assert problems[0]["line"] == 1


def test_all_mistakes_are_told_at_once(crm: Crm) -> None:
    payload = {"title": 5, "steps": ["sing", "dance"], "expect": {"events": 5}}
    problems = declined(crm, 422, "scenario.invalid", "PUT", "/scenario", payload)["problems"]
    assert [each["field"] for each in problems] == ["expect.events", "steps[0]", "steps[1]", "title"]


@pytest.mark.parametrize("body", [[], 5, True, 1.5, [{"steps": []}], {"name": 5}, {"name": None}, {"name": []}])
def test_what_is_no_scenario_at_all_is_refused(crm: Crm, body: Any) -> None:
    declined(crm, 422, "scenario.invalid", "PUT", "/scenario", body)


def nested(depth: int) -> Any:
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    return deep


HOSTILE: dict[str, Any] = {
    "1,001 steps": {"steps": ["sync"] * 1001},
    "1,001 expectations": {"expect": {"events": [{"event": "a"}] * 1001}},
    "deep steps": {"steps": [nested(55)]},
    "deep likes": {"expect": {"events": [{"like": nested(64), "count": 0}]}},
    "deep mailbox": {"steps": [{"mailbox": {"create": {"as": "a", "set": nested(64)}}}]},
    "deep schedules": {"steps": [{"after": "1s", "do": [{"schedule": {"after": "1s", "do": nested(50)}}]}]},
    "long title": {"title": "x" * 10_001},
    "long key": {"x" * 2000: 1},
    "huge numbers": {"seed": 2**63},
    "numbers for texts": {"steps": [{"edit": {"event": 5, "set": 5}}], "title": 5, "clock": 5},
    "nulls": dict.fromkeys(("title", "clock", "dialect", "seed", "events", "generate", "faults", "steps", "expect")),
    "lists": {name: [[]] for name in ("title", "clock", "dialect", "seed", "events", "generate", "faults", "steps")},
    "a yearly leap": {"clock": {"now": "9999-12-31T23:59:59.999Z"}, "steps": [{"advance": {"by": "1s"}}]},
    "endless repetition": {"steps": [{"every": "1ms", "do": []}, {"advance": {"by": "11s"}}]},
    "a bad pattern": {"expect": {"requests": [{"requests": [{"path": {"matches": "(" * 400}}]}]}},
    "a million and one": {"generate": {"count": 1_000_001}},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
def test_nothing_that_is_told_breaks_the_server(crm: Crm, body: Any) -> None:
    with nothing_changes(crm):
        answer = crm.admin("PUT", "/scenario", body)
    assert answer.json()["code"] in ("scenario.invalid", "body.malformed"), answer.text
    assert answer.status_code in (400, 422)


def test_a_thousand_steps_are_played(crm: Crm) -> None:
    load(crm, steps=[renamed(str(number)) for number in range(999)] + ["sync"])
    assert len(go(crm)["results"]) == 999
    assert version(crm, "lunch")["version"] == 1000


@pytest.mark.parametrize("matched", [{"body": nested(40)}, {"path": {"matches": "x+x+y"}}])
def test_what_is_deep_but_allowed_survives_a_snapshot(crm: Crm, matched: Any) -> None:
    load(crm, steps=[{"on": matched, "do": []}, "sync"], expect={"events": [{"like": nested(40), "count": 0}]})
    go(crm)
    crm.events()
    state = crm.everything()
    assert crm.admin("PUT", "/snapshot", state).status_code == 200
    assert crm.everything() == state
    crm.events()
    assert go(crm)["passed"] is True


@pytest.mark.parametrize("text", ["a\u0085b", "a\u007fb", "a\u2028 b", "\ufffe"], ids=ascii)
def test_a_text_arrives_as_it_was_told(crm: Crm, text: str) -> None:
    load(crm, title=text, steps=[])
    assert plot(crm)["title"] == text


def test_an_expectation_whose_pattern_takes_too_long_is_not_met_and_takes_nothing_back(crm: Crm) -> None:
    slow = {"requests": [{"path": {"matches": "(a+)+$"}}]}
    load(crm, steps=[renamed("Moved")], expect={"requests": [slow, slow]})
    crm.api("GET", f"/{'a' * 4_000}!")
    crm.events()
    end = go(crm)
    assert (end["done"], end["passed"]) == (True, False)
    assert [failure[: len("requests[0]: The patterns")] for failure in end["failures"]] == [
        "requests[0]: The patterns",
        "requests[1]: The patterns",
    ]
    assert version(crm, "lunch")["subject"] == "Moved"


def test_no_more_churns_fit_into_a_scenario_than_into_a_list_of_actions(crm: Crm) -> None:
    churns = [{"churn": {"creates": 1}}] * 11
    error(crm.admin("POST", "/actions", churns), 422, "action.invalid")
    error(crm.admin("PUT", "/scenario", {"steps": churns}), 422, "scenario.invalid")


def test_a_large_scenario_is_begun_again(crm: Crm) -> None:
    generate = {"count": 10_000, "seed": 1, "from": MONDAY, "to": "2026-12-31T00:00:00Z"}
    load(crm, generate=generate, steps=["sync", renamed("A"), "sync"])
    crm.admin("POST", "/reset")
    assert [go(crm)["sync"], go(crm)["sync"]] == [1, 2]
