"""`/admin/scenarios`, `/admin/scenario`: what a CRM starts from, and what happens step by step."""

from flask import Response

from mockcrm.errors import SandboxFull, ScenarioInvalid, ScenarioNotFound
from mockcrm.sandbox.scenario.scenario import scenario_of, scenarios, told_scenario
from mockcrm.sandbox.scenario.steps import plot_of
from mockcrm.web.admin.routes import ACTION_REFUSALS, Routes, all_sandboxes
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.requests import json_body
from mockcrm.web.responses import empty_response, json_response
from mockcrm.web.streaming import deferred_response

routes = Routes()


@routes.get("/scenarios")
@declared("TitlesSchema")
def list_scenarios() -> Response:
    """The shipped scenarios."""
    known = [shown.shown_title(name, told_scenario(name)) for name in scenarios()]
    return json_response({"scenarios": known, "length": len(known)})


@routes.get("/scenarios/<name>")
@declared("ScenarioFileSchema", refuses=(ScenarioNotFound,))
def get_scenario_file(name: str) -> Response:
    """One shipped scenario, as its file says it."""
    return json_response({"name": name, **told_scenario(name)})


@routes.get("/scenario")
@declared("ShownPlotSchema", refuses=(ScenarioNotFound,))
def get_scenario() -> Response:
    """The loaded scenario, and how far it has come."""
    moment = current_sandbox().moment()
    return json_response(shown.shown_plot(plot_of(moment.state), moment.failures()))


@routes.put("/scenario")
@declared("ShownSandboxSchema", body="scenario_body", refuses=(ScenarioNotFound, ScenarioInvalid, SandboxFull))
def put_scenario() -> Response:
    """Start anew from a shipped scenario, by its name, or from one that the body spells out."""
    all_sandboxes().load(current_sandbox(), scenario_of(json_body()))
    return json_response(shown.shown_sandbox(current_sandbox()))


@routes.delete("/scenario")
@declared(status=204, refuses=(ScenarioNotFound,))
def delete_scenario() -> Response:
    """Forget the scenario's steps; the CRM stays as it is."""
    current_sandbox().drop_plot()
    return empty_response()


@routes.post("/scenario/next")
@declared("LegSchema", refuses=(ScenarioNotFound, *ACTION_REFUSALS))
def next_step() -> Response:
    """Run the scenario up to its next sync, or to its end."""
    with current_sandbox().open() as state:
        sync_round, end = current_sandbox().next_round()
        told = shown.shown_round(state.crm, sync_round)
    # It is recorded, and so all of it is of one instant, at which others wait; they need not wait for the end's audit.
    return deferred_response(lambda: told | shown.shown_end(end)) if end else json_response(told)
