"""The types of the control client say what the description of the API says: field by field, in both directions."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Required, get_args

import pytest

from mockcrm import Crm, connect, create_app, types
from mockcrm.client.controls import ClockControls, FaultControls
from mockcrm.client.demo_controls import DemoControls
from tests.client import names
from tests.client.typing_differences import Comparison, Schema, parameters

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"

ANSWERS: dict[Any, tuple[str, str, str]] = {
    types.Event: ("get", "/events/{id}", ""),
    list[types.Change]: ("get", "/changes", "changes"),
    list[types.ActionResult]: ("post", "/actions", "results"),
    types.Seeded: ("post", "/seed", ""),
    types.ClockState: ("get", "/clock", ""),
    types.MovedClock: ("post", "/clock/advance", ""),
    list[types.Fault]: ("get", "/faults", "faults"),
    types.Request: ("get", "/requests/{id}", ""),
    types.Audit: ("post", "/audit", ""),
    types.Feed: ("get", "/feed", ""),
    types.Knowledge: ("get", "/audit/events", ""),
    types.ScenarioState: ("get", "/scenario", ""),
    types.ScenarioRound: ("post", "/scenario/next", ""),
    types.Demo: ("get", "/demo", ""),
    types.WholeTour: ("get", "/demo/tour", ""),
    types.ColleagueEdit: ("post", "/demo/colleague", ""),
    types.SandboxState: ("get", "/sandboxes/{name}", ""),
}
"""What the calls return: the request to `/admin`, and the field of its answer that the call takes out."""


class CreationInFull(types.ActionModifiers, total=False):
    """The action `create` where the path says of which kind."""

    set: Required[types.NewEventFields]
    key: str


BODIES: dict[Any, tuple[str, str, set[str]]] = {
    types.EventCreation | CreationInFull: ("post", "/events", set()),
    types.EventChange: ("patch", "/events/{id}", {"bump", "set"}),
    types.Modifiers: ("delete", "/events/{id}", set()),
    types.ClockSettings: ("put", "/clock", set()),
    types.AdvanceAction: ("post", "/clock/advance", set()),
    types.NamedKnobs | types.DialectName: ("patch", "/dialect", set()),
    types.AnsweredMatcher: ("post", "/requests/find", set()),
    types.FaultRule | list[types.FaultRule]: ("post", "/faults", set()),
    types.SeedOrder: ("post", "/seed", set()),
    types.Action | list[types.Action]: ("post", "/actions", set()),
    types.ScenarioDocument | str: ("put", "/scenario", {"name"}),
}
"""What the calls send: the request to `/admin`, and the fields of its body that the type leaves out."""

CALLS: dict[Callable[..., Any], tuple[str, str, set[str]]] = {
    ClockControls.set: ("put", "/clock", set()),
    FaultControls.add: ("post", "/faults", set()),
    Crm.seed: ("post", "/seed", set()),
    DemoControls.change: ("patch", "/demo", set()),
    DemoControls.start_tour: ("post", "/demo/tour", set()),
    DemoControls.steer_tour: ("patch", "/demo/tour", set()),
    Crm.create: ("post", "/sandboxes", {"from"}),
    Crm.fork: ("post", "/sandboxes", {"from", "scenario"}),
}
"""The calls whose parameters are the fields of a body: the request, and the fields that are not parameters."""

RENAMED = {"visible_after": "visibleAfter", "from_": "from", "one_client": "oneClient", "expires_after": "expiresAfter"}
"""Names that are spelled in Python's way in keyword arguments."""


@cache
def description() -> Schema:
    described: Schema = create_app().test_client().get("/openapi.json").get_json()
    return described


def content(where: Schema) -> Schema:
    schema: Schema = next(iter(where["content"].values()))["schema"]
    return schema


def body(method: str, path: str) -> Schema:
    return content(description()["paths"][f"/admin{path}"][method]["requestBody"])


@pytest.mark.parametrize("hint", ANSWERS, ids=str)
def test_what_a_call_returns_is_what_the_api_answers(hint: Any) -> None:
    method, path, name = ANSWERS[hint]
    responses = description()["paths"][f"/admin{path}"][method]["responses"]
    schema = content(next(responses[status] for status in responses if status.startswith("2")))
    if name:
        schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"][name]
    assert [*Comparison(description()).differences([hint], [schema])] == []


@pytest.mark.parametrize("hint", BODIES, ids=str)
def test_what_a_call_takes_is_what_the_api_reads(hint: Any) -> None:
    method, path, left_out = BODIES[hint]
    assert [*Comparison(description(), RENAMED, left_out).differences([hint], [body(method, path)])] == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)
def test_the_parameters_of_a_call_are_what_the_api_reads(call: Callable[..., Any]) -> None:
    method, path, left_out = CALLS[call]
    schema = body(method, path)
    single = schema.get("anyOf", [schema])[0]
    comparison = Comparison(description(), RENAMED, left_out, strict=False)
    assert [*comparison.differences([parameters(call, **vars(types))], [single])] == []


def test_a_dialect_that_is_read_has_every_knob() -> None:
    schema = content(description()["paths"]["/admin/dialect"]["get"]["responses"]["200"])
    assert [*Comparison(description(), strict=False).differences([types.Dialect], [schema])] == []
    assert connect(create_app()).dialect().keys() == types.Dialect.__required_keys__


def test_a_query_has_the_parameters_of_the_list() -> None:
    known = {each["name"] for each in description()["paths"]["/admin/events"]["get"]["parameters"]}
    # The calls follow page tokens, and deleted events are among those that they get.
    assert types.EventQuery.__annotations__.keys() == known - {"pageToken", "showDeleted"}


def test_the_names_of_dialects_are_those_of_their_files() -> None:
    assert set(get_args(types.DialectName)) == {file.stem for file in (FIXTURES / "dialects").glob("*.yaml")}


def test_a_window_is_that_of_a_replica() -> None:
    replica = description()["components"]["schemas"][body("post", "/audit")["$ref"].rpartition("/")[2]]
    assert [*Comparison(description()).differences([types.ReplicaWindow], [replica["properties"]["window"]])] == []


def test_every_type_is_exported() -> None:
    files = [file for folder in types.__path__ for file in Path(folder).glob("[!_]*.py")]
    nodes = [node for file in files for node in ast.parse(file.read_text()).body]
    defined = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    defined |= {ast.unparse(node.targets[0]) for node in nodes if isinstance(node, ast.Assign)}
    assert {name for name in defined if not name.startswith("_") and not hasattr(types, name)} == set()


def test_the_names_of_the_api_are_those_that_its_kinds_give_it() -> None:
    assert names.FILE.read_text() == names.module(), "python -m tests.client.names"
