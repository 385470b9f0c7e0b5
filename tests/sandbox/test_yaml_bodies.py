"""A fixture file is put in as it is, in YAML: what is wrong with it is named by line and field."""

from typing import Any

import httpx
import pytest

from tests.served import Crm, error

GOOD = """\
title: Two meetings   # YAML has comments
clock: {now: 2026-03-02T09:00:00Z, mode: frozen}
events:
  - {key: kickoff, subject: 1:30 in Room Ölberg, startTime: 2026-03-03T09:00:00Z, endTime: 2026-03-03T10:00:00Z}
"""
WRONG = """\
events:
  - subject: [7]
    startTime: 2026-03-03T09:00:00Z
    endTime: 2026-03-03T10:00:00Z
"""


def put(crm: Crm, text: str | bytes, kind: str = "application/yaml") -> httpx.Response:
    data = text.encode() if isinstance(text, str) else text
    return crm.http.put(f"{crm.path}/admin/scenario", content=data, headers={"Content-Type": kind})


@pytest.mark.parametrize("kind", ["application/yaml", "Application/YAML; charset=utf-8"])
def test_a_fixture_file_is_put_in_as_it_is(crm: Crm, kind: str) -> None:
    answer = put(crm, GOOD, kind)
    assert (answer.status_code, answer.json()["events"]) == (200, 1), answer.text
    assert crm.controls.events.get("kickoff")["subject"] == "1:30 in Room Ölberg"
    assert crm.now() == "2026-03-02T09:00:00.000Z"


def test_a_shipped_scenario_is_named_in_yaml_too(crm: Crm) -> None:
    assert put(crm, "name: quickstart").json()["events"] == 43
    error(put(crm, "quickstrat"), 404, "scenario.notFound")


def test_a_mistake_is_named_by_its_line_and_field(crm: Crm) -> None:
    put(crm, GOOD)
    before = crm.everything()
    problems = error(put(crm, WRONG), 422, "scenario.invalid")["problems"]
    assert [(each["line"], each["field"]) for each in problems] == [(2, "events[0].subject")]
    (only,) = error(put(crm, f"{GOOD}stepz: []"), 422, "scenario.invalid")["problems"]
    assert (only["line"], only["field"], "steps?" in only["message"]) == (5, "stepz", True)
    (only,) = error(put(crm, "events:\n  - &a {}\n"), 422, "scenario.invalid")["problems"]
    assert (only["line"], only["field"]) == (2, "")
    assert crm.everything() == before


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"title: \xff", "application/yaml", 400, "body.malformed"),
        (GOOD, "application/yaml; charset=latin-1", 415, "body.notJson"),
        (GOOD, "text/plain", 415, "body.notJson"),
        (GOOD, "application/json", 400, "body.malformed"),
        ("a: " + "[" * 5000, "application/yaml", 422, "scenario.invalid"),
        ("# " + "x" * 1024 * 1024, "application/yaml", 413, "body.tooLarge"),
        ("", "application/yaml", 422, "scenario.invalid"),
    ],
)
def test_what_is_no_yaml_changes_nothing(crm: Crm, body: Any, kind: str, status: int, code: str) -> None:
    put(crm, GOOD)
    before = crm.everything()
    error(put(crm, body, kind), status, code)
    assert crm.everything() == before


def test_other_calls_take_json_alone(crm: Crm) -> None:
    answer = crm.http.post(
        f"{crm.path}/admin/clock/advance", content="by: 1h", headers={"Content-Type": "application/yaml"}
    )
    error(answer, 415, "body.notJson")
