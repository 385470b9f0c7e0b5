"""`/admin/dialect`, `/admin/dialects`: the CRM's dialect, and the named ones."""

from flask import Response

from mockcrm.crm.dialect.named import DialectField, read_dialect
from mockcrm.errors import DialectInvalid
from mockcrm.sandbox import actions
from mockcrm.web.admin.route_group import RouteGroup, by_colleague
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.dialects import DialectsJson, ShownDialect, dialect_json, dialects_json
from mockcrm.web.requests import json_body
from mockcrm.web.responses import json_response

routes = RouteGroup()


@routes.get("/dialect")
@declared(ShownDialect)
def get_dialect() -> Response:
    """The dialect: the value of every knob."""
    with current_sandbox().open() as state:
        return json_response(dialect_json(state.crm.dialect))


@routes.patch("/dialect")
@declared(ShownDialect, body=DialectField().described, refuses=(DialectInvalid,))
def change_dialect() -> Response:
    """Change some knobs of the dialect."""
    current_sandbox().act(actions.dialect, by_colleague(), knobs=json_body())
    return get_dialect()


@routes.put("/dialect")
@declared(ShownDialect, body=DialectField().described, refuses=(DialectInvalid,))
def replace_dialect() -> Response:
    """Replace the dialect: a knob that is left out gets its value in `plain`."""
    dialect = read_dialect(json_body())
    with current_sandbox().open() as state:
        state.crm.set_dialect(dialect)
    return get_dialect()


@routes.get("/dialects")
@declared(DialectsJson)
def list_dialects() -> Response:
    """The named dialects, and all knobs."""
    return json_response(dialects_json())
