"""Versions, when lists come to show them, and where they stand in the delta (contract, sections 4.2 to 4.4)."""

from typing import Any

import pytest

from tests.served import MONDAY, Crm, error
from tests.unchanged import (
    EVENT,
    delta,
    edited,
    ids,
    made,
    not_done,
    set_clock,
    subjects,
    tombstones,
    version,
)

IN_TEN = {"visibleAfter": "10m"}
IN_FIVE = {"visibleAfter": "5m"}


def by_id(crm: Crm, event_id: str) -> Any:
    response = crm.api("GET", f"/events/{event_id}")
    assert response.status_code == 200, response.text
    return response.json()


def shown(crm: Crm) -> list[Any]:
    """The subjects in a list, which must be the same in every kind of list."""
    listed = subjects(crm.events())
    assert sorted(subjects(delta(crm))) == sorted(listed)
    assert sorted(subjects(crm.events(startAt="2026-01-01T00:00:00Z", endAt="2026-12-31T00:00:00Z"))) == sorted(listed)
    return listed


# Delayed writes


def test_a_delayed_creation_is_read_by_id_at_once_and_listed_later(crm: Crm) -> None:
    event_id = made(crm, how=IN_TEN, subject="new")
    assert by_id(crm, event_id)["subject"] == "new"
    assert shown(crm) == []
    crm.advance("10m")
    assert shown(crm) == ["new"]


def test_a_delayed_write_is_committed_and_stamped_now(crm: Crm) -> None:
    event_id = made(crm, how=IN_TEN)
    (change,) = crm.changes()
    assert change["committedAt"] == change["stamp"] == "2026-01-05T09:00:00.001Z"
    assert change["visibleAt"] == "2026-01-05T09:10:00.001Z"
    assert by_id(crm, event_id)["lastModifiedAt"] == "2026-01-05T09:00:00.001Z"


def test_it_is_listed_from_the_very_instant_and_not_before(crm: Crm) -> None:
    made(crm, how=IN_TEN, subject="new")
    crm.advance("9m59s999ms")
    assert shown(crm) == []
    crm.advance("1ms")
    assert shown(crm) == ["new"]


def test_lists_show_the_old_version_until_the_new_one_is_visible(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    before = crm.events()
    edited(crm, event_id, IN_TEN, subject="new", startTime="2026-01-06T09:30:00Z")
    assert crm.events() == delta(crm) == before
    assert by_id(crm, event_id)["subject"] == "new"
    crm.advance("10m")
    assert crm.events() == delta(crm) == [by_id(crm, event_id)]


def test_tags_and_preconditions_are_those_of_the_latest_version(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    old = crm.api("GET", f"/events/{event_id}").headers["ETag"]
    edited(crm, event_id, IN_TEN, subject="new")
    new = crm.api("GET", f"/events/{event_id}").headers["ETag"]
    assert new != old
    stale = crm.api("PATCH", f"/events/{event_id}", {"location": "x"}, headers={"If-Match": old})
    error(stale, 412, "precondition.failed")
    assert crm.api("PATCH", f"/events/{event_id}", {"location": "x"}, headers={"If-Match": new}).status_code == 200


def test_a_delayed_move_keeps_the_old_interval_in_lists_until_it_is_visible(crm: Crm) -> None:
    event_id = made(crm, subject="Kickoff")
    moved = {"startTime": "2026-03-06T09:00:00Z", "endTime": "2026-03-06T10:00:00Z"}
    january, march = {"endAt": "2026-02-01T00:00:00Z"}, {"startAt": "2026-02-01T00:00:00Z"}
    edited(crm, event_id, IN_TEN, **moved)
    assert (ids(crm.events(**january)), crm.events(**march)) == ([event_id], [])
    crm.advance("10m")
    assert (crm.events(**january), ids(crm.events(**march))) == ([], [event_id])


def test_a_delayed_deletion_leaves_the_event_in_lists_until_it_is_visible(crm: Crm) -> None:
    event_id = made(crm, subject="doomed")
    crm.act({"delete": {"event": event_id, **IN_TEN}})
    error(crm.api("GET", f"/events/{event_id}"), 404, "event.deleted")
    assert (shown(crm), tombstones(crm)) == (["doomed"], [])
    assert crm.events(showDeleted="true") == crm.events()
    crm.advance("10m")
    assert (shown(crm), ids(tombstones(crm))) == ([], [event_id])


def test_a_delayed_restoration_leaves_the_tombstone_until_it_is_visible(crm: Crm) -> None:
    event_id = made(crm, subject="back")
    crm.act({"delete": {"event": event_id}}, {"restore": {"event": event_id, **IN_TEN}})
    assert by_id(crm, event_id)["subject"] == "back"
    assert (shown(crm), ids(tombstones(crm))) == ([], [event_id])
    crm.advance("10m")
    assert (shown(crm), tombstones(crm)) == (["back"], [])


def test_a_delayed_touch_and_churn_are_seen_later(crm: Crm) -> None:
    event_id = made(crm)
    before = delta(crm)
    crm.act({"touch": {"events": [event_id], **IN_TEN}}, {"churn": {"creates": 3, "seed": 1, **IN_TEN}})
    assert delta(crm) == before
    crm.advance("10m")
    assert len(delta(crm)) == 4
    assert delta(crm)[0]["lastModifiedAt"] > before[0]["lastModifiedAt"]


def test_a_poll_that_trusts_the_latest_as_of_misses_what_was_delayed(crm: Crm) -> None:
    event_id = made(crm, how=IN_TEN)
    crm.advance("1m")
    as_of = crm.api("GET", "/events").json()["asOf"]
    crm.advance("10m")
    assert delta(crm, since=as_of) == []
    assert ids(delta(crm, since=MONDAY)) == [event_id]


def test_a_delay_of_nothing_is_no_delay(crm: Crm) -> None:
    made(crm, how={"visibleAfter": "0s"}, subject="new")
    assert shown(crm) == ["new"]


def test_a_running_clock_brings_delayed_writes_into_view(crm: Crm) -> None:
    made(crm, how={"visibleAfter": "1s"}, subject="new")
    set_clock(crm, mode="running", rate=1_000_000)
    assert shown(crm) == ["new"]


# Which of several versions


def test_a_later_version_overtakes_a_delayed_one_for_good(crm: Crm) -> None:
    event_id = made(crm, subject="first")
    edited(crm, event_id, IN_TEN, subject="delayed")
    edited(crm, event_id, subject="last")
    assert shown(crm) == ["last"]
    crm.advance("1h")
    assert shown(crm) == ["last"]


@pytest.mark.parametrize(
    ("second", "third", "at_five", "at_ten"),
    [(IN_FIVE, IN_TEN, "second", "third"), (IN_TEN, IN_FIVE, "third", "third"), (IN_FIVE, IN_FIVE, "third", "third")],
    ids=["in turn", "overtaking", "together"],
)
def test_of_two_delayed_versions_the_higher_wins(
    crm: Crm, second: dict[str, str], third: dict[str, str], at_five: str, at_ten: str
) -> None:
    event_id = made(crm, subject="first")
    edited(crm, event_id, second, subject="second")
    edited(crm, event_id, third, subject="third")
    assert shown(crm) == ["first"]
    crm.advance("6m")
    assert shown(crm) == [at_five]
    crm.advance("6m")
    assert shown(crm) == [at_ten]


def test_a_deletion_overtakes_a_delayed_creation(crm: Crm) -> None:
    event_id = made(crm, how=IN_TEN)
    crm.act({"delete": {"event": event_id}})
    assert (shown(crm), ids(tombstones(crm))) == ([], [event_id])
    crm.advance("1h")
    assert (shown(crm), ids(tombstones(crm))) == ([], [event_id])


def test_a_restoration_overtakes_a_delayed_deletion(crm: Crm) -> None:
    event_id = made(crm, subject="stays")
    crm.act({"delete": {"event": event_id, **IN_TEN}}, {"restore": {"event": event_id}})
    assert (shown(crm), tombstones(crm)) == (["stays"], [])
    crm.advance("1h")
    assert (shown(crm), tombstones(crm)) == (["stays"], [])


def test_nobody_sees_an_event_that_is_made_and_deleted_behind_the_same_delay(crm: Crm) -> None:
    event_id = made(crm, how=IN_FIVE)
    crm.act({"delete": {"event": event_id, **IN_FIVE}})
    assert (shown(crm), tombstones(crm)) == ([], [])
    crm.advance("6m")
    assert (shown(crm), ids(tombstones(crm))) == ([], [event_id])


# The clock set back


def test_the_clock_set_back_does_not_hide_what_was_seen(crm: Crm) -> None:
    made(crm, how=IN_TEN, subject="seen")
    crm.advance("10m")
    set_clock(crm, now="2026-01-01T00:00:00Z")
    assert shown(crm) == ["seen"]


def test_a_write_is_visible_at_its_commit_whatever_the_clock_says_later(crm: Crm) -> None:
    event_id = made(crm, subject="plain")
    set_clock(crm, now="2026-01-01T00:00:00Z")
    assert shown(crm) == ["plain"]
    edited(crm, event_id, subject="edited earlier")
    assert shown(crm) == ["edited earlier"]


def test_a_delayed_write_waits_for_its_instant_however_often_the_clock_goes_back(crm: Crm) -> None:
    made(crm, how=IN_TEN, subject="new")
    set_clock(crm, now="2026-01-05T08:00:00Z")
    crm.advance("1h")
    assert shown(crm) == []
    crm.advance("10m1ms")
    assert shown(crm) == ["new"]


# What the controls read


def test_the_controls_read_the_latest_while_lists_lag(crm: Crm) -> None:
    changed, doomed = made(crm, subject="old"), made(crm, subject="doomed")
    crm.act(
        {"edit": {"event": changed, "set": {"subject": "new"}, **IN_TEN}},
        {"delete": {"event": doomed, **IN_TEN}},
        {"create": {"set": EVENT | {"subject": "hidden"}, **IN_TEN}},
    )
    assert shown(crm) == ["old", "doomed"]
    for parameters in ({}, {"since": MONDAY}, {"startAt": "2026-01-06T00:00:00Z"}):
        listed = crm.admin("GET", "/events", params=parameters).json()["records"]
        payload = [(event["subject"], event["deleted"], event["visibleAt"][11:16]) for event in listed]
        assert sorted(payload) == [("doomed", True, "09:10"), ("hidden", False, "09:10"), ("new", False, "09:10")]
    assert version(crm, changed)["subject"] == "new"
    assert version(crm, doomed)["deleted"] is True


def test_the_controls_list_by_the_latest_interval(crm: Crm) -> None:
    event_id = made(crm)
    edited(crm, event_id, IN_TEN, startTime="2026-03-06T09:00:00Z", endTime="2026-03-06T10:00:00Z")
    february = {"startAt": "2026-02-01T00:00:00Z"}
    assert ids(crm.admin("GET", "/events", params=february).json()["records"]) == [event_id]
    assert crm.events(**february) == []


# Refusals


@pytest.mark.parametrize("delay", ["-1s", "P1M", "soon", "", 600, None, True], ids=str)
def test_a_delay_that_is_no_duration_or_negative_is_refused(crm: Crm, delay: Any) -> None:
    made(crm, "kickoff")
    how = {"visibleAfter": delay}
    not_done(crm, 422, "action.invalid", {"create": {"set": EVENT, **how}})
    not_done(crm, 422, "action.invalid", {"edit": {"event": "kickoff", "set": {}, **how}})
    not_done(crm, 422, "action.invalid", {"delete": {"event": "kickoff", **how}})
    not_done(crm, 422, "action.invalid", {"touch": {"events": "all", **how}})


def test_nothing_can_be_delayed_beyond_the_end_of_time(crm: Crm) -> None:
    made(crm, "kickoff")
    not_done(crm, 422, "action.invalid", {"delete": {"event": "kickoff", "visibleAfter": "P3000000D"}})
