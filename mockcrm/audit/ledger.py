"""What each client has been given, read off the journal entry by entry (`docs/audit.md`).

A ledger is a summary: entries that the journal drops are folded into it, so that a capped ring costs no truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from mockcrm.audit.paged_read import Sight, Stream, Walk, copied
from mockcrm.crm.event import Change
from mockcrm.crm.record_schema import tagged
from mockcrm.crm.store import Window
from mockcrm.journal.entry import Entry

MAX_WALKS = 200
"""How many walks of a stream are remembered, for the explanation of findings."""
MAX_HABITS = 100
"""How many findings of a kind are kept for a client; each more would say the same."""


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


class Viewer(Protocol):
    """What `mockcrm.audit.auditor` knows of versions: whether lists could show one at a moment, and its shown stamp."""

    def visible(self, change: Change, sight: Sight) -> bool: ...

    def stamp(self, change: Change) -> datetime: ...


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
        walks = {id(walk): copied(walk) for walk in self._walks()}
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
