"""The control client: the same nouns and verbs for a server on a socket and for an application in this process."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mockcrm import Access, Crm, Refused, connect, create_app, types
from mockcrm.base.wsgi import NoAnswer
from mockcrm.client.report import MOST_ALIKE, MOST_TITLES
from mockcrm.client.transport import over_http
from mockcrm.errors import ScenarioInvalid
from tests.samples import NINE, TEN, TIMES

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
_names = (f"client{number}" for number in itertools.count(1))


@pytest.fixture(params=["server", "app"])
def crm(request: pytest.FixtureRequest) -> Iterator[Crm]:
    to = request.getfixturevalue("server") if request.param == "server" else create_app()
    with connect(to).create(next(_names)) as made:
        made.clock.freeze(MONDAY)
        yield made


def subjects(crm: Crm) -> list[str | None]:
    return [event["subject"] for event in crm.events.all()]


def test_the_clock_is_read_set_and_moved(crm: Crm) -> None:
    assert (crm.clock.now(), crm.clock.get()["mode"]) == (MONDAY, "frozen")
    crm.clock.advance("5m")
    crm.clock.advance(timedelta(seconds=30))
    assert crm.clock.now() == MONDAY + timedelta(minutes=5, seconds=30)
    assert crm.clock.set("2026-02-01T09:00:00+01:00", tick=timedelta(0))["tick"] == "PT0S"
    assert crm.clock.set(mode="running", rate=2)["rate"] == 2
    assert crm.clock.freeze()["mode"] == "frozen"


def test_colleagues_make_change_and_delete_events(crm: Crm) -> None:
    made = crm.events.create(key="call", subject="Call", startTime=MONDAY, endTime=MONDAY + timedelta(hours=1))
    assert made["startTime"] == "2026-01-05T09:00:00.000Z"
    crm.events.edit("call", subject=None, location="Room 7", by="ann", visible_after="1m")
    assert crm.events.get(made["id"])["location"] == "Room 7"
    assert crm.events.edit("call", subject="Talk", bump=False)["lastModifiedAt"] == "2026-01-05T09:00:00.002Z"
    (touched,) = crm.events.touch()
    assert touched["eventId"] == made["id"]
    crm.events.delete("call", stamp=timedelta(hours=-1))
    assert (crm.events.all(), crm.events.get("call")["deletedAt"]) == ([], "2026-01-05T08:00:00.005Z")
    assert len(crm.events.all(deleted=True)) == 1
    assert crm.events.all(startAt=MONDAY + timedelta(days=1), deleted=True) == []
    assert crm.events.restore("call")["deleted"] is False
    assert [(each["op"], each["by"]) for each in crm.changes()][1] == ("updated", "ann")
    assert len(crm.changes(after=2, limit=1)) == 1


def test_an_instant_may_be_of_any_zone_but_must_name_it(crm: Crm) -> None:
    berlin = MONDAY.astimezone(timezone(timedelta(hours=1)))
    assert crm.clock.set(berlin)["now"] == "2026-01-05T09:00:00.000Z"
    assert crm.events.create(startTime=berlin, endTime=berlin)["startTime"] == "2026-01-05T09:00:00.000Z"
    before = crm.snapshot()
    naive = MONDAY.replace(tzinfo=None)
    with pytest.raises(ValueError, match=r"datetime\.datetime\(2026, 1, 5, 9, 0\) has no time zone: .* tzinfo=UTC"):
        crm.clock.set(naive)
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        crm.events.create(startTime=naive, endTime=MONDAY)
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        crm.events.all(startAt=naive)
    assert crm.snapshot() == before


def test_the_days_of_an_all_day_event_may_be_dates(crm: Crm) -> None:
    day = date(2026, 1, 6)
    made = crm.events.create(allDay=True, startTime=day, endTime=day + timedelta(days=1))
    assert (made["startTime"], made["endTime"]) == ("2026-01-06T00:00:00.000Z", "2026-01-07T00:00:00.000Z")
    with pytest.raises(Refused):
        crm.events.create(startTime=day, endTime=day)


def test_actions_seeding_dialect_and_the_whole(crm: Crm) -> None:
    create: types.Action = {"create": {"set": {"startTime": NINE, "endTime": TEN}}}
    results = crm.perform(create, {"advance": {"by": timedelta(minutes=1)}})
    assert [result["verb"] for result in results] == ["create", "advance"]
    saved = crm.snapshot()
    assert crm.seed(5, seed=3)["events"] == 6
    assert crm.set_dialect(pageSize=2)["pageSize"] == crm.dialect()["pageSize"] == 2
    assert crm.set_dialect("google")["name"] == "google"
    crm.restore(saved)
    assert (len(crm.events.all()), crm.dialect()["name"]) == (1, "plain")
    crm.events.delete(crm.events.all()[0]["id"])
    crm.reset()
    assert len(crm.events.all()) == 1
    assert crm.reset(empty=True)["events"] == 0


def test_faults_requests_and_verification(server: str) -> None:
    with connect(server).create(next(_names)) as crm:
        api = over_http(crm.url)
        rule = crm.faults.add({"status": 503}, match={"operation": "createEvent"}, times=1, name="once")
        assert api("POST", "/events", {}, TIMES, {}).status == 503
        assert (crm.faults.all()[0]["applied"], crm.faults.all()[0]["name"]) == (1, "once")
        crm.faults.remove(rule["id"])
        crm.faults.add("truncate")
        crm.faults.clear()
        assert crm.faults.all() == []
        assert api("POST", "/events", {}, TIMES, {}).status == 201
        assert [entry["status"] for entry in crm.requests.all()] == [503, 201]
        assert (crm.requests.get(2)["status"], crm.requests.count({"operation": "createEvent"})) == (201, 2)
        assert [entry["number"] for entry in crm.requests.find({"status": 503})] == [1]
        crm.verify({"operation": "createEvent"}, exactly=2)
        crm.verify({"status": 503}, {"status": 201}, in_order=True, timeout="0s")
        crm.verify({"operation": "createEvent"}, at_least=1, at_most=2)
        with pytest.raises(AssertionError, match="expected exactly 1"):
            crm.verify({"operation": "createEvent"}, exactly=1)
        with pytest.raises(AssertionError, match="Too early: request 1"):
            crm.verify({"status": 201}, {"status": 503}, in_order=True)
        with pytest.raises(AssertionError, match=r"expected at least 1 request") as failed:
            crm.verify({"operation": "listEvents"})
        assert str(failed.value).splitlines()[-1] == (
            '  Request 1, POST /api/v1/events: operation is "createEvent", not "listEvents".'
        )
        assert crm.bundle()["format"] == "mockcrm.replay/1"
        crm.requests.clear()
        assert crm.requests.all() == []


def test_an_audit_that_is_not_clean_and_a_replica_that_is_not_in_sync(server: str) -> None:
    with connect(server).create(next(_names)) as crm:
        with pytest.raises(AssertionError, match="No client has made a request"):
            crm.assert_clean()
        crm.events.create(key="call", subject="Call", **TIMES)
        api = over_http(crm.url)
        rows = api("GET", "/events", {}, None, {}).json["records"]
        crm.assert_in_sync(rows)
        crm.assert_clean()
        with pytest.raises(AssertionError, match=r"replica\.missing: “Call” is not in the replica"):
            crm.assert_in_sync([])
        window: types.ReplicaWindow = {"startAt": MONDAY - timedelta(days=9), "endAt": MONDAY - timedelta(days=8)}
        crm.assert_in_sync([], client="client", window=window)
        crm.events.edit("call", location="Room 7")
        api("PATCH", f"/events/{rows[0]['id']}", {}, {"location": "Room 2"}, {})
        with pytest.raises(AssertionError, match=r"overwrite\.blind") as failed:
            crm.assert_clean()
        assert "\x1b" not in str(failed.value)


def test_what_an_assertion_says_begins_with_the_verdict_and_is_never_long(server: str) -> None:
    with connect(server).create(next(_names), scenario="quickstart") as crm:
        api = over_http(crm.url)
        for number in range(1001, 1044):
            assert api("GET", f"/events/{number}", {}, None, {}).status == 200
        with pytest.raises(AssertionError) as failed:
            crm.assert_in_sync([])
        verdict, *payload = str(failed.value).splitlines()
        assert verdict == "Not in sync: replica.missing (43)."
        assert sum(line.endswith(" delivered version 1, and the client lost it.") for line in payload) == MOST_ALIKE
        assert sum(line.startswith("  error ") for line in payload) == MOST_TITLES
        assert payload[-2:] == ["  … and 23 more.", "More: mockcrm explain replica.missing"]


def test_what_one_answer_lost_is_said_once(server: str) -> None:
    with connect(server).create(next(_names), scenario="quickstart") as crm:
        api = over_http(crm.url)
        rows = api("GET", "/events", {}, None, {}).json["records"]
        with pytest.raises(AssertionError) as failed:
            crm.assert_in_sync([])
        verdict, _, title, *_ = str(failed.value).splitlines()
        assert verdict == "Not in sync: replica.missing (43)."
        assert title.endswith("is not in the replica … and 42 more events (events 1001, 1002, 1003, 1004, 1005 …)")

        crm.clock.advance("1m")
        crm.events.delete("dentist")
        crm.clock.advance("1m")
        api("GET", "/events", {"since": "2026-03-02T09:00:00Z"}, None, {})
        with pytest.raises(AssertionError) as failed:
            crm.assert_in_sync(rows)
        assert str(failed.value).splitlines()[:4] == [
            "Not in sync: replica.phantom.",
            "client: 2 requests, 43 events delivered, 0 changes pending",
            "  error replica.phantom: “Dentist” is in the replica, but not in the CRM (event 1003)",
            "    “Dentist” was deleted, and this client never asks for deletions. Event 1003, “Dentist”, was deleted",
        ]
        with pytest.raises(AssertionError, match=r"^Failed: deletion\.neverAskedFor\.\n"):
            crm.assert_clean()


def test_hazards_by_which_a_client_failed_are_named_at_the_end(server: str) -> None:
    with connect(server).create(next(_names), scenario="quickstart") as crm:
        api = over_http(crm.url)
        api("GET", "/events", {}, None, {})
        crm.events.edit("kickoff", location="Room Hopper")
        api("PATCH", "/events/1001", {}, {"location": "Room 2"}, {})
        with pytest.raises(AssertionError, match=r"\nMore: mockcrm explain overwrite\.blind concurrent-lost-update$"):
            crm.assert_clean()


def test_a_scenario_is_run_from_sync_to_sync(crm: Crm) -> None:
    crm.scenario.load("late-commit-visibility")
    assert crm.scenario.next()["sync"] == 1
    assert crm.scenario.get()["syncs"] == 1
    crm.scenario.load({"steps": ["sync"]})
    crm.scenario.drop()
    with pytest.raises(Refused, match=r"scenario\.notFound"):
        crm.scenario.get()


def test_a_scenario_is_loaded_from_a_file(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(f"events:\n  - {{startTime: {TIMES['startTime']}, endTime: {TIMES['endTime']}}}\n")
    for payload in (file, str(file)):
        assert crm.scenario.load(payload)["events"] == 1
    file.write_text("steps:\n  - sync\n  - wait: 5m\n")
    with pytest.raises(ScenarioInvalid, match=r"one\.yaml:3: steps\[1\]\.wait: No such step"):
        crm.scenario.load(file)
    with pytest.raises(ScenarioInvalid, match="Cannot be read"):
        crm.scenario.load("none.yaml")


def test_sandboxes_are_made_forked_and_deleted(crm: Crm) -> None:
    crm.events.create(subject="One", **TIMES)
    with crm.fork() as fork:
        fork.events.create(subject="Two", **TIMES)
        assert (subjects(crm), set(subjects(fork))) == (["One"], {"One", "Two"})
        assert subjects(crm.sandbox(fork.name)) == subjects(fork)
        assert fork.url.endswith(f"{fork.path}/api/v1")
    with pytest.raises(Refused, match=r"sandbox\.notFound"):
        fork.events.all()
    with crm.create(count=7, seed=1) as seeded:
        assert len(seeded.events.all()) == 7


def test_a_refusal_says_what_is_wrong_and_changes_nothing(crm: Crm) -> None:
    with pytest.raises(Refused) as refused:
        crm.events.create(**{"subject": 1, **TIMES})
    error = refused.value
    assert (error.status, error.code) == (422, "event.invalid")
    assert set(error.details) == {"subject"}
    assert str(error).startswith("422 event.invalid: The event is not valid: subject")
    assert crm.changes() == []


def test_nobody_is_there() -> None:
    with pytest.raises(NoAnswer):
        connect("http://127.0.0.1:9", timeout=2).clock.now()
    for address in ("127.0.0.1:8080", "ftp://127.0.0.1", "http://", ""):
        with pytest.raises(ValueError, match="is not the address of a server"):
            connect(address)


def test_the_admin_token_is_sent() -> None:
    app = create_app(access=Access("secret"))
    assert connect(app, token="secret").clock.get()["mode"] == "running"
    with pytest.raises(Refused, match=r"401 credentials\.missing"):
        connect(app).clock.get()
