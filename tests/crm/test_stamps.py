"""What `lastModifiedAt` says, and the place in the delta that follows from it (contract, sections 4.1, 4.4 and 6)."""

from typing import Any

import pytest

from tests.served import MONDAY, Crm
from tests.unchanged import EVENT, delta, edited, ids, made, not_done, set_clock, subjects, tombstones, version

KEEPING = {"bump": False}


@pytest.mark.parametrize(
    ("stamp", "payload"),
    [
        ("2025-12-24T18:00:00Z", "2025-12-24T18:00:00.000Z"),
        ("2025-12-24T18:00:00.123456+01:00", "2025-12-24T17:00:00.123Z"),
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("-PT1H", "2026-01-05T08:00:00.001Z"),
        ("-1h", "2026-01-05T08:00:00.001Z"),
        ("-P1D", "2026-01-04T09:00:00.001Z"),
        ("2s", "2026-01-05T09:00:02.001Z"),
        ("0s", "2026-01-05T09:00:00.001Z"),
    ],
)
def test_a_stamp_is_an_instant_or_relative_to_now(crm: Crm, stamp: str, payload: str) -> None:
    event_id = made(crm, how={"stamp": stamp})
    assert crm.api("GET", f"/events/{event_id}").json()["lastModifiedAt"] == payload
    (change,) = crm.changes()
    assert (change["stamp"], change["committedAt"]) == (payload, "2026-01-05T09:00:00.001Z")


@pytest.mark.parametrize("verb", ["edit", "touch", "restore"])
def test_every_write_can_be_stamped(crm: Crm, verb: str) -> None:
    event_id = made(crm)
    if verb == "restore":
        crm.act({"delete": {"event": event_id}})
    what: dict[str, dict[str, Any]] = {
        "edit": {"event": event_id, "set": {}},
        "touch": {"events": [event_id]},
        "restore": {"event": event_id},
    }
    crm.act({verb: what[verb] | {"stamp": "2025-12-24T18:00:00Z"}})
    assert crm.events()[0]["lastModifiedAt"] == "2025-12-24T18:00:00.000Z"


def test_a_stamp_on_a_deletion_is_both_its_times(crm: Crm) -> None:
    event_id = made(crm)
    crm.act({"delete": {"event": event_id, "stamp": "-1h"}})
    (tombstone,) = tombstones(crm)
    assert tombstone == {
        "id": event_id,
        "deleted": True,
        "deletedAt": "2026-01-05T08:00:00.002Z",
        "lastModifiedAt": "2026-01-05T08:00:00.002Z",
    }


def test_churn_stamps_all_it_does(crm: Crm) -> None:
    crm.act({"churn": {"creates": 3, "edits": 2, "seed": 1, "stamp": "2025-12-24T18:00:00Z"}})
    assert {event["lastModifiedAt"] for event in delta(crm)} == {"2025-12-24T18:00:00.000Z"}


def test_a_back_dated_write_slips_past_a_poll_since_the_last_one(crm: Crm) -> None:
    as_of = crm.api("GET", "/events").json()["asOf"]
    event_id = made(crm, how={"stamp": "-1h"})
    assert delta(crm, since=as_of) == []
    assert ids(delta(crm, since="2026-01-05T08:00:00Z")) == [event_id]


def test_since_has_no_upper_bound_at_now(crm: Crm) -> None:
    event_id = made(crm, how={"stamp": "P30D"})
    assert ids(delta(crm, since=crm.now())) == [event_id]


def test_the_delta_is_in_the_order_of_stamps_then_of_commits(crm: Crm) -> None:
    noon = {"stamp": "2026-01-05T12:00:00Z"}
    made(crm, how=noon, subject="noon, first")
    made(crm, how={"stamp": "-1d"}, subject="yesterday")
    made(crm, how=noon, subject="noon, second")
    made(crm, subject="now")
    assert subjects(delta(crm)) == ["yesterday", "now", "noon, first", "noon, second"]


def test_deletions_stand_in_the_delta_by_their_own_stamps(crm: Crm) -> None:
    doomed, kept = made(crm, subject="doomed"), made(crm, subject="kept")
    crm.act({"delete": {"event": doomed, "stamp": "-1d"}})
    assert ids(delta(crm, showDeleted="true")) == [doomed, kept]
    edited(crm, kept, subject="again")
    crm.act({"restore": {"event": doomed}})
    assert ids(delta(crm, showDeleted="true")) == [kept, doomed]


def test_an_edit_moves_its_event_to_the_end_of_the_delta(crm: Crm) -> None:
    first, second = made(crm), made(crm)
    edited(crm, first, subject="x")
    assert ids(delta(crm)) == [second, first]


# Edits that do not bump


def test_an_edit_without_a_bump_has_a_new_version_and_tag_and_the_old_stamp(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    before = crm.api("GET", f"/events/{event_id}")
    edited(crm, event_id, KEEPING, subject="new")
    after = crm.api("GET", f"/events/{event_id}")
    assert after.json() == before.json() | {"subject": "new"}
    assert after.headers["ETag"] != before.headers["ETag"]
    assert version(crm, event_id)["version"] == 2
    assert crm.changes()[-1]["committedAt"] > crm.changes()[-1]["stamp"] == crm.changes()[0]["stamp"]


def test_an_edit_without_a_bump_keeps_its_place_among_equal_stamps(crm: Crm) -> None:
    set_clock(crm, tick="0s")
    first, second = made(crm, subject="first"), made(crm, subject="second")
    edited(crm, first, KEEPING, subject="edited")
    assert ids(delta(crm)) == [first, second]
    assert subjects(delta(crm)) == ["edited", "second"]
    edited(crm, first, subject="bumped")
    assert ids(delta(crm)) == [second, first]


def test_an_edit_without_a_bump_is_not_told_since_the_last_poll(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    crm.advance("1h")
    edited(crm, event_id, KEEPING, subject="silently")
    assert delta(crm, since="2026-01-05T09:30:00Z") == []
    assert subjects(crm.events()) == ["silently"]


def test_several_in_a_row_keep_the_stamp_of_the_last_that_bumped(crm: Crm) -> None:
    event_id = made(crm)
    edited(crm, event_id, {"stamp": "2026-01-02T00:00:00Z"}, subject="stamped")
    edited(crm, event_id, KEEPING, subject="a")
    edited(crm, event_id, KEEPING, subject="b")
    assert delta(crm)[0]["lastModifiedAt"] == "2026-01-02T00:00:00.000Z"


def test_it_can_be_delayed_as_well(crm: Crm) -> None:
    event_id = made(crm, subject="old")
    stamp = delta(crm)[0]["lastModifiedAt"]
    edited(crm, event_id, KEEPING | {"visibleAfter": "10m"}, subject="new")
    assert subjects(delta(crm)) == ["old"]
    crm.advance("10m")
    assert subjects(delta(crm)) == ["new"]
    assert delta(crm)[0]["lastModifiedAt"] == stamp


def test_bump_true_says_what_goes_without_saying(crm: Crm) -> None:
    event_id = made(crm)
    edited(crm, event_id, {"bump": True}, subject="x")
    assert delta(crm)[0]["lastModifiedAt"] == crm.now()


# Precision


def test_stamps_that_were_finer_are_compared_as_they_are_shown_now(crm: Crm) -> None:
    crm.advance("100ms")
    late = crm.create(subject="late")["id"]
    set_clock(crm, now=MONDAY)
    crm.create(subject="early")
    crm.set_dialect(timestampPrecision="second")
    assert subjects(delta(crm)) == ["late", "early"]
    assert {event["lastModifiedAt"] for event in delta(crm)} == {MONDAY}
    assert ids(delta(crm, since=MONDAY))[0] == late
    crm.set_dialect(timestampPrecision="millisecond")
    assert subjects(delta(crm)) == ["early", "late"]


# Refusals


@pytest.mark.parametrize(
    "stamp", ["2026-01-05", "2026-01-05T09:00:00", "2026-02-30T00:00:00Z", "P1M", "now", "", 0, None, True], ids=str
)
def test_a_stamp_that_is_neither_an_instant_nor_a_duration_is_refused(crm: Crm, stamp: Any) -> None:
    made(crm, "kickoff")
    how = {"stamp": stamp}
    not_done(crm, 422, "action.invalid", {"create": {"set": EVENT, **how}})
    not_done(crm, 422, "action.invalid", {"edit": {"event": "kickoff", "set": {}, **how}})


@pytest.mark.parametrize("stamp", ["P3000000D", "-P3000000D"])
def test_no_stamp_leaves_the_years_1_to_9999(crm: Crm, stamp: str) -> None:
    made(crm, "kickoff")
    not_done(crm, 422, "action.invalid", {"touch": {"events": "all", "stamp": stamp}})
    not_done(crm, 422, "action.invalid", {"create": {"set": EVENT, "stamp": stamp}})


@pytest.mark.parametrize(
    "action",
    [
        {"create": {"set": EVENT, "bump": False}},
        {"delete": {"event": "kickoff", "bump": False}},
        {"touch": {"events": "all", "bump": False}},
        {"churn": {"creates": 1, "bump": False}},
        {"restore": {"event": "gone", "bump": False}},
        {"edit": {"event": "kickoff", "set": {}, "bump": False, "stamp": "-1h"}},
        {"edit": {"event": "kickoff", "set": {}, "bump": "false"}},
        {"edit": {"event": "kickoff", "set": {}, "bump": 0}},
        {"edit": {"event": "kickoff", "set": {}, "bump": None}},
    ],
    ids=str,
)
def test_only_an_edit_that_brings_no_stamp_can_do_without_a_bump(crm: Crm, action: Any) -> None:
    made(crm, "kickoff")
    made(crm, "gone")
    crm.act({"delete": {"event": "gone"}})
    not_done(crm, 422, "action.invalid", action)
