"""`/calendar.ics`: the CRM as a calendar that any calendar program subscribes to (contract, section 6).

It is guarded like the controls. A calendar program sends no headers, so where those want a token its address has one,
which opens nothing else. The request is not recorded, not in the journal, and no fault rule applies to it.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version

from flask import Blueprint, Response

from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.lists.parameters import NoParameters
from mockcrm.crm.rendering import rendered
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.media_types import ICALENDAR
from mockcrm.web.openapi.declare import declared
from mockcrm.web.requests import query_parameters
from mockcrm.web.responses import unless_known
from mockcrm.web.streaming import chunked

MAX_WRITTEN = 16 * 1024 * 1024
"""How many bytes of written events are kept, of all sandboxes together. Beyond that the oldest are forgotten."""


_NO_PARAMETERS = NoParameters()

calendar_feed = Blueprint("calendar", __name__)


@calendar_feed.get("/calendar.ics")
@declared(str, media_type=ICALENDAR, also=(304,), reads=("If-None-Match",), sends=("ETag",))
def get_calendar_feed() -> Response:
    """The living events in their latest versions, as an iCalendar file. Calendar programs subscribe to its address."""
    return _calendar_response(current_sandbox())


@calendar_feed.get("/mailbox.ics")
@declared(str, media_type=ICALENDAR, also=(304,), reads=("If-None-Match",), sends=("ETag",))
def get_mailbox_calendar() -> Response:
    """The calendar of the sandbox `mailbox`: in a demo, that of the user whose mailbox is synced with the CRM."""
    return _calendar_response(current_sandbox())


def _calendar_response(sandbox: Sandbox) -> Response:
    """The calendar, in chunks: no other request waits until the last event is written."""
    # The gate has read it. No declaration names it: what is declared is not masked.
    query_parameters(_NO_PARAMETERS, besides=("token",))
    living = sandbox.moment().state.crm.store.events.live()
    prints = [_fingerprint(sandbox.name, change) for change in living]
    response = Response(chunked(_parts(sandbox.name, living, prints)), content_type=f"{ICALENDAR}; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f'inline; filename="{sandbox.name}.ics"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(hashlib.blake2b(b"".join([_writer(), *prints]), digest_size=16).hexdigest())
    return unless_known(response)


def _parts(name: str, living: Sequence[Change], prints: Sequence[bytes]) -> Iterator[bytes]:
    # The library takes longer to import than the server to start.
    from mockcrm.crm.ics.writing import calendar_frame, written_event  # noqa: PLC0415

    head, end = calendar_frame(name)
    yield head
    for change, fingerprint in zip(living, prints, strict=True):
        if (written := _WRITTEN.get(fingerprint)) is None:
            written = written_event(change, name)
            _WRITTEN.keep(fingerprint, written)
        yield written
    yield end


@cache
def _writer() -> bytes:
    """What stands for this version of mockcrm: another may write the same events in another way."""
    return version("mockcrm").encode()


def _fingerprint(name: str, change: Change) -> bytes:
    """The same for versions that are written alike, whichever CRM they are of."""
    (shown,) = rendered([change], PLAIN)
    return hashlib.blake2b(b"%b %d %b" % (name.encode(), change.version, shown), digest_size=16).digest()


class _Written:
    """Events as they were written, by their fingerprints. To write one takes fifty times as long as to look here."""

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}
        self._weight = 0
        self._lock = threading.Lock()
        self.get = self._kept.get

    def keep(self, fingerprint: bytes, written: bytes) -> None:
        with self._lock:
            if fingerprint not in self._kept:
                self._kept[fingerprint] = written
                self._weight += len(written)
            while self._weight > MAX_WRITTEN:
                self._weight -= len(self._kept.pop(next(iter(self._kept))))


_WRITTEN = _Written()
