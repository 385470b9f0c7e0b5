"""`/admin/sandboxes/{name}/replay`: a sandbox in which a bundle has been replayed, to be looked at."""

from flask import Response, current_app, request

from mockcrm.base.collecting import making_many
from mockcrm.base.nesting import MAX_NESTING
from mockcrm.errors import FaultInvalid, ReplayInvalid, SandboxExists, SandboxFull, SandboxInvalid, SandboxLimit
from mockcrm.web.admin.route_group import RouteGroup, all_sandboxes, shown_sandbox
from mockcrm.web.connection import waiting
from mockcrm.web.exchange import APP_FOR
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.audit import ReplayJson
from mockcrm.web.representations.replays import ReplayedJson, replayed_json
from mockcrm.web.requests import json_body
from mockcrm.web.responses import absolute_url, json_response

routes = RouteGroup()

MAX_OPENED = 512 * 1024 * 1024
"""The largest bundle that is replayed into a sandbox, in bytes."""
MAX_OPENED_STEPS = 25_000
"""The most requests of such a bundle: more than a server records unless its journal is larger than by default."""


@routes.put("/sandboxes/<name>/replay")
@declared(
    ReplayedJson,
    body=ReplayJson,
    status=201,
    sends=("Location",),
    refuses=(SandboxExists, SandboxLimit, SandboxFull, SandboxInvalid, ReplayInvalid, FaultInvalid),
)
def put_replay(name: str) -> Response:
    """Create a sandbox of this name in which a bundle has been replayed: what happened, to be looked at.

    Its clock stands still at the end. The bundle may be larger than other bodies.
    """
    from mockcrm.sandbox.bundle import load_bundle  # noqa: PLC0415  no start of a server needs it
    from mockcrm.web.replaying import play_bundle  # noqa: PLC0415  as above

    with making_many():
        bundle = load_bundle(json_body(nesting=2 * MAX_NESTING, at_most=MAX_OPENED))
    if len(bundle.steps) > MAX_OPENED_STEPS:
        limit = f"A server replays at most {MAX_OPENED_STEPS:,} requests"
        raise ReplayInvalid(f"{limit}, and this bundle has {len(bundle.steps):,}: play it with mockcrm replay FILE.")
    all_sandboxes().make_room(name, bundle.start)
    with waiting(request.environ) as waiter:
        played = play_bundle(bundle, current_app.extensions[APP_FOR], waiter)
    made = all_sandboxes().add_replayed(name, played.sandbox)
    shown = replayed_json(shown_sandbox(made), played.divergences, played.changed)
    return json_response(shown, 201, {"Location": absolute_url(f"/admin/sandboxes/{name}")})
