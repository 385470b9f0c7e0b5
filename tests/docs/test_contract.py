"""The contract's page has the sections that are cited, and it or a page that it names has every code and every call."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockcrm import Refusal, create_app
from mockcrm.crm.dialect.knobs import KNOBS, PLAIN
from mockcrm.crm.kinds.event_schema import EventSchema
from mockcrm.errors import every_refusal
from mockcrm.web.app import with_all_routes
from tests.docs.pages import LINK, ROOT, text_of

REFERENCE = ROOT / "docs" / "reference"
CONTRACT = text_of("docs/reference/contract.md")
_NUMBER = r"\d[\d.]*"
_CITED = re.compile(
    rf"\bcontract(?:'s|,)\s+(?:sections?\s+)?({_NUMBER}(?:(?:,\s+|\s+and\s+|\s+to\s+){_NUMBER})*)", re.I
)
NAMED = {CONTRACT} | {(REFERENCE / page).read_text(encoding="utf-8") for page, _ in LINK.findall(CONTRACT) if page}
"""The contract, and all pages that it links."""


def _sections() -> dict[str, str]:
    return {part[0]: part for part in CONTRACT.split("\n## ")[1:]}


def _numbers() -> Iterator[str]:
    """The sections' numbers, and those of their numbered rules: 4, 4.1, 4.2 …"""
    for number, section in _sections().items():
        yield number
        yield from (f"{number}.{rule}" for rule in re.findall(r"^(\d)\. ", section.partition("\n")[2], re.MULTILINE))


def _cited(path: Path) -> set[str]:
    found = _CITED.findall(path.read_text(encoding="utf-8"))
    return {number.rstrip(".") for each in found for number in re.findall(_NUMBER, each)}


def test_the_sections_are_numbered_from_1_to_8() -> None:
    assert "".join(_sections()) == "12345678"


def test_a_citation_is_found_however_it_is_written(tmp_path: Path) -> None:
    text = """(contract, section 3). The contract's section 2. (contract, 6) Contract, sections 1, 4.1
    and 5. Section 7 of something else."""
    (tmp_path / "cited.py").write_text(text, encoding="utf-8")
    assert _cited(tmp_path / "cited.py") == {"1", "2", "3", "4.1", "5", "6"}


@pytest.mark.parametrize("folder", ["mockcrm", "tests"])
def test_every_section_that_is_cited_is_there(folder: str) -> None:
    cited = {path: _cited(path) for path in (ROOT / folder).rglob("*.py")}
    assert set.union(*cited.values()) >= {"1", "2", "3", "4", "5", "6"}
    assert {path: numbers - {*_numbers()} for path, numbers in cited.items() if numbers - {*_numbers()}} == {}


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_contract_or_a_page_that_it_names(kind: type[Refusal]) -> None:
    assert any(f"`{kind.code}`" in page for page in NAMED)


def test_every_call_is_in_the_contract_or_a_page_that_it_names() -> None:
    paths: dict[str, dict[str, Any]] = create_app().test_client().get("/openapi.json").get_json()["paths"]
    calls = [f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods]
    assert len(calls) > 50
    assert [call for call in calls if not any(call in page for page in NAMED)] == []


def _parameter(rule: str) -> str:
    if "console" in rule:
        return "{file}"
    return "{name}" if any(word in rule for word in ("sandboxes", "scenarios", "docs")) else "{id}"


def test_every_route_is_in_the_contract_or_the_list_of_calls() -> None:
    pages = CONTRACT + text_of("docs/reference/calls.md")
    for rule in with_all_routes(create_app()).url_map.iter_rules():
        path = re.sub(r"<[\w:]+>", _parameter(rule.rule), rule.rule.replace("<calendar_id>", "{calendarId}"))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert f"`{method} {path}`" in pages


def test_every_field_of_an_event_is_in_section_2() -> None:
    attendee = ("userId", "emailAddress", "contactId", "status")
    for name in (*EventSchema(PLAIN).fields, *attendee):
        assert f"`{name}`" in _sections()["2"]


def test_every_knob_that_is_named_exists() -> None:
    lists = re.findall(r"\bdialects? (`[^`]+`(?:, `[^`]+`)*)", CONTRACT, re.IGNORECASE)
    named = [name for each in lists for name in re.findall(r"`(\w+)", each)]
    assert len(named) > 20
    assert {*named} <= {*KNOBS}


def _keys(answer: dict[str, Any]) -> str:
    return "{" + ", ".join(f'"{name}"' for name in answer) + "}"


def test_the_shapes_are_those_of_the_answers() -> None:
    server = create_app().test_client()
    assert _keys(server.put("/admin/sandboxes/mine").get_json()) in _sections()["1"]
    assert _keys(server.post("/admin/seed", json={"count": 1}).get_json()) in _sections()["6"]
    (event,) = server.get("/api/v1/events").get_json()["records"]
    server.delete(f"/api/v1/events/{event['id']}")
    assert _keys(server.get("/api/v1/deletedEvents").get_json()["records"][0]) in _sections()["3"]
    for change in server.get("/admin/changes").get_json()["changes"]:
        assert [name for name in change if f"`{name}`" not in _sections()["6"]] == []
    assert [name for name in server.get("/admin/audit").get_json() if f'"{name}"' not in _sections()["7"]] == []


def test_what_is_shown_in_full_is_what_the_server_answers() -> None:
    server = create_app().test_client()
    lacking = {"endTime": "2026-03-02T09:00:00Z"}
    details = server.post("/api/v1/events", json=lacking).get_json()["details"]
    for shown in (server.get("/health").get_json(), details):
        assert f"`{json.dumps(shown)}`" in CONTRACT
    assert f"`{server.get('/admin/snapshot').get_json()['format']}`" in CONTRACT
