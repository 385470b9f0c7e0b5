"""A client's request as it is entered in the journal, before anything is done for it."""

from mockcrm.crm.lists.cursor import Lineage, page_asked_for
from mockcrm.crm.names import RecordName
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Journal
from mockcrm.journal.masking import Mask
from mockcrm.journal.operations import LISTS, Called, operation_of
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.body import announces_body
from mockcrm.web.paths import RequestTarget
from mockcrm.web.wsgi import Environ, as_utf8


def enter(
    sandbox: Sandbox, journal: Journal, environ: Environ, target: RequestTarget, client: str, mask: Mask
) -> Entry:
    """Enter a request that has arrived in the journal, which numbers it. Secrets are masked.

    A path with an odd segment is no operation.
    """
    path = mask.text(as_utf8(target.path))
    method = environ["REQUEST_METHOD"]
    called = operation_of(method, path)
    if (called.record_id or called.calendar_id) and target.problem is not None:
        called = Called()
    key = (
        sandbox.state.crm.names.key_of.get(RecordName(called.kind or "", called.record_id))
        if called.record_id
        else None
    )
    headers = {key: mask.header(key[5:], value) for key, value in environ.items() if key[:5] == "HTTP_"}
    if kind := environ.get("CONTENT_TYPE"):
        headers["HTTP_CONTENT_TYPE"] = mask.header("CONTENT_TYPE", kind)
    query, now = mask.query(environ.get("QUERY_STRING", "")), sandbox.clock_reading()
    entry = Entry(client, method, path, *called[:3], key, query, headers, now, sandbox.seconds())
    entry.calendar_id = called.calendar_id
    entry.body_read = not announces_body(environ)
    # Those who wait for a request look at it from its entry on.
    begins_read = called.operation in LISTS and _note_page(entry, sandbox.lineage)
    journal.open(entry)
    entry.note_visible(sandbox.state.crm.store)
    if begins_read:
        entry.read = str(entry.number)
    return entry


def _note_page(entry: Entry, lineage: Lineage) -> bool:
    """Note which page of which paged read a list request asks for, and say whether it begins a read of its own."""
    begins_read = "pageToken" not in entry.query_string
    if begins_read:
        entry.page = 1
    elif page := page_asked_for(lineage, entry.parameter("pageToken")):
        entry.read, entry.page = page.read, page.number
    return begins_read
