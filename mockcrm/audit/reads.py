"""How a request is entered in a client's ledger: its page, its watermark, its failure, and what it delivered."""

from datetime import datetime
from http import HTTPStatus

from mockcrm.audit.deletion_polls import asks_for_deletions, shows_deletions
from mockcrm.audit.ledger import (
    MAX_GIVEN_UP,
    MAX_OBSERVATIONS,
    MAX_READS,
    Caller,
    Ledger,
    ListRefusal,
    Observation,
    Recovery,
    RetryAfter,
    VersionDelivery,
    Visibility,
    is_filtered,
)
from mockcrm.audit.paged_read import RESULT_CAP, PagedRead, Stream, streams_of
from mockcrm.audit.reach import latest_reads, left_out, passed_by
from mockcrm.audit.series import enter_read
from mockcrm.audit.watermarks import source_of
from mockcrm.base.times import MILLISECOND, shifted
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.content import hidden_fields, is_redacted
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.lists.page import Page
from mockcrm.crm.query import Window
from mockcrm.errors import RecordDeleted, SinceExpired
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import LISTS, REPLACEMENTS

_SHUT = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_CALENDAR_GONE = RecordDeleted.of(CALENDAR.name).code


def enter_request(ledger: Ledger, entry: Entry, visibility: Visibility) -> None:
    """Enter a request that was answered."""
    point = VisibilityPoint(entry.seen, entry.revealed)
    ledger.first = ledger.first or point
    ledger.caller.requests += 1
    ledger.note_outcome(entry)
    _check_retry_after(ledger.caller, entry)
    page = entry.page_answer
    if entry.operation in LISTS and ("startAt=" in entry.query_string or "endAt=" in entry.query_string):
        ledger.interval_asked = entry.number
    if page is not None:
        _enter_page(ledger, entry, page, point)
    elif entry.operation in LISTS:
        _enter_failure(ledger, entry)
    _note_shut(ledger, entry)
    _note_poll(ledger, entry)
    _enter_deliveries(ledger, entry, visibility)
    if page is not None and entry.whole:
        _end(ledger, page)


def _check_retry_after(caller: Caller, entry: Entry) -> None:
    """Compare a request with the last `Retry-After`, and note a new one."""
    asked = caller.retry_after
    # A request that was sent before that answer arrived could not know of it.
    if asked is not None and entry.answers_seen >= asked.answer_seq:
        if entry.arrived < asked.until and entry.began < asked.seconds:
            _note(caller, Observation("retry.tooEarly", (asked.request, entry.number), {"until": asked.until}))
        else:
            caller.retry_after = None
    if entry.wait is not None and entry.completed is not None:
        until, seconds = shifted(entry.completed, entry.wait), entry.began + entry.wait.total_seconds()
        seconds = seconds if entry.date_due is None else min(seconds, entry.date_due)
        caller.retry_after = RetryAfter(until, seconds, entry.number, entry.answer_seq)


# Reads


def _enter_page(ledger: Ledger, entry: Entry, page: Page, point: VisibilityPoint) -> None:
    if not entry.whole:
        # A client cannot go on from an answer that broke off. If it asks again, that is another request.
        return
    if page.number == 1 and page.read == str(entry.number):
        read = PagedRead(entry.number, entry.arrived, point, page.query, page.as_of)
        if read.looks_up and not _follows(ledger, read):
            # It delivers what it finds. What it leaves out proves nothing.
            ledger.looked_up = True
            return
        read.one_row = page.query.since is None and entry.parameter("limit") == "1"
        _begin(ledger, read)
        ledger.under_way[page.read] = read
        if len(ledger.under_way) > MAX_READS:
            _forget(ledger, next(iter(ledger.under_way)))
    elif page.read in ledger.under_way:
        read = ledger.under_way[page.read]
    else:
        return
    _add_page(read, entry, page)
    if read.full and not read.is_probe:
        ledger.full_begun = max(ledger.full_begun, read.first)
    elif read.interval:
        ledger.interval = ledger.interval or read.query.window
        if _reads_whole_interval(ledger, read):
            ledger.interval_begun = max(ledger.interval_begun, read.first)


def _follows(ledger: Ledger, read: PagedRead) -> bool:
    """Whether a client has followed the delta of the read's filter."""
    return any(key.filters == read.query.filters for key in ledger.series)


def _add_page(read: PagedRead, entry: Entry, page: Page) -> None:
    read.requests.append(entry.number)
    read.faults += [(each.effect, each.hazard) for each in entry.applied_faults if each.hazard]
    read.faults += [RESULT_CAP] if page.cut else []
    read.last_as_of = page.as_of
    read.next_token = page.next_token
    read.last_seen, read.last_empty = entry.seen, not page.changes
    read.expired = read.expired or page.expired
    if page.changes:
        read.last_row = page.changes[-1].stamp
        largest = max(change.stamp for change in page.changes)
        read.largest = max(read.largest or largest, largest)
        if page.query.since is not None and page.dialect.delta_order == "stamp" and page.changes[0].stamp < largest:
            read.reached = largest


def _reads_whole_interval(ledger: Ledger, read: PagedRead) -> bool:
    """Whether a read asks for an interval as long as the client's first; a look at a single day is no resync."""
    first = ledger.interval
    return read.interval and first is not None and read.query.window.length >= first.length


def _begin(ledger: Ledger, read: PagedRead) -> None:
    """Compare the watermark of a new read with what the client had before."""
    since, start = read.query.since, read.query.window.start
    has_floor = read.query.includes_live and not read.query.filters and not read.everything
    if has_floor and ledger.floor is None and not _has_read(ledger):
        ledger.floor = read
    # Somebody who asks for what is yet to come starts at the present, which is no watermark.
    read.starts_at_watermark = start is not None and start < read.as_of and not _rolls(ledger, read)
    if read.starts_at_watermark and start is not None:
        read.starts_at_watermark = source_of(ledger, start, read) is not None
    for name, other in ledger.under_way.items():
        if other.overtaken_by is None and (other.is_probe or other.asks_like(read)):
            _overtake(ledger, name, other, read)
    _forget_given_up(ledger)
    for stream in streams_of(read.query):
        last = ledger.latest.get(stream)
        if stream == "records" and last and last.query.since and since and since < last.query.since:
            facts = {"from": last.query.since, "to": since}
            _note(ledger, Observation("watermark.backwards", (last.first, read.first), facts))
        expired = ledger.expired.pop(stream, 0)
        if expired and since is not None and ledger.full_resync < expired:
            _note(ledger, Observation("expired.ignored", (expired, read.first)))
        of = ledger.history.setdefault(stream, [])
        of.append(read)
        del of[:-MAX_READS]
    # Some clients ask from a millisecond after the largest stamp, to get only later ones.
    newest = ledger.caller.newest
    if since is not None and newest is not None and since > shifted(newest, MILLISECOND):
        facts = {"since": since, "newest": newest}
        _note(ledger, Observation("watermark.beyondClock", (read.first,), facts))


def _has_read(ledger: Ledger) -> bool:
    """Whether a client has begun to read living records before; a probe is no reading."""
    streams: tuple[Stream, ...] = ("records", "window")
    return any(not read.is_probe for stream in streams for read in ledger.history.get(stream, ()))


def _rolls(ledger: Ledger, read: PagedRead) -> bool:
    """Whether a window is that of the read before, moved as a whole."""
    before, window = ledger.history.get("window"), read.query.window
    return before is not None and window.end is not None and before[-1].query.window.length == window.length


def _overtake(ledger: Ledger, name: str, read: PagedRead, by: PagedRead) -> None:
    """Note that another read began before one had ended, and what is to be said if this one never ends.

    It is no mistake to ask again from where it began, from a row that it had reached, or from an instant up to which an
    earlier read had delivered everything.
    """
    streams = {*streams_of(read.query)} & {*streams_of(by.query)}
    if not streams and not read.is_probe:
        return
    read.overtaken_by = by
    if read.is_probe:
        return
    earlier, later = read.query.since, by.query.since
    goes_on = read.reached is not None and later is not None and later <= read.reached and not by.query.exclusive
    if later is None or (earlier is not None and later <= earlier) or goes_on:
        return
    if not all(_is_delivered_up_to(ledger, read, later, stream) for stream in streams):
        after = f", after {read.failures[-1]}," if read.failures else ""
        facts = {"after": after, "to": later}
        ledger.abandoned[name] = Observation("read.abandoned", (*read.requests, by.first), facts)


def _forget_given_up(ledger: Ledger) -> None:
    """Forget all but the latest of the reads that were given up."""
    given_up = [name for name, read in ledger.under_way.items() if read.is_given_up]
    for name in given_up[:-MAX_GIVEN_UP]:
        _forget(ledger, name)


def _is_delivered_up_to(ledger: Ledger, read: PagedRead, instant: datetime, stream: Stream) -> bool:
    """Whether a complete read from before `read` had delivered all that is stamped before an instant."""
    reads = (each for each in ledger.history.get(stream, ()) if each.complete and each.first < read.first)
    return any(each.as_of >= instant for each in reads if each.asks_like(read))


def _forget(ledger: Ledger, name: str) -> None:
    """Count a read no longer as under way; if it was abandoned, say so for good."""
    del ledger.under_way[name]
    if abandonment := ledger.abandoned.pop(name, None):
        _note(ledger, abandonment)


def _enter_failure(ledger: Ledger, entry: Entry) -> None:
    if entry.code == SinceExpired.code and entry.whole and not is_filtered(entry):
        first = ledger.expired.setdefault("deletions", entry.number)
        if first != entry.number and ledger.full_resync < first:
            ledger.expired_ignored = (first, entry.number)
            _note(ledger, Observation("expired.ignored", (first, entry.number)))
    read = ledger.under_way.get(entry.read or "")
    if read is not None:
        read.failures.append(entry.code or str(entry.status or "no answer"))


def _note_shut(ledger: Ledger, entry: Entry) -> None:
    """Note whether a list was refused as such, or what it has was delivered again."""
    if entry.operation in LISTS and (entry.status in _SHUT or entry.code == _CALENDAR_GONE):
        ledger.shut = ListRefusal(entry.number, entry.code or str(entry.status))
    elif entry.page_answer is not None or (entry.delivered and entry.committed is None):
        ledger.shut = None


def _note_poll(ledger: Ledger, entry: Entry) -> None:
    """Note a request that asks what was deleted, whatever came of it. A look at one row does not, nor does a filter."""
    page = entry.page_answer
    read = ledger.under_way.get((page.read if page else entry.read) or "")
    if read is not None:
        asks = shows_deletions(read.query) and not read.query.filters and not read.is_probe
    elif page is not None:
        asks = shows_deletions(page.query) and not page.query.filters
    else:
        asks = entry.operation in LISTS and not is_filtered(entry) and asks_for_deletions(entry)
    if asks:
        ledger.polls = ledger.polls.with_poll(entry.number, entry.arrived)


def _end(ledger: Ledger, page: Page) -> None:
    read = ledger.under_way.get(page.read)
    if read is None or read.next_token is not None or page.next_token is not None:
        return
    del ledger.under_way[page.read]
    ledger.abandoned.pop(page.read, None)
    read.ended = True
    if not read.complete or read.is_probe:
        return
    enter_read(ledger.series, ledger.windows, read)
    if not (read.query.filters or shows_deletions(read.query)):
        ledger.polls = ledger.polls.with_delta(read.began)
    for stream in streams_of(read.query):
        ledger.latest[stream] = read
    if read.full:
        # A client that has all living records knows every deletion that lists could show.
        ledger.full = read
    if read.full or (not ledger.full and _reads_whole_interval(ledger, read)):
        ledger.expired_ignored = None
        ledger.expired.clear()
        ledger.resynced = True


# Deliveries


def _enter_deliveries(ledger: Ledger, entry: Entry, visibility: Visibility) -> None:
    page = entry.page_answer
    instants = [entry.completed, page.as_of if page else None]
    windowed = page is not None and page.query.window != Window()
    hides = page is not None and (page.dialect.omitted_from_lists or page.dialect.private_in_lists == "busy")
    _enter_write(ledger, entry)
    for change in () if entry.id_only else entry.delivered:
        record_id = change.record.id
        if not entry.whole:
            broken = ledger.incomplete.get(record_id)
            if broken is None or broken.version < change.version:
                ledger.incomplete[record_id] = VersionDelivery(change, entry.number, entry.answer_seq)
            continue
        known = ledger.delivered.get(record_id)
        if hides or ledger.partly:
            _note_hidden_fields(ledger, known, change, entry)
        # A list has ten thousand rows: the property `version` would be called for each of them.
        if known is None or known.change.version < change.version:
            _deliver(ledger, entry, change, known, visibility)
        elif entry.answer_seq < known.answer_seq and known.change is change:
            # Two answers were on their way at once, and that of the later request left first.
            ledger.delivered[record_id] = known._replace(request=entry.number, answer_seq=entry.answer_seq)
        if change.origin == "client" and entry.committed is not change:
            ledger.returned[record_id] = VersionDelivery(change, entry.number, entry.answer_seq)
        if windowed and not change.deleted:
            ledger.in_window[record_id] = entry.number
    instants += [max(change.stamp for change in entry.delivered)] if entry.delivered and entry.whole else []
    ledger.caller.newest = max(filter(None, (*instants, ledger.caller.newest)), default=None)


def _deliver(
    ledger: Ledger, entry: Entry, change: Change, known: VersionDelivery | None, visibility: Visibility
) -> None:
    """Enter a version that is newer than the one delivered before."""
    if known is not None or not change.deleted:
        passed = _put_out_of_reach(ledger, entry, change, visibility)
        if passed is not None:
            _recover(ledger, Recovery(change, passed.first, entry.number))
    ledger.delivered[change.record.id] = _after(known, change, entry)
    if entry.committed is not change:
        ledger.newly[change.deleted] = entry.number
    if not change.deleted:
        ledger.living[change.record.id] = change


def _after(known: VersionDelivery | None, change: Change, entry: Entry) -> VersionDelivery:
    """The delivery of a version after those that are known."""
    if known is None:
        return VersionDelivery(change, entry.number, entry.answer_seq)
    before = known.trimmed(entry.answers_seen)
    return VersionDelivery(change, entry.number, entry.answer_seq, before, before.depth + 1)


def _put_out_of_reach(ledger: Ledger, entry: Entry, change: Change, visibility: Visibility) -> PagedRead | None:
    """The read that had put a version out of reach before this request delivered it."""
    own = entry.page_answer.read if entry.page_answer else ""
    passed = passed_by(ledger, change, visibility, but=own)
    if passed is not None or not ledger.history.get("window"):
        return passed
    left = left_out(ledger, latest_reads(ledger), change, visibility, entry.arrived, but=own)
    return left.reads[-1] if left else None


def _note_hidden_fields(ledger: Ledger, known: VersionDelivery | None, change: Change, entry: Entry) -> None:
    """Note which fields of a version a list hides, or that all of them were delivered."""
    record, page = change.record, entry.page_answer
    hidden = hidden_fields(record, page.dialect) if page and not change.deleted else set()
    if page and hidden and is_redacted(record, page.dialect.private_in_lists):
        ledger.redacted[record.id] = entry.number
    if hidden:
        before = ledger.partly.get(record.id, {})
        ledger.partly[record.id] = {name: before.get(name, known) for name in hidden}
    elif known is None or known.version < change.version:
        ledger.partly.pop(record.id, None)
    elif known.version == change.version and record.id in ledger.partly:
        del ledger.partly[record.id]
        ledger.delivered[record.id] = _after(known, change, entry)


def _enter_write(ledger: Ledger, entry: Entry) -> None:
    """Note the version that a client made, unless somebody had changed the record without the client's knowledge.

    A client that creates a record and gets no answer does not know of it.
    """
    change = entry.committed
    if change is None:
        return
    record_id, prior = change.record.id, change.prior
    if prior is None:
        knows = entry.whole
    else:
        delivered = ledger.delivered_by(record_id, entry.answers_seen)
        latest = max(delivered.version if delivered else 0, ledger.written.get(record_id, 0))
        knows = prior.version <= latest
    if knows or entry.operation in REPLACEMENTS:
        ledger.written[record_id] = change.version


def _recover(ledger: Ledger, recovery: Recovery) -> None:
    if len(ledger.recoveries) < MAX_OBSERVATIONS:
        ledger.recoveries.append(recovery)


def _note(of: Ledger | Caller, observation: Observation) -> None:
    if sum(each.code == observation.code for each in of.observations) < MAX_OBSERVATIONS:
        of.observations.append(observation)
