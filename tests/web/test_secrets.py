"""What a client sends as a secret stands nowhere that people read, and what needs no secret goes on to work."""

import json
from typing import Any

import httpx
import pytest

from mockcrm import create_app, serving
from mockcrm.web.replay import replay
from tests.faults.faulting import add_fault, five
from tests.samples import TIMES
from tests.served import BOTH, Crm

HEADERS = {
    "X-Auth-Token": "hush-1",
    "Api-Key": "hush-2",
    "accessToken": "hush-3",
    "X-Session-Id": "hush-4",
    "X-Hub-Signature": "hush-5",
    "Referer": "https://ann:hush-6@app.example/?client_secret=hush-7",
    "User-Agent": "sync (+https://ann:hush-8@app.example/)",
    "Authorization": "Bearer hush-9",
}
QUERY = "access_token=hush-a&api%5Fkey=hush-b&apiKey=hush-c;hush-d&apiKey=hush-e&to=http%3A%2F%2Fx%3Fkey%3Dhush-f"
MASKED = "access_token=***&api%5Fkey=***&apiKey=***&apiKey=***&to=http%3A%2F%2Fx%3Fkey%3D***"


def journal(crm: Crm) -> Any:
    return crm.admin("GET", "/requests").json()["requests"]


@BOTH
def test_a_secret_stands_nowhere_that_is_read(crm: Crm) -> None:
    crm.create()
    since = crm.api("GET", "/events", headers=HEADERS).json()["asOf"]
    crm.admin("PATCH", "/events/1001", {"subject": "Nobody will know", "bump": False})
    crm.advance("1m")
    crm.api("GET", "/events", params={"since": since.replace("09:00:00", "09:00:30")}, headers=HEADERS)
    assert crm.api("GET", f"/events?{QUERY}", headers=HEADERS).status_code == 400
    crm.api("POST", f"/events?{QUERY}", TIMES, headers=HEADERS)
    assert crm.api("GET", "/events%3Faccess_token=hush-g").status_code == 404
    wanted = {"requests": [{"operation": "listEvents", "query": {"access_token": "x"}, "headers": {"Api-Key": "x"}}]}
    payload = {
        "journal": crm.admin("GET", "/requests").text,
        "one": crm.admin("GET", "/requests/4").text,
        "find": crm.admin("POST", "/requests/find", {"query": {"apiKey": "***"}}).text,
        "nearest misses": crm.admin("POST", "/verify", wanted).text,
        "audit": crm.admin("GET", "/audit").text,
        "bundle": crm.admin("GET", "/replay").text,
        "snapshot": crm.admin("GET", "/snapshot").text,
    }
    assert "change.outOfReach" in payload["audit"]
    assert "differs" in payload["nearest misses"]
    assert len(json.loads(payload["find"])["requests"]) == 2
    assert {where for where, text in payload.items() if "hush" in text} == set()
    assert f"?{MASKED}" in payload["nearest misses"]
    assert MASKED in payload["bundle"]


def test_a_timeline_tells_no_secret(crm: Crm) -> None:
    add_fault(crm, {"status": {"status": 503, "headers": {"Retry-After": "3600"}}}, {}, times=1)
    for _ in range(2):
        crm.api("GET", f"/events?{QUERY}", headers=HEADERS)
    (account,) = crm.admin("GET", "/audit").json()["clients"]
    (finding,) = account["findings"]
    assert "GET /api/v1/events?access_token=***&api_key=***&" in str(finding["timeline"])
    assert "hush" not in str(account)


def test_the_failure_of_a_verification_tells_no_secret(crm: Crm) -> None:
    crm.api("GET", f"/events?{QUERY}", headers=HEADERS)
    with pytest.raises(AssertionError) as failure:
        crm.controls.verify({"query": {"access_token": "x"}})
    assert f"?{MASKED[:90]}" in str(failure.value)
    assert "hush" not in str(failure.value)


def test_an_entry_keeps_the_rest_as_it_was_sent(crm: Crm) -> None:
    crm.api("GET", f"/events?limit=2&{QUERY}&since=%2b", headers=HEADERS)
    (entry,) = journal(crm)
    assert entry["query"] == {
        "limit": "2",
        "access_token": "***",
        "api_key": "***",
        "apiKey": ["***", "***"],
        "to": "http://x?key=***",
        "since": "+",
    }
    shown = {name: entry["headers"][name.title()] for name in HEADERS}
    assert shown == dict.fromkeys(HEADERS, "***") | {
        "Referer": "https://***@app.example/?client_secret=***",
        "User-Agent": "sync (+https://***@app.example/)",
        "Authorization": "Bearer ***",
    }


def test_a_matcher_sees_what_is_masked_and_that_it_is_there(crm: Crm) -> None:
    rule = {"match": {"headers": {"X-Auth-Token": "***"}, "query": {"limit": "1"}}, "effect": {"status": 503}}
    crm.admin("POST", "/faults", rule)
    crm.admin("POST", "/faults", {"match": {"headers": {"X-Auth-Token": "hush-1"}}, "effect": {"status": 502}})
    crm.admin("POST", "/faults", {"match": {"headers": {"X-Auth-Token": None}}, "effect": {"status": 504}})
    answers = [crm.api("GET", f"/events?limit={limit}", headers=HEADERS).status_code for limit in (1, 2)]
    assert [*answers, crm.api("GET", "/events").status_code] == [503, 200, 504]


def test_what_the_api_reads_itself_is_not_masked(crm: Crm) -> None:
    five(crm)
    token = crm.api("GET", "/events?limit=2").json()["nextPageToken"]
    crm.api("GET", "/events", params={"pageToken": token}, headers={"If-Match": "x", "X-Mockcrm-Client": "key"})
    crm.api("POST", "/events", TIMES, headers={"Idempotency-Key": "k1"})
    *_, first, second, third = journal(crm)
    assert (second["query"], second["delivered"]["read"]) == ({"pageToken": token}, str(first["number"]))
    assert (second["headers"]["If-Match"], second["client"]) == ("x", "key")
    assert third["headers"]["Idempotency-Key"] == "k1"


def test_a_replay_comes_to_the_same_without_the_secrets(crm: Crm) -> None:
    crm.create()
    assert crm.api("GET", f"/events?{QUERY}", headers=HEADERS).status_code == 400
    assert crm.api("POST", "/events?token=hush", TIMES, headers=HEADERS).status_code == 400
    assert crm.api("GET", "/events?limit=2", headers={**HEADERS, "Authorization": ""}).status_code == 200
    outcome = replay(crm.admin("GET", "/replay").json())
    assert (outcome.divergences, outcome.changed) == ((), ())


# The access log, and names of one's own


def test_the_access_log_masks_as_the_journal_does_and_the_requests_of_the_controls_too() -> None:
    records: list[dict[str, Any]] = []
    with serving(create_app(log=records.append, mask=("X-Tenant",))) as url, httpx.Client(base_url=url) as client:
        for path in ("/api/v1/events", "/admin/clock", "/nothing"):
            client.get(f"{path}?{QUERY}&x_tenant=hush", headers={**HEADERS, "X-Tenant": "hush"})
        kept = client.get("/admin/requests").text
    assert {record["query"] for record in records} == {"", f"{MASKED}&x_tenant=***"}
    assert "hush" not in kept + json.dumps(records)
