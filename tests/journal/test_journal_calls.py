"""What the journal keeps of each request of a client (contract, section 6; `docs/reference/journal.md`)."""

import base64
import io
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from mockcrm import Sandboxes, create_app, serving
from mockcrm.journal.journal import Journal
from mockcrm.sandbox.stages import Overtaken
from tests.journal.journaled import delivered, journal, last, numbers
from tests.making import Make, making, name_of
from tests.processes import served
from tests.refusals import nothing_changes
from tests.samples import TIMES, path_of
from tests.served import MONDAY, Crm, error
from tests.unchanged import made, tombstones

KEPT = 16 * 1024
"""How many bytes are kept of a body that is too heavy."""

NOTHING: list[Any] = [[], []]
"""What an answer delivers that shows no version of any event."""


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


# The request


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/events", "listEvents"),
        ("GET", "/deletedEvents", "listDeletedEvents"),
        ("GET", "/events/{id}", "getEvent"),
        ("POST", "/events", "createEvent"),
        ("PATCH", "/events/{id}", "updateEvent"),
        ("PUT", "/events/{id}", "replaceEvent"),
        ("DELETE", "/events/{id}", "deleteEvent"),
        ("HEAD", "/events", None),
        ("OPTIONS", "/events", None),
        ("PUT", "/events", None),
        ("GET", "", None),
        ("GET", "/nothing", None),
    ],
)
def test_an_entry_names_the_operation_the_method_and_the_path(
    crm: Crm, method: str, path: str, operation: str | None
) -> None:
    path = path.format(id=crm.create()["id"])
    answer = crm.api(method, path, TIMES if method in ("POST", "PATCH", "PUT") else None)
    entry = last(crm)
    assert (entry["operation"], entry["method"], entry["path"]) == (operation, method, f"/api/v1{path}")
    assert (str(entry["number"]), entry["status"]) == (answer.headers["X-Request-Id"], answer.status_code)


def test_a_path_and_a_query_are_kept_as_the_text_that_they_spell(crm: Crm) -> None:
    crm.api("GET", "/events/K%C3%B6ln?caf%C3%A9=a%20b%2Bc")
    assert (last(crm)["path"], last(crm)["query"]) == ("/api/v1/events/Köln", {"café": "a b+c"})


def test_the_query_is_kept_by_its_names_also_of_a_request_that_is_refused(crm: Crm) -> None:
    crm.api("GET", "/events?since=&limit=3&limit=4&colour=red")
    assert (last(crm)["query"], last(crm)["status"]) == ({"since": "", "limit": ["3", "4"], "colour": "red"}, 400)


def test_headers_are_kept_by_their_usual_names(crm: Crm) -> None:
    crm.api("POST", "/events", TIMES, headers={"x-trace": "Ab c", "IDEMPOTENCY-KEY": "k1"})
    headers = last(crm)["headers"]
    kept = {name: headers[name] for name in ("X-Trace", "Idempotency-Key", "Content-Type")}
    assert kept == {"X-Trace": "Ab c", "Idempotency-Key": "k1", "Content-Type": "application/json"}


@pytest.mark.parametrize("body", [{"subject": "x", "n": [1, None]}, ["a"], "text", 0, False, ""], ids=str)
def test_a_body_is_kept_as_json(crm: Crm, body: Any) -> None:
    crm.api("POST", "/events", body)
    assert last(crm)["body"] == body


@pytest.mark.parametrize("body", ["{'a': 1}", "a=1&b=2", "null", "{", "NaN", "é"])
def test_what_is_no_json_is_kept_as_text(crm: Crm, body: str) -> None:
    crm.api("POST", "/events", content=body.encode(), headers={"Content-Type": "application/json"})
    assert last(crm)["body"] == body


def test_without_a_body_there_is_none(crm: Crm) -> None:
    crm.api("GET", "/events")
    assert last(crm)["body"] is None


@pytest.mark.parametrize("size", [KEPT, KEPT + 1, 1024 * 1024])
def test_a_long_body_is_kept_whole_up_to_the_limit_of_bodies(crm: Crm, size: int) -> None:
    crm.api("POST", "/events", content=orjson.dumps("x" * (size - 2)))
    assert (last(crm)["body"], last(crm)["cut"]) == ("x" * (size - 2), False)


def test_a_body_beyond_the_limit_is_not_kept(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"x" * (1024 * 1024 + 1))
    assert (last(crm)["status"], last(crm)["body"], last(crm)["cut"]) == (413, None, True)


def test_a_body_in_an_unknown_coding_is_not_kept(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"x", headers={"Content-Encoding": "br", "Content-Type": "application/json"})
    assert (last(crm)["status"], last(crm)["body"], last(crm)["cut"]) == (415, None, True)


def test_a_body_that_broke_off_is_none(crm: Crm) -> None:
    crm.api("POST", "/events", content=b"x", headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})
    assert (last(crm)["status"], last(crm)["body"], last(crm)["cut"]) == (400, None, False)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"x" * 60_000, "x" * KEPT),
        (b"x" + "é".encode() * 30_000, "x" + "é" * (KEPT // 2 - 1) + "\N{REPLACEMENT CHARACTER}"),
        (b"{}" + b" " * 60_000, "{}" + " " * (KEPT - 2)),
    ],
    ids=["text", "within a character", "where its beginning is JSON"],
)
def test_of_a_body_too_heavy_for_the_journal_the_beginning_is_kept_as_text(body: bytes, shown: str) -> None:
    sandboxes = Sandboxes()
    sandbox, client = sandboxes.get("default"), create_app(sandboxes).test_client()
    sandbox.journal = Journal(max_weight=50_000)
    client.get("/api/v1/events")
    client.post("/api/v1/events", data=body)
    answer: Any = client.get("/admin/requests").json
    listed, posted = answer["requests"]
    assert (listed["cut"], posted["body"], posted["cut"]) == (False, shown, True)


def test_a_body_that_nests_too_deep_hides_no_other_entry(crm: Crm) -> None:
    crm.api("GET", "/events")
    crm.api("POST", "/events", content=b"[" * 300 + b"]" * 300, headers={"Content-Type": "application/json"})
    assert [entry["status"] for entry in journal(crm)] == [200, 400]


# Who asks


def basic(user: str, password: str = "s3cret") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def token_of(claims: Any) -> str:
    """A JSON Web Token, signed by nobody."""
    parts = (base64.urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=").decode() for each in ({"alg": "none"}, claims))
    return f"Bearer {'.'.join(parts)}.c2ln"


def encoded(authorization: str) -> str:
    return authorization.partition(" ")[2]


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, "client"),
        ({"X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"X-Mockcrm-Client": ""}, "client"),
        ({"X-Mockcrm-Client": "x" * 200}, "x" * 100),
        ({"Authorization": basic("ann")}, "ann"),
        ({"Authorization": basic("zoë")}, "zoë"),
        ({"Authorization": basic("ann", "a:b")}, "ann"),
        ({"Authorization": basic("x" * 200)}, "x" * 100),
        ({"Authorization": basic("ann").replace("Basic", "bAsIc")}, "ann"),
        ({"Authorization": basic("ann"), "X-Mockcrm-Client": "nightly"}, "ann"),
        ({"Authorization": basic(""), "X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"Authorization": token_of({"sub": "sync@brightsync"})}, "sync@brightsync"),
        ({"Authorization": token_of({"sub": "ann"}), "X-Mockcrm-Client": "nightly"}, "ann"),
        ({"Authorization": token_of({"sub": 7}), "X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"Authorization": token_of(["sub"]), "X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"Authorization": "Bearer opaque", "X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"Authorization": "Basic %%%", "X-Mockcrm-Client": "nightly"}, "nightly"),
        ({"Authorization": "Bearer a.%%%.c", "X-Mockcrm-Client": "nightly"}, "nightly"),
    ],
)
def test_a_client_is_named_by_its_principal_else_by_itself(crm: Crm, headers: dict[str, str], client: str) -> None:
    assert crm.api("POST", "/events", TIMES, headers=headers).status_code == 201
    assert last(crm)["client"] == client
    assert crm.changes()[0]["by"] == (None if client == "client" else client)


@pytest.mark.parametrize("empty", ["Bearer opaque", basic(""), token_of({"sub": ""}), "Digest x", "opaque"])
def test_credentials_that_name_nobody_are_named_by_their_sum(crm: Crm, empty: str) -> None:
    for authorization in (empty, empty, "Bearer another"):
        crm.api("GET", "/events", headers={"Authorization": authorization})
    first, again, other = (entry["client"] for entry in journal(crm))
    assert first == again != other
    assert len(first) == len("token-01234567")
    assert first.startswith("token-")


# Secrets


@pytest.mark.parametrize(
    ("header", "value", "shown"),
    [
        ("Authorization", "Bearer s3cret", "Bearer ***"),
        ("Authorization", basic("ann"), "Basic ***"),
        ("Authorization", "s3cret", "***"),
        ("Proxy-Authorization", basic("ann"), "Basic ***"),
        ("X-Api-Key", "s3cret", "***"),
        ("X-Api-Key", "s3cret s3cret", "***"),
        ("Cookie", "session=s3cret", "***"),
        ("Cookie", "session=s3cret; theme=dark", "***"),
    ],
)
def test_credentials_are_masked(crm: Crm, header: str, value: str, shown: str) -> None:
    crm.api("GET", "/events", headers={header: value})
    assert last(crm)["headers"][header] == shown


def test_no_secret_is_told_anywhere(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    ann, token = basic("ann", "hush-one"), token_of({"sub": "ann", "hush": "seven"})
    secrets = {
        "Authorization": ann,
        "Proxy-Authorization": "Bearer hush-two",
        "Cookie": "first=hush-three; second=hush-four",
        "X-Api-Key": "hush-five hush-six",
    }
    crm.admin("POST", "/faults", {"effect": "expireCredentials", "skip": 1})
    for method in ("GET", "POST", "PROPFIND", "GET"):
        crm.api(method, "/events", headers=secrets)
    crm.api("GET", "/events", headers={"Authorization": token})
    payload = crm.admin("GET", "/requests").text + crm.admin("GET", "/snapshot").text + crm.admin("GET", "/faults").text
    matcher = {"requests": [{"client": "nobody"}]}
    payload += crm.admin("POST", "/verify", matcher).text + crm.admin("POST", "/requests/find", {}).text + caplog.text
    assert [entry["status"] for entry in journal(crm)] == [200, 401, 401, 401, 200]
    assert [secret for secret in ("hush", *map(encoded, (ann, token))) if secret in payload] == []


# The answer


def test_an_entry_tells_when_by_the_sandboxs_clock_and_how_long_by_the_worlds(crm: Crm) -> None:
    crm.act({"clock": {"tick": "1h"}})
    crm.create()
    entry = last(crm)
    assert (entry["arrivedAt"], entry["completedAt"]) == (MONDAY, "2026-01-05T10:00:00.000Z")
    assert 0 < entry["tookMs"] < 60_000


def test_a_write_names_the_change_that_it_made(crm: Crm) -> None:
    made(crm)
    event = path_of(crm.create())
    crm.api("PATCH", event, {"subject": "x"})
    made(crm)
    crm.api("DELETE", event)
    assert [entry["changes"] for entry in journal(crm)] == [[2], [3], [5]]
    assert [change["requestId"] for change in crm.changes()][1:3] == ["1", "2"]


@pytest.mark.parametrize(
    ("status", "method", "path", "body", "options"),
    [
        (400, "GET", "/events?limit=0", None, {}),
        (400, "GET", "/events?pageToken=x", None, {}),
        (400, "POST", "/events", None, {"content": b"{"}),
        (404, "GET", "/events/0", None, {}),
        (404, "DELETE", "/events/0", None, {}),
        (404, "GET", "/nothing", None, {}),
        (405, "DELETE", "/events", None, {}),
        (412, "PATCH", "/events/{id}", {}, {"headers": {"If-Match": '"x"'}}),
        (413, "POST", "/events", None, {"content": b"x" * 2_000_000}),
        (415, "POST", "/events", None, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
        (422, "POST", "/events", {"subject": "x"}, {}),
        (422, "POST", "/events", TIMES, {"headers": {"Idempotency-Key": "used"}}),
    ],
)
def test_a_refused_request_is_entered_and_commits_and_delivers_nothing(
    crm: Crm, status: int, method: str, path: str, body: Any, options: Any
) -> None:
    event = crm.api("POST", "/events", TIMES | {"subject": "x"}, headers={"Idempotency-Key": "used"}).json()
    headers = {"Content-Type": "application/json"} | options.pop("headers", {})
    with nothing_changes(crm):
        answer = crm.api(method, path.format(id=event["id"]), body, headers=headers, **options)
    entry = last(crm)
    assert (answer.status_code, entry["status"], entry["changes"]) == (status, status, [])
    assert (str(entry["number"]), entry["delivered"]["whole"]) == (answer.headers["X-Request-Id"], True)
    assert delivered(crm) == NOTHING


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_a_request_without_the_right_credentials_is_entered(crm: Crm, headers: dict[str, str]) -> None:
    crm.set_dialect(credentials="right")
    crm.api("POST", "/events", TIMES, headers=headers)
    entry = last(crm)
    assert (entry["status"], entry["operation"], entry["body"], entry["changes"]) == (401, "createEvent", TIMES, [])
    assert delivered(crm) == NOTHING


def test_the_controls_and_what_is_no_crm_are_not_journaled(crm: Crm) -> None:
    for path in ("/admin/clock", "/admin/requests", "/admin/nothing", "/health", "/version", "/nothing", "/api/v2", ""):
        crm.http.get(crm.path + path)
    assert journal(crm) == []


# What was delivered


def test_reads_and_writes_of_one_event_deliver_its_version(crm: Crm) -> None:
    event = crm.create()
    assert delivered(crm) == [[(event["id"], 1)], []]
    crm.api("PATCH", path_of(event), {"subject": "x"})
    assert delivered(crm) == [[(event["id"], 2)], []]
    crm.api("PUT", path_of(event), TIMES)
    assert delivered(crm) == [[(event["id"], 3)], []]
    crm.api("GET", path_of(event))
    assert delivered(crm) == [[(event["id"], 3)], []]
    assert not {"read", "page", "last", "asOf"} & set(last(crm)["delivered"])
    crm.api("DELETE", path_of(event))
    assert delivered(crm) == [[], [(event["id"], 4)]]


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_to_say_that_an_event_was_deleted_delivers_its_tombstone(crm: Crm, method: str, status: int) -> None:
    crm.set_dialect(deletedStatus=status)
    event = crm.create()
    crm.api("DELETE", path_of(event))
    crm.api(method, path_of(event), TIMES if method in ("PATCH", "PUT") else None)
    assert (last(crm)["status"], last(crm)["changes"]) == (status, [])
    assert delivered(crm) == [[], [(event["id"], 2)]]


def test_a_read_that_finds_nothing_new_delivers_nothing(crm: Crm) -> None:
    event = crm.create()
    tag = crm.api("GET", path_of(event)).headers["ETag"]
    assert crm.api("GET", path_of(event), headers={"If-None-Match": tag}).status_code == 304
    assert (last(crm)["status"], delivered(crm)) == (304, NOTHING)


@pytest.mark.parametrize("path", ["/events", "/events?showDeleted=true", "/deletedEvents", "/events/{id}"])
def test_an_answer_without_a_body_delivers_nothing(crm: Crm, path: str) -> None:
    event, gone = crm.create(), crm.create()
    crm.api("DELETE", path_of(gone))
    assert crm.api("HEAD", path.format(id=event["id"])).status_code == 200
    assert (last(crm)["status"], delivered(crm)) == (200, NOTHING)


def test_a_list_delivers_the_versions_that_it_shows_in_its_order(crm: Crm) -> None:
    later, earlier, gone = crm.create("2026-01-07T09:00:00Z", "2026-01-07T10:00:00Z"), crm.create(), crm.create()
    crm.api("PATCH", path_of(later), {"subject": "x"})
    crm.act({"edit": {"event": earlier["id"], "set": {"subject": "unseen"}, "visibleAfter": "1h"}})
    crm.api("DELETE", path_of(gone))
    live = [(earlier["id"], 1), (later["id"], 2)]
    crm.events()
    assert delivered(crm) == [live, []]
    crm.events(showDeleted="true")
    assert delivered(crm) == [live, [(gone["id"], 2)]]
    crm.events(since=MONDAY)
    assert delivered(crm) == [live, []]
    assert len(tombstones(crm)) == 1
    assert delivered(crm) == [[], [(gone["id"], 2)]]


def test_an_idempotent_repeat_commits_nothing_and_delivers_the_first_version_again(crm: Crm) -> None:
    first = crm.api("POST", "/events", TIMES, headers={"Idempotency-Key": "k"}).json()
    crm.api("PATCH", path_of(first), {"subject": "x"})
    assert crm.api("POST", "/events", TIMES, headers={"Idempotency-Key": "k"}).json() == first
    assert [entry["changes"] for entry in journal(crm)] == [[1], [2], []]
    assert delivered(crm) == [[(first["id"], 1)], []]


# Walks


def steps(crm: Crm) -> list[Any]:
    """Of each list the walk, the page, whether it was the last, and the instant it spoke for."""
    found = (entry["delivered"] for entry in journal(crm) if "read" in entry["delivered"])
    return [(each["read"], each["page"], each["last"], each["asOf"]) for each in found]


def next_page(crm: Crm, token: str | None = None, **parameters: Any) -> Any:
    response = crm.api("GET", "/events", params={**parameters, **({"pageToken": token} if token else {})})
    assert response.status_code == 200, response.text
    return response.json()["nextPageToken"]


def test_the_pages_of_a_walk_are_entered_under_the_request_that_began_it(crm: Crm) -> None:
    for _ in range(5):
        crm.create()
    instants, token = [], None
    for _ in range(3):
        crm.advance("1m")
        instants.append(crm.now())
        token = next_page(crm, token, **({} if token else {"limit": 2}))
    assert [step[:3] for step in steps(crm)] == [("6", 1, False), ("6", 2, False), ("6", 3, True)]
    assert [step[3] for step in steps(crm)] == instants


def test_two_walks_at_a_time_are_told_apart_and_a_page_may_be_read_twice(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    one, two = next_page(crm, limit=1), next_page(crm, limit=1)
    for token in (two, one, two):
        next_page(crm, token)
    assert [step[:2] for step in steps(crm)] == [("4", 1), ("5", 1), ("5", 2), ("4", 2), ("5", 2)]


def test_a_walk_that_a_fork_takes_over_keeps_the_name_of_the_sandbox_that_began_it(crm: Crm, make: Make) -> None:
    for _ in range(4):
        crm.create()
    token = next_page(crm, limit=1)
    child = make(**{"from": name_of(crm)})
    in_child = next_page(child, token)
    grandchild = make(**{"from": name_of(child)})
    last_page = next_page(grandchild, next_page(grandchild, in_child))
    walk = f"{name_of(crm)}:5"
    assert last_page is None
    assert [step[:3] for step in steps(child)] == [(walk, 2, False)]
    assert [step[:3] for step in steps(grandchild)] == [(walk, 3, False), (walk, 4, True)]


def test_a_walk_that_a_fork_begins_is_its_own(crm: Crm, make: Make) -> None:
    for _ in range(2):
        crm.create()
    child = make(**{"from": name_of(crm)})
    next_page(child, next_page(child, limit=1))
    assert [step[:3] for step in steps(child)] == [("1", 1, False), ("1", 2, True)]


# The ring


@pytest.fixture(scope="module")
def room_for_five() -> Iterator[httpx.Client]:
    with serving(create_app(Sandboxes(journaled=5))) as url, httpx.Client(base_url=url, verify=False) as client:
        yield client


@pytest.fixture
def small(room_for_five: httpx.Client) -> Iterator[Crm]:
    """A sandbox whose journal has room for five, and whose clock stands still."""
    with making(room_for_five) as maker:
        crm = maker()
        crm.act({"clock": {"mode": "frozen"}})
        yield crm


def listed(crm: Crm, times: int) -> None:
    for _ in range(times):
        crm.events()


def test_the_oldest_entries_make_room_and_are_counted(small: Crm) -> None:
    listed(small, 8)
    answer = small.admin("GET", "/requests").json()
    assert (numbers(answer["requests"]), answer["length"], answer["dropped"]) == ([4, 5, 6, 7, 8], 5, 3)
    assert small.admin("GET", "/requests/4").json() == answer["requests"][0]
    for gone in (0, 3, 9):
        error(small.admin("GET", f"/requests/{gone}"), 404, "request.notFound")


@pytest.mark.parametrize("number", ["99999999999999999999", str(2**63 - 1), str(2**63)])
def test_a_request_of_any_number_may_be_asked_for(crm: Crm, number: str) -> None:
    error(crm.admin("GET", f"/requests/{number}"), 404, "request.notFound")


def test_every_sandbox_has_room_for_as_many(small: Crm) -> None:
    with making(small.http) as maker:
        for crm in (Crm(small.http, ""), maker(**{"from": name_of(small)})):
            listed(crm, 7)
            assert numbers(journal(crm)) == [3, 4, 5, 6, 7]


def test_the_journal_is_read_in_parts(crm: Crm) -> None:
    listed(crm, 5)
    assert numbers(journal(crm, after=2)) == [3, 4, 5]
    assert numbers(journal(crm, limit=2)) == [1, 2]
    assert numbers(journal(crm, after=2, limit=2)) == [3, 4]
    assert numbers(journal(crm, after=0, limit=10_000)) == [1, 2, 3, 4, 5]
    assert journal(crm, after=5) == journal(crm, after=2**63 - 1) == journal(crm, after=2**63 - 1, limit=1) == []


def test_a_journal_that_has_dropped_some_is_read_in_parts(small: Crm) -> None:
    listed(small, 8)
    assert numbers(journal(small, after=1, limit=2)) == [4, 5]
    assert numbers(journal(small, after=5, limit=2)) == [6, 7]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=10001", "before=1", "after=1&after=2"])
def test_other_parameters_are_refused(crm: Crm, query: str) -> None:
    assert query.partition("=")[0] in error(crm.admin("GET", f"/requests?{query}"), 400, "query.invalid")


def test_to_forget_the_journal_leaves_the_numbers_and_the_crm_alone(small: Crm) -> None:
    listed(small, 7)
    with nothing_changes(small):
        response = small.admin("DELETE", "/requests")
    assert (response.status_code, response.content) == (204, b"")
    assert small.admin("GET", "/requests").json() == {"requests": [], "length": 0, "nextAfter": None, "dropped": 0}
    listed(small, 2)
    assert numbers(journal(small)) == [8, 9]
    error(small.admin("GET", "/requests/7"), 404, "request.notFound")


@pytest.mark.parametrize("order", [{}, {"to": "empty"}])
def test_a_reset_begins_the_journal_anew_with_the_same_room(small: Crm, order: dict[str, str]) -> None:
    listed(small, 7)
    small.admin("POST", "/reset", order)
    assert small.admin("GET", "/requests").json() == {"requests": [], "length": 0, "nextAfter": None, "dropped": 0}
    listed(small, 7)
    assert numbers(journal(small)) == [3, 4, 5, 6, 7]


def test_a_snapshot_put_in_begins_the_journal_anew(crm: Crm) -> None:
    listed(crm, 3)
    crm.admin("PUT", "/snapshot", crm.everything())
    listed(crm, 2)
    assert numbers(journal(crm)) == [1, 2]


def test_each_sandbox_has_a_journal_of_its_own_and_a_fork_begins_an_empty_one(crm: Crm, make: Make) -> None:
    listed(crm, 2)
    other, fork = make(), make(**{"from": name_of(crm)})
    other.api("GET", "/deletedEvents")
    assert [entry["operation"] for entry in journal(crm)] == ["listEvents", "listEvents"]
    assert [entry["operation"] for entry in journal(other)] == ["listDeletedEvents"]
    assert journal(fork) == []


class _Meanwhile(io.BytesIO):
    """A body that, while it is read, has something else happen."""

    def __init__(self, data: bytes, happens: Any) -> None:
        super().__init__(data)
        self.happens = happens

    def read(self, size: int | None = -1, /) -> bytes:
        happens, self.happens = self.happens, lambda: None
        happens()
        return super().read(size)


def test_a_request_that_a_reset_overtakes_gets_no_answer_and_takes_no_room_in_the_new_journal() -> None:
    sandboxes = Sandboxes()
    sandbox, client = sandboxes.get("default"), create_app(sandboxes).test_client()

    def reset() -> None:
        sandboxes.reset(sandbox)
        sandbox.journal = Journal(max_weight=4 * KEPT)
        client.get("/api/v1/events")

    with pytest.raises(Overtaken):
        client.post("/api/v1/events", input_stream=_Meanwhile(b"x" * KEPT, reset), content_length=KEPT)
    for _ in range(3):
        client.post("/api/v1/events", data=b"x" * KEPT)
    assert [(entry.method, entry.number) for entry in sandbox.journal.entries()] == [
        ("GET", 1),
        ("POST", 2),
        ("POST", 3),
        ("POST", 4),
    ]


# Connections and threads


@contextmanager
def _in_the_process() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@contextmanager
def _gunicorn() -> Iterator[str]:
    with served("--count", "0") as server:
        yield server.url


@pytest.mark.parametrize("serve", [_in_the_process, _gunicorn])
def test_an_answer_that_its_client_did_not_wait_for_is_not_whole(serve: Any) -> None:
    with serve() as url, httpx.Client(base_url=url, verify=False, timeout=30) as client:
        crm = Crm(client, "")
        for _ in range(12):
            crm.create(description="x" * 1_000_000)
        with socket.socket() as impatient:
            impatient.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            address = urlsplit(url)
            impatient.connect((address.hostname, address.port))
            impatient.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert impatient.recv(12) == b"HTTP/1.1 200"
        # The server learns of it when it goes on writing, which may be after the next request.
        for _ in range(1000):
            if not (entry := last(crm))["delivered"]["whole"]:
                break
        assert (entry["status"], len(entry["delivered"]["events"]), entry["delivered"]["whole"]) == (200, 12, False)
        listed(crm, 1)
        assert last(crm)["delivered"]["whole"] is True


def test_eight_threads_are_numbered_without_gaps_and_each_request_once(crm: Crm) -> None:
    def client(name: str) -> list[tuple[int, str]]:
        answers = (crm.api("GET", "/events", headers={"X-Mockcrm-Client": f"{name}{turn}"}) for turn in range(20))
        return [(int(answer.headers["X-Request-Id"]), f"{name}{turn}") for turn, answer in enumerate(answers)]

    with ThreadPoolExecutor(8) as pool:
        payload = sorted(chain.from_iterable(pool.map(client, "abcdefgh")))
    assert [number for number, _ in payload] == list(range(1, 161))
    assert [(entry["number"], entry["client"]) for entry in journal(crm)] == payload
