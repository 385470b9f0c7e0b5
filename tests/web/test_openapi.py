"""`/openapi.json` and `/docs`: the description is valid and complete, and what is answered is as it says."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import orjson
import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mockcrm import Refusal, Sandboxes, create_app, errors
from mockcrm.crm.dialect.named import names
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import every_refusal
from mockcrm.journal.operations import OF_EVENTS, OPERATIONS
from mockcrm.sandbox.action_schemas import VERBS
from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.web.admin.demo import play
from mockcrm.web.app import with_all_routes
from mockcrm.web.openapi.declare import declaration_of
from tests.processes import printed_whatever_the_hashes
from tests.served import Crm, error
from tests.web import recorded

CASES = 10
"""How many requests of each operation schemathesis makes up."""
DELETED = "1002"
CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@cache
def described() -> dict[str, Any]:
    payload: dict[str, Any] = orjson.loads(create_app().test_client().get("/openapi.json").data)
    return payload


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def named() -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for _, _, operation in operations()}


def resolved(payload: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or the component that it refers to."""
    if "$ref" not in payload:
        return payload
    found: Any = described()
    for step in payload["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def fits(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, by a schema of the document."""
    whole = {**schema, "components": described()["components"]}
    return [f"{each.json_path}: {each.message}" for each in Draft202012Validator(whole).iter_errors(value)]


def every(payload: Any) -> Iterator[dict[str, Any]]:
    """All objects within a part of the document, itself included."""
    if isinstance(payload, dict):
        yield payload
    for each in payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ():
        yield from every(each)


# The document


def test_it_is_valid() -> None:
    assert described()["openapi"].startswith("3.1.")
    assert [str(each)[:300] for each in OpenAPIV31SpecValidator(described()).iter_errors()] == []


def test_it_has_every_route_and_no_other() -> None:
    routes = set()
    for rule in with_all_routes(create_app()).url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "{}", rule.rule)
        routes |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path, _ in operations()} == routes
    assert len(routes) > 50


def test_operations_are_called_as_in_the_journal() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    of_the_api = [(path, each["operationId"]) for _, path, each in operations() if path.startswith("/api/")]
    # In a calendar the same calls exist once more, and the journal calls them the same.
    assert {name for path, name in of_the_api if "{calendarId}" not in path} == {*OPERATIONS}
    within = {name.replace("Calendar", "") for path, name in of_the_api if "{calendarId}" in path}
    assert within == {*OF_EVENTS}


def test_the_controls_are_listed_group_by_group() -> None:
    groups = dict.fromkeys(path.split("/")[2] for _, path, _ in operations() if path.startswith("/admin/"))
    state, clock = ["changes", "seed", "reset", "snapshot"], ["clock"]
    records = [*(kind.path for kind in KINDS.values()), "actions", "kinds", "people"]
    clients = ["dialect", "dialects", "faults", "requests", "verify", "audit", "replay", "feed"]
    assert [*groups] == [*state, *clock, *records, *clients, "scenarios", "scenario", "sandboxes", "demo"]


def test_everything_says_what_it_is_for() -> None:
    for method, path, operation in operations():
        assert operation["summary"].endswith("."), (method, path)
        assert [each["name"] for each in operation["parameters"] if not each["description"]] == []
        assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == {
            *re.findall(r"\{(\w+)\}", path)
        }
        assert all(resolved(each)["description"] for each in operation["responses"].values())


@pytest.mark.parametrize("kind", every_refusal(), ids=lambda kind: kind.__name__)
def test_every_error_is_in_it(kind: type[Refusal]) -> None:
    assert kind.code in described()["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    answers = described()["components"]["responses"].values()
    payload = [each for each in answers if f"`{kind.code}`" in each["description"]]
    if kind is errors.Injected:
        assert f"`{kind.code}`" in described()["info"]["description"]
    else:
        assert payload


def test_an_error_is_told_with_the_statuses_that_it_has() -> None:
    deleted = named()["getEvent"]["responses"]
    assert {status for status, each in deleted.items() if "`event.deleted`" in resolved(each)["description"]} == {
        "404",
        "410",
    }
    for name, each in described()["components"]["responses"].items():
        codes = each["content"]["application/json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
        assert name == f"{name[:3]}.{'.or.'.join(codes)}"


def every_example() -> Iterator[tuple[str, dict[str, Any], Any]]:
    for name, schema in described()["components"]["schemas"].items():
        for example in schema.get("examples", []):
            yield name, {"$ref": f"#/components/schemas/{name}"}, example
    for name, answer in described()["components"]["responses"].items():
        (media,) = answer["content"].values()
        for each in media["examples"].values():
            yield name, media["schema"], each["value"]
    for name, operation in named().items():
        for each in operation["parameters"]:
            for example in each["schema"].get("examples", []):
                yield f"{name} {each['name']}", each["schema"], example
        bodies = [operation.get("requestBody", {}), *map(resolved, operation["responses"].values())]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            if "example" in media:
                yield name, media["schema"], media["example"]


def test_every_example_is_as_its_schema_says() -> None:
    assert {where: fits(schema, example) for where, schema, example in every_example() if fits(schema, example)} == {}
    assert len([*every_example()]) > 100


def test_every_example_of_a_body_is_taken() -> None:
    for method, path, operation in operations():
        for kind, media in operation.get("requestBody", {"content": {}})["content"].items():
            app = world("quickstart")
            play(app, recorded.ShownDemo())
            client = app.test_client()
            where = (
                path.replace("{id}", "1001" if method != "POST" else DELETED)
                .replace("{name}", "mine")
                .replace("{calendarId}", "primary")
            )
            if (method, path) == ("DELETE", "/admin/calendars/{id}"):
                # The first one is the primary, which stays.
                where = "/admin/calendars/1003"
            answer = client.open(where, method=method, data=orjson.dumps(media["example"]), content_type=kind)
            assert answer.status_code < 300, (method, path, answer.text)


def test_every_answer_has_an_example_that_a_server_has_given() -> None:
    without = {
        name
        for name, operation in named().items()
        for answer in operation["responses"].values()
        for media in resolved(answer).get("content", {}).values()
        if not media.keys() & {"example", "examples"}
    }
    assert without == {"describeApi", "showDocs", "getDocsFile", "showConsole", "getConsoleFile"}
    shown = orjson.loads(recorded.FILE.read_bytes())
    assert shown == recorded.answers(), "Look at what differs, and then: python -m tests.web.recorded"


def test_null_resets_a_field_of_an_event_and_is_no_modifier() -> None:
    schema = named()["adminUpdateEvent"]["requestBody"]["content"]["application/json"]["schema"]
    assert fits(schema, {"allDay": None, "by": None, "bump": False}) == []
    for name in ("bump", "stamp", "visibleAfter"):
        assert fits(schema, {name: None})


def test_a_view_that_is_not_declared_is_a_mistake() -> None:
    def mute() -> Response:
        raise NotImplementedError

    with pytest.raises(LookupError, match="mute"):
        declaration_of(mute)


def test_it_is_the_same_every_time_and_no_server_waits_for_it() -> None:
    code = (
        "import sys; sys.modules['apispec'] = None;"
        "from mockcrm import create_app; client = create_app().test_client();"
        "assert client.get('/api/v1/events').status_code == client.get('/admin/clock').status_code == 200;"
        "del sys.modules['apispec']; sys.stdout.buffer.write(client.get('/openapi.json').data)"
    )
    assert orjson.loads(printed_whatever_the_hashes(code)) == described()


# What generated clients make of it


@pytest.mark.parametrize("dialect", [*names(), "idOnly"])
def test_a_tombstone_is_told_from_an_event_by_deleted(dialect: str) -> None:
    event, tombstone = (described()["components"]["schemas"][name] for name in ("ShownEvent", "Tombstone"))
    assert [each["properties"]["deleted"]["enum"] for each in (event, tombstone)] == [[False], [True]]
    assert ["deleted" in each["required"] for each in (event, tombstone)] == [False, True]
    client = world("quickstart").test_client()
    knobs = {"tombstones": "idOnly", "unknownFields": "keep"} if dialect == "idOnly" else dialect
    assert client.put("/admin/dialect", json=knobs).status_code == 200
    since = "since=2026-03-02T08:00:00Z&limit=1000"
    seen = set()
    for path in (f"events?{since}", f"events?{since}&showDeleted=true", f"deletedEvents?{since}"):
        page = orjson.loads(client.get(f"/api/v1/{path}").data)
        for record in page if isinstance(page, list) else page.get("records", []):
            seen.add(record.get("deleted"))
            assert record.get("deleted") == (True if record["id"] == DELETED else None)
    assert seen == {True, None}


def test_an_event_with_a_field_of_its_own_fits_and_no_type_has_fields_of_any_name() -> None:
    client = world("quickstart").test_client()
    assert client.patch("/admin/dialect", json={"unknownFields": "keep"}).status_code == 200
    shown = client.patch("/api/v1/events/1001", json={"ownField": 5}).json
    assert shown is not None
    assert shown["ownField"] == 5
    assert fits({"$ref": "#/components/schemas/ShownEvent"}, shown) == []
    schemas = described()["components"]["schemas"]
    loose = {name for name, each in schemas.items() if each.get("properties") and each.get("additionalProperties")}
    assert loose == {"KnownFields"}


def test_a_rule_is_shown_with_what_it_says() -> None:
    schemas = described()["components"]["schemas"]
    assert {*schemas["Rule"]["properties"]} < {*schemas["ShownRule"]["properties"]}


@pytest.mark.parametrize("name", scenarios())
def test_what_a_shipped_scenario_says_may_be_put(name: str) -> None:
    payload = orjson.loads(world().test_client().get(f"/admin/scenarios/{name}").data)
    assert fits({"$ref": "#/components/schemas/ScenarioFile"}, payload) == []
    assert (
        fits({"$ref": "#/components/schemas/Scenario"}, {each: payload[each] for each in payload.keys() - {"name"}})
        == []
    )


def test_a_default_is_told_in_words() -> None:
    schemas = described()["components"]["schemas"]
    assert schemas["Disconnect"]["properties"]["how"] == {
        "type": "string",
        "enum": ["reset", "close"],
        "description": 'By default `"reset"`.',
    }
    for each in (*schemas["Dialect"]["properties"].values(), *schemas["Event"]["properties"].values()):
        assert "default" not in each
    assert schemas["Event"]["properties"]["allDay"]["description"] == "By default `false`."
    assert "By default" not in schemas["EventPatch"]["properties"]["allDay"].get("description", "")
    assert "type" in schemas["Knob"]["properties"]["name"]
    assert "default" in schemas["Knob"]["properties"]


def test_an_action_and_an_effect_are_one_of_several_objects() -> None:
    action = {"$ref": "#/components/schemas/Action"}
    assert [set(each["properties"]) for each in resolved(action)["oneOf"]] == [{verb} for verb in VERBS]
    assert all(each["required"] == [*each["properties"]] for each in resolved(action)["oneOf"])
    edit, delete = {"edit": {"event": "kickoff", "set": {}}}, {"delete": {"event": "kickoff"}}
    assert not fits(action, edit)
    assert fits(action, {})
    assert fits(action, edit | delete)
    rule = {"$ref": "#/components/schemas/Rule"}
    assert not fits(rule, {"effect": {"html": {}}})
    assert fits(rule, {"effect": {}})
    assert fits(rule, {"effect": {"html": {}, "status": 503}})
    assert not [each for each in every(described()["components"]["schemas"]) if "minProperties" in each]


def test_results_are_told_apart_by_their_verb_and_verdicts_by_passed() -> None:
    schemas = described()["components"]["schemas"]
    results = [resolved(each) for each in schemas["Result"]["oneOf"]]
    assert sorted(verb for each in results for verb in each["properties"]["verb"]["enum"]) == sorted(VERBS)
    assert all("verb" in each["required"] for each in results)
    result = {"$ref": "#/components/schemas/Result"}
    assert not fits(result, {"verb": "fault", "id": "f1"})
    assert fits(result, {"verb": "fault"})
    assert fits(result, {"verb": "fault", "cleared": 1})
    verified = {"$ref": "#/components/schemas/Verified"}
    passed = {"passed": True, "verdict": "passed", "reasons": []}
    open_ = {"passed": None, "verdict": "inconclusive", "reasons": [""], "requests": [1], "dropped": None}
    assert not fits(verified, passed)
    assert not fits(verified, open_)
    assert fits(verified, passed | {"passed": False})
    assert fits(verified, open_ | {"passed": True})


@pytest.mark.parametrize(
    "action",
    [
        {"delete": {"event": "1001"}},
        {"create": {"set": {"startTime": "2026-03-02T09:00:00Z", "endTime": "2026-03-02T10:00:00Z"}, "key": "new"}},
        {"edit": {"event": "1001", "set": {"subject": "Moved"}}},
        {"restore": {"event": DELETED}},
        {"touch": {"events": "all"}},
        {"touch": {"events": ["1001"]}},
        {"touch": {"events": []}},
        {"churn": {"creates": 1, "edits": 1}},
        {"schedule": {"after": "1m", "do": {"delete": {"event": "1001"}}}},
        [{"schedule": {"after": "1m", "do": {"touch": {"events": ["1001"]}}}}, {"advance": {"by": "5m"}}],
        {"clock": {"now": "2030-01-01T00:00:00Z"}},
        {"dialect": {"pageSize": 3}},
        {"fault": {"effect": "html"}},
        {"clearFaults": {}},
    ],
    ids=str,
)
def test_the_result_of_each_action_is_as_it_says(action: Any) -> None:
    payload = orjson.loads(world("quickstart").test_client().post("/admin/actions", json=action).data)
    assert payload["results"]
    assert fits({"$ref": "#/components/schemas/Results"}, payload) == []


def test_a_sync_round_says_what_the_user_did() -> None:
    seen = set()
    client = create_app().test_client()
    for name in scenarios():
        client.put("/admin/scenario", json=name)
        while (answer := client.post("/admin/scenario/next")).status_code == 200:
            sync_round = orjson.loads(answer.data)
            assert fits({"$ref": "#/components/schemas/SyncRound"}, sync_round) == []
            seen |= {verb for each in sync_round["mailbox"] for verb in each}
            if sync_round["done"]:
                break
    assert seen == {"create", "edit", "delete"}
    mailbox = described()["components"]["schemas"]["SyncRound"]["properties"]["mailbox"]["items"]
    assert fits(mailbox, {"edit": {"set": {}}})


def test_a_new_sandbox_takes_a_dialect_that_there_is() -> None:
    sandbox = {"$ref": "#/components/schemas/Sandbox"}
    good: list[Any] = ["google", {"name": "google", "pageSize": 3}]
    bad: list[Any] = ["gogle", {"pageSiez": 3}]
    assert [dialect for dialect in good + bad if fits(sandbox, {"name": "mine", "dialect": dialect})] == bad


# Where it is


def test_it_is_there_for_each_sandbox_whose_paths_it_means(crm: Crm) -> None:
    assert crm.http.get("/openapi.json").json()["servers"] == [{"url": "/"}]
    found = crm.http.get(f"{crm.path}/openapi.json")
    assert found.json() == {**described(), "servers": [{"url": crm.path}]}
    assert found.headers["Content-Type"] == "application/json"
    error(crm.http.get("/sandboxes/nobody/openapi.json"), 404, "sandbox.notFound")


def test_it_is_neither_journaled_nor_faulted(crm: Crm) -> None:
    assert crm.admin("POST", "/faults", {"effect": {"status": 503}}).status_code == 201
    for path in ("/openapi.json", "/docs", "/docs/swagger-ui.css"):
        assert crm.http.get(f"{crm.path}{path}").status_code == 200
    assert crm.admin("GET", "/requests").json()["requests"] == []
    assert crm.admin("GET", "/faults").json()["faults"][0]["seen"] == 0


# The page


def test_the_page_needs_nobody_else(crm: Crm) -> None:
    page = crm.http.get(f"{crm.path}/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "//" not in page.text
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(wanted) == 3
    for name in wanted:
        found = crm.http.get(f"{crm.path}/{name}")
        assert (found.status_code, len(found.content) > 300) == (200, True)
    assert 'url: "openapi.json"' in page.text


def test_the_page_has_no_other_files(crm: Crm) -> None:
    for name in ("index.html", "..%2F__init__.py", "swagger-ui.js"):
        error(crm.http.get(f"/docs/{name}"), 404, "path.notFound")


def test_without_swagger_ui_it_says_what_to_install(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    # An interpreter that finds None among its modules takes the package for one that is not there.
    monkeypatch.setitem(sys.modules, "flask_swagger_ui", None)
    for path in ("/docs", "/docs/swagger-ui.css"):
        assert "mockcrm[docs]" in crm.http.get(path).json()["message"]
        error(crm.http.get(path), 404, "path.notFound")


# What is answered


KNOWN = ["1001", DELETED, "1", "f1", "default", "other", "quickstart"]
"""What the paths of some requests name, so that not all of them lead nowhere."""


def world(scenario: str = "edit-during-paging") -> Flask:
    """A CRM in which something has happened, with a scenario under way, a fault rule that waits, and two sandboxes."""
    app = create_app(Sandboxes(find_scenario(scenario)))
    client = app.test_client()
    for method, path, body in (
        ("POST", "/admin/scenario/next", None),
        ("DELETE", f"/admin/events/{DELETED}", None),
        ("POST", "/admin/faults", {"effect": "html", "match": {"client": "nobody"}}),
        ("POST", "/admin/sandboxes", {"name": "other", "from": "default"}),
        ("GET", "/api/v1/events?limit=2", None),
        *recorded.more_records(),
    ):
        assert client.open(path, method=method, json=body).status_code < 500, path
    return app


@cache
def under_test() -> Any:
    return schemathesis.openapi.from_dict(described())


def tamed(case: Any) -> None:
    """Have nobody wait for a minute, or for a million events."""
    if isinstance(case.body, dict):
        case.body.pop("timeout", None)
        if isinstance(case.body.get("count"), int):
            case.body["count"] = min(case.body["count"], 20)


@pytest.mark.parametrize("name", sorted(named()))
def test_what_is_answered_is_as_it_says(name: str) -> None:
    app = world()
    operation = under_test().find_operation_by_id(name)
    good, bad = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)
    # A call that takes nothing cannot be given anything wrong.
    cases = good | bad if operation.body or operation.query else good

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=cases, known=st.sampled_from(KNOWN) | st.none())
    def holds(case: Any, known: str | None) -> None:
        if known is not None and case.path_parameters:
            case.path_parameters = dict.fromkeys(case.path_parameters, known)
        tamed(case)
        case.validate_response(case.call(app=app), checks=CHECKS)

    run: Callable[[], None] = holds
    run()
