"""A client's request as it is entered in the journal, before anything is done for it."""

import re
from collections.abc import Mapping
from typing import Any

from mockcrm.crm.lists.cursor import Lineage, page_asked_for
from mockcrm.journal.journal import Entry, Journal
from mockcrm.journal.masking import Mask
from mockcrm.journal.matcher import LISTS
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.paths import RequestTarget
from mockcrm.web.wsgi import as_utf8

_EVENT = re.compile(r"/api/v1/events/([^/]+)")
_ON_LISTS = {
    ("GET", "/api/v1/events"): "listEvents",
    ("GET", "/api/v1/deletedEvents"): "listDeletedEvents",
    ("POST", "/api/v1/events"): "createEvent",
}
_ON_AN_EVENT = {"GET": "getEvent", "PATCH": "updateEvent", "PUT": "replaceEvent", "DELETE": "deleteEvent"}


def enter(
    sandbox: Sandbox, journal: Journal, environ: Mapping[str, Any], target: RequestTarget, client: str, mask: Mask
) -> Entry:
    """Enter a request that has arrived in the journal, which numbers it. Secrets are masked.

    A path with an odd segment is no operation.
    """
    path = mask.text(as_utf8(target.path))
    method = environ["REQUEST_METHOD"]
    operation, event_id, key = _ON_LISTS.get((method, path)), None, None
    if operation is None and target.problem is None and (match := _EVENT.fullmatch(path)):
        operation, event_id = _ON_AN_EVENT.get(method), match[1]
        key = sandbox.state.crm.key_of.get(event_id)
    headers = {key: mask.header(key[5:], value) for key, value in environ.items() if key[:5] == "HTTP_"}
    if kind := environ.get("CONTENT_TYPE"):
        headers["HTTP_CONTENT_TYPE"] = mask.header("CONTENT_TYPE", kind)
    query, now = mask.query(environ.get("QUERY_STRING", "")), sandbox.clock_reading()
    entry = Entry(client, method, path, operation, event_id, key, query, headers, now, sandbox.seconds())
    journal.open(entry)
    entry.look(sandbox.state.crm.store)
    if operation in LISTS:
        _note_page(entry, sandbox.lineage)
    return entry


def _note_page(entry: Entry, lineage: Lineage) -> None:
    """Note which page of which paged read a list request asks for."""
    if "pageToken" not in entry.query_string:
        entry.walk, entry.page = str(entry.number), 1
    elif page := page_asked_for(lineage, entry.query.get("pageToken", "")):
        entry.walk, entry.page = page.read, page.number
