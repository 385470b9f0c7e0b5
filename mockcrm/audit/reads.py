"""Requests as they are entered in a client's ledger: pages, bounds, failures, and what they delivered."""

from mockcrm.audit.ledger import (
    MAX_HABITS,
    MAX_WALKS,
    Given,
    Ledger,
    Observation,
    Recovery,
    Viewer,
    Wait,
    matched,
    passed_by,
)
from mockcrm.audit.paged_read import CUT, UNTRUE, Sight, Walk, streams_of
from mockcrm.base.times import MILLISECOND, shifted
from mockcrm.crm.content import hidden_fields
from mockcrm.crm.event import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.store import Window
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import LISTS


def fold(ledger: Ledger, entry: Entry, view: "Viewer") -> None:
    """Enter one request that was answered."""
    sight = Sight(entry.seen, entry.revealed)
    ledger.first = ledger.first or sight
    ledger.requests += 1
    _heed(ledger, entry)
    page = entry.page_answer
    if entry.operation in LISTS and ("startAt=" in entry.query_string or "endAt=" in entry.query_string):
        ledger.interval_asked = entry.number
    if page is not None:
        _fold_page(ledger, entry, page, sight)
    elif entry.operation in LISTS:
        _fold_failure(ledger, entry)
    _deliver(ledger, entry, view)
    if page is not None and entry.whole:
        _end(ledger, page)


def _heed(ledger: Ledger, entry: Entry) -> None:
    """Hold a request against the last `Retry-After`, and note a new one."""
    told = ledger.wait
    # Who asks before the answer has left has not been told.
    if told is not None and entry.answers_seen >= told.left:
        if entry.arrived < told.until and entry.began < told.seconds:
            _note(ledger, Observation("retry.tooEarly", (told.request, entry.number), {"until": told.until}))
        else:
            ledger.wait = None
    if entry.wait is not None and entry.completed is not None:
        seconds = entry.began + entry.wait.total_seconds()
        ledger.wait = Wait(shifted(entry.completed, entry.wait), seconds, entry.number, entry.answer_seq)


def _fold_page(ledger: Ledger, entry: Entry, page: Page, sight: Sight) -> None:
    if not entry.whole:
        # Nobody can go on from an answer that was not understood; whoever asks again is given another.
        return
    if page.number == 1 and page.walk == str(entry.number):
        walk = Walk(entry.number, entry.arrived, sight, page.query, page.as_of)
        _begin(ledger, walk)
        ledger.under_way[page.walk] = walk
        if len(ledger.under_way) > MAX_WALKS:
            del ledger.under_way[next(iter(ledger.under_way))]
    elif page.walk in ledger.under_way:
        walk = ledger.under_way[page.walk]
    else:
        return
    walk.requests.append(entry.number)
    walk.faults += [each.effect for each in entry.applied_faults if each.effect in UNTRUE] + ([CUT] if page.cut else [])
    walk.last_as_of = page.as_of
    walk.next_token = page.next_token
    walk.last_seen, walk.last_empty = sight.seen, not page.changes
    walk.expired = walk.expired or page.expired
    if page.changes:
        walk.last_row = page.changes[-1].stamp
        largest = max(change.stamp for change in page.changes)
        walk.largest = max(walk.largest or largest, largest)
        if page.query.since is not None and page.dialect.delta_order == "stamp" and page.changes[0].stamp < largest:
            walk.reached = largest
    if walk.full:
        ledger.full_begun = max(ledger.full_begun, walk.first)
    elif walk.interval:
        ledger.interval = ledger.interval or walk.query.window
        if _begins_with_the_interval(ledger, walk):
            ledger.interval_begun = max(ledger.interval_begun, walk.first)


def _begins_with_the_interval(ledger: Ledger, walk: Walk) -> bool:
    """Whether a walk asks for as much as the client's first did; a look at some other day is no beginning."""
    first = ledger.interval
    return walk.interval and first is not None and walk.query.window.length >= first.length


def _begin(ledger: Ledger, walk: Walk) -> None:
    """Hold the bound of a new walk against what the client was told before."""
    since = walk.query.since
    for stream in streams_of(walk.query):
        for name, other in list(ledger.under_way.items()):
            if stream in streams_of(other.query) and (stream != "window" or other.query.window == walk.query.window):
                del ledger.under_way[name]
                _abandon(ledger, other, walk)
        last = ledger.latest.get(stream)
        if stream == "events" and last and last.query.since and since and since < last.query.since:
            _note(
                ledger,
                Observation("watermark.backwards", (last.first, walk.first), {"from": last.query.since, "to": since}),
            )
        told = ledger.expired.pop(stream, 0)
        if told and since is not None and ledger.begun_anew < told:
            _note(ledger, Observation("expired.ignored", (told, walk.first)))
        of = ledger.history.setdefault(stream, [])
        of.append(walk)
        del of[:-MAX_WALKS]
    # The largest stamp and a millisecond is how some ask for what is later than it.
    if since is not None and ledger.newest is not None and since > shifted(ledger.newest, MILLISECOND):
        _note(ledger, Observation("watermark.beyondClock", (walk.first,), {"since": since, "newest": ledger.newest}))


def _abandon(ledger: Ledger, walk: Walk, by: Walk) -> None:
    """Another walk begins though this one has not ended.

    Nobody does wrong who asks again from where it began, or goes on from a row that it had come to.
    """
    earlier, later = walk.query.since, by.query.since
    goes_on = walk.reached is not None and later is not None and later <= walk.reached and not by.query.exclusive
    if later is not None and (earlier is None or later > earlier) and not goes_on:
        after = f", after {walk.failures[-1]}," if walk.failures else ""
        _note(ledger, Observation("read.abandoned", (*walk.requests, by.first), {"after": after, "to": later}))


def _fold_failure(ledger: Ledger, entry: Entry) -> None:
    if entry.code == "since.expired" and entry.whole:
        told = ledger.expired.setdefault("deletions", entry.number)
        if told != entry.number and ledger.begun_anew < told:
            ledger.swallowed = (told, entry.number)
            _note(ledger, Observation("expired.ignored", (told, entry.number)))
    if entry.code == "pageToken.invalid":
        _note(ledger, Observation("pageToken.notGiven", (entry.number,)))
    walk = ledger.under_way.get(entry.read or "")
    if walk is not None:
        walk.failures.append(entry.code or str(entry.status or "no answer"))


def _end(ledger: Ledger, page: Page) -> None:
    walk = ledger.under_way.get(page.walk)
    if walk is None or walk.next_token is not None or page.next_token is not None:
        return
    del ledger.under_way[page.walk]
    walk.ended = True
    if not walk.complete:
        return
    for stream in streams_of(walk.query):
        ledger.latest[stream] = walk
    if walk.full:
        # Whoever has everything that lives knows of every deletion that lists could show.
        ledger.full = walk
    if walk.full or (not ledger.full and _begins_with_the_interval(ledger, walk)):
        ledger.swallowed = None
        ledger.expired.clear()


def _deliver(ledger: Ledger, entry: Entry, view: Viewer) -> None:
    instants = [entry.completed, entry.page_answer.as_of if entry.page_answer else None]
    page = entry.page_answer
    windowed = page is not None and page.query.window != Window()
    keeps_back = page is not None and (page.dialect.omitted_from_lists or page.dialect.private_in_lists == "busy")
    _write(ledger, entry)
    for change in () if entry.id_only else entry.delivered:
        event_id = change.event.id
        if not entry.whole:
            broken = ledger.broken.get(event_id)
            if broken is None or broken.version < change.version:
                ledger.broken[event_id] = Given(change, entry.number, entry.answer_seq)
            continue
        known = ledger.given.get(event_id)
        if keeps_back or ledger.partly:
            _keep_back(ledger, known, change, entry)
        # A list visits ten thousand rows at a time: a property would be called for each.
        if known is None or known.change.version < change.version:
            _give(ledger, entry, change, known, view)
        elif entry.answer_seq < known.left and known.change is change:
            # Of two answers under way the later request's was there first.
            ledger.given[event_id] = Given(change, entry.number, entry.answer_seq, known.before)
        if change.origin == "client" and entry.committed is not change:
            ledger.back[event_id] = Given(change, entry.number, entry.answer_seq)
        if windowed and not change.deleted:
            ledger.in_window[event_id] = entry.number
    instants += [max(change.stamp for change in entry.delivered)] if entry.delivered and entry.whole else []
    ledger.newest = max(filter(None, (*instants, ledger.newest)), default=None)


def _give(ledger: Ledger, entry: Entry, change: Change, known: Given | None, view: Viewer) -> None:
    """Note a version newer than what was known of its event."""
    passed = passed_by(ledger, change, view, but=entry.page_answer.walk if entry.page_answer else "")
    if passed is not None and (known is not None or not change.deleted):
        _recover(ledger, Recovery(change, passed.first, entry.number))
    ledger.given[change.event.id] = Given(
        change, entry.number, entry.answer_seq, _still_told(known, entry.answers_seen)
    )
    if not change.deleted:
        ledger.living[change.event.id] = change


def _still_told(known: Given | None, heard: int) -> Given | None:
    """A version that was handed over before, without what no request can have come before."""
    return known._replace(before=None) if known and known.left <= heard else known


def _keep_back(ledger: Ledger, known: Given | None, change: Change, entry: Entry) -> None:
    """Note what a list does not show of a version, or that all of it was shown."""
    event, page = change.event, entry.page_answer
    hidden = hidden_fields(event, page.dialect) if page and not change.deleted else set()
    if page and hidden and page.dialect.private_in_lists == "busy" and event.private:
        ledger.redacted[event.id] = entry.number
    if hidden:
        before = ledger.partly.get(event.id, {})
        ledger.partly[event.id] = {name: before.get(name, known) for name in hidden}
    elif known is None or known.version < change.version:
        ledger.partly.pop(event.id, None)
    elif known.version == change.version and event.id in ledger.partly:
        del ledger.partly[event.id]
        ledger.given[event.id] = Given(change, entry.number, entry.answer_seq, known)


def _write(ledger: Ledger, entry: Entry) -> None:
    """Note what the client made of an event, if nobody had changed it behind the client's back.

    Whoever creates an event and gets no answer does not know of it.
    """
    change = entry.committed
    if change is None:
        return
    event_id, prior = change.event.id, change.prior
    if prior is None:
        known = entry.whole
    else:
        given = ledger.knew(event_id, entry.answers_seen)
        known = matched(entry, prior) or prior.version <= max(
            given.version if given else 0, ledger.wrote.get(event_id, 0)
        )
    if known or entry.operation == "replaceEvent":
        ledger.wrote[event_id] = change.version


def _recover(ledger: Ledger, recovery: Recovery) -> None:
    if len(ledger.recovered) < MAX_HABITS:
        ledger.recovered.append(recovery)


def _note(ledger: Ledger, habit: Observation) -> None:
    if sum(each.code == habit.code for each in ledger.habits) < MAX_HABITS:
        ledger.habits.append(habit)
