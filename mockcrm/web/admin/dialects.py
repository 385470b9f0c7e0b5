"""`/admin/dialect`, `/admin/dialects`: how the CRM speaks."""

from flask import Response

from mockcrm.crm import actions
from mockcrm.crm.dialect.named import DialectField, read_dialect
from mockcrm.errors import DialectInvalid
from mockcrm.web.admin.blueprint import admin, cause
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations import shown
from mockcrm.web.requests import json_body
from mockcrm.web.responses import json_response


@admin.get("/dialect")
@declared("ShownDialectSchema")
def get_dialect() -> Response:
    """How the CRM speaks."""
    with current_sandbox().open() as crm:
        return json_response(shown.shown_dialect(crm.dialect))


@admin.patch("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def change_dialect() -> Response:
    """Turn some knobs of the dialect."""
    current_sandbox().act(actions.dialect, cause(), knobs=json_body())
    return get_dialect()


@admin.put("/dialect")
@declared("ShownDialectSchema", body=DialectField().described, refuses=(DialectInvalid,))
def replace_dialect() -> Response:
    """Have the CRM speak another dialect, from `plain` on."""
    dialect = read_dialect(json_body())
    with current_sandbox().open() as crm:
        crm.set_dialect(dialect)
    return get_dialect()


@admin.get("/dialects")
@declared("DialectsSchema")
def list_dialects() -> Response:
    """The named dialects, and all knobs."""
    return json_response(shown.shown_dialects())
