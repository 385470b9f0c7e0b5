"""`/admin/scenarios`, `/admin/scenario`: what a CRM starts from, and what happens then."""

from flask import Response

from mockcrm.errors import SandboxFull, ScenarioInvalid, ScenarioNotFound
from mockcrm.sandbox.scenario.scenario import scenario_of, scenarios, told_scenario
from mockcrm.sandbox.scenario.steps import plot_of
from mockcrm.web.admin.blueprint import ACTIONS, admin, sandboxes
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.pieces import later_answer
from mockcrm.web.representations import shown
from mockcrm.web.responses import answer, json_body, nothing


@admin.get("/scenarios")
@declared("TitlesSchema")
def list_scenarios() -> Response:
    """The shipped scenarios."""
    known = [shown.shown_title(name, told_scenario(name)) for name in scenarios()]
    return answer({"scenarios": known, "length": len(known)})


@admin.get("/scenarios/<name>")
@declared("ScenarioFileSchema", refuses=(ScenarioNotFound,))
def get_scenario_file(name: str) -> Response:
    """One of the shipped scenarios."""
    return answer({"name": name, **told_scenario(name)})


@admin.get("/scenario")
@declared("ShownPlotSchema", refuses=(ScenarioNotFound,))
def get_scenario() -> Response:
    """The scenario that is loaded, and how far it has come."""
    moment = exchange().sandbox.moment()
    return answer(shown.shown_plot(plot_of(moment.state), moment.failures()))


@admin.put("/scenario")
@declared("ShownSandboxSchema", body="scenario_body", refuses=(ScenarioNotFound, ScenarioInvalid, SandboxFull))
def put_scenario() -> Response:
    """Begin anew with a shipped scenario, by its name, or with one that is told in full."""
    sandboxes().load(exchange().sandbox, scenario_of(json_body()))
    return answer(shown.shown_sandbox(exchange().sandbox))


@admin.delete("/scenario")
@declared(status=204, refuses=(ScenarioNotFound,))
def delete_scenario() -> Response:
    """Forget the scenario's steps; the state stays."""
    exchange().sandbox.drop_plot()
    return nothing()


@admin.post("/scenario/next")
@declared("LegSchema", refuses=(ScenarioNotFound, *ACTIONS))
def next_step() -> Response:
    """Run the scenario on to its next sync, or to its end."""
    with exchange().sandbox.open() as state:
        sync_round, end = exchange().sandbox.next_round()
        told = shown.shown_round(state.crm, sync_round)
    # It is recorded, and so all of it is of one instant, at which others wait; they need not wait for the end's audit.
    return later_answer(lambda: told | shown.shown_end(end)) if end else answer(told)
