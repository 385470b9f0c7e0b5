"""`/admin/feed`: what is new since a mark, for pages that follow a sandbox."""

from operator import attrgetter

from flask import Response

from mockcrm.base.schema.fields import LONG
from mockcrm.crm.lists.parameters import Digits, NoParameters, explained
from mockcrm.sandbox.upcoming import upcoming
from mockcrm.web.admin.paging import DEFAULT_LIMIT, numbered_page
from mockcrm.web.admin.rendered_rows import ROWS, newest_requests
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.actions import clock_json
from mockcrm.web.representations.events import change_json
from mockcrm.web.representations.feed import FeedJson, agenda_json, feed_audit_json, feed_finding_json, recording_json
from mockcrm.web.requests import query_parameters
from mockcrm.web.responses import json_response

routes = RouteGroup()

NEWEST = 50
"""How many changes and how many requests an answer has at most: what nobody could read in a second is left out.

Not left out are requests that had arrived before the mark, and have been answered since: pages show them as under way.
"""


class FeedParameters(NoParameters):
    after = Digits(
        least=0,
        most=LONG - 1,
        metadata=explained("The `number` of an earlier answer, to ask what is new since. Without it everything is.", 0),
    )


_PARAMETERS = FeedParameters()


@routes.get("/feed")
@declared(FeedJson, query=FeedParameters)
def get_feed() -> Response:
    """What is new: changes, requests of clients, and findings. It answers at once, and is not recorded."""
    asked, sandbox = query_parameters(_PARAMETERS).get("after"), current_sandbox()
    feed = sandbox.feed.get()
    feed.judge(sandbox)
    with sandbox.open() as state:
        clock, agenda = clock_json(state), agenda_json(upcoming(state))
        recording = recording_json(sandbox.recording, sandbox.journal)
        news = feed.since(sandbox, asked, NEWEST)
    changes = ROWS.newest(news.changes, change_json, lambda change: (change, change.seq))
    chosen, left_out = news.chosen_requests(NEWEST)
    requests = newest_requests(chosen)
    left_out += [each.entry.number for each in chosen[: len(chosen) - len(requests)]]
    findings = numbered_page("findings", news.findings, attrgetter("number"), feed_finding_json, DEFAULT_LIMIT)
    reached = news.present._replace(finding=findings["nextAfter"] or news.present.finding)
    return json_response(
        {
            "number": feed.number(reached, asked),
            "restarted": news.restarted,
            "more": reached != news.present,
            "clock": clock,
            "agenda": agenda,
            "recording": recording,
            "changes": changes,
            "changesLeftOut": news.present.seq - news.start.seq - len(changes),
            "firstRequest": news.first_request,
            "requests": requests,
            "requestsLeftOut": left_out,
            "audit": None if news.audit is None else feed_audit_json(news.audit, news.knowledge, news.numbers),
            "auditBehind": news.behind,
            "findings": findings["findings"],
        }
    )
