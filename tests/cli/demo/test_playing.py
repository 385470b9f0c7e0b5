"""A demo, played in this process by its controls: both calendars become the same, and what goes wrong is shown."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

import mockcrm
from mockcrm import Sandboxes, create_app
from mockcrm.cli.demo.playing import PlayedDemo
from mockcrm.cli.demo.session import Session
from mockcrm.cli.demo.team import Fortnight
from mockcrm.client.transport import in_process
from mockcrm.client.types import AttendeeFields
from mockcrm.reference_client.client import Client
from mockcrm.web.admin.demo import play
from tests.samples import ALL_DAY, TIMES

SHOWN = ("subject", "description", "location", "startTime", "endTime", "allDay", "private")
ANN_AS_CLIENTS_SEND_HER: AttendeeFields = {"emailAddress": "ann@example.com", "status": "Accepted"}
APIS = {"default": "/api/v1", "mailbox": "/sandboxes/mailbox/api/v1"}


class Played:
    """A demo whose sync is paused, so that a round begins when a test asks for it."""

    def __init__(self, client: str = "reference") -> None:
        sandboxes = Sandboxes(Fortnight())
        self.app = create_app(sandboxes)
        sends = {name: in_process(self.app, path) for name, path in APIS.items()}
        demo = PlayedDemo(sandboxes, self.app, sends, client, chance=Random(7))
        play(self.app, demo)
        self.crm = mockcrm.connect(self.app)
        self.mailbox = self.crm.sandbox("mailbox")
        if client != "none":
            demo.change(paused=True)
        demo.start()

    def call(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        answer = self.app.test_client().open(f"/admin/demo{path}", method=method, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    def sync(self, rounds: int = 1) -> Any:
        """What there is to see of the client after some rounds."""
        for _ in range(rounds):
            shown = self.call("POST", "/sync")["client"]
        return shown

    def switch(self, **safeguards: bool) -> Any:
        return self.call("PATCH", body={"safeguards": {name.replace("_", "-"): on for name, on in safeguards.items()}})

    @property
    def codes(self) -> set[str]:
        return {found["code"] for each in self.crm.audit()["clients"] for found in each["findings"]}

    def named(self, side: mockcrm.Crm, subject: str) -> Any:
        (only,) = (each for each in shown_by(side) if each[0] == subject)
        return only


def shown_by(side: mockcrm.Crm) -> list[Any]:
    """The calendar of the CRM or of the mailbox, as people see it."""
    live: list[Any] = [each for each in side.events.all() if not each["deleted"]]
    people = [
        [(one["emailAddress"], one["status"]) for one in each["attendees"] if one["emailAddress"]] for each in live
    ]
    rows = [[*(each[name] for name in SHOWN), invited] for each, invited in zip(live, people, strict=True)]
    return sorted(rows, key=str)


def event_called(side: mockcrm.Crm, subject: str) -> Any:
    (only,) = (each for each in side.events.all() if each["subject"] == subject and not each["deleted"])
    return only


@pytest.fixture
def played() -> Played:
    found = Played()
    found.sync()
    return found


def test_where_no_demo_plays_nothing_is_to_be_steered() -> None:
    client = create_app().test_client()
    assert client.get("/admin/demo").json == {"running": False}
    for method, path in (("PATCH", ""), ("POST", "/sync"), ("POST", "/reset"), ("POST", "/colleague")):
        answer = client.open(f"/admin/demo{path}", method=method, json={"paused": True} if method == "PATCH" else None)
        assert (answer.status_code, answer.json["code"]) == (409, "demo.notRunning")  # type: ignore[index]


def test_it_begins_with_a_team_s_fortnight_around_today_which_the_first_round_brings_into_the_mailbox() -> None:
    played = Played()
    assert shown_by(played.mailbox) == []
    client = played.sync()
    events, today = played.crm.events.all(), datetime.now(UTC)
    assert len(events) == 40
    assert {each["private"] for each in events} == {each["allDay"] for each in events} == {True, False}
    days = {datetime.fromisoformat(each["startTime"]) - today for each in events}
    assert timedelta(days=-8) < min(days) < timedelta(0) < max(days) < timedelta(days=8)
    assert shown_by(played.mailbox) == shown_by(played.crm)
    assert (client["rounds"], client["lastRound"]["problem"], client["paused"]) == (1, None, True)
    assert client["cursor"] < client["lastRound"]["startedAt"] <= client["lastRound"]["endedAt"]
    assert all(each["on"] for each in client["safeguards"])
    asked = played.crm.requests.count({})
    played.sync(rounds=2)
    assert played.crm.requests.count({}) == asked + 2, "one list in each round, which brings nothing"


def create(side: mockcrm.Crm) -> None:
    side.events.create(subject="Lunch", attendees=[ANN_AS_CLIENTS_SEND_HER], **TIMES)


def untitled(side: mockcrm.Crm) -> None:
    side.events.create(**TIMES)


def all_day(side: mockcrm.Crm) -> None:
    side.events.create(subject="Fair", **ALL_DAY)


def edit(side: mockcrm.Crm) -> None:
    event = next(each for each in side.events.all() if not each["allDay"])
    start, end = (datetime.fromisoformat(event[name]) + timedelta(hours=3) for name in ("startTime", "endTime"))
    side.events.edit(
        event["id"], subject=None, location="Graz", startTime=start.isoformat(), endTime=end.isoformat(), private=True
    )


def answer(side: mockcrm.Crm) -> None:
    event = next(each for each in side.events.all() if each["attendees"])
    declined: Any = [{**each, "status": "Declined"} for each in event["attendees"]]
    side.events.edit(event["id"], attendees=[*declined, {"emailAddress": "new@example.com"}])


def delete(side: mockcrm.Crm) -> None:
    for event in side.events.all()[:3]:
        side.events.delete(event["id"])


@pytest.mark.parametrize("where", ["crm", "mailbox"])
@pytest.mark.parametrize("act", [create, untitled, all_day, edit, answer, delete])
def test_what_happens_on_one_side_crosses_within_two_rounds(
    played: Played, act: Callable[[mockcrm.Crm], None], where: str
) -> None:
    before = shown_by(played.crm)
    act(getattr(played, where))
    after = shown_by(getattr(played, where))
    assert after != before
    played.sync(rounds=2)
    assert shown_by(played.crm) == shown_by(played.mailbox) == after
    seen = len(played.crm.changes()), len(played.mailbox.changes())
    played.sync(rounds=2)
    assert (len(played.crm.changes()), len(played.mailbox.changes())) == seen
    assert played.codes == set()


@pytest.mark.parametrize("where", ["crm", "mailbox"])
def test_what_is_restored_comes_back_on_the_other_side(played: Played, where: str) -> None:
    side, before = getattr(played, where), shown_by(played.crm)
    event = side.events.all()[0]
    side.events.delete(event["id"])
    played.sync(rounds=2)
    side.events.restore(event["id"])
    played.sync(rounds=2)
    assert shown_by(played.crm) == shown_by(played.mailbox) == before


def test_edits_of_both_sides_between_two_rounds_meet(played: Played) -> None:
    create(played.crm)
    played.sync()
    played.crm.events.edit(event_called(played.crm, "Lunch")["id"], location="Canteen", description="Bring a coat.")
    played.mailbox.events.edit(event_called(played.mailbox, "Lunch")["id"], location="Roof", private=True)
    played.sync(rounds=2)
    assert shown_by(played.crm) == shown_by(played.mailbox)
    lunch = event_called(played.crm, "Lunch")
    assert (lunch["location"], lunch["description"], lunch["private"]) == ("Canteen", "Bring a coat.", True)
    assert played.codes == set()


def test_without_tombstones_a_deleted_meeting_stays_and_the_audit_says_why_until_the_switch_is_on_again(
    played: Played,
) -> None:
    played.switch(tombstones=False)
    delete(played.crm)
    cursor = played.sync(rounds=2)["cursor"]
    assert len(shown_by(played.mailbox)) == len(shown_by(played.crm)) + 3
    assert played.codes == {"deletion.neverAskedFor"}
    played.switch(tombstones=True)
    assert played.sync(rounds=2)["cursor"] > cursor
    assert shown_by(played.mailbox) == shown_by(played.crm)
    assert played.crm.requests.count({"operation": "listEvents", "query": {"since": None}}) == 1


def test_a_safeguard_that_is_switched_off_in_the_middle_of_a_demo_is_caught_without_a_reset(played: Played) -> None:
    played.crm.clock.freeze()
    every_three_seconds(played, rounds=8)
    played.switch(tombstones=False)
    every_three_seconds(played, rounds=1)
    delete(played.crm)
    every_three_seconds(played, rounds=2)
    assert played.codes == set(), "twice its longest pause has not passed yet"
    every_three_seconds(played, rounds=1)
    assert played.codes == {"deletion.noLongerAskedFor"}
    assert len(shown_by(played.mailbox)) == len(shown_by(played.crm)) + 3
    played.switch(tombstones=True)
    every_three_seconds(played, rounds=1)
    assert shown_by(played.mailbox) == shown_by(played.crm)
    assert played.codes == set()


def every_three_seconds(played: Played, rounds: int) -> None:
    for _ in range(rounds):
        played.crm.clock.advance("3s")
        played.sync()


def test_a_careless_client_overwrites_what_a_colleague_has_written() -> None:
    played = Played("careless")
    create(played.crm)
    off = {each["name"] for each in played.sync()["safeguards"] if not each["on"]}
    assert {"tombstones", "read-before-write", "as-of", "idempotency-keys"} <= off
    played.crm.events.edit(event_called(played.crm, "Lunch")["id"], location="Canteen")
    played.mailbox.events.edit(event_called(played.mailbox, "Lunch")["id"], description="Bring a coat.")
    played.sync(rounds=2)
    assert event_called(played.crm, "Lunch")["location"] is None
    assert played.codes == {"overwrite.blind"}


def test_a_careless_client_creates_twice_where_an_answer_is_lost() -> None:
    played = Played("careless")
    played.sync()
    played.crm.faults.add({"disconnect": {"when": "after"}}, match={"operation": "createEvent"}, times=1)
    create(played.mailbox)
    played.sync(rounds=2)
    for side in (played.crm, played.mailbox):
        assert [each[0] for each in shown_by(side)].count("Lunch") == 2
    assert played.codes == {"duplicate.retried"}


def test_a_careless_client_loses_what_is_committed_late() -> None:
    played = Played("careless")
    played.sync()
    late: Any = {"create": {"set": {"subject": "Late", **TIMES}, "visibleAfter": "50ms", "stamp": "-1s"}}
    played.crm.perform(late)
    create(played.crm)
    played.sync()
    played.crm.clock.advance("1s")
    played.sync(rounds=2)
    assert {each[0] for each in shown_by(played.crm)} - {each[0] for each in shown_by(played.mailbox)} == {"Late"}
    assert "change.outOfReach" in played.codes


def test_a_refusal_and_a_crash_are_told_and_the_next_round_goes_on(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.crm.faults.add({"status": 403}, match={"operation": "listEvents"}, times=1)
    assert "403" in played.sync()["lastRound"]["problem"]
    with monkeypatch.context() as patched:
        patched.setattr(Client, "sync", lambda _: 1 / 0)
        problem = played.sync()["lastRound"]["problem"]
    assert problem == "The client crashed: ZeroDivisionError: division by zero"
    create(played.crm)
    assert played.sync()["lastRound"]["problem"] is None
    assert shown_by(played.crm) == shown_by(played.mailbox)


def test_a_crm_that_asks_to_come_again_later_is_left_alone_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(Session, "_wait", lambda _, seconds: waits.append(seconds))
    played = Played()
    played.crm.faults.add({"rateLimit": {"requests": 1, "per": "30s"}})
    assert "429, to be repeated after" in played.sync()["lastRound"]["problem"]
    assert max(waits) <= 2
    played.crm.faults.clear()
    assert played.sync()["lastRound"]["problem"] is None
    assert 20 < max(waits) <= 30


def test_reset_lets_both_sides_and_the_client_begin_anew_but_keeps_the_settings(played: Played) -> None:
    before = shown_by(played.crm)
    played.switch(tombstones=False)
    delete(played.crm)
    create(played.mailbox)
    played.sync(rounds=2)
    client = played.call("POST", "/reset")["client"]
    assert (client["rounds"], client["lastRound"], client["cursor"], client["paused"]) == (0, None, None, True)
    assert (shown_by(played.crm), shown_by(played.mailbox), played.codes) == (before, [], set())
    assert [each["name"] for each in client["safeguards"] if not each["on"]] == ["tombstones"]
    played.sync()
    assert shown_by(played.mailbox) == before


def test_a_reset_breaks_a_round_that_waits_and_nothing_of_it_comes_after(played: Played) -> None:
    played.crm.faults.add({"delay": "5m"}, match={"operation": "createEvent"})
    create(played.mailbox)
    waiting = threading.Thread(target=played.sync)
    waiting.start()
    arrived = {"requests": [{"operation": "createEvent"}], "timeout": "30s"}
    assert played.app.test_client().post("/admin/verify", json=arrived).json["passed"]  # type: ignore[index]
    assert played.call("GET")["client"]["syncing"]
    assert played.call("POST", "/reset")["client"]["syncing"] is False
    waiting.join(30)
    assert played.crm.requests.all() == []
    played.sync()
    assert "Lunch" not in {each[0] for each in shown_by(played.crm)}


@pytest.mark.parametrize("what", ["crm", "mailbox", "sandbox"])
def test_where_somebody_resets_one_side_alone_the_client_begins_anew(played: Played, what: str) -> None:
    delete(played.crm)
    played.sync(rounds=2)
    if what == "sandbox":
        played.app.test_client().delete("/admin/sandboxes/mailbox")
    else:
        getattr(played, what).reset()
    expected = shown_by(played.crm)
    client = played.sync()
    assert (client["rounds"], client["lastRound"]["problem"]) == (1, None)
    assert shown_by(played.crm) == shown_by(played.mailbox) == expected


def test_a_colleague_changes_something_that_is_to_come_and_the_demo_can_still_be_replayed(played: Played) -> None:
    edits = [played.call("POST", "/colleague") for _ in range(12)]
    for each in edits:
        (change,) = played.crm.changes(after=each["seq"] - 1, limit=1)
        version: Any = change["after"] or change["before"]
        assert (change["eventId"], change["origin"]) == (each["eventId"], "crm")
        assert f"“{version['subject']}”" in each["sentence"]
        assert version["startTime"] > played.crm.clock.get()["now"]
    assert len({each["sentence"].split()[2] for each in edits}) >= 3
    played.sync(rounds=2)
    assert shown_by(played.crm) == shown_by(played.mailbox)
    assert played.app.test_client().get("/admin/replay").status_code == 200


def test_where_nothing_is_to_come_a_colleague_invites(played: Played) -> None:
    played.app.test_client().post("/admin/reset", json={"to": "empty"})
    said = played.call("POST", "/colleague")
    assert (said["seq"], said["sentence"]) == (1, "A colleague invited you to “Call with the team”.")


def test_an_unknown_safeguard_and_a_wrong_interval_are_refused(played: Played) -> None:
    refusal = played.call("PATCH", body={"safeguards": {"tombstone": False}}, status=422)
    assert refusal["code"] == "demo.invalid"
    assert "tombstones" in refusal["message"]
    for every in (0.4, 61, "3", True):
        assert played.call("PATCH", body={"every": every}, status=422)["details"].keys() == {"every"}
    assert played.call("PATCH", body={"every": 0.5, "paused": False})["client"]["every"] == 0.5


def test_a_sync_from_outside_has_both_sides_and_no_engine() -> None:
    outside = Played("none")
    client = outside.call("GET")["client"]
    assert (client["name"], client["engine"], client["safeguards"], client["cursor"]) == ("none", "none", [], None)
    create(outside.mailbox)
    assert outside.call("POST", "/sync", status=409)["code"] == "demo.notRunning"
    begun = len(outside.crm.changes())
    assert outside.call("POST", "/colleague")["seq"] == begun + 1
    outside.call("POST", "/reset")
    assert (len(outside.crm.changes()), outside.mailbox.changes()) == (begun, [])
