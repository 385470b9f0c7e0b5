"""The audit of reading, without HTTP: what is out of reach, what is pending, and what is nobody's mistake."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockcrm.audit.books import CrmVisibility
from mockcrm.audit.resurrections import TombstoneIndex
from mockcrm.crm.change import VisibilityPoint
from mockcrm.crm.kinds.registry import KINDS
from tests.audit.audited import MINUTE, MONDAY, Crm, at
from tests.threads import another_thread

SHOWN_AT_ONCE = 300

WEEK: dict[str, Any] = {"startAt": MONDAY, "endAt": MONDAY + timedelta(days=7)}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def test_a_client_that_reads_on_from_as_of_is_clean(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read()
    crm.edit(name)
    crm.read(since=at(bound), showDeleted=True)
    assert crm.codes() == []
    assert crm.sandbox.audit().clean


def test_what_has_not_been_asked_for_yet_is_pending(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    assert (crm.codes(), crm.pending) == ([], 1)


def late(crm: Crm, name: str) -> None:
    crm.edit(name, visibleAfter="5m")


def back_dated(crm: Crm, name: str) -> None:
    crm.edit(name, stamp="-5m")


def unbumped(crm: Crm, name: str) -> None:
    crm.edit(name, bump=False)


@pytest.mark.parametrize(
    ("happens", "hazard", "advice"),
    [
        (late, "late-commit-visibility", "longer than the longest delay before a change becomes visible"),
        (back_dated, "server-clock-backwards", "longer than the largest error of the CRM's clocks"),
        (unbumped, "child-change-no-bump", "No watermark finds such a change: read everything"),
    ],
)
def test_a_change_behind_the_bound_is_out_of_reach_and_what_helps_depends_on_how(
    crm: Crm, happens: Callable[[Crm, str], None], hazard: str, advice: str
) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read()
    happens(crm, name)
    crm.wait(1)
    bound = crm.read(since=MONDAY + MINUTE)
    crm.wait(10)
    crm.read(since=at(bound))
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard, found.kind.severity) == ("change.outOfReach", hazard, "error")
    assert advice in found.advice
    assert found.changes == (2,)
    assert not crm.sandbox.audit().clean


def test_to_ask_from_a_millisecond_later_loses_what_has_the_very_stamp(crm: Crm) -> None:
    crm.act({"clock": {"tick": "0s"}})
    name = crm.create()
    bound = crm.read()
    crm.edit(name)
    crm.wait(1)
    crm.read(since=at(bound) + timedelta(milliseconds=1))
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard) == ("change.outOfReach", "equal-timestamp-at-watermark")
    assert (
        "since 2026-01-05T09:00:00.001Z, which is a millisecond after the asOf of request 1, and also the"
        in found.explanation
    )
    assert found.advice.startswith("Ask again from exactly the instant that you have read up to")


def test_a_lookback_keeps_a_late_change_within_reach(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name, visibleAfter="5m")
    crm.wait(1)
    crm.read(since=MONDAY)
    crm.wait(10)
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read(since=MONDAY)
    assert (crm.codes(), crm.pending) == ([], 0)


def test_what_comes_after_all_is_a_note(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read()
    crm.edit(name, bump=False)
    crm.read(since=MONDAY + MINUTE)
    assert crm.codes() == ["change.outOfReach"]
    crm.read()
    (found,) = crm.findings()
    assert (found.kind.code, found.kind.severity) == ("recovered", "note")
    assert crm.sandbox.audit().clean


def test_each_client_is_audited_for_itself(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    for client in ("careful", "careless"):
        crm.read(client)
    crm.edit(name, bump=False)
    crm.read("careless", since=MONDAY + MINUTE)
    crm.read("careful")
    assert (crm.codes("careful"), crm.codes("careless")) == ([], ["change.outOfReach"])


def test_what_was_there_before_is_not_owed_to_who_never_read_everything(crm: Crm) -> None:
    crm.create()
    crm.wait(1)
    crm.read(since=MONDAY + MINUTE)
    assert (crm.codes(), crm.pending) == (["read.floor"], 0)
    crm.create()
    assert (crm.codes(), crm.pending) == (["read.floor"], 1)


def test_to_ask_for_changes_since_1970_is_to_ask_for_everything(crm: Crm) -> None:
    crm.create()
    lost = crm.create()
    crm.wait(1)
    crm.read(since=datetime(1970, 1, 1, tzinfo=UTC), limit=1)
    crm.read(since=MONDAY + MINUTE)
    (found,) = [found for found in crm.findings() if found.kind.severity == "error"]
    assert found.title.startswith(f"“{lost}”")


# Deletions


def test_a_deletion_behind_the_bound_is_out_of_reach(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read(showDeleted=True)
    crm.delete(name, stamp="-30s")
    crm.read(since=MONDAY + MINUTE, showDeleted=True)
    assert crm.codes() == ["deletion.outOfReach"]


def test_absence_from_everything_tells_of_a_deletion_and_absence_from_an_interval_does_not(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read(startAt=MONDAY, endAt=MONDAY + timedelta(days=7))
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read()
    assert (crm.codes(), crm.pending) == ([], 0)


def test_who_follows_the_delta_and_never_asks_for_deletions_keeps_what_was_deleted(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read()
    crm.delete(name)
    crm.read(since=at(bound))
    assert crm.codes() == ["deletion.neverAskedFor"]


def test_a_deletion_of_what_was_never_given_is_not_owed(crm: Crm) -> None:
    crm.create()
    bound = crm.read()
    crm.delete(crm.create())
    crm.read(since=at(bound))
    assert (crm.codes(), crm.pending) == ([], 0)


def test_a_tombstone_that_was_forgotten_is_out_of_reach(crm: Crm) -> None:
    name = crm.create()
    crm.act({"dialect": {"tombstoneRetention": "10m", "expiredSince": "silent"}})
    crm.read(showDeleted=True)
    crm.delete(name)
    crm.wait(5)
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.wait(10)
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard) == ("deletion.expired", "tombstone-expired")


# Walks


def test_a_walk_that_is_under_way_may_yet_bring_it(crm: Crm) -> None:
    first, second = crm.create(), crm.create()
    crm.read()
    crm.edit(first)
    crm.edit(second)
    crm.read(since=MONDAY, limit=1)
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read(pageToken=crm.token)
    assert (crm.codes(), crm.pending) == ([], 0)


def test_a_walk_that_is_given_up_is_a_warning_and_what_it_would_have_brought_an_error(crm: Crm) -> None:
    first, second = crm.create(), crm.create()
    crm.read()
    crm.edit(first)
    crm.edit(second)
    crm.wait(1)
    bound = crm.read(since=MONDAY, limit=1)
    crm.read(since=at(bound))
    assert crm.codes() == ["read.abandoned", "change.outOfReach"]
    abandoned, lost = crm.findings()
    assert "The read of request 2 had pages left when request 3 began a new one" in abandoned.explanation
    assert lost.advice == abandoned.advice


def test_to_begin_a_walk_anew_from_the_same_bound_is_no_mistake(crm: Crm) -> None:
    first, second = crm.create(), crm.create()
    crm.read()
    crm.edit(first)
    crm.edit(second)
    crm.read(since=MONDAY, limit=1)
    crm.read(since=MONDAY)
    assert (crm.codes(), crm.pending) == ([], 0)


@pytest.mark.parametrize(("tick", "found"), [("1ms", []), ("0s", ["read.abandoned"])])
def test_who_goes_on_from_a_row_misses_nothing_unless_all_rows_have_its_stamp(
    crm: Crm, tick: str, found: list[str]
) -> None:
    names = [crm.create() for _ in range(4)]
    crm.read()
    crm.wait(1)
    crm.act({"clock": {"tick": tick}})
    for name in names:
        crm.edit(name)
    crm.wait(1)
    crm.read(since=MONDAY, limit=2)
    with crm.sandbox.open() as state:
        second = state.crm.find(KINDS["event"], crm.id_of(names[1])).stamp
    crm.read(since=second)
    assert crm.codes() == found


def test_what_was_only_in_an_answer_that_broke_off_was_not_given(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name)
    crm.wait(1)
    bound = crm.read(since=MONDAY, whole=False)
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read(since=at(bound))
    assert crm.codes() == ["answer.incomplete"]


def test_a_bound_of_ones_own_clock_is_a_warning(crm: Crm) -> None:
    crm.create()
    crm.read()
    crm.read(since=MONDAY + timedelta(days=1))
    assert crm.codes() == ["watermark.beyondClock"]


def test_a_bound_that_goes_back_is_a_note(crm: Crm) -> None:
    crm.create()
    crm.read(since=MONDAY)
    crm.read(since=MONDAY - MINUTE)
    assert crm.codes() == ["watermark.backwards"]
    assert crm.sandbox.audit().clean


def test_who_looks_at_an_interval_alone_loses_sight_of_what_moves(crm: Crm) -> None:
    name = crm.create()
    crm.read(**WEEK)
    crm.act({"edit": {"event": name, "set": {"startTime": "2026-03-06T09:00:00Z", "endTime": "2026-03-06T10:00:00Z"}}})
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read(**WEEK)
    assert crm.codes() == ["window.movedOut"]


def test_who_begins_with_an_interval_and_goes_on_with_the_delta_loses_what_its_bound_leaves_behind(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    bound = crm.read(**WEEK)
    crm.edit(name, visibleAfter="5m")
    crm.wait(1)
    bound = crm.read(since=at(bound))
    crm.wait(10)
    bound = crm.read(since=at(bound))
    (found,) = crm.findings()
    assert (found.kind.code, found.hazard, found.requests) == ("change.outOfReach", "late-commit-visibility", (2, 3))
    crm.read(**WEEK)
    assert crm.codes() == ["recovered"]


def test_who_reads_the_interval_at_each_sync_is_told_by_the_next(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    bound = crm.read(**WEEK)
    crm.edit(name, visibleAfter="5m")
    for _ in range(2):
        crm.wait(1)
        bound = crm.read(since=at(bound))
        crm.read(**WEEK)
    crm.wait(10)
    bound = crm.read(since=at(bound))
    assert (crm.codes(), crm.pending) == ([], 1)
    crm.read(**WEEK)
    assert (crm.codes(), crm.pending) == ([], 0)


# The journal


def test_a_full_journal_costs_no_truth() -> None:
    small, large = Crm(journaled=2), Crm()
    for crm in (small, large):
        name = crm.create()
        crm.wait(1)
        bound = crm.read()
        crm.edit(name, bump=False)
        for _ in range(5):
            bound = crm.read(since=at(bound))
    assert small.sandbox.journal.dropped == 4
    assert [(found.kind.code, found.explanation) for found in small.findings()] == [
        (found.kind.code, found.explanation) for found in large.findings()
    ]
    assert small.sandbox.audit().complete


@pytest.fixture(scope="module")
def crowded() -> Crm:
    """So many events come to be shown at once that what knows them is taken apart and put together meanwhile."""
    crm = Crm()
    for _ in range(SHOWN_AT_ONCE):
        crm.create(visibleAfter="1m")
    crm.create(visibleAfter="1h")
    return crm


@pytest.mark.parametrize("turn", range(0, 40, 2))
def test_a_full_journal_needs_no_lock_to_tell_what_lists_had_shown(crowded: Crm, turn: int) -> None:
    state, turns = crowded.sandbox.state.fork(), itertools.count()
    last = state.crm.store.changes()[-1]

    def time_goes_by() -> None:
        if next(turns) == turn:
            state.advance(MONDAY + 2 * MINUTE)

    point = VisibilityPoint(seen=last.seq, revealed=SHOWN_AT_ONCE)
    with another_thread(time_goes_by):
        shown = CrmVisibility(state.crm, TombstoneIndex()).visible(last, point)
    assert not shown


def test_a_version_that_a_later_one_overtook_was_never_shown(crm: Crm) -> None:
    name = crm.create()
    crm.edit(name, visibleAfter="1m")
    crm.edit(name)
    crm.wait(2)
    state = crm.sandbox.state
    visibility = CrmVisibility(state.crm, TombstoneIndex())
    everything = VisibilityPoint(seen=state.crm.store.last_seq, revealed=state.crm.store.revealed)
    assert [visibility.visible(change, everything) for change in state.crm.store.changes()] == [True, False, True]


def test_what_was_delivered_is_known_after_the_journal_was_cleared(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read()
    crm.edit(name, bump=False)
    crm.sandbox.journal.clear()
    crm.read(since=MONDAY + MINUTE)
    assert (crm.codes(), crm.sandbox.audit().complete) == (["change.outOfReach"], True)


def test_to_ask_twice_is_to_be_told_twice(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read()
    crm.edit(name, bump=False)
    crm.read(since=MONDAY + MINUTE)
    before = crm.sandbox.state.crm.store.last_seq
    assert crm.findings() == crm.findings()
    assert crm.sandbox.state.crm.store.last_seq == before


def test_who_asks_again_before_the_answer_came_was_not_told_to_wait(crm: Crm) -> None:
    crm.create()
    refused, beside = (crm.begin("client", "GET", "event1") for _ in range(2))
    refused.retry_after = "60"
    for entry in (refused, beside):
        crm.sandbox.journal.close(entry, 429, crm.sandbox.clock_reading())
    assert crm.codes() == []
    crm.look("event1")
    assert crm.codes() == ["retry.tooEarly"]
