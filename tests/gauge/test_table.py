"""What the gauge prints, and the status with which it ends."""

from benchmarks.gauge.comparison import Span, with_recorded
from benchmarks.gauge.table import ending, table

STEADY = Span(median=2.0, low=1.96, high=2.04)
LINES = {
    "GET by id / a constant view": with_recorded(STEADY, [2.4, 2.5, 2.6]),
    "modules / Flask's": with_recorded(STEADY, [2.0, 2.0, 2.0]),
    "PATCH / an echo": with_recorded(STEADY, [1.0, 1.0, 1.2]),
}


def test_a_table_has_row_recorded_now_spread_change_and_mark() -> None:
    assert table("recorded", LINES, {}) == (
        "row                          recorded      now  spread   change\n"
        "GET by id / a constant view      2.00     2.50      8%   +25.0%  worse\n"
        "modules / Flask's                2.00     2.00      0%    +0.0%\n"
        "PATCH / an echo                  2.00     1.00     20%   -50.0%  better\n"
    )


def test_a_row_that_one_side_lacks_is_left_out_and_said() -> None:
    text = table("recorded", {}, {"DELETE / an echo": "404 for DELETE /api/v1/events/1"})
    assert text.splitlines()[1:] == ["DELETE / an echo is left out: 404 for DELETE /api/v1/events/1"]


def test_a_worse_row_is_named_at_the_end_and_gives_the_status_1() -> None:
    assert ending(LINES) == (1, "Worse by more than 10 %: GET by id / a constant view.")


def test_without_one_the_status_is_0() -> None:
    assert ending({}) == (0, "No row is worse by more than 10 %.")
