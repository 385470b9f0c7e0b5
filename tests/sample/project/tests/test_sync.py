"""What the client can do, against a CRM that makes it hard."""

import asyncio

import httpx
import pytest
from march import MARCH, WINDOW

from calendarsync import CalendarSync, Conflict
from mockcrm import Crm, types
from mockcrm.pytest_plugin import MakeCrm


@pytest.mark.mockcrm(scenario="quickstart")
def test_the_first_sync_reads_the_window(crm: Crm, http: httpx.Client) -> None:
    crm.set_dialect(pageSize=5)
    client = CalendarSync(http, *MARCH)
    client.sync()
    assert len(client.events) == 43
    crm.assert_in_sync(client.events.values(), window=WINDOW)
    crm.verify({"operation": "listEvents", "page": 9})
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="quickstart")
def test_what_colleagues_do_arrives(crm: Crm, http: httpx.Client) -> None:
    client = CalendarSync(http, *MARCH)
    client.sync()
    crm.events.edit("kickoff", location="Room Hopper")
    crm.events.edit("offsite", startTime="2026-06-12T00:00:00Z", endTime="2026-06-14T00:00:00Z")
    crm.events.delete("dentist")
    crm.events.create(subject="Demo", startTime="2026-03-05T14:00:00Z", endTime="2026-03-05T15:00:00Z")
    crm.clock.advance("5m")
    client.sync()
    crm.assert_in_sync(client.events.values(), window=WINDOW)
    crm.assert_clean()


@pytest.mark.parametrize(
    "hazard",
    [
        "late-commit-visibility",
        "equal-timestamp-at-watermark",
        "split-stream-race",
        "undelete-same-id",
        "create-delete-between-polls",
        "expired-cursor-swallowed",
        "moved-out-of-window",
    ],
)
def test_hazards_of_reading(crm: Crm, http: httpx.Client, hazard: str) -> None:
    crm.scenario.load(hazard)
    client = CalendarSync(http, *MARCH)
    crm.scenario.play(client.sync)
    crm.assert_in_sync(client.events.values(), window=WINDOW)
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="quickstart")
def test_a_change_is_written_to_the_version_that_was_seen(crm: Crm, http: httpx.Client) -> None:
    client = CalendarSync(http, *MARCH)
    client.sync()
    client.change("1001", location="Room Hopper")
    crm.verify({"operation": "updateEvent", "headers": {"If-Match": {"matches": "."}}}, exactly=1)
    assert crm.events.get("kickoff")["location"] == "Room Hopper"

    crm.events.edit("kickoff", subject="Kickoff, on Friday")
    with pytest.raises(Conflict):
        client.change("1001", subject="Kickoff, on Monday")
    client.sync()
    assert client.events["1001"]["subject"] == "Kickoff, on Friday"
    crm.assert_clean()


@pytest.mark.mockcrm(scenario="quickstart")
def test_a_colleague_is_quicker_by_a_hair(crm: Crm, http: httpx.Client) -> None:
    client = CalendarSync(http, *MARCH)
    client.sync()
    quicker: types.Action = {"edit": {"event": "kickoff", "set": {"location": "Room Turing 2"}}}
    crm.faults.add({"do": [quicker]}, match={"operation": "updateEvent"}, times=1)
    with pytest.raises(Conflict):
        client.change("1001", location="Room Hopper")
    crm.assert_clean()


@pytest.mark.mockcrm(at="2026-03-02T09:00:00Z")
def test_a_lost_answer_makes_no_second_event(crm: Crm, http: httpx.Client) -> None:
    client = CalendarSync(http, *MARCH)
    crm.faults.add({"disconnect": {"when": "after"}}, match={"operation": "createEvent"}, times=1)
    client.create(subject="Demo", startTime="2026-03-05T14:00:00Z", endTime="2026-03-05T15:00:00Z")
    assert [event["subject"] for event in crm.events.all()] == ["Demo"]
    crm.assert_clean()


@pytest.mark.mockcrm(count=200, seed=3, at="2026-03-02T09:00:00Z")
def test_two_crms_that_speak_differently(crm: Crm, make_crm: MakeCrm) -> None:
    for each in (crm, make_crm(scenario="quickstart", dialect="google")):
        with httpx.Client(base_url=each.url) as http:
            client = CalendarSync(http, *MARCH)
            client.sync()
            each.assert_in_sync(client.events.values(), window=WINDOW)


@pytest.mark.mockcrm(scenario="quickstart")
@pytest.mark.anyio
async def test_two_copies_that_sync_at_once(crm: Crm, http: httpx.Client) -> None:
    clients = [CalendarSync(http, *MARCH) for _ in range(2)]
    for _ in range(2):
        await asyncio.gather(*(asyncio.to_thread(client.sync) for client in clients))
        crm.events.edit("kickoff", location="Room Hopper")
        crm.clock.advance("5m")
    await asyncio.gather(*(asyncio.to_thread(client.sync) for client in clients))
    assert clients[0].events == clients[1].events
    crm.assert_clean()
