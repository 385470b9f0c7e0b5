"""`/admin/requests`, `/admin/verify`: what clients asked and got."""

from flask import Response, request

from mockcrm.errors import PathNotFound, RequestInvalid, RequestNotFound
from mockcrm.fields import LONG
from mockcrm.journal import Entry
from mockcrm.listing import Digits, NoParameters, explained
from mockcrm.matching import JournalMatcherSchema, Matcher
from mockcrm.searching import SearchBudget
from mockcrm.verifying import ExpectationSchema
from mockcrm.web import shown
from mockcrm.web.admin.blueprint import MAX_LISTED, admin
from mockcrm.web.connection import waiting
from mockcrm.web.declaring import declared
from mockcrm.web.hooks import exchange
from mockcrm.web.wire import answer, json_body, nothing, query


class RequestsParameters(NoParameters):
    after = Digits(least=0, most=LONG - 1, metadata=explained("From the number after this one on.", 7))
    limit = Digits(least=1, most=MAX_LISTED, metadata=explained("How many entries at most.", 100))


_REQUESTS, _MATCHER, _EXPECTATION = RequestsParameters(), JournalMatcherSchema(), ExpectationSchema()


@admin.get("/requests")
@declared("EntriesSchema", query=RequestsParameters)
def list_requests() -> Response:
    """The journal of what clients asked and got."""
    asked = query(_REQUESTS)
    return _entries(exchange().sandbox.journal.entries(**asked))


@admin.delete("/requests")
@declared(status=204)
def delete_requests() -> Response:
    """Forget the journal."""
    exchange().sandbox.journal.clear()
    return nothing()


@admin.get("/requests/<int:number>")
@declared("ShownEntrySchema", refuses=(RequestNotFound, PathNotFound))
def get_request(number: int) -> Response:
    """One request of the journal."""
    return answer(shown.shown_entry(exchange().sandbox.journal.get(number)))


@admin.post("/requests/find")
@declared("EntriesSchema", body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def find_requests() -> Response:
    """The requests that a matcher means."""
    return _entries(_matched())


@admin.post("/requests/count")
@declared("CountSchema", body=JournalMatcherSchema, optional=True, refuses=(RequestInvalid,))
def count_requests() -> Response:
    """How many requests a matcher means."""
    return answer({"count": len(_matched())})


def _matched() -> list[Entry]:
    matcher: Matcher = _MATCHER.check(json_body(optional=True), RequestInvalid, "The matcher")
    return list(matcher.among(exchange().sandbox.journal.entries(), SearchBudget()))


def _entries(entries: list[Entry]) -> Response:
    found = [shown.shown_entry(entry) for entry in entries]
    return answer({"requests": found, "length": len(found), "dropped": exchange().sandbox.journal.dropped})


@admin.post("/verify")
@declared("VerifiedSchema", body=ExpectationSchema, refuses=(RequestInvalid,))
def verify_requests() -> Response:
    """Whether clients asked what a test expects, and if not, what came nearest."""
    expected = _EXPECTATION.check(json_body(), RequestInvalid, "The expectation")
    with waiting(request.environ) as waiter:
        failure = exchange().sandbox.verify(expected, waiter)
    return answer({"passed": True} if failure is None else shown.shown_failure(failure))
