"""`/admin/scenarios`, `/admin/scenario`: what a CRM starts from, and what happens step by step."""

from flask import Response

from mockcrm.errors import AuditInvalid, FaultInvalid, QueryInvalid, SandboxFull, ScenarioInvalid, ScenarioNotFound
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.sandbox.state import scenario_run_of
from mockcrm.web.admin.audit import requested_replica
from mockcrm.web.admin.route_group import ACTION_REFUSALS, RouteGroup, all_sandboxes, shown_sandbox
from mockcrm.web.admin.settling import PATIENCE, WaitParameters, requested_wait, settle
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.media_types import JSON, YAML
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.audit import AuditJson, audit_json
from mockcrm.web.representations.sandboxes import ShownSandboxJson
from mockcrm.web.representations.scenarios import (
    ScenarioFile,
    ShownPlotJson,
    SyncRoundJson,
    TitlesJson,
    last_round_json,
    plot_json,
    round_json,
    scenario_file_json,
    titles_json,
)
from mockcrm.web.requests import json_body, yaml_body
from mockcrm.web.responses import empty_response, json_response
from mockcrm.web.streaming import deferred_response

routes = RouteGroup()


@routes.get("/scenarios")
@declared(TitlesJson)
def list_scenarios() -> Response:
    """The shipped scenarios."""
    from mockcrm.sandbox.scenario.fixture_file import shipped_document  # noqa: PLC0415  no start needs YAML

    return json_response(titles_json((name, shipped_document(name)) for name in scenarios()))


@routes.get("/scenarios/<name>")
@declared(ScenarioFile, refuses=(ScenarioNotFound,))
def get_scenario_file(name: str) -> Response:
    """One shipped scenario: what its file says, with what the audit advises against the hazard."""
    from mockcrm.sandbox.scenario.fixture_file import shipped_document  # noqa: PLC0415  as above

    return json_response(scenario_file_json(name, shipped_document(name)))


@routes.get("/scenario")
@declared(ShownPlotJson, refuses=(ScenarioNotFound,))
def get_scenario() -> Response:
    """The loaded scenario, how far it has run, and the verdict so far."""
    moment = current_sandbox().moment()
    return json_response(plot_json(scenario_run_of(moment.state), moment.verdict()))


@routes.put("/scenario")
@declared(
    ShownSandboxJson,
    body="scenario",
    accepts=(JSON, YAML),
    refuses=(ScenarioNotFound, ScenarioInvalid, SandboxFull, FaultInvalid),
)
def put_scenario() -> Response:
    """Start again from a shipped scenario, by its name, or from one that the body spells out, in JSON or in YAML."""
    from mockcrm.sandbox.scenario.fixture_file import scenario_of, scenario_of_yaml  # noqa: PLC0415  as above

    text = yaml_body()
    scenario = scenario_of(json_body()) if text is None else scenario_of_yaml(text)
    all_sandboxes().load(current_sandbox(), scenario)
    return json_response(shown_sandbox(current_sandbox()))


@routes.delete("/scenario")
@declared(status=204, refuses=(ScenarioNotFound,))
def delete_scenario() -> Response:
    """Drop the scenario's steps; the CRM stays as it is."""
    current_sandbox().forget_scenario()
    return empty_response()


@routes.post("/scenario/next")
@declared(SyncRoundJson, query=WaitParameters, refuses=(ScenarioNotFound, QueryInvalid, *ACTION_REFUSALS))
def next_step() -> Response:
    """Run the scenario up to its next sync, or to its end, which has the verdict.

    Before the end it waits for requests that are under way.
    """
    seconds = requested_wait(PATIENCE)
    asked = settle(seconds if current_sandbox().at_last_round else 0)
    with current_sandbox().open() as state:
        sync_round, end = current_sandbox().next_round()
        shown = round_json(state.crm, sync_round)
    # A recorded request holds the sandbox to its end, and others wait; they need not wait for the audit of the end.
    return deferred_response(lambda: last_round_json(shown, end, asked)) if end else json_response(shown)


@routes.post("/scenario/replica")
@declared(AuditJson, body="replica", refuses=(AuditInvalid, ScenarioNotFound))
def post_scenario_replica() -> Response:
    """Hand in a client's replica: the verdict counts how it differs from what lists show now. The last one counts."""
    return json_response(audit_json(current_sandbox().keep_replica(requested_replica()), of_replica=True))
