"""The journal as an HTTP archive: whoever reads HAR sees each request, and the answers where the journal keeps them."""

import json
from contextlib import suppress
from typing import Any

import httpx

from mockcrm import Crm, connect, create_app, serving
from mockcrm.client.transport import in_process
from tests.processes import run, served

MEETING = {"subject": "Café", "startTime": "2026-03-02T10:00:00Z", "endTime": "2026-03-02T11:00:00Z"}

WANTED: dict[str, Any] = {
    "startedDateTime": str,
    "time": float,
    "request": {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
    },
    "response": {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": {"size": int, "mimeType": str},
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    },
    "cache": {},
    "timings": {"send": int, "wait": float, "receive": int},
}
"""What an entry must have, and with which types (HAR 1.2)."""


def checked(found: Any, wanted: Any = WANTED) -> None:
    for name, kind in wanted.items():
        if isinstance(kind, dict):
            checked(found[name], kind)
        else:
            assert isinstance(found[name], kind), name


def traffic(crm: Crm, url: str) -> list[Any]:
    """A write, a list, a refusal, a request without an answer and a cut answer, as the archive has them."""
    with httpx.Client(base_url=f"{url}/sandboxes/{crm.name}/api/v1", headers={"Authorization": "Bearer hush"}) as http:
        http.post("/events", json=MEETING)
        http.get("/events?since=2026-03-01T00:00:00%2B01:00&showDeleted=true")
        http.get("/events/nobody%20knows?access_token=hush")
        crm.faults.add({"disconnect": "close"}, times=1)
        with suppress(httpx.TransportError):
            http.get("/events")
        crm.faults.add({"truncate": {"bytes": 9}}, times=1)
        with suppress(httpx.TransportError):
            http.get("/events")
    archive = crm.requests.har()
    assert archive["log"]["version"] == "1.2"
    assert archive["log"]["creator"]["name"] == "mockcrm"
    assert "hush" not in json.dumps(archive)
    for entry in archive["log"]["entries"]:
        checked(entry)
    entries: list[Any] = archive["log"]["entries"]
    return entries


def headers(part: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in part["headers"]}


def test_requests_are_whole_and_what_is_not_known_of_answers_says_so() -> None:
    with serving(create_app()) as url:
        crm = connect(url).create("mine")
        created, listed, refused, unanswered, _ = traffic(crm, url)
        assert created["request"]["url"] == f"{url}/sandboxes/mine/api/v1/events"
        assert json.loads(created["request"]["postData"]["text"]) == MEETING
        assert created["request"]["bodySize"] == len(created["request"]["postData"]["text"].encode())
        assert headers(created["request"])["Authorization"] == "Bearer ***"
        assert created["response"]["content"] == {"size": -1, "mimeType": ""}
        assert listed["request"]["queryString"] == [
            {"name": "since", "value": "2026-03-01T00:00:00+01:00"},
            {"name": "showDeleted", "value": "true"},
        ]
        assert refused["request"]["url"].endswith("/events/nobody%20knows?access_token=***")
        assert (refused["response"]["statusText"], refused["_mockcrm"]["code"]) == ("Bad Request", "query.invalid")
        assert (unanswered["response"]["status"], unanswered["response"]["statusText"]) == (0, "")
        assert listed["_mockcrm"]["delivered"]["events"] == [{"id": "1001", "version": 1}]


def test_answers_are_kept_on_request_and_at_most_so_much_of_each() -> None:
    with served("--count", "0", "--keep-answers", "200") as server:
        crm = connect(server.url).create("mine")
        created, listed, _, unanswered, cut = (each["response"] for each in traffic(crm, server.url))
        assert created["content"]["size"] == created["bodySize"] > 200
        assert len(created["content"]["text"].encode()) <= 200 + 2
        assert created["content"]["text"].startswith('{"id":"1001","subject":"Café"')
        assert created["content"]["comment"] == f"The journal kept the first 200 of {created['bodySize']} bytes."
        assert created["content"]["mimeType"] == "application/json"
        assert headers(listed)["X-Request-Id"] == "2"
        # What was sent, not what the CRM would have answered.
        assert (cut["content"]["size"], cut["content"]["text"]) == (9, '{"records')
        assert unanswered["content"] == {"size": -1, "mimeType": ""}
    refused = run("config", "--keep-answers", "17MiB")
    assert (refused.returncode, "more than 16,777,216 bytes" in refused.stderr) == (2, True)


def test_kept_answers_count_in_the_journal_s_weight() -> None:
    app = create_app(keep_answers=5_000)
    crm, send = connect(app), in_process(app, "")
    for _ in range(20):
        crm.events.create(subject="x" * 200, startTime="2026-03-02T10:00:00Z", endTime="2026-03-02T11:00:00Z")
    journal = app.extensions["mockcrm"].get("default").journal
    send("GET", "/api/v1/events", {}, None, {})
    (entry,) = journal.entries()
    assert len(entry.answer.body) == 5_000 < entry.answer.size
    assert entry.weight > 5_000
    journal.max_weight = entry.weight * 7 // 2
    for _ in range(3):
        send("GET", "/api/v1/events", {}, None, {})
    assert [entry.number for entry in journal.entries()] == [2, 3, 4]
