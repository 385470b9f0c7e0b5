"""The ring of exchanges: what it keeps, what it drops, and whom it wakes."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mockcrm.base.waiting import Waiter
from mockcrm.errors import RequestNotFound
from mockcrm.journal.entry import CUT_TO, AppliedFault, Entry
from mockcrm.journal.journal import NOTHING_DROPPED, Dropped, Journal

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEAVY = 16 * 1024
"""The weight of a long body, in bytes."""


def roomy() -> Journal:
    """A journal with room for ten entries whose bodies are heavy."""
    return Journal(max_weight=10 * (HEAVY + answered(Journal()).weight) + HEAVY // 2)


def arrived(journal: Journal, weight: int = 0) -> Entry:
    """A request that waits for its answer."""
    entry = Entry("client", "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
    journal.open(entry)
    entry.note_body(b"x" * weight)
    return entry


def answered(journal: Journal, weight: int = 0) -> Entry:
    entry = arrived(journal, weight)
    journal.close(entry, 200, MONDAY)
    return entry


def numbers(journal: Journal, after: int = 0, limit: int | None = None) -> list[int]:
    return [entry.number for entry in journal.entries(after, limit)]


def room(journal: Journal) -> int:
    """How many heavy entries it keeps."""
    for _ in range(20):
        answered(journal, HEAVY)
    return len(journal)


# Numbers


def test_entries_are_numbered_from_1_in_order_of_arrival() -> None:
    journal = Journal()
    first, second = arrived(journal), answered(journal)
    assert (first.number, second.number, numbers(journal)) == (1, 2, [1, 2])
    assert (first.status, first.completed, second.status, second.completed) == (None, None, 200, MONDAY)


def test_an_entry_is_got_by_its_number() -> None:
    journal = Journal(2)
    entries = [answered(journal) for _ in range(3)]
    assert journal.get(3) is entries[2]
    for gone in (-1, 0, 1, 4):
        with pytest.raises(RequestNotFound, match=f"no request {gone}"):
            journal.get(gone)


def test_an_empty_journal_holds_nothing() -> None:
    journal = Journal()
    assert (numbers(journal), numbers(journal, 5, 5), len(journal), journal.dropped) == ([], [], 0, 0)
    with pytest.raises(RequestNotFound):
        journal.get(1)


# Room


def test_more_entries_than_there_is_room_for_drop_the_oldest() -> None:
    journal = Journal(3)
    for _ in range(8):
        answered(journal)
    assert (numbers(journal), journal.dropped) == ([6, 7, 8], 5)
    assert numbers(journal, 2, 2) == numbers(journal, 0, 2) == [6, 7]
    assert (numbers(journal, 7), numbers(journal, 8)) == ([8], [])


def test_heavier_entries_than_there_is_room_for_drop_the_oldest() -> None:
    journal = roomy()
    for _ in range(25):
        answered(journal, HEAVY)
    assert (numbers(journal), journal.dropped) == (list(range(16, 26)), 15)


def test_one_heavy_entry_makes_room_for_many_light_ones() -> None:
    journal = roomy()
    assert room(journal) == 10
    for _ in range(50):
        answered(journal)
    assert len([entry for entry in journal.entries() if entry.body]) < 10
    assert len([entry for entry in journal.entries() if not entry.body]) == 50


def test_an_entry_that_is_heavier_than_all_room_is_kept_alone() -> None:
    journal = Journal(max_weight=100)
    answered(journal)
    answered(journal, HEAVY)
    assert (numbers(journal), journal.dropped) == ([2], 1)
    answered(journal)
    assert (numbers(journal), journal.dropped) == ([3], 2)


def test_what_an_answer_delivered_takes_room_too() -> None:
    journal = roomy()
    for _ in range(25):
        entry = arrived(journal)
        entry.delivered = [None] * (HEAVY // 8)  # type: ignore[list-item]
        journal.close(entry, 200, MONDAY)
    assert len(journal) == 10


def test_headers_take_room_by_their_names_and_their_values() -> None:
    for headers in ({"HTTP_X": "x" * HEAVY}, {"HTTP_" + "X" * HEAVY: "x"}):
        journal = roomy()
        for _ in range(25):
            entry = Entry("client", "GET", "/", None, None, None, None, "", headers, MONDAY, 0.0)
            journal.open(entry)
            journal.close(entry, 200, MONDAY)
        assert len(journal) == 10


# Requests that are under way while others come and go


def dropped(journal: Journal) -> None:
    for _ in range(journal.limit):
        answered(journal)


@pytest.mark.parametrize("gone", [dropped, Journal.clear])
def test_an_entry_that_is_gone_before_its_answer_leaves_takes_no_room(gone: Callable[[Journal], None]) -> None:
    journal = roomy()
    journal.limit = 50
    slow = [arrived(journal, HEAVY) for _ in range(5)]
    gone(journal)
    kept = numbers(journal)
    for entry in slow:
        journal.close(entry, 200, MONDAY)
    assert numbers(journal) == kept
    assert room(journal) == 10
    assert slow[0].status == 200


def test_an_entry_that_is_still_there_when_its_answer_leaves_takes_its_room() -> None:
    journal = roomy()
    slow = [arrived(journal, HEAVY) for _ in range(5)]
    answered(journal)
    for entry in reversed(slow):
        journal.close(entry, 200, MONDAY)
    for _ in range(5):
        answered(journal, HEAVY)
    assert (numbers(journal), journal.dropped) == (list(range(1, 12)), 0)
    answered(journal, HEAVY)
    assert (numbers(journal), journal.dropped) == (list(range(2, 13)), 1)


def test_to_forget_goes_on_counting_and_makes_all_room_free() -> None:
    journal = roomy()
    room(journal)
    journal.clear()
    assert (numbers(journal), journal.dropped) == ([], 0)
    assert answered(journal).number == 21
    assert numbers(journal, 20) == numbers(journal, 3) == [21]
    with pytest.raises(RequestNotFound):
        journal.get(20)
    assert room(journal) == 10


def test_threads_that_enter_at_a_time_are_numbered_without_gaps() -> None:
    journal = Journal(50)
    threads = [threading.Thread(target=lambda: [answered(journal) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (numbers(journal), journal.dropped) == (list(range(751, 801)), 750)


# Waiting


def an_answer_leaves(journal: Journal) -> None:
    answered(journal)


def arrives(journal: Journal) -> None:
    arrived(journal)


@pytest.mark.parametrize("happens", [arrives, an_answer_leaves, Journal.retire, Journal.clear])
def test_who_waits_is_woken_when_there_is_news(happens: Callable[[Journal], None]) -> None:
    journal = Journal()
    waiting = threading.Thread(target=journal.wait, args=(journal.news, 60, Waiter()), daemon=True)
    waiting.start()
    happens(journal)
    waiting.join(10)
    assert not waiting.is_alive()


def told(journal: Journal, since: int) -> list[tuple[int, int]]:
    """The numbers of the requests of which there was news, each with how much there had been by then."""
    return [(each.entry.number, each.at) for each in journal.news_since(since).entries]


def test_an_arrival_a_body_an_answer_and_what_else_is_noted_are_news_of_their_request() -> None:
    journal = Journal()
    entry = arrived(journal)
    assert told(journal, 0) == [(1, 1)]
    journal.note_body(entry, b"x")
    assert told(journal, 1) == [(1, 2)]
    journal.close(entry, None, MONDAY)
    assert (told(journal, 2), told(journal, 3)) == ([(1, 3)], [])
    answered(journal)
    journal.note_news(entry)
    assert told(journal, 0) == [(2, 5), (1, 6)]
    assert (journal.news_since(0).last, journal.news_since(0).complete) == (6, True)


@pytest.mark.parametrize("forget", [dropped, Journal.clear, Journal.retire])
def test_news_of_which_not_all_is_kept_says_so(forget: Callable[[Journal], None]) -> None:
    journal = Journal(20)
    before = journal.news
    answered(journal)
    forget(journal)
    assert not journal.news_since(before).complete
    assert journal.news_since(journal.news).complete


def test_the_answer_of_a_request_that_was_dropped_is_news_of_which_not_all_is_kept() -> None:
    journal = Journal(1)
    under_way = arrived(journal)
    answered(journal)
    before = journal.news
    assert journal.news_since(before).first == 2
    journal.close(under_way, 200, MONDAY)
    found = journal.news_since(before)
    assert (found.complete, found.entries, found.last) == (False, [], before + 1)


def test_a_journal_that_was_cleared_keeps_requests_from_the_next_one_on() -> None:
    journal = Journal()
    answered(journal)
    journal.clear()
    assert (journal.news_since(0).first, journal.news_since(0).entries) == (2, [])


def test_what_was_dropped_is_known_by_its_numbers_and_operations() -> None:
    journal = Journal(3)
    assert journal.look() == ([], NOTHING_DROPPED)
    entries = [answered(journal) for _ in range(5)]
    assert journal.look() == (entries[2:], Dropped(2, 2, {"listEvents": 2}))
    journal.clear()
    assert journal.look() == ([], Dropped(0, 5))
    for _ in range(4):
        answered(journal)
    gone = journal.look()[1]
    assert (gone, gone.first) == (Dropped(1, 6, {"listEvents": 1}), 6)


def test_a_body_that_is_heavier_than_all_room_is_cut_and_drops_no_other() -> None:
    journal = Journal(max_weight=100_000)
    answered(journal)
    heavy = answered(journal, 200_000)
    assert (numbers(journal), len(heavy.body), heavy.cut, heavy.body_known) == ([1, 2], CUT_TO, True, False)


def test_old_news_is_not_waited_for() -> None:
    journal = Journal()
    before = journal.news
    answered(journal)
    journal.wait(before, 600, Waiter())


def test_without_news_waiting_ends_in_time() -> None:
    journal = Journal()
    journal.wait(journal.news, 0.01, Waiter())
    journal.wait(journal.news, -1, Waiter())


def test_the_faults_that_struck_have_a_weight_too() -> None:
    journal = Journal()
    entry = arrived(journal)
    entry.applied_faults = tuple(AppliedFault(f"f{number}", None, "delay", "x" * 100) for number in range(1_000))
    journal.close(entry, 200, MONDAY)
    assert entry.weight > 1_000 * 200
