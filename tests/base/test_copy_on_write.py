from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from mockcrm.base.copy_on_write import AppendOnly, ForkedMap, SortedRows, Spans
from tests.base.invariants import check_rows
from tests.threads import another_thread

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40))), st.integers(-1, 41), st.none() | st.integers(-1, 41))
def test_sorted_rows_are_a_sorted_list(steps: list[tuple[bool, int]], low: int, high: int | None) -> None:
    rows: SortedRows[tuple[int]] = SortedRows(part=3)
    naive: set[int] = set()
    for adds, number in steps:
        if adds and number not in naive:
            rows.add((number,))
            naive.add(number)
        elif not adds and number in naive:
            rows.remove((number,))
            naive.remove(number)
        check_rows(rows)
    assert list(rows) == [(number,) for number in sorted(naive)]
    assert rows.first() == ((min(naive),) if naive else None)
    found = [row for part in rows.slices((low,), None if high is None else (high,)) for row in part]
    assert found == [(number,) for number in sorted(naive) if number >= low and (high is None or number < high)]


@given(st.lists(st.integers(0, 100), unique=True, min_size=1), st.lists(st.integers(101, 200), unique=True))
def test_a_fork_and_its_parent_go_their_own_ways(first: list[int], then: list[int]) -> None:
    rows: SortedRows[tuple[int]] = SortedRows(part=3)
    for number in first:
        rows.add((number,))
    fork = rows.fork()
    for number in then:
        rows.add((number,))
    fork.remove((first[0],))
    check_rows(fork)
    check_rows(rows)
    assert list(rows) == [(number,) for number in sorted(first + then)]
    assert list(fork) == [(number,) for number in sorted(first[1:])]


@given(st.lists(st.integers(0, 100), unique=True), st.lists(st.integers(101, 200), unique=True))
def test_numbered_rows_have_their_places_and_keep_them(first: list[int], then: list[int]) -> None:
    rows: SortedRows[tuple[int]] = SortedRows(part=3)
    for number in first:
        rows.add((number,))
    numbered = rows.numbered()
    for number in then:
        rows.add((number,))
    for number in first[:2]:
        rows.remove((number,))
    check_rows(rows)
    assert len(numbered) == len(first)
    assert [numbered[place] for place in range(len(first))] == [(number,) for number in sorted(first)]


def test_one_event_of_ten_years_does_not_make_a_query_look_back_ten_years() -> None:
    spans: Spans[int] = Spans()
    spans.add(MONDAY, MONDAY + 3652 * 24 * HOUR, "long", 0)
    for number in range(1, 5000):
        spans.add(MONDAY + number * HOUR, MONDAY + (number + 1) * HOUR, str(number), number)
    start = MONDAY + 4000 * HOUR
    looked_at = [row[2] for parts in spans.candidates(start, start + HOUR, None) for part in parts for row in part]
    assert {0, 4000} <= {*looked_at}
    assert len(looked_at) <= 12


@given(st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(0, 9)), max_size=30))
def test_a_forked_map_is_a_dictionary(entries: list[tuple[int, int | None]]) -> None:
    mapping: ForkedMap[str, int] = ForkedMap()
    naive: dict[str, int] = {}
    for key, value in entries:
        fork = mapping.fork()
        mapping.discard(str(key))
        if value is not None:
            mapping.set(str(key), value)
        assert dict(fork.items()) == naive
        assert len(fork) == len(naive)
        naive.pop(str(key), None)
        if value is not None:
            naive[str(key)] = value
    assert dict(mapping.items()) == naive
    assert {*mapping} == {*naive}
    assert len(mapping) == len(naive)
    assert all(mapping.get(key) == value and key in mapping for key, value in naive.items())
    assert mapping.get("nobody") is None


def test_an_append_only_list_keeps_what_it_was_given_and_so_does_its_fork() -> None:
    log: AppendOnly[int] = AppendOnly(page=4)
    for number in range(10):
        log.append(number)
    fork = log.fork()
    for number in range(10, 20):
        log.append(number)
        fork.append(-number)
    assert [log[at] for at in range(len(log))] == list(range(20))
    assert [fork[at] for at in range(len(fork))] == [*range(10), *range(-10, -20, -1)]


def test_whoever_reads_a_list_beside_the_one_that_appends_finds_what_its_size_says() -> None:
    log: AppendOnly[int] = AppendOnly(page=4)
    sizes: list[int] = []

    def read() -> None:
        sizes.append(len(log))
        assert [log[at] for at in range(sizes[-1])] == list(range(sizes[-1]))

    with another_thread(read):
        for number in range(20):
            log.append(number)
    assert sizes == sorted(sizes)
    assert len(sizes) > 20


@pytest.mark.parametrize("ordered", [True, False])
def test_very_many_rows_are_sorted_in_runs_that_hold_nobody_up(ordered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    longest: list[int] = []

    def watched(rows: Any) -> Any:
        longest.append(len(rows))
        return sorted(rows)

    monkeypatch.setattr("mockcrm.base.copy_on_write.sorted", watched, raising=False)
    monkeypatch.setattr("mockcrm.base.copy_on_write._RUN", 2_000)
    numbers = list(range(10_000))
    if not ordered:
        Random(1).shuffle(numbers)
    rows: SortedRows[tuple[int]] = SortedRows()
    rows.add_all([(number,) for number in numbers])
    check_rows(rows)
    assert list(rows) == [(number,) for number in range(10_000)]
    assert max(longest) < 3_000
