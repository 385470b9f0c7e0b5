"""The reference client follows several calendars: what lies on each, what moves, and what it may not read."""

import json
from typing import Any

import pytest

from mockcrm.reference_client.client import Client
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.stored_state import restore_state, state_document
from mockcrm.trials.mutants import CALENDAR_MUTANTS, WRITE_MUTANTS
from mockcrm.trials.run import client_of
from tests.trials.worlds import TIMES, World

ANN_AND_BOB = [{"emailAddress": "ann@acme.example"}, {"emailAddress": "bob@acme.example"}]


class Firm(World):
    """A CRM with a primary calendar and that of a team, and a client that follows both."""

    def __init__(self, *without: Safeguard, calendars: bool = True, **knobs: Any) -> None:
        super().__init__({"calendars": "many", **knobs}, frozenset(without), calendars=calendars)
        (made,) = self.act({"create": {"kind": "calendar", "set": {"id": "70", "name": "Team"}}})
        self.team: str = made.change.record.id

    def plan(self, key: str, calendar: str | None = None, **fields: Any) -> str:
        content = {**TIMES, "subject": key.capitalize(), "calendarId": calendar, **fields}
        (made,) = self.act({"create": {"key": key, "set": content}})
        event_id: str = made.change.record.id
        return event_id

    def edit(self, event_id: str, **fields: Any) -> None:
        self.act({"edit": {"event": event_id, "set": fields}})

    def user(self, verb: str, event_id: str, **fields: Any) -> None:
        action = {"event": event_id, "id": event_id, **({"set": fields} if fields else {})}
        self.client.apply([{verb: action}])

    def refuse(self, status: int, calendar: str = "70", times: int = 1) -> None:
        match = {"calendarId": calendar, "operation": "listEvents"}
        self.act({"fault": {"match": match, "effect": {"status": status}, "times": times}})

    @property
    def subjects(self) -> list[str]:
        """What the user's mailbox shows."""
        return sorted(item.content["subject"] for item in self.mailbox.items.values())

    @property
    def asked(self) -> list[str]:
        return [f"{entry.method} {entry.path.removeprefix('/api/v1')}" for entry in self.sandbox.journal.entries()]

    def crm(self, event_id: str) -> Any:
        with self.sandbox.open() as state:
            return state.crm.store.events.latest(event_id)

    def grave(self) -> list[str]:
        return [found.kind.code for found in self.findings() if found.kind.is_grave]


class TestReading:
    def test_reads_the_events_of_every_calendar(self) -> None:
        firm = Firm()
        firm.plan("lunch")
        firm.plan("demo", firm.team)
        firm.sync()
        assert firm.subjects == ["Demo", "Lunch"]
        assert firm.grave() == []

    def test_without_being_told_it_reads_the_primary_one_alone(self) -> None:
        firm = Firm(calendars=False)
        firm.plan("lunch")
        firm.plan("demo", firm.team)
        firm.sync()
        assert firm.subjects == ["Lunch"]
        assert not any("calendars" in each for each in firm.asked)

    def test_finds_a_calendar_that_is_made_later_unless_it_asks_only_once(self) -> None:
        for without, seen in (((), ["Demo"]), ((Safeguard.LISTS_CALENDARS,), [])):
            firm = Firm(*without)
            firm.sync()
            firm.act({"create": {"kind": "calendar", "set": {"id": "71", "name": "Sales"}}})
            firm.plan("demo", "71")
            firm.sync()
            assert firm.subjects == seen

    def test_each_calendar_has_its_own_watermark(self) -> None:
        for without, seen, grave in (
            ((), ["Demo", "Review"], []),
            ((Safeguard.OWN_WATERMARKS,), ["Demo"], ["watermark.shared"]),
        ):
            firm = Firm(*without, Safeguard.LOOKBACK, Safeguard.DAILY_RESYNC)
            firm.plan("demo", firm.team)
            firm.sync()
            firm.plan("review", firm.team)
            firm.act({"advance": {"by": "1m"}})
            firm.refuse(500, times=6)
            firm.sync()
            firm.sync()
            firm.sync()
            assert firm.subjects == seen
            assert firm.grave() == grave

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_calendar_that_it_may_not_read_is_not_empty(self, status: int) -> None:
        for without, seen in (((), ["Demo", "Lunch"]), ((Safeguard.KEEPS_UNREAD,), ["Lunch"])):
            firm = Firm(*without)
            firm.plan("lunch")
            firm.plan("demo", firm.team)
            firm.sync()
            firm.refuse(status)
            firm.sync()
            assert firm.subjects == seen

    def test_what_lay_on_a_removed_calendar_is_gone(self) -> None:
        for knobs in ({}, {"deletions": "endpoint"}, {"deletedStatus": 410}):
            firm = Firm(**knobs)
            firm.plan("lunch")
            firm.plan("demo", firm.team)
            firm.sync()
            firm.act({"delete": {"kind": "calendar", "record": firm.team}})
            firm.sync()
            assert firm.subjects == ["Lunch"]
            assert firm.grave() == []

    def test_a_deletion_on_one_calendar_is_one(self) -> None:
        firm = Firm()
        demo = firm.plan("demo", firm.team)
        firm.sync()
        firm.act({"delete": {"event": demo}})
        firm.sync()
        assert firm.subjects == []
        assert firm.grave() == []


class TestMoves:
    @pytest.mark.parametrize("outward", [True, False])
    def test_a_moved_event_keeps_its_entry(self, outward: bool) -> None:
        firm = Firm()
        demo = firm.plan("demo", None if outward else firm.team)
        firm.sync()
        (item,) = firm.mailbox.items
        firm.edit(demo, calendarId=firm.team if outward else None)
        firm.sync()
        firm.sync()
        assert [*firm.mailbox.items] == [item]
        assert firm.grave() == []

    def test_a_client_that_takes_it_for_a_deletion_loses_it(self) -> None:
        firm = Firm(Safeguard.FOLLOWS_MOVES)
        demo = firm.plan("demo", firm.team)
        firm.sync()
        firm.edit(demo, calendarId=None)
        firm.sync()
        assert firm.subjects == []

    def test_an_event_that_moves_where_the_client_has_just_been_is_found_there(self) -> None:
        firm = Firm()
        demo = firm.plan("demo", firm.team)
        firm.sync()
        (item,) = firm.mailbox.items
        on = {"calendarId": "70", "operation": "listEvents"}
        move = {"edit": {"event": demo, "set": {"calendarId": None}}}
        firm.act({"fault": {"match": on, "effect": {"do": {"actions": [move], "when": "before"}}, "times": 1}})
        firm.sync()
        assert firm.crm(demo).record.calendar_id != firm.team
        assert [*firm.mailbox.items] == [item]
        firm.sync()
        assert [*firm.mailbox.items] == [item]
        assert firm.grave() == []

    def test_as_long_as_a_calendar_is_not_read_nobody_knows_whether_an_event_is_there(self) -> None:
        firm = Firm()
        demo = firm.plan("demo")
        firm.sync()
        firm.refuse(403, times=1)
        firm.act({"delete": {"event": demo}})
        firm.sync()
        assert firm.subjects == ["Demo"]
        firm.sync()
        assert firm.subjects == []

    def test_an_edit_reaches_an_event_that_has_just_moved(self) -> None:
        firm = Firm()
        demo = firm.plan("demo")
        firm.sync()
        firm.edit(demo, calendarId=firm.team)
        firm.user("edit", demo, location="Room 7")
        firm.sync()
        assert (firm.crm(demo).record.location, firm.crm(demo).record.calendar_id) == ("Room 7", firm.team)
        assert f"PATCH /calendars/70/events/{demo}" in firm.asked


class TestWriting:
    def test_writes_an_event_where_it_lies(self) -> None:
        for without, room in (((), "Room 7"), ((Safeguard.WRITES_IN_PLACE,), None)):
            firm = Firm(*without)
            demo = firm.plan("demo", firm.team)
            firm.sync()
            firm.user("edit", demo, location="Room 7")
            firm.sync()
            assert firm.crm(demo).record.location == room

    def test_deletes_an_event_where_it_lies(self) -> None:
        firm = Firm()
        demo = firm.plan("demo", firm.team)
        firm.sync()
        firm.user("delete", demo)
        firm.sync()
        assert firm.crm(demo).deleted
        assert firm.grave() == []

    def test_a_meeting_that_a_colleague_has_uploaded_is_not_uploaded_again(self) -> None:
        for without, times in (((), 1), ((Safeguard.ADOPTS_MEETINGS,), 2)):
            firm = Firm(*without)
            firm.sync()
            firm.plan("demo", attendees=ANN_AND_BOB)
            meeting = {**TIMES, "subject": "Demo", "attendees": ANN_AND_BOB}
            firm.client.apply([{"create": {"as": "mine", "set": meeting}}])
            firm.sync()
            assert firm.subjects == ["Demo"] * times


class TestState:
    def again(self, firm: Firm, document: Any, **more: Any) -> Firm:
        firm.client = client_of(firm.sandbox, firm.wiretap, **more)
        restore_state(firm.client, json.loads(json.dumps(document)))
        firm.mailbox = firm.client.mailbox
        return firm

    def test_a_client_that_is_started_again_goes_on_with_each_calendar(self) -> None:
        firm = Firm()
        firm.plan("lunch")
        demo = firm.plan("demo", firm.team)
        firm.sync()
        firm.refuse(403)
        firm.act({"delete": {"event": "lunch"}})
        firm.sync()
        again = self.again(firm, state_document(firm.client), calendars=True)
        again.user("edit", demo, location="Room 7")
        before = len(again.asked)
        again.sync()
        assert again.crm(demo).record.location == "Room 7"
        assert again.subjects == ["Demo"]
        assert f"GET /calendars/70/events/{demo}" in again.asked[before:]
        assert again.grave() == []

    def test_a_client_that_knew_one_calendar_goes_on_with_several(self) -> None:
        firm = Firm(calendars=False)
        firm.plan("lunch")
        firm.plan("demo", firm.team)
        firm.sync()
        again = self.again(firm, state_document(firm.client), calendars=True)
        again.sync()
        assert again.subjects == ["Demo", "Lunch"]

    def test_a_client_of_several_calendars_does_not_go_on_with_one(self) -> None:
        firm = Firm()
        firm.sync()
        with pytest.raises(ValueError, match="Calendars"):
            self.again(firm, state_document(firm.client))


def test_there_is_a_mutant_without_each_safeguard() -> None:
    assert {lacks for each in CALENDAR_MUTANTS for lacks in each.without - each.control} == {
        Safeguard.OWN_WATERMARKS,
        Safeguard.LISTS_CALENDARS,
        Safeguard.KEEPS_UNREAD,
        Safeguard.FOLLOWS_MOVES,
        Safeguard.WRITES_IN_PLACE,
    }
    assert Safeguard.ADOPTS_MEETINGS in WRITE_MUTANTS["uploads what is there"]


def test_safeguards_are_switched_in_all_parts() -> None:
    firm = Firm()
    firm.sync()
    client = firm.client.client
    assert isinstance(client, Client)
    assert client.calendars
    client.switch(frozenset())
    assert {
        frozenset(each.safeguards) for each in (client.calendars, client.calendars.readers["/calendars/70/events"])
    } == {frozenset()}
