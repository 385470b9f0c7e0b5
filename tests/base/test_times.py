from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mockcrm.base import times


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05T09:00:00Z", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05t09:00:00z", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T09:00:00.5+01:30", datetime(2026, 1, 5, 7, 30, 0, 500000, tzinfo=UTC)),
        ("2026-01-05T09:00:00-00:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T09:00:00.1234567899Z", datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999Z", times.END),
    ],
)
def test_an_instant_is_read_from_rfc_3339_with_any_offset(text: str, instant: datetime) -> None:
    assert times.parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-01-05",
        "2026-01-05T09:00:00",
        "2026-01-05 09:00:00Z",
        "2026-01-05T09:00Z",
        "2026-02-30T09:00:00Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T09:00:00+0100",
        "2026-01-05T09:00:00+25:00",
        "2026-W02-1T09:00:00Z",
        "20260105T090000Z",
        "٢٠٢٦-01-05T09:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        "2026-01-05T09:00:00Z\n",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        times.parse_instant(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_that_was_written_exactly_is_read_again(instant: datetime) -> None:
    assert times.parse_instant(times.format_exact(instant)) == instant


def test_an_instant_is_written_with_milliseconds() -> None:
    assert times.format_instant(datetime(7, 1, 5, 9, 0, 0, 999999, tzinfo=UTC)) == "0007-01-05T09:00:00.999Z"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT5M", timedelta(minutes=5)),
        ("-PT2S", timedelta(seconds=-2)),
        ("P1W2DT3H", timedelta(weeks=1, days=2, hours=3)),
        ("PT0.000001S", timedelta(microseconds=1)),
        ("PT0S", timedelta(0)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("250ms", timedelta(milliseconds=250)),
        ("1m250ms", timedelta(minutes=1, milliseconds=250)),
        ("-2s", timedelta(seconds=-2)),
        ("+1.5s", timedelta(seconds=1.5)),
        ("2w1d", timedelta(days=15)),
    ],
)
def test_a_duration_is_read_in_both_forms(text: str, length: timedelta) -> None:
    assert times.parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "-", "P", "PT", "P1DT", "5", "m", "5 m", "1y", "P1Y", "P1M", "5m1h", "1e3s", "999999999w9d", "PT5m", "5M"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        times.parse_duration(text)


@given(st.timedeltas())
def test_a_duration_that_was_written_is_read_again(length: timedelta) -> None:
    assert times.parse_duration(times.format_duration(length)) == length


def test_durations_are_written_in_the_largest_units_that_have_a_fixed_length() -> None:
    assert times.format_duration(timedelta(days=1, hours=2, seconds=3, milliseconds=50)) == "P1DT2H3.05S"
    assert times.format_duration(timedelta(minutes=-5)) == "-PT5M"
    assert times.format_duration(timedelta(0)) == "PT0S"


def test_a_bare_date_is_a_date_and_nothing_else_is() -> None:
    assert times.parse_day("2026-01-05") == date(2026, 1, 5)
    assert times.parse_day("2026-01-05T00:00:00Z") is None
    with pytest.raises(ValueError, match="No such date"):
        times.parse_day("2026-02-30")


def test_epoch_milliseconds_may_be_signed_and_must_stay_within_the_calendar() -> None:
    assert times.parse_epoch_millis("-1") == datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    assert times.parse_epoch_millis("+0") == times.EPOCH
    assert times.parse_epoch_millis("soon") is None
    with pytest.raises(ValueError, match="9999"):
        times.parse_epoch_millis("999999999999999")


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas())
def test_a_shift_that_leaves_the_calendar_stops_at_its_end(instant: datetime, by: timedelta) -> None:
    shifted = times.shifted(instant, by)
    assert times.BEGINNING <= shifted <= times.END
    assert not times.fits(instant, by) or shifted == instant + by


@pytest.mark.parametrize("text", ["P999999999DT1H", "-P999999999DT1H", "999999999d1h"])
def test_a_duration_without_an_opposite_is_too_long(text: str) -> None:
    with pytest.raises(ValueError, match="Too long"):
        times.parse_duration(text)
