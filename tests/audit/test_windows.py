"""Clients that read intervals: what they lose is named, and one that follows every interval it needs is left alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.audit.audited import MINUTE, MONDAY, Crm, at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JANUARY: dict[str, Any] = {"startAt": datetime(2026, 1, 1, tzinfo=UTC), "endAt": datetime(2026, 2, 1, tzinfo=UTC)}
FEBRUARY: dict[str, Any] = {"startAt": datetime(2026, 2, 1, tzinfo=UTC), "endAt": datetime(2026, 3, 1, tzinfo=UTC)}
MAY = {"startTime": "2026-05-06T09:00:00Z", "endTime": "2026-05-06T10:00:00Z"}
IN_FEBRUARY: dict[str, Any] = {"startTime": "2026-02-04T09:00:00Z", "endTime": "2026-02-04T10:00:00Z"}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def move(crm: Crm, name: str, times: dict[str, str]) -> None:
    crm.act({"edit": {"event": name, "set": times}})


def verdict(crm: Crm) -> tuple[list[str], int]:
    return crm.codes(), crm.pending


# Several windows


@pytest.mark.parametrize("delta", [True, False])
def test_a_reader_of_two_months_is_not_accused_before_it_comes_to_the_month_that_changed(crm: Crm, delta: bool) -> None:
    january, since = crm.create(), dict[str, Any]()
    crm.create(IN_FEBRUARY)
    for turn in range(3):
        for name, month in (("january", JANUARY), ("february", FEBRUARY)):
            watermark = {"since": since[name]} if delta and name in since else {}
            since[name] = at(crm.read(**month, **watermark))
            crm.wait(1)
            if turn == 1 and name == "january":
                crm.edit(january)
        assert verdict(crm) == ([], 1 if turn == 1 else 0)


def test_a_calendar_that_turns_from_week_to_week_lost_nothing_of_last_week(crm: Crm) -> None:
    name = crm.create()
    for week in range(5):
        begin = datetime(2026, 1, 5, tzinfo=UTC) + week * 7 * DAY
        crm.read(startAt=begin, endAt=begin + 7 * DAY)
        crm.wait(1)
        if week == 0:
            crm.edit(name)
        assert crm.codes() == []


def test_a_meeting_that_moves_to_a_month_that_is_read_as_well_is_not_out_of_the_interval(crm: Crm) -> None:
    name = crm.create()
    crm.read(**JANUARY)
    crm.read(**FEBRUARY)
    move(crm, name, IN_FEBRUARY)
    crm.read(**JANUARY)
    assert verdict(crm) == ([], 1)
    crm.read(**FEBRUARY)
    assert verdict(crm) == ([], 0)


def test_a_meeting_that_moves_to_a_month_that_nobody_reads_is_out_of_the_interval(crm: Crm) -> None:
    name = crm.create()
    for _ in range(2):
        crm.read(**JANUARY)
        crm.read(**FEBRUARY)
    move(crm, name, MAY)
    crm.read(**FEBRUARY)
    assert verdict(crm) == ([], 1)
    crm.read(**JANUARY)
    assert crm.codes() == ["window.movedOut"]


def test_a_meeting_beyond_the_window_that_nobody_asked_for_is_not_owed(crm: Crm) -> None:
    crm.read(**JANUARY)
    crm.create(MAY)
    for _ in range(4):
        crm.read(**JANUARY)
    assert verdict(crm) == ([], 0)


# Deltas of a window


def test_a_delta_of_a_window_never_says_what_has_moved_out_of_it(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(**JANUARY, showDeleted=True)
    crm.wait(60)
    move(crm, name, MAY)
    for _ in range(3):
        crm.wait(60)
        since = crm.read(**JANUARY, since=at(since), showDeleted=True)
    (found,) = crm.findings()
    assert (found.kind.code, found.event_id) == ("window.movedOut", crm.id_of(name))


def test_a_meeting_that_moves_out_and_is_then_deleted_leaves_no_tombstone_in_the_window(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(**JANUARY, showDeleted=True)
    crm.wait(60)
    move(crm, name, MAY)
    crm.delete(name)
    for _ in range(3):
        crm.wait(60)
        since = crm.read(**JANUARY, since=at(since), showDeleted=True)
    (found,) = crm.findings()
    assert found.kind.code == "window.movedOut"
    assert "deleted" in found.explanation


def test_a_delta_of_a_window_without_tombstones_never_says_what_was_deleted(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(**JANUARY)
    crm.wait(60)
    crm.delete(name)
    for _ in range(3):
        crm.wait(60)
        since = crm.read(**JANUARY, since=at(since))
    assert crm.codes() == ["deletion.neverAskedFor"]


def test_who_reads_the_whole_window_again_sees_by_its_absence_what_was_deleted(crm: Crm) -> None:
    name = crm.create()
    crm.read(**JANUARY)
    crm.delete(name)
    assert verdict(crm) == ([], 1)
    crm.read(**JANUARY)
    assert verdict(crm) == ([], 0)


def test_who_follows_the_delta_of_everything_hears_of_what_moves_out(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(**JANUARY)
    crm.wait(60)
    move(crm, name, MAY)
    crm.wait(60)
    crm.read(since=at(since), showDeleted=True)
    assert verdict(crm) == ([], 0)


def test_a_late_commit_in_a_window_is_passed_by_the_windows_watermark(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(**JANUARY)
    crm.edit(name, visibleAfter="5m")
    for minutes in (1, 10, 10):
        crm.wait(minutes)
        since = crm.read(**JANUARY, since=at(since))
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard) == ("change.outOfReach", "late-commit-visibility")


# Windows that slide


def slide(crm: Crm, weeks: int, *, since: bool) -> None:
    """A client with a window of 30 days that begins a week ago, and one sync each week."""
    watermark: dict[str, Any] = {}
    for _ in range(weeks):
        now = crm.sandbox.clock_reading()
        answer = crm.read(startAt=now - 7 * DAY, endAt=now + 30 * DAY, showDeleted=True, **watermark)
        watermark = {"since": at(answer)} if since else {}
        crm.wait(7 * 24 * 60)


def test_the_delta_of_a_window_that_slides_never_returns_an_older_event_that_it_reaches(crm: Crm) -> None:
    crm.create()
    name = crm.create({"startTime": "2026-02-13T09:00:00Z", "endTime": "2026-02-13T10:00:00Z"})
    slide(crm, 6, since=True)
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard) == ("window.slid", "sliding-window-delta")
    assert found.event_id == crm.id_of(name)


def test_who_reads_the_whole_window_as_it_slides_gets_all_that_it_reaches(crm: Crm) -> None:
    crm.create()
    name = crm.create({"startTime": "2026-02-13T09:00:00Z", "endTime": "2026-02-13T10:00:00Z"})
    slide(crm, 3, since=False)
    crm.edit(name)
    slide(crm, 3, since=False)
    assert verdict(crm) == ([], 0)


def test_what_a_window_has_left_behind_is_no_longer_asked_for(crm: Crm) -> None:
    name = crm.create()
    slide(crm, 3, since=False)
    crm.edit(name)
    slide(crm, 3, since=False)
    assert verdict(crm) == ([], 0)


def test_who_reads_the_new_part_of_the_window_without_a_watermark_recovers_it(crm: Crm) -> None:
    name = crm.create({"startTime": "2026-02-13T09:00:00Z", "endTime": "2026-02-13T10:00:00Z"})
    slide(crm, 6, since=True)
    assert crm.codes() == ["window.slid"]
    crm.read(startAt=datetime(2026, 2, 1, tzinfo=UTC), endAt=datetime(2026, 2, 20, tzinfo=UTC))
    assert (crm.codes(), crm.sandbox.audit().clean) == (["recovered"], True)
    assert crm.findings()[0].event_id == crm.id_of(name)


# Watermarks of two filters, and as a start


def test_one_watermark_for_two_windows_passes_what_only_one_of_them_has(crm: Crm) -> None:
    crm.create()
    name = crm.create(IN_FEBRUARY)
    since = crm.read(**JANUARY)
    since = crm.read(**FEBRUARY)
    for turn in range(3):
        crm.wait(60)
        if turn == 1:
            crm.edit(name)
            crm.wait(1)
        since = crm.read(**JANUARY, since=at(since))
        crm.wait(1)
        since = crm.read(**FEBRUARY, since=at(since))
    (found,) = crm.findings()
    assert (found.kind.code, found.event_id) == ("watermark.shared", crm.id_of(name))


def test_a_watermark_for_each_of_two_windows_passes_nothing(crm: Crm) -> None:
    crm.create()
    name, since = crm.create(IN_FEBRUARY), dict[int, str]()
    for turn in range(4):
        crm.wait(60)
        if turn == 1:
            crm.edit(name)
        for place, month in enumerate((JANUARY, FEBRUARY)):
            watermark: dict[str, Any] = {"since": at(since[place])} if place in since else {}
            since[place] = crm.read(**month, **watermark)
    assert verdict(crm) == ([], 0)


@pytest.mark.parametrize("first", [{}, {"startAt": MONDAY - 90 * DAY}])
def test_a_watermark_that_is_sent_as_start_asks_for_events_and_not_for_changes(crm: Crm, first: dict[str, Any]) -> None:
    name = crm.create({"startTime": "2026-01-02T09:00:00Z", "endTime": "2026-01-02T10:00:00Z"})
    since = crm.read(**first)
    crm.wait(60)
    crm.edit(name)
    for _ in range(3):
        crm.wait(60)
        since = crm.read(startAt=at(since))
    (found,) = crm.findings()
    assert (found.kind.code, found.event_id) == ("watermark.asStart", crm.id_of(name))


def test_who_asks_for_what_is_yet_to_come_is_no_client_with_a_watermark(crm: Crm) -> None:
    name = crm.create({"startTime": "2026-01-02T09:00:00Z", "endTime": "2026-01-02T10:00:00Z"})
    crm.read(startAt=MONDAY - 90 * DAY)
    crm.edit(name)
    for _ in range(4):
        crm.wait(60)
        crm.read(startAt=crm.sandbox.clock_reading())
    assert verdict(crm) == ([], 0)


# The floor of a first read


def test_what_lies_below_the_floor_of_a_first_read_is_a_note(crm: Crm) -> None:
    crm.create(stamp="2023-01-01T00:00:00Z")
    since = crm.read(since=MONDAY - 700 * DAY)
    crm.wait(60)
    crm.read(since=at(since))
    (found,) = crm.findings()
    assert (found.kind.code, crm.sandbox.audit().clean) == ("read.floor", True)
    assert "One event" in found.explanation


def test_a_first_read_with_a_floor_that_leaves_nothing_out_is_no_note(crm: Crm) -> None:
    crm.create()
    crm.read(since=MONDAY - 700 * DAY)
    assert crm.codes() == []


def test_a_full_read_after_one_with_a_floor_settles_it(crm: Crm) -> None:
    crm.create(stamp="2023-01-01T00:00:00Z")
    crm.read(since=MONDAY - 700 * DAY)
    crm.read()
    assert crm.codes() == ["recovered"]


# Pending ends


def test_three_reads_of_a_window_put_out_of_reach_what_everything_had_and_nobody_asks_for_again(crm: Crm) -> None:
    name = crm.create(MAY)
    crm.read()
    crm.edit(name)
    for turn in range(3):
        assert verdict(crm) == ([], 1)
        crm.wait(60)
        crm.read(**JANUARY)
        assert turn == 2 or crm.codes() == []
    (found,) = crm.findings()
    assert (found.kind.code, found.event_id) == ("change.outOfReach", crm.id_of(name))
    crm.read()
    assert crm.codes() == ["recovered"]


def test_a_client_that_reads_everything_from_time_to_time_is_given_twice_that_time(crm: Crm) -> None:
    name = crm.create(MAY)
    crm.read()
    crm.wait(600)
    crm.read()
    crm.edit(name, bump=False)
    since = MONDAY + 600 * MINUTE
    for _ in range(3):
        crm.wait(60)
        since = at(crm.read(since=since))
    assert verdict(crm) == ([], 1)
    crm.wait(18 * 60)
    assert crm.codes() == ["change.outOfReach"]
    crm.read()
    assert crm.codes() == ["recovered"]


def test_a_delta_that_is_still_followed_will_bring_what_a_window_does_not_show(crm: Crm) -> None:
    name = crm.create(MAY)
    since = crm.read()
    crm.wait(60)
    since = crm.read(since=at(since))
    crm.wait(60)
    since = crm.read(since=at(since))
    crm.edit(name)
    for _ in range(5):
        crm.wait(1)
        crm.read(**JANUARY)
    assert verdict(crm) == ([], 1)
    crm.wait(60)
    crm.read(since=at(since))
    assert verdict(crm) == ([], 0)


# Two reads at once


def test_two_reads_at_the_same_time_that_both_end_are_no_abandoned_read(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    crm.read(limit=1)
    one = crm.token
    crm.read(since=MONDAY, limit=1)
    other = crm.token
    while one or other:
        if one:
            crm.read(pageToken=one)
            one = crm.token
        if other:
            crm.read(pageToken=other)
            other = crm.token
    assert verdict(crm) == ([], 0)


def test_of_two_reads_at_the_same_time_the_one_that_never_ends_is_abandoned(crm: Crm) -> None:
    first, second = crm.create(), crm.create()
    crm.read()
    crm.edit(first)
    crm.edit(second)
    crm.wait(1)
    since = crm.read(since=MONDAY, limit=1)
    crm.read(since=at(since), limit=1)
    assert crm.codes() == ["read.abandoned", "change.outOfReach"]


def test_a_probe_of_one_row_before_a_delta_is_no_abandoned_read(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    since = crm.read()
    for _ in range(3):
        crm.wait(60)
        crm.read(limit=1)
        since = crm.read(since=at(since))
    assert crm.codes() == []


def test_a_probe_of_one_row_before_a_full_read_is_no_abandoned_read(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    crm.read(limit=1)
    since = crm.read()
    crm.wait(60)
    crm.read(since=at(since))
    assert crm.codes() == []


def test_a_probe_is_no_wish_to_have_everything(crm: Crm) -> None:
    name = crm.create(MAY)
    crm.create()
    crm.read(limit=1)
    crm.read(**JANUARY)
    crm.edit(name)
    for _ in range(3):
        crm.read(limit=1)
        crm.read(**JANUARY)
    assert verdict(crm) == ([], 0)


def test_a_probe_that_is_never_continued_keeps_nothing_pending(crm: Crm) -> None:
    name = crm.create()
    crm.create()
    crm.read(limit=1)
    since = crm.read(**JANUARY)
    crm.edit(name, visibleAfter="5m")
    for minutes in (1, 10, 10):
        crm.wait(minutes)
        since = crm.read(**JANUARY, since=at(since))
    assert crm.codes() == ["change.outOfReach"]


def test_what_only_a_probe_showed_may_be_deleted_unheard(crm: Crm) -> None:
    name = crm.create()
    crm.create(IN_FEBRUARY)
    crm.read(limit=1)
    crm.delete(name)
    since = crm.read(since=MONDAY)
    crm.wait(1)
    crm.read(since=at(since))
    assert "deletion.neverAskedFor" not in crm.codes()


def test_a_window_that_comes_to_a_deleted_event_later_owes_nothing_of_it(crm: Crm) -> None:
    name = crm.create()
    crm.read(**JANUARY)
    move(crm, name, MAY)
    crm.delete(name)
    crm.read(**JANUARY)
    may: dict[str, Any] = {"startAt": datetime(2026, 5, 1, tzinfo=UTC), "endAt": datetime(2026, 6, 1, tzinfo=UTC)}
    crm.wait(100 * 24 * 60)
    since = crm.read(**may, showDeleted=True)
    for _ in range(4):
        crm.wait(1)
        since = crm.read(**may, since=at(since), showDeleted=True)
    assert verdict(crm) == ([], 0)


def test_a_meeting_that_was_gone_and_came_back_elsewhere_is_new_to_a_reader_of_windows(crm: Crm) -> None:
    name = crm.create()
    crm.read(**JANUARY)
    crm.delete(name)
    crm.read(**JANUARY)
    crm.act({"restore": {"event": name}})
    move(crm, name, MAY)
    crm.read(**JANUARY)
    assert verdict(crm) == ([], 0)


def test_an_event_that_moves_before_the_watermark_is_lost_to_a_watermark_sent_as_start(crm: Crm) -> None:
    name = crm.create()
    since = crm.read(startAt=MONDAY - DAY)
    crm.wait(60)
    move(crm, name, {"startTime": "2026-01-05T08:10:00Z", "endTime": "2026-01-05T08:20:00Z"})
    for _ in range(3):
        crm.wait(60)
        since = crm.read(startAt=at(since))
    assert crm.codes() == ["watermark.asStart"]


def test_a_floor_is_one_too_where_tombstones_are_read_first(crm: Crm) -> None:
    crm.create(stamp="2023-01-01T00:00:00Z")
    crm.read(kind="deletedEvents")
    crm.read(since=MONDAY - 700 * DAY)
    assert crm.codes() == ["read.floor"]


def test_what_a_probe_showed_and_a_read_delivered_is_owed_its_deletion(crm: Crm) -> None:
    name = crm.create()
    crm.read(limit=1)
    since = crm.read()
    crm.delete(name)
    crm.read(since=at(since))
    assert crm.codes() == ["deletion.neverAskedFor"]


def test_a_month_that_is_over_is_no_longer_asked_for(crm: Crm) -> None:
    name = crm.create()
    for _ in range(2):
        crm.read(**JANUARY)
        crm.read(**FEBRUARY)
    move(crm, name, IN_FEBRUARY)
    crm.delete(name)
    crm.wait(35 * 24 * 60)
    march: dict[str, Any] = {"startAt": datetime(2026, 3, 1, tzinfo=UTC), "endAt": datetime(2026, 4, 1, tzinfo=UTC)}
    for _ in range(3):
        since = at(crm.read(**FEBRUARY))
        crm.read(**march)
        crm.wait(1)
        crm.read(**FEBRUARY, since=since, showDeleted=True)
    assert verdict(crm) == ([], 0)
