"""What mockcrm says of careless clients, and of mistakes in the tests themselves: each of these fails."""

import httpx
import pytest
from march import MARCH, WINDOW

from calendarsync import CalendarSync
from careless import GoesByTheNewestStamp, LooksNoFurtherBack, MakesTwins, ReadsNoDeletions, WritesUnseen
from mockcrm import Crm


@pytest.mark.mockcrm(scenario="late-commit-visibility")
def test_a_change_that_shows_late(crm: Crm, http: httpx.Client) -> None:
    client = LooksNoFurtherBack(http, *MARCH)
    while not crm.scenario.next()["done"]:
        client.sync()
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="equal-timestamp-at-watermark")
def test_a_change_with_the_same_stamp(crm: Crm, http: httpx.Client) -> None:
    crm.scenario.play(GoesByTheNewestStamp(http, *MARCH).sync)


@pytest.mark.mockcrm(scenario="quickstart")
def test_a_deleted_event_is_gone(crm: Crm, http: httpx.Client) -> None:
    client = ReadsNoDeletions(http, *MARCH)
    client.sync()
    crm.events.delete("dentist")
    crm.events.edit("kickoff", location="Room Hopper")
    crm.clock.advance("5m")
    client.sync()
    crm.assert_in_sync(client.events.values(), window=WINDOW)


@pytest.mark.mockcrm(scenario="quickstart")
def test_a_change_leaves_others_alone(crm: Crm, http: httpx.Client) -> None:
    client = WritesUnseen(http, *MARCH)
    client.sync()
    crm.events.edit("kickoff", location="Room Hopper")
    client.change("1001", location="Room Lovelace")
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="quickstart")
def test_changes_are_conditional(crm: Crm, http: httpx.Client) -> None:
    client = WritesUnseen(http, *MARCH)
    client.sync()
    client.change("1001", location="Room Lovelace")
    crm.verify({"operation": "updateEvent", "headers": {"If-Match": {"matches": "."}}})


@pytest.mark.mockcrm(at="2026-03-02T09:00:00Z")
def test_a_lost_answer_makes_no_second_event(crm: Crm, http: httpx.Client) -> None:
    client = MakesTwins(http, *MARCH)
    crm.faults.add({"disconnect": {"when": "after"}}, match={"operation": "createEvent"}, times=1)
    client.create(subject="Demo", startTime="2026-03-05T14:00:00Z", endTime="2026-03-05T15:00:00Z")
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="quickstart")
def test_an_empty_list_is_not_believed(crm: Crm, http: httpx.Client) -> None:
    client = CalendarSync(http, *MARCH)
    crm.faults.add("emptyList", match={"operation": "listEvents"}, name="proxy")
    client.sync()
    assert len(client.events) == 43


@pytest.mark.mockcrm(scenario="quickstart")
def test_with_an_event_that_is_not_there(crm: Crm) -> None:
    crm.events.edit("kick-off", location="Room Hopper")


@pytest.mark.mockcrm(scenario="late-commit")
def test_with_a_scenario_that_is_not_there(crm: Crm) -> None:
    crm.assert_clean()


@pytest.mark.mockcrm(scenarios="quickstart")
def test_with_an_option_that_is_not_there(crm: Crm) -> None:
    crm.assert_clean()
