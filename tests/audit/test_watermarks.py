"""Where a watermark comes from, and which cause is named for what it passed: never one that is not true."""

from datetime import timedelta

import pytest

from mockcrm.audit.findings import Finding
from mockcrm.crm.kinds.registry import KINDS
from tests.audit.audited import MINUTE, MONDAY, Crm, at

HOUR, SECOND, MILLISECOND = timedelta(hours=1), timedelta(seconds=1), timedelta(milliseconds=1)
ZONE = "Keep watermarks as the CRM writes them"


@pytest.fixture
def crm() -> Crm:
    return Crm()


def lost(crm: Crm) -> Finding:
    (found,) = [each for each in crm.findings() if each.kind.severity == "error"]
    return found


def passed(crm: Crm, moved: timedelta, *, source: str = "asOf", minutes: int = 180) -> Finding:
    """What is said of an edit an hour after a full read, if the client moves its watermark and reads later."""
    name = crm.create()
    crm.wait(7)
    as_of = at(crm.read())
    crm.wait(60)
    crm.edit(name)
    crm.wait(minutes - 60)
    crm.read(since={"asOf": as_of, "stamp": as_of - 7 * MINUTE}[source] + moved, showDeleted=True)
    return lost(crm)


# Time zones


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (2 * HOUR, "2 hours after the asOf of request 1"),
        (5.5 * HOUR, "5 hours and 30 minutes after the asOf of request 1"),
        (5.75 * HOUR, "5 hours and 45 minutes after the asOf of request 1"),
        (14 * HOUR, "14 hours after the asOf of request 1"),
    ],
)
def test_a_watermark_that_a_time_zone_moved_forward_is_said_to_be_so(crm: Crm, moved: timedelta, words: str) -> None:
    found = passed(crm, moved)
    assert (found.kind.code, found.hazard) == ("change.outOfReach", "cursor-in-another-zone")
    assert f"The watermark that passed it is {words}: somewhere an offset from UTC" in found.explanation
    assert f"which is {words}." in found.explanation
    assert found.advice.startswith(ZONE)


def test_a_stamp_that_a_time_zone_moved_is_a_watermark_too(crm: Crm) -> None:
    found = passed(crm, 2 * HOUR + MILLISECOND * 0, source="stamp")
    assert "2 hours after the largest stamp in the read of request 1" in found.explanation


def test_a_client_may_have_cut_the_fraction_of_a_second(crm: Crm) -> None:
    name = crm.create()
    crm.act({"advance": {"by": "123ms"}})
    as_of = at(crm.read())
    crm.wait(60)
    crm.edit(name)
    crm.wait(120)
    crm.read(since=as_of.replace(microsecond=0) + 2 * HOUR)
    assert as_of.microsecond
    assert lost(crm).advice.startswith(ZONE)


@pytest.mark.parametrize("moved", [1.25 * HOUR, 61 * MINUTE, 90 * MINUTE, 24 * HOUR, 15 * HOUR, 2 * HOUR + SECOND])
def test_what_no_time_zone_explains_is_not_called_one(crm: Crm, moved: timedelta) -> None:
    found = passed(crm, moved)
    assert not found.advice.startswith(ZONE)
    assert "hours after" not in found.explanation


def test_a_lookback_of_an_hour_is_no_time_zone_and_what_it_missed_has_its_own_cause(crm: Crm) -> None:
    name = crm.create()
    crm.wait(300)
    as_of = at(crm.read())
    crm.edit(name, stamp="-2h")
    crm.wait(60)
    crm.read(since=as_of - HOUR)
    found = lost(crm)
    assert found.hazard == "server-clock-backwards"
    assert "which is 1 hour before the asOf of request 1." in found.explanation


def test_what_a_right_watermark_had_missed_as_well_is_not_the_time_zones(crm: Crm) -> None:
    name = crm.create()
    crm.wait(60)
    as_of = at(crm.read())
    crm.edit(name, bump=False)
    crm.wait(180)
    crm.read(since=as_of + 2 * HOUR)
    assert lost(crm).hazard == "child-change-no-bump"


def test_an_unbumped_change_to_a_new_event_is_the_time_zones_if_that_alone_passed_it(crm: Crm) -> None:
    crm.create()
    crm.wait(60)
    as_of = at(crm.read())
    crm.wait(60)
    name = crm.create()
    crm.edit(name, bump=False)
    crm.wait(120)
    crm.read(since=as_of + 2 * HOUR)
    assert (lost(crm).hazard, lost(crm).advice.startswith(ZONE)) == ("cursor-in-another-zone", True)


def test_the_clients_own_clock_on_the_hour_is_no_time_zone(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.wait(30)
    crm.edit(name)
    crm.wait(30)
    crm.read(since=crm.sandbox.clock_reading())
    found = lost(crm)
    assert "the instant at which it came" in found.explanation
    assert not found.advice.startswith(ZONE)


def test_of_an_old_read_a_watermark_is_not_a_time_zone_away(crm: Crm) -> None:
    name = crm.create()
    for _ in range(12):
        since = at(crm.read(since=MONDAY))
        crm.wait(30)
    crm.edit(name)
    crm.wait(2)
    crm.read(since=since + 40 * MINUTE - MILLISECOND)
    assert "hour" not in " ".join(each.explanation for each in crm.findings())


@pytest.mark.parametrize(("moved", "own"), [(2 * HOUR, False), (2 * HOUR + 7 * SECOND, True)])
def test_a_watermark_of_the_future_is_the_own_clocks_or_a_time_zones(crm: Crm, moved: timedelta, own: bool) -> None:
    crm.create()
    as_of = at(crm.read())
    crm.read(since=as_of + moved)
    (found,) = crm.findings()
    hazard = "client-clock-watermark" if own else "cursor-in-another-zone"
    assert (found.kind.code, found.hazard) == ("watermark.beyondClock", hazard)
    assert found.advice.startswith(ZONE) is not own
    assert ("2 hours after the asOf of request 1" in found.explanation) is not own


# Where it comes from


def test_the_largest_stamp_is_not_called_an_as_of(crm: Crm) -> None:
    name = crm.create()
    crm.wait(5)
    crm.read()
    crm.edit(name, bump=False)
    crm.wait(5)
    with crm.sandbox.open() as state:
        stamp = state.crm.find(KINDS["event"], crm.id_of(name)).stamp
    crm.create()
    crm.read(since=stamp + MILLISECOND)
    explanation = lost(crm).explanation
    assert "which is a millisecond after the largest stamp in the read of request 1." in explanation
    assert "asOf" not in explanation


def test_an_instant_that_is_both_is_called_both(crm: Crm) -> None:
    crm.act({"clock": {"tick": "0s"}})
    name = crm.create()
    bound = at(crm.read())
    crm.edit(name, stamp="-5m")
    crm.wait(1)
    crm.read(since=bound)
    assert (
        "which is the asOf of request 1, and also the largest stamp in the read of request 1." in lost(crm).explanation
    )


def test_a_read_without_rows_has_only_its_as_of(crm: Crm) -> None:
    bound = at(crm.read())
    crm.wait(1)
    crm.create(stamp="-5m")
    crm.wait(1)
    crm.read(since=bound)
    explanation = lost(crm).explanation
    assert "which is the asOf of request 1." in explanation
    assert "stamp in the read" not in explanation


# Causes that are true


def test_a_late_change_that_the_own_clock_alone_passed_is_the_clocks(crm: Crm) -> None:
    crm.create()
    crm.read()
    crm.wait(30)
    crm.create(visibleAfter="1m")
    crm.wait(30)
    crm.read(since=MONDAY + timedelta(days=1))
    crm.wait(24 * 60)
    found = lost(crm)
    assert found.hazard == "client-clock-watermark"
    assert "appeared" not in found.explanation


def test_a_first_read_that_passes_what_the_client_had_says_nothing_of_a_read_before(crm: Crm) -> None:
    name = crm.create()
    crm.look(name)
    crm.wait(1)
    crm.edit(name)
    crm.wait(1)
    crm.read(since=MONDAY + 2 * MINUTE)
    crm.read()
    crm.edit(name, bump=False)
    crm.read(since=MONDAY + 2 * MINUTE)
    explanations = [found.explanation for found in crm.findings() if found.kind.code == "change.outOfReach"]
    assert not any("previous read" in each and "request 1 " in each for each in explanations)


@pytest.mark.parametrize(
    ("later", "hazard"), [(timedelta(0), "second-truncated-timestamps"), (2 * HOUR + MINUTE, "client-clock-watermark")]
)
def test_precision_explains_no_more_than_a_second(crm: Crm, later: timedelta, hazard: str) -> None:
    crm.act({"dialect": {"timestampPrecision": "second"}})
    name = crm.create()
    crm.act({"advance": {"by": "400ms"}})
    crm.read()
    crm.edit(name)
    crm.act({"advance": {"by": "5s"}})
    crm.read(since=MONDAY + timedelta(milliseconds=401) + later)
    assert lost(crm).hazard == hazard


def test_a_deletion_that_both_reads_passed_is_not_the_split_of_streams(crm: Crm) -> None:
    name = crm.create()
    crm.wait(10)
    crm.read()
    since = at(crm.read(kind="deletedEvents"))
    crm.delete(name, stamp="-5m")
    crm.wait(1)
    crm.read(kind="deletedEvents", since=since)
    crm.read(since=since)
    assert lost(crm).hazard == "server-clock-backwards"


def test_a_deletion_between_two_streams_with_one_watermark_is_the_split(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read()
    crm.read(kind="deletedEvents")
    crm.delete(name)
    crm.wait(1)
    since = at(crm.read(since=MONDAY + MINUTE))
    crm.wait(1)
    crm.read(kind="deletedEvents", since=since)
    assert lost(crm).hazard == "split-stream-race"
