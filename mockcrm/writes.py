"""What a client's writes did to what others had written, judged request by request (`docs/audit.md`).

Each write is held against what the client had been given when it came. An account is a summary, as a ledger is: entries
that the journal drops are folded into it. `fold` a request into it before the same is folded into the client's ledger.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import orjson

from mockcrm.errors import EventDeleted
from mockcrm.journal import ANYBODY, Entry
from mockcrm.ledger import Given, Habit, Ledger, Viewer, look_of, passed_by
from mockcrm.matching import WRITES
from mockcrm.model import Change, says_the_same
from mockcrm.schemas import changed_fields, content_of, redacted, reset_fields, shown_event, tagged
from mockcrm.times import format_instant

ROUNDS = 2
"""How often a client must be given its own result, and do the same to it again, until that is no accident."""
MAX_UNHEARD = 1_000
"""How many writes without a good answer are remembered, so that a retry is known for one."""
SHOWN = 40
"""How much of a value an explanation shows, in characters."""
MAX_REQUESTS = 10
"""How many requests a finding names that goes on and on: the latest."""

_DAY = timedelta(days=1)
_ECHO = "echo"

Latest = Callable[[str], Change | None]
"""The newest version of an event."""


class Doing(NamedTuple):
    """What a write did to an event, that may recur: nothing at all, or it moved an all-day event by so much."""

    what: str
    by: tuple[timedelta, timedelta] = (timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Rounds:
    """The version that a client last made of an event, by which requests it came there, and how often it went round."""

    version: int
    requests: tuple[int, ...] = ()
    doing: Doing | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """An event that a client made: by which request, and what became of the answer, as a hazard where it was lost."""

    change: Change
    request: int
    heard: int
    left: int
    lost: str | None


class Seer(Viewer, Protocol):
    """What more is known of versions: the newest, and which tombstones were remembered at an instant."""

    def latest(self, event_id: str) -> Change | None: ...

    def remembered(self, tombstone: Change, at: datetime) -> bool: ...


@dataclass(slots=True)
class Writes:
    """One client's account of its writes.

    `unheard` are those without a good answer, by what they asked; the rest is by event.
    """

    habits: list[Habit] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    unheard: dict[tuple[str, str, int], None] = field(default_factory=dict)
    rounds: dict[str, Rounds] = field(default_factory=dict)
    echoes: dict[str, Habit] = field(default_factory=dict)
    circles: dict[str, Habit] = field(default_factory=dict)
    dead: dict[str, Habit] = field(default_factory=dict)

    def copy(self) -> "Writes":
        """To be folded on from here, without a trace in this one."""
        return Writes(*(getattr(self, name).copy() for name in self.__slots__))

    def found(self, latest: Latest, *, complete: bool) -> Iterator[Habit]:
        """What there is to say of them all, as things stand.

        Where it is not `complete`, who knows what the client had been given before it wrote.
        """
        yield from self.habits if complete else ()
        yield from (echo for event_id, echo in self.echoes.items() if event_id not in self.circles)
        yield from self.circles.values()
        yield from self.dead.values()
        yield from self._twice(latest)

    def _twice(self, latest: Latest) -> Iterator[Habit]:
        """Events that were made twice, of which both live."""
        living: dict[object, list[Made]] = {}
        for made in self.made:
            now = latest(made.change.event.id)
            if now is None or now.deleted:
                continue
            alike = living.setdefault(look_of(made.change.event), [])
            twins = (each for each in reversed(alike) if says_the_same(each.change.event, made.change.event))
            first = next(twins, None)
            alike.append(made)
            if first is not None and (habit := _twin(first, made, now, latest(first.change.event.id))):
                yield habit


def _twin(first: Made, second: Made, now: Change, then: Change | None) -> Habit | None:
    hazard = first.lost or ("slow-response" if first.left > second.heard else None)
    if hazard is None and (then is None or not says_the_same(now.event, then.event)):
        # Whoever makes a copy to change it has not made anything twice.
        return None
    code = "duplicate.retried" if hazard else "duplicate.alike"
    facts = {"other": first.change.event.id, "why": _ANSWERS[hazard]}
    requests = (first.request, second.request)
    return Habit(code, requests, facts, second.change, (first.change,), hazard=hazard)


_ANSWERS = {
    None: "the client was told",
    "lost-response-on-create": "its answer did not arrive",
    "retry-nonidempotent-post": "was answered with an error",
    "slow-response": "was not answered yet when the other came",
}


def fold(writes: Writes, ledger: Ledger, entry: Entry, view: Seer) -> None:
    """Enter one request that was answered, given what the client's ledger says of all before."""
    if entry.operation not in WRITES:
        return
    asked = (entry.method, entry.path, hash(entry.body))
    retried = asked in writes.unheard
    change = entry.committed
    if change is not None:
        _judge(writes, ledger, entry, change, view, retried=retried)
    elif entry.code == EventDeleted.code and not retried:
        _write_to_the_dead(writes, ledger, entry)
    writes.unheard.pop(asked, None)
    if entry.code != EventDeleted.code and not (entry.whole and entry.status and entry.status < 400):
        writes.unheard[asked] = None
        if len(writes.unheard) > MAX_UNHEARD:
            del writes.unheard[next(iter(writes.unheard))]


def _judge(writes: Writes, ledger: Ledger, entry: Entry, change: Change, view: Seer, *, retried: bool) -> None:
    if change.prior is None:
        writes.made.append(Made(change, entry.number, entry.heard, entry.left, _lost(entry)))
        writes.habits += _raised(ledger, entry, change, view)
        writes.rounds[change.event.id] = Rounds(change.version, (entry.number,))
    elif change.deleted:
        writes.habits += _deleted_unseen(ledger, entry, change, change.prior)
    else:
        writes.habits += _overwritten(ledger, entry, change, change.prior)
        if not retried:
            _go_round(writes, ledger, entry, change, change.prior)


def _lost(entry: Entry) -> str | None:
    """How the client was kept from learning that its event was made, as a hazard."""
    if entry.status is not None and entry.status >= 400:
        return "retry-nonidempotent-post"
    return None if entry.whole else "lost-response-on-create"


# What was overwritten


def _overwritten(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Habit]:
    """What a write did to fields that it did not know, each field told once."""
    given = ledger.knew(change.event.id, entry.heard)
    facts: dict[str, object] = {"known": _known(given), "prior": prior.version}
    requests = (given.request, entry.number) if given else (entry.number,)
    busy = _shown_as_busy(ledger, change, prior)
    if busy:
        yield Habit("overwrite.redaction", requests, facts, change, (prior,), _in_order(busy))
    reset = {
        name for name in reset_fields(prior.event, change.event) - busy if _is_clobbered(ledger, entry, change, name)
    }
    if reset:
        hazard = _why_clobbered(ledger, entry, prior, reset)
        yield Habit("overwrite.clobbered", requests, facts, change, (prior,), _in_order(reset), hazard)
    if _matched(entry, prior):
        return
    set_to = changed_fields(prior.event, change.event) - busy - reset
    theirs = {name: author for name in set_to if (author := _unseen_author(ledger, entry, prior, name))}
    if theirs:
        authors = tuple(sorted({*theirs.values()}, key=lambda author: author.seq))
        names = _in_order(theirs)
        facts = facts | {"theirs": authors[-1], "set": _set_to(prior, change, names)}
        yield Habit("overwrite.blind", requests, facts, change, authors, names)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _set_to(prior: Change, change: Change, names: Iterable[str]) -> str:
    """What a write made of some fields, for people."""
    before, after = shown_event(prior), shown_event(change)
    return ", ".join(f"{name} from {_shortly(before.get(name))} to {_shortly(after.get(name))}" for name in names)


def _shortly(value: object) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _known(given: Given | None) -> str:
    return f"version {given.version}, by request {given.request}" if given else "none"


def _matched(entry: Entry, prior: Change) -> bool:
    """Whether the client named the version that it replaced, also where the CRM does not heed that."""
    return f'"{tagged(prior)}"' in entry.wsgi_headers.get("HTTP_IF_MATCH", "")


def _shown_as_busy(ledger: Ledger, change: Change, prior: Change) -> set[str]:
    """The fields over which a write put what a list shows in their place."""
    if change.event.id not in ledger.redacted or not prior.event.private:
        return set()
    changed, shown = changed_fields(prior.event, change.event), redacted(prior.event)
    if "subject" not in changed or change.event.subject != shown.subject:
        return set()
    return changed - changed_fields(shown, change.event)


def _is_clobbered(ledger: Ledger, entry: Entry, change: Change, name: str) -> bool:
    """Whether a write reset a field that it did not mean to.

    It left out, of the whole, what the client had been given, or never; or it wrote as empty what no list had shown.
    """
    event_id = change.event.id
    given = ledger.knew(event_id, entry.heard, name)
    if name in entry.named:
        return given is None and ledger.knew(event_id, entry.heard) is not None
    if given is None:
        return ledger.wrote.get(event_id, 0) < change.version - 1
    return content_of(given.change.event).get(name) != content_of(change.event).get(name)


def _why_clobbered(ledger: Ledger, entry: Entry, prior: Change, names: set[str]) -> str:
    if names & (prior.event.extra or {}).keys():
        return "unknown-fields-dropped"
    partly = ledger.partly.get(prior.event.id)
    if partly is None or not names & partly.hidden:
        return "put-clobbers-absent"
    return "private-redaction" if prior.event.id in ledger.redacted else "omitted-not-empty"


def _unseen_author(ledger: Ledger, entry: Entry, prior: Change, name: str) -> Change | None:
    """The colleague's version that gave a field the value it had, if the client had not been given it."""
    given = ledger.knew(prior.event.id, entry.heard, name)
    for version in _unseen(ledger, entry, prior, given):
        before = version.prior
        if before is None or name in changed_fields(before.event, version.event):
            return version if version.origin == "crm" else None
    return None


def _unseen(ledger: Ledger, entry: Entry, prior: Change, given: Given | None) -> Iterator[Change]:
    """The versions up to one that the client had not been given, from the newest on.

    Of an event that it was never given, what was there before its first request is not counted: it may know of it.
    """
    version: Change | None = prior
    while version is not None and version.version > (given.version if given else 0):
        if given is None and version.seq <= (ledger.first.seen if ledger.first else entry.seen):
            return
        yield version
        version = version.prior


def _deleted_unseen(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Habit]:
    """A deletion that took an edit with it which the client had not seen."""
    if _matched(entry, prior):
        return
    given = ledger.knew(change.event.id, entry.heard)
    edits = {
        version: changed_fields(version.prior.event, version.event)
        for version in _unseen(ledger, entry, prior, given)
        if version.origin == "crm" and version.prior is not None
    }
    theirs = [version for version, fields in edits.items() if fields]
    if theirs:
        facts = {"known": _known(given), "theirs": theirs[0]}
        requests = (given.request, entry.number) if given else (entry.number,)
        fields = _in_order(set().union(*edits.values()))
        yield Habit("overwrite.deletion", requests, facts, change, tuple(reversed(theirs)), fields)


# What lives again


def _raised(ledger: Ledger, entry: Entry, change: Change, view: Seer) -> Iterator[Habit]:
    """A deleted event that a client made anew, as it had last been given it."""
    for event_id in ledger.looks.get(look_of(change.event), ()):
        grave = view.latest(event_id)
        if not says_the_same(ledger.living[event_id].event, change.event) or grave is None:
            continue
        if not grave.deleted or grave.seq > change.seq:
            continue
        given = ledger.knew(event_id, entry.heard)
        if given is not None and given.change.deleted:
            facts = {"grave": grave, "made": change.event.id}
            yield Habit("zombie.remade", (given.request, entry.number), facts, change, (grave,))
        elif why := _why_unaware(ledger, grave, change, view):
            sentence, requests, hazard = why
            facts = {"grave": grave, "why": sentence, "made": change.event.id}
            yield Habit("zombie.unaware", (*requests, entry.number), facts, change, (grave,), hazard=hazard)


def _why_unaware(
    ledger: Ledger, grave: Change, change: Change, view: Seer
) -> tuple[str, tuple[int, ...], str | None] | None:
    """Why the tombstone could not reach the client any more when it made the event anew; None where it could."""
    full, events = ledger.full, ledger.latest.get("events")
    absent = full is not None and view.visible(grave, full.sight)
    if not view.remembered(grave, change.committed_at):
        seen = (full.first,) if full and absent else ()
        return "The CRM had forgotten the tombstone by then.", seen, "tombstone-expired"
    if full is not None and absent:
        return f"Request {full.first} had read everything, and the event was not there.", (full.first,), None
    if (walk := passed_by(ledger, grave, view)) is not None:
        bound = walk.query.since
        asked = f"since {format_instant(bound)}" if bound else "for everything"
        return f"Request {walk.first} had asked {asked}, and so left the tombstone behind.", (walk.first,), None
    follows = events is not None and events.query.since is not None and "deletions" not in ledger.latest
    if events is not None and follows and view.visible(grave, events.sight):
        sentence = f"Request {events.first} followed the delta, but the client asks for no deletions."
        return sentence, (events.first,), None
    return None


# What goes round


def _go_round(writes: Writes, ledger: Ledger, entry: Entry, change: Change, prior: Change) -> None:
    """Note whether the client did to its own result what it had done before."""
    event_id = change.event.id
    last, back = writes.rounds.get(event_id, Rounds(0)), ledger.back.get(event_id)
    doing = _doing(change, prior)
    requests = (*last.requests, entry.number)[-MAX_REQUESTS:]
    returned = back is not None and back.version == prior.version == last.version and back.left <= entry.heard
    again = returned and doing is not None and (doing.what == _ECHO or doing == last.doing)
    count = (last.count if doing == last.doing else 0) + 1 if again else 0
    writes.rounds[event_id] = Rounds(change.version, requests, doing, count)
    if doing is not None and doing.what == _ECHO:
        before = writes.echoes.get(event_id)
        told = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
        writes.echoes[event_id] = Habit("write.echo", told, {}, change)
    if doing is not None and count >= ROUNDS:
        writes.circles[event_id] = _circle(entry, change, doing, requests)
    elif _to_and_fro(ledger.client, change):
        facts = {"how": "from one content to another and back"}
        writes.circles[event_id] = Habit("write.pingPong", requests, facts, change)


def _doing(change: Change, prior: Change) -> Doing | None:
    before, after = prior.event, change.event
    if before == after:
        return Doing(_ECHO)
    by = after.start - before.start, after.end - before.end
    days = before.all_day and after.all_day and not any(each % _DAY for each in by)
    return Doing("move", by) if days and changed_fields(before, after) <= {"startTime", "endTime"} else None


def _circle(entry: Entry, change: Change, doing: Doing, requests: tuple[int, ...]) -> Habit:
    if doing.what == _ECHO:
        hazard = "server-normalizes" if _is_reworded(entry, change) else "echo-own-write"
        return Habit("write.pingPong", requests, {"how": "without changing a thing"}, change, hazard=hazard)
    start, end = doing.by
    hazard = "allday-tz-drift" if start else "allday-end-inclusive"
    facts = {"start": start.days, "end": end.days}
    return Habit("write.drift", requests, facts, change, fields=_in_order(_moved(start, end)), hazard=hazard)


def _moved(start: timedelta, end: timedelta) -> set[str]:
    return {name for name, by in (("startTime", start), ("endTime", end)) if by}


def _is_reworded(entry: Entry, change: Change) -> bool:
    """Whether the CRM keeps a text otherwise than the client sent it."""
    sent, kept = entry.json, content_of(change.event)
    if not isinstance(sent, dict):
        return False
    texts = any(isinstance(kept.get(name), str) and sent.get(name, kept[name]) != kept[name] for name in kept)
    people = [each.email_address for each in change.event.attendees]
    asked = [each.get("emailAddress") for each in sent.get("attendees") or () if isinstance(each, dict)]
    return texts or ("attendees" in sent and asked != people)


def _to_and_fro(client: str, change: Change) -> bool:
    """Whether an event went from A to B and back twice, and twice it was this client that took it back."""
    versions: list[Change] = []
    version: Change | None = change
    while version is not None and not version.deleted and len(versions) < 2 * ROUNDS + 1:
        versions.append(version)
        version = version.prior
    if len(versions) < 2 * ROUNDS + 1 or change.event == versions[1].event:
        return False
    own = all(each.origin == "client" and (each.by or ANYBODY) == client for each in versions[: 2 * ROUNDS : 2])
    return own and all(one.event == other.event for one, other in zip(versions, versions[2:], strict=False))


# What was dead


def _write_to_the_dead(writes: Writes, ledger: Ledger, entry: Entry) -> None:
    event_id, before = entry.event_id or "", writes.dead.get(entry.event_id or "")
    known = ledger.knew(event_id, entry.heard)
    told = known is not None and known.change.deleted
    code = "write.toDeletedAgain" if before and (told or before.code != "write.toDeleted") else "write.toDeleted"
    requests = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
    hazard = "delete-of-deleted" if entry.operation == "deleteEvent" else "edit-vs-delete"
    grave = next(iter(entry.delivered), None)
    writes.dead[event_id] = Habit(code, requests, {"grave": grave or ""}, grave, hazard=hazard)
