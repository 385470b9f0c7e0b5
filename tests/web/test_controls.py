"""What holds for every control: body, parameters, methods; and the dialect (contract, sections 5 and 6)."""

from typing import Any

import pytest

from tests.refusals import nothing_changes
from tests.served import Crm, error
from tests.unchanged import declined, made

WITH_A_BODY = [
    ("PUT", "/clock"),
    ("POST", "/clock/advance"),
    ("POST", "/events"),
    ("PATCH", "/events/kickoff"),
    ("PUT", "/events/kickoff"),
    ("POST", "/actions"),
    ("PUT", "/snapshot"),
    ("PATCH", "/dialect"),
    ("PUT", "/dialect"),
    ("POST", "/sandboxes"),
]
WITHOUT_NEED_OF_ONE = [
    ("POST", "/seed"),
    ("POST", "/reset"),
    ("DELETE", "/events/kickoff"),
    ("POST", "/events/gone/restore"),
]
WITH_NONE = [
    ("GET", "/clock"),
    ("GET", "/events/kickoff"),
    ("GET", "/snapshot"),
    ("GET", "/dialect"),
    ("GET", "/dialects"),
    ("GET", "/sandboxes"),
    ("GET", "/sandboxes/default"),
]

calls = pytest.mark.parametrize(("method", "path"), WITH_A_BODY + WITHOUT_NEED_OF_ONE)


@pytest.fixture(autouse=True)
def two_events(crm: Crm) -> None:
    made(crm, "kickoff")
    crm.act({"delete": {"event": made(crm, "gone")}})


# Bodies


@calls
@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"x", b"{'to': 'empty'}", b'{"by": NaN}', b'{"by": "\xff"}', b"[" * 2000 + b"]" * 2000, b"{} {}"],
    ids=["open", "space", "word", "quotes", "NaN", "encoding", "deep", "two"],
)
def test_a_body_that_is_not_json_is_malformed(crm: Crm, method: str, path: str, body: bytes) -> None:
    content = body or b" "
    declined(crm, 400, "body.malformed", method, path, content=content, headers={"Content-Type": "application/json"})


@calls
@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_a_body_says_that_it_is_json(crm: Crm, method: str, path: str, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    declined(crm, 415, "body.notJson", method, path, content=b"{}", headers=headers)


@calls
@pytest.mark.parametrize("body", [b"null", b"5", b"true"], ids=bytes.decode)
def test_a_body_is_an_object(crm: Crm, method: str, path: str, body: bytes) -> None:
    with nothing_changes(crm):
        response = crm.admin(method, path, content=body, headers={"Content-Type": "application/json"})
    error(response, 422, response.json()["code"])


@pytest.mark.parametrize(("method", "path"), WITH_A_BODY)
def test_a_call_that_needs_a_body_says_so(crm: Crm, method: str, path: str) -> None:
    declined(crm, 400, "body.malformed", method, path)


@pytest.mark.parametrize(("method", "path"), WITHOUT_NEED_OF_ONE)
def test_a_call_that_needs_no_body_may_have_none(crm: Crm, method: str, path: str) -> None:
    assert crm.admin(method, path).status_code in (200, 204)


@pytest.mark.parametrize(
    ("method", "path"), [call for call in WITH_A_BODY + WITHOUT_NEED_OF_ONE if call != ("PUT", "/snapshot")]
)
def test_a_body_that_is_too_large_is_not_read(crm: Crm, method: str, path: str) -> None:
    declined(crm, 413, "body.tooLarge", method, path, {"subject": "x" * 1024 * 1024})


# Parameters and methods


@pytest.mark.parametrize(("method", "path"), WITH_A_BODY + WITHOUT_NEED_OF_ONE + WITH_NONE)
def test_a_parameter_that_nobody_knows_is_refused(crm: Crm, method: str, path: str) -> None:
    declined(crm, 400, "query.invalid", method, f"{path}?colour=red")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/clock", {"GET", "PUT"}),
        ("/clock/advance", {"POST"}),
        ("/events", {"GET", "POST"}),
        ("/events/kickoff", {"GET", "PATCH", "PUT", "DELETE"}),
        ("/events/kickoff/restore", {"POST"}),
        ("/actions", {"POST"}),
        ("/changes", {"GET"}),
        ("/seed", {"POST"}),
        ("/reset", {"POST"}),
        ("/snapshot", {"GET", "PUT"}),
        ("/dialect", {"GET", "PATCH", "PUT"}),
        ("/dialects", {"GET"}),
        ("/sandboxes", {"GET", "POST"}),
        ("/sandboxes/default", {"GET", "PUT", "DELETE"}),
    ],
)
def test_a_path_says_which_methods_it_answers_to(crm: Crm, path: str, allowed: set[str]) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        with nothing_changes(crm):
            response = crm.admin(method, path, {})
        error(response, 405, "method.notAllowed")
        named = set(response.headers["Allow"].split(", "))
        assert allowed <= named <= allowed | {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["", "/nothing", "/clock/now", "/events/kickoff/delete", "/events/"])
def test_a_path_that_is_not_there_is_not_found(crm: Crm, path: str) -> None:
    declined(crm, 404, "path.notFound", "GET", path)


# The dialect


def test_the_dialect_shows_every_knob_and_its_name(crm: Crm) -> None:
    shown = crm.admin("GET", "/dialect").json()
    assert shown["name"] == "plain"
    assert {"since", "deletedStatus", "unknownFields", "pageSize", "listShape", "relatedToShape"} <= set(shown)


def test_the_named_dialects_and_the_knobs_are_listed(crm: Crm) -> None:
    shown = crm.admin("GET", "/dialects").json()
    named = {dialect["name"]: dialect for dialect in shown["dialects"]}
    assert named["plain"].items() >= crm.admin("GET", "/dialect").json().items()
    crm.admin("PUT", "/dialect", {"name": "aurinko"})
    assert named["aurinko"].items() >= crm.admin("GET", "/dialect").json().items()


def test_patch_turns_the_knobs_it_names_and_put_sets_all_others_back(crm: Crm) -> None:
    plain = crm.admin("GET", "/dialect").json()
    patched = crm.admin("PATCH", "/dialect", {"deletedStatus": 410})
    assert patched.json() == crm.admin("GET", "/dialect").json() == plain | {"name": None, "deletedStatus": 410}
    crm.admin("PATCH", "/dialect", {"since": "exclusive"})
    assert crm.admin("GET", "/dialect").json()["deletedStatus"] == 410
    replaced = crm.admin("PUT", "/dialect", {"since": "exclusive"})
    assert replaced.json() == crm.admin("GET", "/dialect").json() == plain | {"name": None, "since": "exclusive"}


def test_what_get_tells_can_be_put(crm: Crm) -> None:
    crm.set_dialect(tombstoneRetention="P15D", pageSize=7, credentials="secret")
    before = crm.admin("GET", "/dialect").json()
    assert crm.admin("PUT", "/dialect", before).json() == before


def test_a_dialect_is_no_write(crm: Crm) -> None:
    before = (crm.now(), crm.changes())
    crm.set_dialect(since="exclusive")
    assert (crm.now(), crm.changes()) == before


@pytest.mark.parametrize(
    "knobs",
    [
        {"colour": "red"},
        {"name": "klingon"},
        {"since": "sometimes"},
        {"since": None},
        {"deletedStatus": "410"},
        {"deletedStatus": 400},
        {"pageSize": 0},
        {"pageSize": 1001},
        {"pageSize": True},
        {"tombstoneRetention": "P1M"},
        {"tombstoneRetention": "-P1D"},
        {"credentials": ""},
        {"credentials": 5},
        {"deletedStatus": 410, "listShape": "tree"},
        [],
    ],
    ids=str,
)
def test_knobs_that_cannot_be_turned_so_are_refused(crm: Crm, knobs: Any) -> None:
    declined(crm, 422, "dialect.invalid", "PATCH", "/dialect", knobs)
    declined(crm, 422, "dialect.invalid", "PUT", "/dialect", knobs)
