"""The access log in this process: one record a request, whatever becomes of it, and no secret in any."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import create_environ

from mockcrm import Access, ClockSetting, Sandboxes, Scenario, connect, create_app, types
from mockcrm.base.times import parse_instant
from mockcrm.base.wsgi import NoAnswer
from mockcrm.client.transport import in_process
from mockcrm.journal.masking import Mask
from mockcrm.web.access_log import MAX_LOGGED, AccessLog
from mockcrm.web.gate import Gate

MONDAY = "2026-03-02T09:00:00.000Z"
AT_MONDAY = Scenario(clock=ClockSetting(parse_instant(MONDAY), running=False))
LENGTH = 1024

Records = list[dict[str, Any]]
Ask = Callable[..., Any]


@pytest.fixture
def records() -> Records:
    return []


@pytest.fixture
def app(records: Records) -> Any:
    return create_app(Sandboxes(AT_MONDAY), max_body=LENGTH, log=records.append)


@pytest.fixture
def ask(app: Any) -> Ask:
    send = in_process(app, "")

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        payload = {name.replace("_", "-"): value for name, value in headers.items()}
        return send(method, path, {}, body, payload)

    return ask


def handed(app: Any, path: str, **more: str) -> Any:
    """What a server gets of the application: an iterable, of which it has asked for nothing so far."""
    return app.wsgi_app({**create_environ(), "PATH_INFO": path, "RAW_URI": path, **more}, lambda *_: None)


def test_a_record_tells_what_was_asked_and_what_was_answered(app: Any, records: Records) -> None:
    caller = {"REMOTE_ADDR": "127.0.0.9", "HTTP_USER_AGENT": "sync/1.0", "QUERY_STRING": "since=2026-03-02T09%3A00Z&x"}
    body = b"".join(handed(app, "/api/v1/events", **caller))
    (record,) = records
    assert record.pop("durationMs") > 0
    assert parse_instant(record.pop("time")).year >= 2026
    assert record == {
        "crmTime": MONDAY,
        "sandbox": "default",
        "requestId": "1",
        "remoteAddress": "127.0.0.9",
        "client": "client",
        "method": "GET",
        "path": "/api/v1/events",
        "query": "since=2026-03-02T09%3A00Z&x",
        "userAgent": "sync/1.0",
        "status": 400,
        "bytes": len(body),
        "delivered": {"events": 0, "tombstones": 0},
        "aborted": False,
        "faults": [],
    }


def test_without_somebody_to_tell_there_is_no_log_around_the_application() -> None:
    assert isinstance(create_app().wsgi_app, Gate)
    assert isinstance(create_app(log=print).wsgi_app, AccessLog)


def test_a_request_is_told_of_once_and_only_when_its_answer_has_been_handed_over(app: Any, records: Records) -> None:
    answer = handed(app, "/health")
    parts = iter(answer)
    next(parts)
    assert not records
    assert next(parts, None) is None
    assert [record["aborted"] for record in records] == [False]
    answer.close()
    assert len(records) == 1


def test_an_answer_that_its_client_did_not_wait_for_is_aborted(app: Any, records: Records) -> None:
    answer = handed(app, "/api/v1/events")
    next(iter(answer))
    answer.close()
    handed(app, "/api/v1/events").close()
    assert [(record["status"], record["bytes"], record["aborted"]) for record in records] == [(200, 0, True)] * 2


def test_every_request_has_its_number_and_its_sandbox(app: Any, ask: Ask, records: Records) -> None:
    connect(app).create("mine")
    records.clear()
    paths = {
        "/api/v1/events": ("default", "1", 200),
        "/sandboxes/mine/api/v1/events": ("mine", "1", 200),
        "/sandboxes/mine/admin/clock": ("mine", "a1", 200),
        "/sandboxes/mine": ("mine", "o1", 308),
        "/sandboxes/nobodys/api/v1/events": ("default", "o1", 404),
        "/nothing": ("default", "o2", 404),
    }
    for path in paths:
        ask("GET", path)
    assert {each["path"]: (each["sandbox"], each["requestId"], each["status"]) for each in records} == paths


def test_bytes_are_those_of_the_body_that_were_sent(ask: Ask, records: Records) -> None:
    bodies = [ask("GET", "/api/v1/events").body, ask("HEAD", "/api/v1/events").body]
    assert [record["bytes"] for record in records] == [len(bodies[0]), 0]
    assert bodies[0]


def test_refusals_are_told(ask: Ask, records: Records) -> None:
    ask("POST", "/api/v1/events", {"subject": "x" * LENGTH})
    ask("DELETE", "/api/v1/events")
    ask("GET", "/admin/clock", Host="evil.example")
    assert [record["status"] for record in records] == [413, 405, 403]


def test_what_faults_did_is_told(app: Any, ask: Ask, records: Records) -> None:
    crm = connect(app)
    effects: list[types.Effect] = [{"delay": "20ms"}, {"disconnect": "reset"}, {"status": 503}]
    for effect in effects:
        crm.faults.add(effect, times=1)
    crm.faults.add({"truncate": {"bytes": 7}}, match={"method": "POST"}, times=1)
    records.clear()
    with pytest.raises(NoAnswer):
        ask("GET", "/api/v1/events")
    ask("GET", "/api/v1/events")
    with pytest.raises(NoAnswer):
        ask("POST", "/api/v1/events", {})
    assert [(each["status"], each["bytes"], each["aborted"], each["faults"]) for each in records] == [
        (None, 0, True, ["delay", "disconnect"]),
        (503, records[1]["bytes"], False, ["status"]),
        (422, 7, True, ["truncate"]),
    ]


def test_the_duration_lasts_until_the_answer_has_been_handed_over(app: Any, ask: Ask, records: Records) -> None:
    connect(app).faults.add({"delay": "30ms"}, times=1)
    ask("GET", "/api/v1/events")
    assert 30 <= records[-1]["durationMs"] < 10_000


def test_no_credentials_are_told(records: Records) -> None:
    app = create_app(access=Access(token="s3cret"), log=records.append)
    secrets = {
        "HTTP_AUTHORIZATION": "Bearer s3cret",
        "HTTP_PROXY_AUTHORIZATION": "Basic s3cret",
        "HTTP_COOKIE": "session=s3cret",
        "HTTP_X_API_KEY": "s3cret",
        "HTTP_REFERER": "https://ann:s3cret@crm.example/",
    }
    for path in ("/admin/clock", "/api/v1/events"):
        list(handed(app, path, **secrets))
    assert [record["status"] for record in records] == [200, 200]
    assert "s3cret" not in json.dumps(records)


def test_texts_of_a_client_s_are_bounded_and_read_as_utf_8(app: Any, records: Records) -> None:
    long = "/" + "ü" * 5_000
    list(handed(app, long.encode().decode("latin-1"), QUERY_STRING="q" * 5_000, HTTP_USER_AGENT="\xff" * 5_000))
    (record,) = records
    assert record["path"] == long[:MAX_LOGGED] + "…"
    assert record["query"] == "q" * MAX_LOGGED + "…"
    assert record["userAgent"] == "\ufffd" * MAX_LOGGED + "…"


def test_an_application_that_fails_is_told_of_and_fails(records: Records) -> None:
    def broken(environ: Any, start_response: Any) -> Iterable[bytes]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        AccessLog(broken, records.append, Mask())({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    (record,) = records
    assert (record["path"], record["status"], record["aborted"], record["requestId"]) == ("/", None, True, None)


def test_whoever_made_the_answer_learns_that_it_is_done_with(records: Records) -> None:
    closed: list[bool] = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Parts([b"one", b"two"])

    answer: Any = AccessLog(app, records.append, Mask())({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    assert list(answer) == [b"one", b"two"]
    answer.close()
    assert (closed, records[0]["bytes"]) == ([True], 6)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_log_that_fails_costs_no_answer(method: str, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(record: dict[str, Any]) -> None:
        raise OSError("The disk is full.")

    assert in_process(create_app(log=refuse))(method, "/events", {}, None, {}).status == 200
    assert "The access log failed to take a record." in caplog.text
