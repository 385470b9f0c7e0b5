"""Clients that asked for deletions, and then no more: when the audit ceases to wait for the next such request."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies

from mockcrm.journal.entry import Entry
from tests.audit.audited import MONDAY, Crm, at
from tests.audit.test_windows import JANUARY, verdict

DAY = 24 * 60
WEEKEND = 2 * DAY + 15 * 60
GIVEN_UP = "deletion.noLongerAskedFor"
MISSED = [GIVEN_UP], 0
PENDING: tuple[list[str], int] = [], 1
KNOWN: tuple[list[str], int] = [], 0


class Syncing(Crm):
    """A CRM and a client that has read everything once. Its syncs are a minute apart."""

    def __init__(self, two_streams: bool = False, window: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.two_streams, self.window = two_streams, window or {}
        self.meeting = self.create()
        self.read_all()

    def read_all(self) -> None:
        self.since = self.tombstones_since = at(self.read(**self.window))

    def sync(self, times: int = 1, *, deletions: bool = False) -> None:
        for _ in range(times):
            self.wait(1)
            if deletions and self.two_streams:
                self.tombstones_since = at(self.read(kind="deletedEvents", since=self.tombstones_since))
            if deletions and not self.two_streams:
                self.since = at(self.read(**self.window, since=self.tombstones_since, showDeleted=True))
                self.tombstones_since = self.since
            else:
                self.since = at(self.read(**self.window, since=self.since))

    def refused(self, path: str, query: str, status: int | None = 503) -> None:
        """A list request that brings no list."""
        operation = "listEvents" if path == "events" else "listDeletedEvents"
        now = self.sandbox.clock_reading()
        entry = Entry("client", "GET", f"/api/v1/{path}", operation, "event", None, None, query, {}, now, 0.0)
        self.sandbox.journal.open(entry)
        self.sandbox.journal.close(entry, status, now)


@pytest.mark.parametrize("how", [{}, {"two_streams": True}, {"window": JANUARY}])
def test_a_client_that_stops_asking_for_deletions_has_missed_the_next_one(how: Any) -> None:
    crm = Syncing(**how)
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    for _ in range(3):
        crm.sync()
        assert verdict(crm) == PENDING
    crm.sync()
    assert verdict(crm) == MISSED
    assert not crm.sandbox.audit().clean


def test_the_finding_says_which_requests_asked_for_deletions_and_which_did_not() -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync(4)
    (found,) = crm.findings()
    assert (found.kind.severity, found.event_id, found.changes) == ("error", crm.id_of(crm.meeting), (2,))
    assert found.requests == (7, 9, 10, 11)
    assert found.title == "“event1” was deleted, and this client no longer asks for deletions"
    assert found.explanation.endswith(
        "The event had been delivered. The client asked for deletions 6 times, at most 60 s apart, most recently with "
        "request 7, at 2026-01-05T09:06:00.001Z. Its latest 4 reads of the delta, most recently requests 9, 10 and 11, "
        "asked neither for deletions nor for everything."
    )
    assert found.timeline[-1][1].startswith("request 11: GET")


def test_several_deletions_that_are_missed_in_this_way_are_one_finding() -> None:
    crm = Syncing()
    second = crm.create()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync()
    crm.delete(second)
    crm.sync(3)
    (found,) = crm.findings()
    assert (found.count, len(found.event_ids)) == (2, 2)


def test_who_asks_for_deletions_again_has_missed_nothing() -> None:
    crm = Syncing(two_streams=True)
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync(10)
    assert verdict(crm) == MISSED
    crm.sync(deletions=True)
    assert verdict(crm) == KNOWN


def test_a_client_that_asks_at_every_tenth_sync_is_given_twenty_more() -> None:
    crm = Syncing(two_streams=True)
    for _ in range(5):
        crm.sync(9)
        crm.sync(deletions=True)
    crm.delete(crm.meeting)
    for _ in range(21):
        crm.sync()
        assert verdict(crm) == PENDING
    crm.sync()
    assert verdict(crm) == MISSED


def test_a_pause_of_the_whole_client_says_nothing_about_deletions() -> None:
    crm = Syncing(two_streams=True)
    for _ in range(5):
        crm.sync(2)
        crm.sync(deletions=True)
    crm.sync()
    crm.delete(crm.meeting)
    crm.sync()
    crm.wait(3 * DAY)
    crm.sync()
    assert verdict(crm) == PENDING
    crm.sync(deletions=True)
    assert verdict(crm) == KNOWN


def test_many_reads_within_a_short_time_say_nothing_about_deletions_that_are_asked_for_by_the_clock() -> None:
    crm = Syncing(two_streams=True)
    for _ in range(5):
        crm.wait(59)
        crm.sync(deletions=True)
    crm.delete(crm.meeting)
    crm.sync(100)
    assert verdict(crm) == PENDING
    crm.sync(30)
    assert verdict(crm) == MISSED


@pytest.mark.parametrize("asked", [1, 4])
def test_a_client_that_asked_too_seldom_to_have_a_rhythm_is_given_a_day(asked: int) -> None:
    crm = Syncing()
    crm.sync(asked, deletions=True)
    crm.delete(crm.meeting)
    for _ in range(25):
        crm.wait(59)
        crm.sync()
    assert verdict(crm) == PENDING
    crm.sync()
    assert verdict(crm) == MISSED


def test_a_weekend_is_no_day_of_reading() -> None:
    crm = Syncing()
    crm.sync(deletions=True)
    crm.delete(crm.meeting)
    crm.sync(20)
    crm.wait(WEEKEND)
    crm.sync(20)
    assert verdict(crm) == PENDING


def test_who_has_stopped_long_ago_misses_a_deletion_with_the_third_read_after_it() -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.sync(20)
    crm.delete(crm.meeting)
    crm.sync(2)
    assert verdict(crm) == PENDING
    crm.sync()
    assert verdict(crm) == MISSED


def test_what_a_client_asked_twice_within_one_sync_is_no_rhythm() -> None:
    crm = Syncing(two_streams=True)
    for _ in range(3):
        crm.read(kind="deletedEvents", since=MONDAY)
    crm.sync()
    crm.delete(crm.meeting)
    crm.sync(9)
    assert verdict(crm) == PENDING


def test_a_client_that_stopped_altogether_has_missed_nothing_yet() -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync(2)
    crm.wait(100 * DAY)
    assert verdict(crm) == PENDING
    (client,) = crm.sandbox.audit().clients
    assert client.knowledge.lacking[crm.id_of(crm.meeting)].until is None


def test_a_full_list_shows_a_deletion_by_its_absence() -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync(5)
    assert verdict(crm) == MISSED
    crm.read(limit=1)
    assert verdict(crm) == MISSED, "a look at one row is no full list"
    crm.read_all()
    assert verdict(crm) == KNOWN


def test_a_full_list_that_has_begun_is_awaited() -> None:
    crm = Syncing()
    crm.create()
    crm.create()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.sync(5)
    crm.wait(1)
    crm.read(limit=1)
    crm.read(pageToken=crm.token, limit=1)
    assert verdict(crm) == KNOWN


def test_a_client_that_reads_everything_from_time_to_time_is_given_twice_that_time() -> None:
    crm = Syncing()
    for _ in range(2):
        crm.sync(60, deletions=True)
        crm.read_all()
    crm.delete(crm.meeting)
    crm.sync(119)
    assert verdict(crm) == PENDING
    crm.sync(5)
    assert verdict(crm) == MISSED


def unavailable(crm: Syncing) -> None:
    crm.refused("deletedEvents", "since=2026-01-05T09:00:00Z")


def inline_unavailable(crm: Syncing) -> None:
    crm.refused("events", "since=2026-01-05T09:00:00Z&showDeleted=true")


def unanswered(crm: Syncing) -> None:
    crm.refused("deletedEvents", "", None)


def full_list_unavailable(crm: Syncing) -> None:
    crm.refused("events", "limit=100")


def broken_off(crm: Syncing) -> None:
    crm.read(kind="deletedEvents", since=MONDAY, whole=False)


@pytest.mark.parametrize("asks", [unavailable, inline_unavailable, unanswered, full_list_unavailable, broken_off])
def test_a_client_whose_requests_for_deletions_fail_has_asked(asks: Any) -> None:
    crm = Syncing(two_streams=True)
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    for _ in range(10):
        asks(crm)
        crm.sync()
        assert verdict(crm)[1] == 1
        assert GIVEN_UP not in crm.codes()


@pytest.mark.parametrize("query", ["since=2026-01-05T09:00:00Z", "since=2026-01-05T09:00:00Z&showDeleted=false"])
def test_a_failed_request_for_the_delta_alone_is_no_request_for_deletions(query: str) -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    for _ in range(4):
        crm.refused("events", query)
        crm.sync()
    assert verdict(crm) == MISSED


def test_after_a_410_a_client_that_only_follows_the_delta_has_stopped_asking() -> None:
    crm = Syncing(two_streams=True)
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting)
    crm.refused("deletedEvents", "since=2026-01-05T09:00:00Z", 410)
    crm.sync(4)
    assert verdict(crm) == MISSED


def test_a_deletion_that_lists_do_not_show_yet_is_nobody_s_mistake() -> None:
    crm = Syncing()
    crm.sync(6, deletions=True)
    crm.delete(crm.meeting, visibleAfter="1h")
    crm.sync(20)
    assert crm.codes() == []
    crm.wait(50)
    crm.sync(2)
    assert verdict(crm) == PENDING
    crm.sync(2)
    assert verdict(crm) == MISSED


def test_a_client_that_never_asked_is_told_so() -> None:
    crm = Syncing()
    crm.sync(6)
    crm.delete(crm.meeting)
    crm.sync(4)
    assert crm.codes() == ["deletion.neverAskedFor"]


def test_a_full_journal_and_a_fork_come_to_the_same_finding() -> None:
    found = []
    for crm in (Syncing(), Syncing(journaled=2)):
        crm.sync(6, deletions=True)
        crm.delete(crm.meeting)
        crm.sync(4)
        found.append(crm.findings()[0])
    assert found[0].explanation == found[1].explanation
    assert found[0].requests == found[1].requests


# Whatever the rhythm


@settings(max_examples=30)
@given(
    every=strategies.integers(1, 12),
    two_streams=strategies.booleans(),
    pauses=strategies.sets(strategies.integers(0, 59), max_size=4),
    deleted_at=strategies.integers(0, 59),
)
def test_a_client_that_keeps_to_its_rhythm_is_not_accused_and_one_that_gives_it_up_is(
    every: int, two_streams: bool, pauses: set[int], deleted_at: int
) -> None:
    crm = Syncing(two_streams=two_streams)
    second = crm.create()
    for turn in range(60):
        # A rhythm is known from the second request on.
        if turn in pauses and (turn > every or turn == min(pauses)):
            crm.wait(WEEKEND)
        if turn == deleted_at:
            crm.delete(crm.meeting)
        crm.sync(deletions=turn % every == 0)
        if turn >= deleted_at and (turn + 1) % every == 0:
            assert GIVEN_UP not in crm.codes()
    crm.delete(second)
    crm.sync(2 * every + 1)
    for _ in range(2):
        crm.wait(10 * WEEKEND)
        crm.sync(2)
    assert GIVEN_UP in crm.codes()
