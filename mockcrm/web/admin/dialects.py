"""`/admin/dialect`, `/admin/dialects`: how the CRM speaks."""

from flask import Response

from mockcrm.crm.dialect.named import DialectField, read_dialect
from mockcrm.errors import DialectInvalid
from mockcrm.sandbox import actions
from mockcrm.web.admin.blueprint import admin, cause
from mockcrm.web.gate import exchange
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.responses import answer, json_body


@admin.get("/dialect")
@declared("ShownDialectSchema")
def get_dialect() -> Response:
    """How the CRM speaks."""
    with exchange().sandbox.open() as state:
        return answer(shown.shown_dialect(state.crm.dialect))


@admin.patch("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def change_dialect() -> Response:
    """Turn some knobs of the dialect."""
    exchange().sandbox.act(actions.dialect, cause(), knobs=json_body())
    return get_dialect()


@admin.put("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def replace_dialect() -> Response:
    """Have the CRM speak another dialect, from `plain` on."""
    dialect = read_dialect(json_body())
    with exchange().sandbox.open() as state:
        state.crm.set_dialect(dialect)
    return get_dialect()


@admin.get("/dialects")
@declared("DialectsSchema")
def list_dialects() -> Response:
    """The named dialects, and all knobs."""
    return answer(shown.shown_dialects())
