"""When the gauge calls a row worse: by more than a tenth, and beyond what the same code shows."""

import pytest

from benchmarks.gauge.comparison import Reading, Span, in_pairs, with_recorded

STEADY = Span(median=2.0, low=1.96, high=2.04)
UNSTEADY = Span(median=2.0, low=1.5, high=2.6)


def test_a_row_that_costs_a_fifth_more_is_worse() -> None:
    compared = with_recorded(STEADY, [2.3, 2.4, 2.5])
    assert compared.change == pytest.approx(1.2)
    assert compared.mark == "worse"


@pytest.mark.parametrize("now", [[2.0, 2.0, 2.0], [2.18, 2.19, 2.19], [1.9, 1.85, 1.83], [2.0, 2.1, 9.0]])
def test_a_tenth_in_either_direction_and_one_reading_that_was_disturbed_are_no_change(now: list[float]) -> None:
    assert with_recorded(STEADY, now).mark == ""


def test_a_row_is_worse_only_beyond_the_highest_reading_that_the_same_code_gave() -> None:
    assert with_recorded(UNSTEADY, [2.5, 2.5, 2.5]).mark == ""
    assert with_recorded(UNSTEADY, [2.7, 2.7, 2.7]).mark == "worse"


def test_a_row_that_costs_a_fifth_less_is_better_and_asks_for_a_new_record() -> None:
    assert with_recorded(STEADY, [1.6, 1.6, 1.6]).mark == "better"
    assert with_recorded(UNSTEADY, [1.6, 1.6, 1.6]).mark == ""


def test_pairs_compare_the_work_of_both_revisions_and_learn_from_their_floors_what_the_same_code_shows() -> None:
    before = [Reading(10.0, 5.0), Reading(20.0, 10.0), Reading(10.0, 5.0)]
    slower = [Reading(13.0, 5.1), Reading(26.0, 9.8), Reading(13.0, 5.0)]
    compared = in_pairs(before, slower)
    assert compared.change == pytest.approx(1.3)
    assert compared.before.median == 2.0
    assert compared.now.high == pytest.approx(26 / 9.8)
    assert compared.mark == "worse"
    disturbed = [Reading(13.0, 5.1), Reading(26.0, 9.8), Reading(13.0, 7.0)]
    assert in_pairs(before, disturbed).mark == ""


def test_a_row_that_was_disturbed_in_one_pair_is_not_worse() -> None:
    before = [Reading(10.0, 5.0)] * 3
    assert in_pairs(before, [Reading(10.1, 5.0), Reading(30.0, 5.0), Reading(9.9, 5.0)]).mark == ""


def test_what_took_nothing_is_a_mistake_of_the_row() -> None:
    with pytest.raises(ValueError, match="took no time"):
        Reading(0.0, 5.0)
