"""What each client has been given, read off the journal entry by entry (`docs/audit.md`).

A ledger is a summary: entries that the journal drops are folded into it, so that a capped ring costs no truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from mockcrm.base.times import EPOCH, MILLISECOND, shifted
from mockcrm.crm.content import hidden_fields
from mockcrm.crm.event import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.record_schema import tagged
from mockcrm.crm.store import Query, Window
from mockcrm.journal.journal import Entry
from mockcrm.journal.matcher import LISTS

Stream = Literal["events", "deletions", "window"]
"""What a client reads in walks: all events by their delta, deletions, or what lies in an interval."""

MAX_WALKS = 200
"""How many walks of a stream are remembered, for the explanation of findings."""
CUT = "resultCap"
"""What is said of a walk that a dialect cut short."""
UNTRUE: Mapping[str, str] = {
    "emptyList": "empty-200-mass-delete",
    "repeatToken": "token-loop",
    CUT: "result-cap",
    "shortPage": "newest-token-on-truncated-page",
    "stale": "replica-lag",
}
"""What makes a page say what is not so, effects of faults above all, and the hazard that each is."""
MAX_HABITS = 100
"""How many findings of a kind are kept for a client; each more would say the same."""


class Sight(NamedTuple):
    """What lists could show at a moment: the length of the change log, and how many delayed changes had been shown."""

    seen: int
    revealed: int


@dataclass(slots=True)
class Walk:
    """One walk: the request that began it, its pages' requests, what it asked for, and how it went.

    It `ended` with a null token. `faults` are those that made a page say what was not so, `failures` the errors that
    its pages' requests met. `largest` and `last_row` are stamps of rows that it delivered. Whoever asks anew from the
    stamp that it has `reached` misses nothing, and gets further.
    """

    first: int
    began: datetime
    sight: Sight
    query: Query
    as_of: datetime
    requests: list[int] = field(default_factory=list)
    last_as_of: datetime | None = None
    last_seen: int = 0
    last_empty: bool = False
    expired: bool = False
    next_token: str | None = None
    ended: bool = False
    faults: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    largest: datetime | None = None
    last_row: datetime | None = None
    reached: datetime | None = None

    @property
    def full(self) -> bool:
        """Whether it asks for everything that lives: without a bound, or from before there was anything."""
        return self._everything and self.query.window == Window()

    @property
    def interval(self) -> bool:
        """Whether it asks for everything that lives and lies in an interval."""
        return self._everything and self.query.window != Window()

    @property
    def _everything(self) -> bool:
        return (self.query.since is None or self.query.since <= EPOCH) and self.query.kinds != "dead"

    @property
    def complete(self) -> bool:
        return self.ended and not self.faults

    def wants(self, change: Change) -> bool:
        """Whether a version is of the kind that the walk asks for, its bound left aside."""
        if self.query.kinds not in ("both", "dead" if change.deleted else "live"):
            return False
        return self.query.window == Window() or self.query.window.overlaps(change)

    def admits(self, stamp: datetime) -> bool:
        """Whether its bound lets a shown stamp pass."""
        since = self.query.since
        return since is None or stamp > since or (stamp == since and not self.query.exclusive)


class Given(NamedTuple):
    """A version that was handed over, by which request, as which answer of all that left.

    `before` is the one before it, for the sake of requests that came while this answer was under way.
    """

    change: Change
    request: int
    left: int
    before: "Given | None" = None

    @property
    def version(self) -> int:
        return self.change.version

    def by(self, heard: int) -> "Given | None":
        """What had been handed over when so many answers had left."""
        found: Given | None = self
        while found is not None and found.left > heard:
            found = found.before
        return found


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that a client did: its code, the requests, what there is to say, and what it did that to, if anything.

    `change` is the version in question, `others` are those that it has to do with, `fields` those it is about.
    """

    code: str
    requests: tuple[int, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    change: Change | None = None
    others: tuple[Change, ...] = ()
    fields: tuple[str, ...] = ()
    hazard: str | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """A change that the client could not have hoped for, and was given all the same."""

    change: Change
    passed_by: int
    request: int


class Wait(NamedTuple):
    """That the client was asked to wait: until when by the CRM's clock and by the world's, by which request.

    `left` is the answer's place among all that left (`Entry.left`).
    """

    until: datetime
    seconds: float
    request: int
    left: int


@dataclass(slots=True)
class Ledger:
    """One client's account.

    Of each event it has the newest version that was `given`, and the last `living` one; of the fields that lists kept
    back of it, the version that last came with them (`partly`); the request by which it was last `redacted`; the last
    version that a list or a read gave `back` which a client had written; and the one that the client `wrote` when it
    knew all else.
    """

    client: str
    first: Sight | None = None
    requests: int = 0
    given: dict[str, Given] = field(default_factory=dict)
    living: dict[str, Change] = field(default_factory=dict)
    partly: dict[str, Mapping[str, Given | None]] = field(default_factory=dict)
    redacted: dict[str, int] = field(default_factory=dict)
    back: dict[str, Given] = field(default_factory=dict)
    in_window: dict[str, int] = field(default_factory=dict)
    broken: dict[str, Given] = field(default_factory=dict)
    wrote: dict[str, int] = field(default_factory=dict)
    latest: dict[Stream, Walk] = field(default_factory=dict)
    history: dict[Stream, list[Walk]] = field(default_factory=dict)
    full: Walk | None = None
    full_begun: int = 0
    interval: Window | None = None
    interval_begun: int = 0
    interval_asked: int = 0
    under_way: dict[str, Walk] = field(default_factory=dict)
    habits: list[Observation] = field(default_factory=list)
    recovered: list[Recovery] = field(default_factory=list)
    newest: datetime | None = None
    expired: dict[Stream, int] = field(default_factory=dict)
    swallowed: tuple[int, int] | None = None
    wait: Wait | None = None

    def copy(self) -> "Ledger":
        """To be folded on from here, without a trace in this one."""
        ledger = replace(self)
        for name in self.__slots__:
            if isinstance(each := getattr(self, name), dict | set | list):
                setattr(ledger, name, each.copy())
        walks = {id(walk): _copied(walk) for walk in self._walks()}
        ledger.latest = {stream: walks[id(walk)] for stream, walk in self.latest.items()}
        ledger.under_way = {name: walks[id(walk)] for name, walk in self.under_way.items()}
        ledger.history = {stream: [walks[id(walk)] for walk in of] for stream, of in self.history.items()}
        ledger.full = walks[id(self.full)] if self.full else None
        return ledger

    @property
    def begun_anew(self) -> int:
        """The last request that began to read everything, or the interval, where the client looks no further."""
        return self.full_begun if self.full else max(self.full_begun, self.interval_begun)

    def knew(self, event_id: str, heard: int | None = None, name: str | None = None) -> Given | None:
        """The newest version, or the newest that had a field, which the client has.

        With `heard`, which it had when so many answers had left.
        """
        partly = self.partly.get(event_id, {})
        given = partly[name] if name is not None and name in partly else self.given.get(event_id)
        return given.by(heard) if given and heard is not None else given

    def _walks(self) -> list[Walk]:
        kept = [walk for of in self.history.values() for walk in of]
        return [*kept, *self.latest.values(), *self.under_way.values(), *([self.full] if self.full else [])]


def _copied(walk: Walk) -> Walk:
    return replace(walk, requests=walk.requests[:], faults=walk.faults[:], failures=walk.failures[:])


def streams_of(query: Query) -> list[Stream]:
    """Which streams a walk belongs to."""
    if query.window != Window():
        return ["window"]
    found: list[Stream] = [] if query.kinds == "dead" else ["events"]
    return found if query.kinds == "live" else [*found, "deletions"]


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


class Viewer(Protocol):
    """What `mockcrm.audit.auditor` knows of versions: whether lists could show one at a moment, and its shown stamp."""

    def visible(self, change: Change, sight: Sight) -> bool: ...

    def stamp(self, change: Change) -> datetime: ...


def _heed(ledger: Ledger, entry: Entry) -> None:
    """Hold a request against the last `Retry-After`, and note a new one."""
    told = ledger.wait
    # Who asks before the answer has left has not been told.
    if told is not None and entry.heard >= told.left:
        if entry.arrived < told.until and entry.began < told.seconds:
            _note(ledger, Observation("retry.tooEarly", (told.request, entry.number), {"until": told.until}))
        else:
            ledger.wait = None
    if entry.wait is not None and entry.completed is not None:
        seconds = entry.began + entry.wait.total_seconds()
        ledger.wait = Wait(shifted(entry.completed, entry.wait), seconds, entry.number, entry.left)


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
    walk.faults += [each.effect for each in entry.struck if each.effect in UNTRUE] + ([CUT] if page.cut else [])
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
                Observation("bound.backwards", (last.first, walk.first), {"from": last.query.since, "to": since}),
            )
        told = ledger.expired.pop(stream, 0)
        if told and since is not None and ledger.begun_anew < told:
            _note(ledger, Observation("expired.ignored", (told, walk.first)))
        of = ledger.history.setdefault(stream, [])
        of.append(walk)
        del of[:-MAX_WALKS]
    # The largest stamp and a millisecond is how some ask for what is later than it.
    if since is not None and ledger.newest is not None and since > shifted(ledger.newest, MILLISECOND):
        _note(ledger, Observation("bound.beyondClock", (walk.first,), {"since": since, "newest": ledger.newest}))


def _abandon(ledger: Ledger, walk: Walk, by: Walk) -> None:
    """Another walk begins though this one has not ended.

    Nobody does wrong who asks again from where it began, or goes on from a row that it had come to.
    """
    earlier, later = walk.query.since, by.query.since
    goes_on = walk.reached is not None and later is not None and later <= walk.reached and not by.query.exclusive
    if later is not None and (earlier is None or later > earlier) and not goes_on:
        after = f", after {walk.failures[-1]}," if walk.failures else ""
        _note(ledger, Observation("walk.abandoned", (*walk.requests, by.first), {"after": after, "to": later}))


def _fold_failure(ledger: Ledger, entry: Entry) -> None:
    if entry.code == "since.expired" and entry.whole:
        told = ledger.expired.setdefault("deletions", entry.number)
        if told != entry.number and ledger.begun_anew < told:
            ledger.swallowed = (told, entry.number)
            _note(ledger, Observation("expired.ignored", (told, entry.number)))
    if entry.code == "pageToken.invalid":
        _note(ledger, Observation("token.notGiven", (entry.number,)))
    walk = ledger.under_way.get(entry.walk or "")
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
    for change in () if entry.bare else entry.delivered:
        event_id = change.event.id
        if not entry.whole:
            broken = ledger.broken.get(event_id)
            if broken is None or broken.version < change.version:
                ledger.broken[event_id] = Given(change, entry.number, entry.left)
            continue
        known = ledger.given.get(event_id)
        if keeps_back or ledger.partly:
            _keep_back(ledger, known, change, entry)
        # A list visits ten thousand rows at a time: a property would be called for each.
        if known is None or known.change.version < change.version:
            _give(ledger, entry, change, known, view)
        elif entry.left < known.left and known.change is change:
            # Of two answers under way the later request's was there first.
            ledger.given[event_id] = Given(change, entry.number, entry.left, known.before)
        if change.origin == "client" and entry.committed is not change:
            ledger.back[event_id] = Given(change, entry.number, entry.left)
        if windowed and not change.deleted:
            ledger.in_window[event_id] = entry.number
    instants += [max(change.stamp for change in entry.delivered)] if entry.delivered and entry.whole else []
    ledger.newest = max(filter(None, (*instants, ledger.newest)), default=None)


def _give(ledger: Ledger, entry: Entry, change: Change, known: Given | None, view: Viewer) -> None:
    """Note a version newer than what was known of its event."""
    passed = passed_by(ledger, change, view, but=entry.page_answer.walk if entry.page_answer else "")
    if passed is not None and (known is not None or not change.deleted):
        _recover(ledger, Recovery(change, passed.first, entry.number))
    ledger.given[change.event.id] = Given(change, entry.number, entry.left, _still_told(known, entry.heard))
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
        ledger.given[event.id] = Given(change, entry.number, entry.left, known)


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
        given = ledger.knew(event_id, entry.heard)
        known = matched(entry, prior) or prior.version <= max(
            given.version if given else 0, ledger.wrote.get(event_id, 0)
        )
    if known or entry.operation == "replaceEvent":
        ledger.wrote[event_id] = change.version


def matched(entry: Entry, prior: Change) -> bool:
    """Whether a client named the version that it replaced, also where the CRM does not heed that."""
    return f'"{tagged(prior)}"' in entry.wsgi_headers.get("HTTP_IF_MATCH", "")


def passed_by(ledger: Ledger, change: Change, view: Viewer, but: str = "") -> Walk | None:
    """The walk that put a version out of reach: the latest that could have carried it has left it behind.

    None while any walk, made or under way, may yet bring it; the one named `but` is not asked.
    """
    stamp = view.stamp(change)
    for name, walk in ledger.under_way.items():
        if name != but and walk.wants(change) and walk.admits(stamp):
            return None
    streams: list[Stream] = ["deletions"] if change.deleted else ["events", "window"]
    found: Walk | None = None
    for stream in streams:
        walk_of = ledger.latest.get(stream)
        if walk_of is None or not walk_of.wants(change):
            continue
        if walk_of.admits(stamp) or not view.visible(change, walk_of.sight):
            if stream == "window" and _went_over_to_the_delta(ledger, walk_of):
                continue
            return None
        found = walk_of
    return found


def _went_over_to_the_delta(ledger: Ledger, walk: Walk) -> bool:
    """Whether a client does not read its interval at each sync: two walks of the delta have come since."""
    delta = ledger.history.get("events", ())
    return len(delta) > 1 and delta[-2].first > max(walk.first, ledger.interval_asked)


def _recover(ledger: Ledger, recovery: Recovery) -> None:
    if len(ledger.recovered) < MAX_HABITS:
        ledger.recovered.append(recovery)


def _note(ledger: Ledger, habit: Observation) -> None:
    if sum(each.code == habit.code for each in ledger.habits) < MAX_HABITS:
        ledger.habits.append(habit)
