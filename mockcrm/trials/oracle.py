"""Works out what harm a client did to events, from the change log and the wire. The audit has no part in it.

Each change that the client made is compared with what it had received by then (`mockcrm.trials.wiretap`). What a client
lost is worked out by `mockcrm.trials.replica_oracle`.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass  # noqa: TID251  these are sorted
from itertools import pairwise
from typing import Any

from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import CONTROLS, Dialect
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.rendering import shown_record
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS
from mockcrm.reference_client.mailbox import Fields
from mockcrm.reference_client.normalize import FIELD_DEFAULTS, event_fields
from mockcrm.trials.wiretap import WireExchange, Wiretap

MIN_DRIFTS = 3
"""In how many successive writes an event must move by the same time to count as drifting, or a text must grow."""
FIRST_ANSWER = "NeedsAction"
"""The status of an attendee who has not answered."""
MIN_LOOPS = 2
"""How often a client must write an event again as it received it to be in a feedback loop."""


MIN_REPETITIONS = 5
"""How often the same request must meet with the same result to count as getting nowhere."""
PERMANENT = (400, 403, 409, 410, 412, 422)
"""Statuses of refusals that do not pass by themselves."""


@dataclass(frozen=True, order=True)
class Harm:
    """Something that a client did to an event and that nobody wanted.

    `kind` is one of `overwritten`, `clobbered`, `redacted`, `deleted`, `attendee lost`, `duplicate`, `resurrection`,
    `drift`, `growth` and `loop`.
    """

    kind: str
    event_id: str


def harm_done(wiretap: Wiretap) -> set[Harm]:
    """The harm that the client did in the CRM, as far as the change log shows it."""
    with wiretap.sandbox.open() as state:
        log, dialect = state.crm.store.changes_of(EVENT), state.crm.dialect
    found = {Harm(kind, change.record.id) for change, kind in _blind_writes(wiretap, log, dialect)}
    found |= {Harm("attendee lost", event_id) for event_id in _lost_attendees(log)}
    found |= {Harm("duplicate", event_id) for event_id in _duplicates(log)}
    found |= {Harm("resurrection", event_id) for event_id in _resurrections(log)}
    found |= {Harm("drift", event_id) for event_id in _drifting(log)}
    found |= {Harm("growth", event_id) for event_id in _growing(log)}
    return found | {Harm("loop", event_id) for event_id in _loops(wiretap, log)}


# Blind writes


def _blind_writes(wiretap: Wiretap, log: Sequence[Change], dialect: Dialect) -> Iterator[tuple[Change, str]]:
    """The client's changes that undid something it had never received, each with the kind of harm.

    What the dialect shows to no client does not count.
    """
    busy = dialect.private_in_lists == "busy"
    hidden = EVENT.schema(CONTROLS).fields.keys() - EVENT.schema(dialect).fields.keys()
    for place, exchange in enumerate(wiretap.exchanges):
        earlier = wiretap.exchanges[:place]
        for change in _made_by(exchange, log):
            if change.origin == "client" and change.before is not None:
                for name, value in _fields_after(change.before).items():
                    kind = None if name in hidden else _undone(change, name, value, exchange, earlier, busy=busy)
                    if kind:
                        yield change, kind


def _made_by(exchange: WireExchange, log: Sequence[Change]) -> Sequence[Change]:
    """The changes of a log that came with a request. A log of events alone does not have every `seq`."""
    begin, end = (bisect_right(log, seq, key=lambda change: change.seq) for seq in (exchange.before, exchange.after))
    return log[begin:end]


def _undone(
    change: Change, name: str, value: Any, exchange: WireExchange, earlier: Sequence[WireExchange], *, busy: bool
) -> str | None:
    """The harm that a change did to the earlier value of a field; None if it did none."""
    written = None if change.deleted else _fields_after(change).get(name)
    if written == value:
        return None
    setter = _setter(change, name, value)
    seen = [_seen(each, change.record.id, name, busy=busy) for each in earlier if each.after >= setter.seq]
    reset = not change.deleted and written == FIELD_DEFAULTS.get(name)
    never_set = setter.op == "created" and value == FIELD_DEFAULTS.get(name)
    if value in seen and name == "attendees" and _loses_answers(value, written, exchange.body):
        return "clobbered"
    if value in seen:
        return "clobbered" if reset and exchange.method == "PUT" and name not in exchange.body else None
    if HIDDEN in seen and (reset or written == "Busy"):
        return "clobbered" if reset else "redacted"
    # Who deletes an event as it was created removes nobody's edit, even if lists left a field of it out.
    as_created = change.deleted and HIDDEN in seen and setter.op == "created"
    if not setter.by_colleague or never_set or as_created:
        return None
    return "deleted" if change.deleted else "overwritten"


def _loses_answers(earlier: Sequence[Fields], written: Sequence[Fields] | None, body: Any) -> bool:
    """Whether a write left out the answers of attendees, and so put them back."""
    sent = (body or {}).get("attendees", []) if isinstance(body, Mapping) else []
    bare = [_who(each) for each in sent if "status" not in each]
    answered = [_who(each) for each in earlier if each["status"] != FIRST_ANSWER]
    return any(
        _who(each) in bare and _who(each) in answered for each in written or () if each["status"] == FIRST_ANSWER
    )


def _who(attendee: Fields) -> tuple[Any, ...]:
    return tuple(attendee.get(name) for name in ("userId", "emailAddress", "contactId"))


ABSENT, HIDDEN = object(), object()
"""What an answer shows of a field if it lacks the event, and if it has the event without the field."""


def _seen(exchange: WireExchange, event_id: str, name: str, *, busy: bool) -> Any:
    """The value of a field that an answer showed, or `ABSENT` or `HIDDEN`."""
    row = exchange.rows.get(event_id)
    if row is None or row.get("deleted"):
        return ABSENT
    redacted = busy and exchange.listed and row.get("private") and name in EVENT.redacted_fields
    return HIDDEN if redacted or (exchange.listed and name not in row) else row.get(name)


def _setter(change: Change, name: str, value: Any) -> Change:
    """The change that set a field to the value that it had before another change."""
    setter = change.prior
    assert setter is not None
    while setter.prior is not None and _fields_after(setter.prior).get(name) == value:
        setter = setter.prior
    return setter


def _fields_after(change: Change) -> Fields:
    return event_fields(shown_record(change))


def _lost_attendees(log: Sequence[Change]) -> Iterator[str]:
    """Events that lost an attendee whom a calendar cannot show, so that no user can have meant it."""
    for change in log:
        if change.origin == "client" and change.before is not None:
            hidden = {
                each.contact_id or each.user_id for each in change.before.event.attendees if not each.email_address
            }
            if not hidden <= {each.contact_id or each.user_id for each in change.event.attendees}:
                yield change.record.id


def _loops(wiretap: Wiretap, log: Sequence[Change]) -> Iterator[str]:
    """Events that the client received as it had left them, and wrote unchanged, again and again.

    To write again what it got no whole answer to is no round of a loop.
    """
    rounds, unsure = Counter[str](), set[int]()
    for place, exchange in enumerate(wiretap.exchanges):
        for change in _made_by(exchange, log):
            unsure |= set() if exchange.whole else {change.seq}
            event_id, prior = change.record.id, change.prior
            if change.origin != "client" or prior is None or change.deleted:
                continue
            told = prior.origin == "client" and prior.seq not in unsure
            same = told and _fields_after(prior) == _fields_after(change)
            received = any(each.before >= prior.seq and event_id in each.rows for each in wiretap.exchanges[:place])
            rounds[event_id] = rounds[event_id] + 1 if same and received else 0
            if rounds[event_id] >= MIN_LOOPS:
                yield event_id


# Requests that get nowhere


def repetitions(wiretap: Wiretap) -> set[str]:
    """What a client asked again and again with the same result: `refused list`, `refused request` and `page`."""
    found: Counter[tuple[str, str]] = Counter()
    for each in wiretap.exchanges:
        query = sorted(each.query.items())
        if each.status in PERMANENT:
            kind = "refused list" if each.method == "GET" and each.path in (EVENTS, DELETIONS) else "refused request"
            found[kind, str((each.method, each.path, query, each.body, each.status))] += 1
        elif "pageToken" in each.query and each.rows:
            found["page", str((each.path, query))] += 1
    return {kind for (kind, _), count in found.items() if count >= MIN_REPETITIONS}


# Events that should not be there


def _created(log: Sequence[Change]) -> list[Change]:
    return [change for change in log if change.op == "created" and change.origin == "client"]


def _duplicates(log: Sequence[Change]) -> Iterator[str]:
    """Live events that were created with the content of an earlier one; the first is left out."""
    newest = {change.record.id: change for change in log}
    seen: list[Fields] = []
    for change in _created(log):
        if newest[change.record.id].deleted:
            continue
        if _fields_after(change) in seen:
            yield change.record.id
        seen.append(_fields_after(change))


def _resurrections(log: Sequence[Change]) -> Iterator[str]:
    """Events that were created with the content of one that a colleague had deleted."""
    for change in _created(log):
        earlier = [each for each in log if each.seq < change.seq]
        newest = {each.record.id: each for each in earlier}.values()
        deleted = {each.record.id for each in newest if each.deleted and each.by_colleague}
        if any(each.record.id in deleted and _fields_after(each) == _fields_after(change) for each in earlier):
            yield change.record.id


def _drifting(log: Sequence[Change]) -> Iterator[str]:
    """Events that the client moved by the same time in several successive writes."""
    for event_id in {change.record.id for change in log}:
        versions = [change for change in log if change.record.id == event_id]
        moves = [_move(before, after) for before, after in pairwise(versions)]
        for at in range(len(moves) - MIN_DRIFTS + 1):
            if moves[at] is not None and len(set(moves[at : at + MIN_DRIFTS])) == 1:
                yield event_id


def _growing(log: Sequence[Change]) -> Iterator[str]:
    """Events to whose description the client added the same in several successive writes."""
    for event_id in {change.record.id for change in log}:
        versions = [change for change in log if change.record.id == event_id]
        added = [_addition(before, after) for before, after in pairwise(versions)]
        for at in range(len(added) - MIN_DRIFTS + 1):
            if added[at] and len(set(added[at : at + MIN_DRIFTS])) == 1:
                yield event_id


def _addition(before: Change, after: Change) -> str:
    """What the client added to the end of a description; empty if it did not."""
    earlier, later = before.event.description or "", after.event.description or ""
    grown = after.origin == "client" and not after.deleted and earlier and later.startswith(earlier)
    return later.removeprefix(earlier) if grown else ""


def _move(before: Change, after: Change) -> tuple[Any, Any] | None:
    """By how much the client moved an event's start and end; None if it did not."""
    if after.origin != "client" or after.deleted or before.event.all_day != after.event.all_day:
        return None
    move = (after.event.start - before.event.start, after.event.end - before.event.end)
    return move if any(move) else None
