"""`/admin/replay`: what happened, to be taken away as a bundle."""

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, request

from mockcrm.base.real_time import real_seconds
from mockcrm.errors import ReplayImpossible
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.admin.settling import WaitParameters, requested_wait
from mockcrm.web.connection import waiting
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.audit import ReplayJson, audit_json
from mockcrm.web.streaming import streamed_response

if TYPE_CHECKING:
    from mockcrm.sandbox.moment import Moment

routes = RouteGroup()


@routes.get("/replay")
@declared(ReplayJson, query=WaitParameters, refuses=(ReplayImpossible,))
def get_replay() -> Response:
    """A bundle for `mockcrm replay`: everything that has happened since the start, and the audit's verdict.

    Where requests are under way there is none: it may wait for a moment without any.
    """
    from mockcrm.sandbox.bundle import dump_bundle  # noqa: PLC0415  no start of a server needs it

    moment = _quiet_moment(requested_wait(timedelta(0)))
    return streamed_response({**dump_bundle(moment), "verdict": audit_json(moment.audit())})


def _quiet_moment(seconds: float) -> "Moment":
    """The next moment at which no request is under way, but within so many seconds."""
    sandbox, deadline = current_sandbox(), real_seconds() + seconds
    with waiting(request.environ) as waiter:
        while True:
            journal = sandbox.journal
            news, moment = journal.news, sandbox.moment()
            left = deadline - real_seconds()
            if not moment.journal.under_way or left <= 0 or waiter.gone:
                return moment
            journal.wait(news, left, waiter)
