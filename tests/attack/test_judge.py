"""The judge sees what is wrong with an answer, and lets pass what is right."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.attack.judge import Case, problems
from tests.attack.requests import Call, Request
from tests.attack.victim import Kind
from tests.attack.wire import Answer

CALL = Call("GET", "/admin/clock", ())
REFUSAL = {"code": "path.notFound", "message": "No.", "requestId": "o1", "details": {}}
HEADERS = (("Date", "Mon, 05 Jan 2026 09:00:00 GMT"), ("X-Request-Id", "o1"))


def request(target: str = "/admin/clock", **more: Any) -> Request:
    return Request(1, CALL, "GET", target, [("Host", "localhost")], b"", **more)


def answer(status: int = 200, body: Any = REFUSAL, **more: Any) -> Answer:
    return Answer(status, more.get("headers", HEADERS), json.dumps(body).encode(), more.get("seconds", 0.0))


def broken(case: Case) -> set[str]:
    return {rule for rule, _ in problems(case)}


def test_an_answer_as_it_should_be_is_let_pass() -> None:
    assert broken(Case("open", request(), answer(), faulty=False)) == set()
    assert broken(Case("open", request(), answer(404), faulty=False)) == set()


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (answer(500), "status"),
        (answer(seconds=5.1), "time"),
        (answer(headers=(*HEADERS, HEADERS[0])), "date"),
        (answer(headers=HEADERS[1:]), "date"),
        (answer(404, {**REFUSAL, "more": 1}), "shape"),
        (answer(404, {**REFUSAL, "requestId": "o2"}), "shape"),
        (answer(404, {**REFUSAL, "message": "x" * 65_536}), "shape"),
        (replace(answer(404), body=b"<html>"), "shape"),
    ],
)
def test_each_fault_of_an_answer_is_seen(given: Answer, rule: str) -> None:
    assert broken(Case("open", request(), given, faulty=False)) == {rule}


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("open", request("//admin/clock")),
        ("open", request("/sandboxes/x%2fadmin/clock")),
        ("open", replace(request(), headers=[("Host", "evil.example")])),
        ("open", replace(request(), headers=[("Host", "localhost"), ("Origin", "null")])),
        ("open", request("http://evil.example/admin/clock")),
        ("token", request()),
        ("shut", request("/sandboxes/default/admin/clock")),
        ("token", replace(request("/console/main.js"), headers=[("Host", "evil.example")])),
        ("open", replace(request("/sandboxes/x/"), headers=[("Host", "localhost"), ("Origin", "null")])),
    ],
)
def test_whoever_gets_in_and_should_not_is_seen(kind: Kind, asked: Request) -> None:
    assert broken(Case(kind, asked, answer(), faulty=False)) == {"door"}


def test_the_api_is_open_to_everybody() -> None:
    asked = replace(request("/api/v1/events"), headers=[("Host", "evil.example"), ("Origin", "null")])
    for kind in ("open", "token", "shut"):
        assert broken(Case(kind, asked, answer(), faulty=False)) == set()


def test_the_page_is_open_to_everybody_but_other_pages() -> None:
    for kind in ("open", "token", "shut"):
        assert broken(Case(kind, request("/console/main.js"), answer(), faulty=False)) == set()


def test_the_name_in_an_absolute_target_counts_and_not_the_header() -> None:
    asked = replace(request("http://localhost/admin/clock"), headers=[("Host", "evil.example")])
    assert broken(Case("open", asked, answer(), faulty=False)) == set()


def test_a_fault_rule_may_have_a_status_of_its_own_but_not_the_controls() -> None:
    assert broken(Case("open", request("/api/v1/events"), answer(503), faulty=True)) == set()
    assert broken(Case("open", request(), answer(503), faulty=True)) == {"status"}


def test_what_is_no_http_may_be_refused_by_the_server_below() -> None:
    below = replace(answer(400, headers=(("Connection", "close"),)), body=b"<html>")
    assert broken(Case("open", request(ill_formed=True), below, faulty=False)) == set()
    assert broken(Case("open", request(), below, faulty=False)) == {"date"}
