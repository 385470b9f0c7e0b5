"""The audit of clients with several calendars: what it accuses them of, and what it takes for what a user may want."""

from typing import Any

import pytest

from mockcrm import Crm, connect, create_app
from mockcrm.base.wsgi import Response
from mockcrm.client.transport import in_process

APP = create_app()
TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
ANN, BOB, WILE = ({"emailAddress": f"{name}@acme.example"} for name in ("ann", "bob", "wile"))
MEETING = {"subject": "Kickoff", **TIMES, "attendees": [ANN, BOB]}


class Stage:
    """A CRM with a primary calendar and that of a team. `ask` sends a client's request, `act` is what colleagues do."""

    def __init__(self) -> None:
        self.crm: Crm = connect(APP).create()
        self.act({"dialect": {"calendars": "many"}})
        self.crm.clock.freeze("2026-01-05T09:00:00Z")
        self.send = in_process(APP, f"{self.crm.path}/api/v1")
        self.act({"create": {"kind": "calendar", "set": {"id": "70", "name": "Team"}}})
        self.team = "/calendars/70/events"

    def act(self, *actions: Any) -> None:
        self.crm.perform(*actions)

    def wait(self, minutes: int = 10) -> None:
        self.act({"advance": {"by": f"{minutes}m"}})

    def plan(self, event_id: str, calendar: str | None = None, **fields: Any) -> None:
        content = {"id": event_id, **MEETING, "calendarId": calendar, **fields}
        self.act({"create": {"set": content}})

    def ask(self, method: str, path: str, body: Any = None, client: str = "client", **query: str) -> Response:
        return self.send(method, path, query, body, {"X-Mockcrm-Client": client})

    def read(self, *paths: str, client: str = "client") -> None:
        for path in paths or ("/events", self.team):
            self.ask("GET", path, client=client)

    def refuse(self, status: int = 403) -> None:
        """Have the team's calendar refused once."""
        match = {"calendarId": "70", "operation": "listEvents"}
        self.act({"fault": {"match": match, "effect": {"status": status}, "times": 1}})
        self.read(self.team)

    def upload(self, path: str = "/events", client: str = "client", **fields: Any) -> str:
        made: str = self.ask("POST", path, {**MEETING, **fields}, client=client).json["id"]
        return made

    def found(self, client: str = "client") -> list[tuple[str, str | None]]:
        """The grave findings on a client, each with its hazard."""
        (verdict,) = [each for each in self.crm.audit()["clients"] if each["client"] == client]
        return [(each["code"], each["hazard"]) for each in verdict["findings"] if each["severity"] != "note"]


@pytest.fixture
def stage() -> Stage:
    return Stage()


class TestAMeetingThatWasThere:
    FOUND = [("duplicate.present", "same-meeting-two-users")]

    def test_two_clients_upload_what_their_users_have_in_common(self, stage: Stage) -> None:
        stage.upload(client="ann")
        stage.wait()
        stage.upload(client="bob", attendees=[BOB, {"emailAddress": "Ann@ACME.example"}])
        assert (stage.found("ann"), stage.found("bob")) == ([], self.FOUND)

    def test_a_client_uploads_what_a_colleague_has_entered(self, stage: Stage) -> None:
        stage.plan("1")
        stage.wait()
        stage.upload(description="By train")
        assert stage.found() == self.FOUND

    @pytest.mark.parametrize(
        "other",
        [
            {"subject": "Another"},
            {"startTime": "2026-01-06T09:30:00Z"},
            {"endTime": "2026-01-06T10:30:00Z"},
            {"attendees": [ANN]},
            {"attendees": [ANN, WILE]},
            {"attendees": []},
        ],
        ids=str,
    )
    def test_another_meeting_is_no_copy(self, stage: Stage, other: Any) -> None:
        stage.plan("1")
        stage.wait()
        stage.upload(**other)
        assert stage.found() == []

    @pytest.mark.parametrize("attendees", [[], [ANN]], ids=["nobody", "one guest"])
    def test_an_entry_that_may_be_one_users_own_is_no_copy(self, stage: Stage, attendees: Any) -> None:
        stage.plan("1", attendees=attendees)
        stage.wait()
        stage.upload(attendees=attendees)
        assert stage.found() == []

    def test_nobody_need_know_of_what_was_made_a_moment_before(self, stage: Stage) -> None:
        stage.plan("1")
        stage.read()
        stage.upload()
        assert stage.found() == []

    def test_nor_of_what_lists_do_not_show_yet(self, stage: Stage) -> None:
        stage.act({"create": {"set": {"id": "1", **MEETING}, "visibleAfter": "1h"}})
        stage.wait()
        stage.upload()
        stage.wait(60)
        stage.read()
        assert ("duplicate.present", "same-meeting-two-users") not in stage.found()

    def test_a_meeting_on_each_of_two_calendars_is_as_it_should_be(self, stage: Stage) -> None:
        stage.plan("1", "70")
        stage.wait()
        stage.read()
        stage.upload()
        assert stage.found() == []

    def test_a_copy_that_became_another_meeting_is_none(self, stage: Stage) -> None:
        stage.plan("1")
        stage.wait()
        made = stage.upload()
        stage.ask("PATCH", f"/events/{made}", {"subject": "Second kickoff"})
        assert stage.found() == []

    def test_what_was_deleted_is_there_no_more(self, stage: Stage) -> None:
        stage.plan("1")
        stage.wait()
        stage.upload()
        stage.act({"delete": {"event": "1"}})
        assert stage.found() == []

    def test_what_a_client_has_made_itself_is_not_somebody_elses(self, stage: Stage) -> None:
        stage.upload()
        stage.wait()
        stage.upload()
        assert [code for code, _ in stage.found()] == ["duplicate.alike"]


class TestAnEventThatMoved:
    FOUND = [("duplicate.moved", "moved-between-calendars")]

    def move(self, stage: Stage) -> None:
        stage.plan("1")
        stage.read("/events")
        stage.act({"edit": {"event": "1", "set": {"calendarId": "70"}}})
        stage.wait()

    def test_is_created_again_where_it_was(self, stage: Stage) -> None:
        self.move(stage)
        stage.upload()
        assert stage.found() == self.FOUND

    def test_is_created_again_with_what_its_user_had_changed(self, stage: Stage) -> None:
        self.move(stage)
        assert stage.ask("PATCH", "/events/1", {"location": "Room 7"}).status == 404
        stage.upload(location="Room 7")
        assert self.FOUND[0] in stage.found()

    def test_is_another_with_another_content(self, stage: Stage) -> None:
        self.move(stage)
        stage.upload(location="Room 7")
        assert stage.found() == []

    def test_may_be_copied_by_whoever_moved_it(self, stage: Stage) -> None:
        stage.plan("1")
        stage.read()
        stage.ask("PATCH", "/events/1", {"calendarId": "70"})
        stage.wait()
        stage.upload()
        assert stage.found() == []

    def test_one_that_did_not_move_may_be_copied_to_another_calendar(self, stage: Stage) -> None:
        stage.plan("1", "70")
        stage.read()
        stage.wait()
        stage.upload()
        assert stage.found() == []

    def test_one_that_was_never_delivered_may_be_like_another(self, stage: Stage) -> None:
        stage.plan("1")
        stage.act({"edit": {"event": "1", "set": {"calendarId": "70"}}})
        stage.wait()
        stage.read("/events")
        stage.upload()
        assert stage.found() == []

    def test_is_not_owed_to_whoever_has_it_where_it_is_now(self, stage: Stage) -> None:
        stage.plan("1")
        stage.read()
        self.delta(stage, "/events")
        stage.act({"edit": {"event": "1", "set": {"calendarId": "70"}}})
        stage.wait()
        self.delta(stage, "/events")
        assert stage.found() == [("deletion.neverAskedFor", None)]
        stage.read(stage.team)
        assert stage.found() == []

    def delta(self, stage: Stage, path: str) -> None:
        stage.ask("GET", path, since="2026-01-05T08:00:00Z")


class TestAListThatWasRefused:
    FOUND = [("write.emptied", "calendar-gone")]

    @pytest.fixture(autouse=True)
    def two_meetings(self, stage: Stage) -> None:
        stage.plan("1", "70")
        stage.plan("2", "70", subject="Review")
        stage.plan("3", subject="Lunch")
        stage.read()

    def delete(self, stage: Stage, *events: str) -> None:
        for event in events:
            assert stage.ask("DELETE", f"{stage.team}/{event}").status == 204

    @pytest.mark.parametrize("status", [403, 404])
    def test_is_emptied(self, stage: Stage, status: int) -> None:
        stage.refuse(status)
        self.delete(stage, "1", "2")
        assert stage.found() == self.FOUND

    def test_is_not_emptied_while_something_is_left(self, stage: Stage) -> None:
        stage.refuse()
        self.delete(stage, "1")
        assert stage.found() == []

    def test_one_event_may_be_its_users_wish(self, stage: Stage) -> None:
        stage.act({"delete": {"event": "2"}})
        stage.ask("GET", stage.team, showDeleted="true")
        stage.refuse()
        self.delete(stage, "1")
        assert stage.found() == []

    @pytest.mark.parametrize("path", ["/calendars/70/events", "/calendars/70/events/1"])
    def test_whoever_looks_before_deleting_knows_what_is_there(self, stage: Stage, path: str) -> None:
        stage.refuse()
        stage.read(path)
        self.delete(stage, "1", "2")
        assert stage.found() == []

    def test_what_is_deleted_on_another_calendar_has_nothing_to_do_with_it(self, stage: Stage) -> None:
        stage.plan("4", subject="Dinner")
        stage.read("/events")
        stage.refuse()
        for event in ("3", "4"):
            stage.ask("DELETE", f"/events/{event}")
        assert stage.found() == []

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_server_error_is_no_refusal(self, stage: Stage, status: int) -> None:
        stage.refuse(status)
        self.delete(stage, "1", "2")
        assert stage.found() == []


class TestACalendarThatWasDeleted:
    def remove(self, stage: Stage) -> None:
        stage.plan("1", "70")
        stage.read()
        stage.wait()
        stage.act({"delete": {"kind": "calendar", "record": "70"}})

    def test_owes_nobody_its_tombstones(self, stage: Stage) -> None:
        self.remove(stage)
        stage.read()
        (client,) = stage.crm.audit()["clients"]
        assert (stage.found(), client["pending"]) == ([], 0)

    def test_its_events_come_back_on_another(self, stage: Stage) -> None:
        self.remove(stage)
        stage.read()
        stage.upload()
        assert stage.found() == [("resurrection.unaware", "calendar-removed")]

    def test_who_knows_nothing_of_the_deletion_is_not_blamed(self, stage: Stage) -> None:
        self.remove(stage)
        stage.upload()
        assert stage.found() == []

    def test_nor_who_was_never_given_the_event(self, stage: Stage) -> None:
        self.remove(stage)
        stage.read(client="another")
        stage.upload(client="another")
        assert stage.found("another") == []


class TestAReplica:
    def differences(self, stage: Stage, *events: str) -> list[tuple[str, str | None]]:
        (verdict,) = stage.crm.audit([{"id": each} for each in events])["clients"]
        found = [each for each in verdict["findings"] if each["code"].startswith("replica.")]
        return [(each["code"], each["eventId"]) for each in found]

    def test_has_the_events_of_all_calendars_that_its_client_reads(self, stage: Stage) -> None:
        stage.plan("1")
        stage.plan("2", "70")
        stage.read("/events")
        assert self.differences(stage, "1") == []
        stage.read(stage.team)
        assert self.differences(stage, "1", "2") == []
        assert self.differences(stage, "1") == [("replica.missing", "2")]

    def test_has_a_moved_event_once(self, stage: Stage) -> None:
        stage.plan("1")
        stage.read()
        stage.act({"edit": {"event": "1", "set": {"calendarId": "70"}}})
        stage.wait()
        stage.ask("GET", "/events", showDeleted="true")
        stage.read()
        assert self.differences(stage, "1") == []
        assert self.differences(stage) == [("replica.missing", "1")]
        assert self.differences(stage, "1", "1") == [("replica.duplicate", "1")]

    def test_has_nothing_of_a_calendar_that_was_deleted(self, stage: Stage) -> None:
        stage.plan("1", "70")
        stage.read()
        stage.act({"delete": {"kind": "calendar", "record": "70"}})
        assert self.differences(stage, "1") == [("replica.pending", "1")]
        stage.read()
        assert self.differences(stage, "1") == [("replica.phantom", "1")]
        assert self.differences(stage) == []
