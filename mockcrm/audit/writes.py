"""What a client's writes did to what others had written, judged request by request (`docs/audit.md`).

Each write is held against what the client had been given when it came. An account is a summary, as a ledger is: entries
that the journal drops are folded into it. `fold` a request into it before the same is folded into the client's ledger.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple, Protocol

from mockcrm.audit.ledger import Ledger, Observation, Viewer, passed_by
from mockcrm.audit.lost_updates import deleted_unseen, overwritten
from mockcrm.base.times import format_instant
from mockcrm.crm.content import changed_fields, content_of, digest_of, named_fields, set_fields
from mockcrm.crm.event import Change, Event
from mockcrm.crm.store import Store
from mockcrm.errors import EventDeleted
from mockcrm.journal.journal import ANYBODY, Entry
from mockcrm.journal.matcher import WRITES

ROUNDS = 2
"""How often a client must be given its own result, and do the same to it again, until that is no accident."""
MAX_UNHEARD = 1_000
"""How many writes without a good answer are remembered, so that a retry is known for one."""
MAX_REQUESTS = 10
"""How many requests a finding names that goes on and on: the latest."""
MAX_GRAVES = 100
"""Among how many deleted events of one look, the latest, the one is searched that was made anew."""

_DAY = timedelta(days=1)
_ECHO = "echo"

Latest = Callable[[str], Change | None]
"""The newest version of an event."""

Fingerprint = tuple[str | None, datetime]
"""Subject and start of an event: what tells most of them apart."""


class FieldChange(NamedTuple):
    """What a write did to an event, that may recur: nothing at all, or it moved an all-day event by so much."""

    what: str
    by: tuple[timedelta, timedelta] = (timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Rounds:
    """The version that a client last made of an event, by which requests it came there, and how often it went round."""

    version: int
    requests: tuple[int, ...] = ()
    doing: FieldChange | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """An event that a client made: by which request, a digest of what it says, and how its answer was lost, if it was.

    `heard` and `left` are those of the request (`Entry`); `lost` is a hazard.
    """

    change: Change
    request: int
    heard: int
    left: int
    digest: bytes
    lost: str | None


class Seer(Viewer, Protocol):
    """What more is known of versions: the newest, and which tombstones were remembered at an instant.

    `deleted` has the events of some look that were deleted before a change, among others, the latest last.
    """

    def latest(self, event_id: str) -> Change | None: ...

    def remembered(self, tombstone: Change, at: datetime) -> bool: ...

    def deleted(self, look: Fingerprint, before: Change) -> Sequence[str]: ...


@dataclass(slots=True)
class TombstoneIndex:
    """The events that were deleted, by their look, as far as the log was read."""

    _read: int = 0
    _by_look: dict[Fingerprint, tuple[str, ...]] = field(default_factory=dict)

    def of(self, look: Fingerprint, store: Store, before: int) -> Sequence[str]:
        """Those of one look up to a `seq`, which is committed for good, and some later ones maybe."""
        for change in store.changes(self._read, max(0, before - self._read)):
            if change.deleted:
                told = self._by_look.get(fingerprint(change.event), ())
                self._by_look[fingerprint(change.event)] = (*told, change.event.id)[-MAX_GRAVES:]
        self._read = max(self._read, before)
        return self._by_look.get(look, ())

    def copy(self) -> "TombstoneIndex":
        return TombstoneIndex(self._read, self._by_look.copy())


def fingerprint(event: Event) -> Fingerprint:
    return event.subject, event.start


@dataclass(slots=True)
class Writes:
    """One client's account of its writes.

    `unheard` are those without a good answer, by what they asked, and `untold` the events that were made so, by what
    they say; `twins` are pairs of which the second was made when the first was untold. The rest is by event.
    """

    habits: list[Observation] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    untold: dict[bytes, tuple[Made, ...]] = field(default_factory=dict)
    twins: list[tuple[Made, Made]] = field(default_factory=list)
    unheard: dict[tuple[str, str, int], None] = field(default_factory=dict)
    rounds: dict[str, Rounds] = field(default_factory=dict)
    echoes: dict[str, Observation] = field(default_factory=dict)
    loops: dict[str, Observation] = field(default_factory=dict)
    dead: dict[str, Observation] = field(default_factory=dict)

    def copy(self) -> "Writes":
        """To be folded on from here, without a trace in this one."""
        return Writes(*(getattr(self, name).copy() for name in self.__slots__))

    def found(self, latest: Latest, *, complete: bool) -> Iterator[Observation]:
        """What there is to say of them all, as things stand.

        Where it is not `complete`, who knows what the client had been given before it wrote.
        """
        yield from self.habits if complete else ()
        yield from (echo for event_id, echo in self.echoes.items() if event_id not in self.loops)
        yield from self.loops.values()
        yield from self.dead.values()
        yield from _doubled(self, latest)


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
        _write_to_deleted(writes, ledger, entry)
    writes.unheard.pop(asked, None)
    if entry.code != EventDeleted.code and not (entry.whole and entry.status and entry.status < 400):
        writes.unheard[asked] = None
        if len(writes.unheard) > MAX_UNHEARD:
            del writes.unheard[next(iter(writes.unheard))]


def _judge(writes: Writes, ledger: Ledger, entry: Entry, change: Change, view: Seer, *, retried: bool) -> None:
    if change.prior is None:
        _make(writes, ledger, entry, change)
        writes.habits += _raised(writes, ledger, entry, change, view)
        writes.rounds[change.event.id] = Rounds(change.version, (entry.number,))
    elif change.deleted:
        writes.habits += deleted_unseen(ledger, entry, change, change.prior)
    else:
        writes.habits += overwritten(ledger, entry, change, change.prior)
        if retried and (last := writes.rounds.get(change.event.id)):
            writes.rounds[change.event.id] = replace(last, version=change.version)
        else:
            _detect_loop(writes, ledger, entry, change, change.prior)


# What was made twice


def _make(writes: Writes, ledger: Ledger, entry: Entry, change: Change) -> None:
    """Note an event that a client made, and if it had made the same before and was not told of that."""
    made = Made(change, entry.number, entry.heard, entry.left, digest_of(change.event), _lost(entry))
    writes.made.append(made)
    untold = writes.untold.get(made.digest, ())
    untold = tuple(each for each in untold if ledger.knew(each.change.event.id, entry.heard) is None)
    if untold:
        writes.twins.append((untold[-1], made))
    if made.lost:
        untold = (*untold, made)[-MAX_REQUESTS:]
    if untold:
        writes.untold[made.digest] = untold
    else:
        writes.untold.pop(made.digest, None)


def _lost(entry: Entry) -> str | None:
    """How the client was kept from learning that its event was made, as a hazard."""
    if entry.status is not None and entry.status >= 400:
        return "retry-nonidempotent-post"
    return None if entry.whole else "lost-response-on-create"


def _doubled(writes: Writes, latest: Latest) -> Iterator[Observation]:
    """Events that were made twice, of which both live."""

    def now(made: Made) -> Change | None:
        change = latest(made.change.event.id)
        return None if change is None or change.deleted else change

    for first, second in writes.twins:
        if now(first) and now(second):
            yield _twice("duplicate.retried", first, second, first.lost)
    told = {second.request for _, second in writes.twins}
    living: dict[bytes, tuple[Made, Change]] = {}
    for made in writes.made:
        if (version := now(made)) is None:
            continue
        before = living.get(made.digest)
        living[made.digest] = made, version
        # Whoever makes a copy to change it has not made anything twice.
        if before and made.request not in told and digest_of(version.event) == digest_of(before[1].event):
            hazard = "slow-response" if before[0].left > made.heard else None
            yield _twice("duplicate.alike", before[0], made, hazard)


def _twice(code: str, first: Made, second: Made, hazard: str | None) -> Observation:
    facts = {"other": first.change.event.id, "made": second.change.event.id, "why": _ANSWERS[hazard]}
    return Observation(code, (first.request, second.request), facts, second.change, (first.change,), hazard=hazard)


_ANSWERS = {
    None: "the client was told",
    "lost-response-on-create": "its answer did not come through whole",
    "retry-nonidempotent-post": "was answered with an error",
    "slow-response": "was not answered yet when the other came",
}


# What lives again


def _raised(writes: Writes, ledger: Ledger, entry: Entry, change: Change, view: Seer) -> Iterator[Observation]:
    """A deleted event that a client made anew, as it had last been given it, or as it had tried to write it."""
    alike = reversed(view.deleted(fingerprint(change.event), change))
    tried_in_vain = islice(reversed(writes.dead), MAX_GRAVES)
    for event_id in islice(dict.fromkeys((*alike, *tried_in_vain)), MAX_GRAVES):
        had, grave = ledger.living.get(event_id), _version_at(view.latest(event_id), change)
        if had is None or grave is None or not grave.deleted or _is_by(ledger.client, grave):
            continue
        tried = writes.dead[event_id].fields if event_id in writes.dead else ()
        if not _is_as_given(ledger, had, change, tried):
            continue
        given = ledger.knew(event_id, entry.heard)
        if given is not None and given.change.deleted:
            facts = {"grave": grave, "made": change.event.id}
            yield Observation("zombie.remade", (given.request, entry.number), facts, change, (grave,))
        elif why := _why_unaware(ledger, grave, change, view):
            sentence, requests, hazard = why
            facts = {"grave": grave, "why": sentence, "made": change.event.id}
            yield Observation("zombie.unaware", (*requests, entry.number), facts, change, (grave,), hazard=hazard)
        return


def _version_at(latest: Change | None, change: Change) -> Change | None:
    """The version of an event that there was when another change was committed."""
    version = latest
    while version is not None and version.seq > change.seq:
        version = version.prior
    return version


def _is_as_given(ledger: Ledger, had: Change, change: Change, tried: Iterable[str]) -> bool:
    """Whether an event says nothing that another one did not say, as far as that had been shown to the client.

    A calendar need not hold all that an event says. What the client has `tried` to write there may be new.
    """
    never = {name for name, given in ledger.partly.get(had.event.id, {}).items() if given is None}
    return changed_fields(had.event, change.event) & set_fields(change) <= {*never, *tried}


def _is_by(client: str, change: Change) -> bool:
    return change.origin == "client" and (change.by or ANYBODY) == client


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


def _detect_loop(writes: Writes, ledger: Ledger, entry: Entry, change: Change, prior: Change) -> None:
    """Note whether the client did to its own result what it had done before."""
    event_id = change.event.id
    last = writes.rounds.get(event_id, Rounds(0))
    doing = _doing(change, prior)
    requests = (*last.requests, entry.number)[-MAX_REQUESTS:]
    returned = _was_returned(ledger, entry, prior)
    again = returned and last.version == prior.version and doing in (FieldChange(_ECHO), last.doing)
    count = (last.count if doing == last.doing else 0) + 1 if again and doing else 0
    writes.rounds[event_id] = Rounds(change.version, requests, doing, count)
    if doing is not None and doing.what == _ECHO:
        before = writes.echoes.get(event_id)
        told = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
        writes.echoes[event_id] = Observation("write.echo", told, {}, change)
    if doing is not None and count >= ROUNDS:
        writes.loops[event_id] = _circle(entry, change, doing, requests)
    elif returned and _is_to_and_fro(ledger.client, change):
        facts = {"how": "Twice this client took the event back to what it had said before"}
        writes.loops[event_id] = Observation(
            "write.pingPong", requests, facts, change, fields=tuple(sorted(set_fields(change)))
        )


def _was_returned(ledger: Ledger, entry: Entry, prior: Change) -> bool:
    """Whether a list or a read had given the client the version that it replaced: what a write answers is no news."""
    back = ledger.back.get(prior.event.id)
    if prior.origin == "client":
        return back is not None and back.version == prior.version and back.left <= entry.heard
    given = ledger.knew(prior.event.id, entry.heard)
    return given is not None and given.version >= prior.version


def _doing(change: Change, prior: Change) -> FieldChange | None:
    before, after = prior.event, change.event
    if before == after:
        return FieldChange(_ECHO)
    by = after.start - before.start, after.end - before.end
    days = before.all_day and after.all_day and not any(each % _DAY for each in by)
    return FieldChange("move", by) if days and changed_fields(before, after) <= {"startTime", "endTime"} else None


def _circle(entry: Entry, change: Change, doing: FieldChange, requests: tuple[int, ...]) -> Observation:
    if doing.what == _ECHO:
        names = _reworded(entry, change)
        how = f"{_AS_IT_WAS}, for the CRM keeps {' and '.join(names)} otherwise than sent" if names else _AS_IT_WAS
        hazard = "server-normalizes" if names else "echo-own-write"
        return Observation("write.pingPong", requests, {"how": how}, change, fields=names, hazard=hazard)
    start, end = doing.by
    hazard = "allday-tz-drift" if start else "allday-end-inclusive"
    facts = {"start": _days(start), "end": _days(end)}
    return Observation("write.drift", requests, facts, change, fields=_moved(start, end), hazard=hazard)


_AS_IT_WAS = "Time and again this client was given the event as it had left it, and wrote it as it was"


def _days(by: timedelta) -> str:
    return f"{by.days:+d} day{'s' * (abs(by.days) != 1)}" if by else "nothing"


def _moved(start: timedelta, end: timedelta) -> tuple[str, ...]:
    return tuple(name for name, by in (("endTime", end), ("startTime", start)) if by)


def _reworded(entry: Entry, change: Change) -> tuple[str, ...]:
    """The fields that the CRM keeps otherwise than the client sent them."""
    sent, kept = entry.json, content_of(change.event)
    if not isinstance(sent, dict):
        return ()
    names = [name for name, value in kept.items() if isinstance(value, str) and sent.get(name, value) != value]
    people = [each.email_address for each in change.event.attendees]
    asked = [each.get("emailAddress") for each in sent.get("attendees") or () if isinstance(each, dict)]
    return tuple(sorted([*names, *(["attendees"] if "attendees" in sent and asked != people else ())]))


def _is_to_and_fro(client: str, change: Change) -> bool:
    """Whether an event went from A to B and back twice, and twice it was this client that took it back."""
    versions: list[Change] = []
    version: Change | None = change
    while version is not None and not version.deleted and len(versions) < 2 * ROUNDS + 1:
        versions.append(version)
        version = version.prior
    if len(versions) < 2 * ROUNDS + 1 or change.event == versions[1].event:
        return False
    own = all(_is_by(client, each) for each in versions[: 2 * ROUNDS : 2])
    return own and all(one.event == other.event for one, other in zip(versions, versions[2:], strict=False))


# What was dead


def _write_to_deleted(writes: Writes, ledger: Ledger, entry: Entry) -> None:
    event_id, grave = entry.event_id or "", next(iter(entry.delivered), None)
    before = writes.dead.get(event_id)
    if before and before.change is not grave:
        # It was restored meanwhile, and deleted again.
        before = None
    known = ledger.knew(event_id, entry.heard)
    told = known is not None and known.change.deleted
    code = "write.toDeletedAgain" if before and (told or before.code != "write.toDeleted") else "write.toDeleted"
    requests = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
    hazard = "delete-of-deleted" if entry.operation == "deleteEvent" else "edit-vs-delete"
    tried = named_fields(entry.json, grave) if grave else ()
    fields = tuple(sorted({*(before.fields if before else ()), *tried}))
    writes.dead[event_id] = Observation(code, requests, {"grave": grave or ""}, grave, fields=fields, hazard=hazard)
