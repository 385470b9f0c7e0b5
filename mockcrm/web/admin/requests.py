"""`/admin/requests`, `/admin/verify`: the journal of clients' requests."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from flask import Response, request

from mockcrm.base.search_budget import SearchBudget
from mockcrm.errors import PathNotFound, RequestInvalid, RequestNotFound
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import EntryNews
from mockcrm.journal.matcher import Matcher
from mockcrm.journal.matcher_schema import JournalMatcherSchema
from mockcrm.journal.verification import ExpectationSchema
from mockcrm.web.admin.paging import NumberedParameters, numbered_page, requested_part
from mockcrm.web.admin.rendered_rows import request_row
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.connection import waiting
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.har import HarJson, har_document
from mockcrm.web.representations.journal import (
    CountJson,
    EntriesJson,
    ShownEntryJson,
    VerifiedJson,
    entry_json,
    verified_json,
)
from mockcrm.web.requests import json_body
from mockcrm.web.responses import empty_response, json_response
from mockcrm.web.streaming import streamed_response

routes = RouteGroup()

_MATCHER, _EXPECTATION = JournalMatcherSchema(), ExpectationSchema()


@routes.get("/requests")
@declared(EntriesJson, query=NumberedParameters)
def list_requests() -> Response:
    """The journal of clients' requests, a page at a time."""
    after, limit = requested_part()
    journal = current_sandbox().journal
    rows = numbered_page("requests", journal.latest_news(after, limit + 1), _number_of, request_row, limit)
    return json_response({**rows, "dropped": journal.dropped})


def _number_of(news: EntryNews) -> int:
    return news.entry.number


@routes.get("/requests/har")
@declared(HarJson)
def get_har() -> Response:
    """The journal as an HTTP archive (HAR 1.2), for tools that show traffic, without the requests under way.

    It has the bodies of answers where the server was started with `--keep-answers`.
    """
    sandbox = current_sandbox()
    entries, recording = sandbox.journal.entries(), sandbox.recording
    return streamed_response(har_document(entries, recording, request.scheme, request.host, request.root_path))


@routes.delete("/requests")
@declared(status=204)
def delete_requests() -> Response:
    """Clear the journal."""
    current_sandbox().journal.clear()
    return empty_response()


@routes.get("/requests/<int:number>")
@declared(ShownEntryJson, refuses=(RequestNotFound, PathNotFound))
def get_request(number: int) -> Response:
    """One request of the journal."""
    return json_response(entry_json(current_sandbox().journal.get(number)))


@routes.post("/requests/find")
@declared(EntriesJson, query=NumberedParameters, body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def find_requests() -> Response:
    """The requests that match, a page at a time."""
    after, limit = requested_part()
    # The matcher's `nth` counts from the first request that the journal has, whatever page is asked for.
    return _entries((entry for entry in _matched() if entry.number > after), limit)


@routes.post("/requests/count")
@declared(CountJson, body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def count_requests() -> Response:
    """How many requests match."""
    return json_response(CountJson(count=sum(1 for _ in _matched())))


def _matched() -> Iterator[Entry]:
    matcher: Matcher = _MATCHER.check(json_body(optional=True), RequestInvalid, "The matcher")
    return matcher.among(current_sandbox().journal.entries(), SearchBudget())


def _entries(entries: Iterable[Entry], limit: int) -> Response:
    page = numbered_page("requests", entries, attrgetter("number"), entry_json, limit)
    return json_response({**page, "dropped": current_sandbox().journal.dropped})


@routes.post("/verify")
@declared(VerifiedJson, body=ExpectationSchema, refuses=(RequestInvalid,))
def verify_requests() -> Response:
    """Whether clients made the requests that a test expects, and if not, which came nearest."""
    expected = _EXPECTATION.check(json_body(), RequestInvalid, "The expectation")
    with waiting(request.environ) as waiter:
        found = current_sandbox().verify(expected, waiter)
    return json_response(verified_json(found))
