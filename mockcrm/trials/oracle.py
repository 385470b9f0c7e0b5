"""What has become of a CRM and of a client in the end, by the change log and what passed. No audit has a part in it.

Of reading, the client's replica is held against what lists show. Of writing, each change that the client made is held
against what it had been given by then (`mockcrm.trials.wiretap`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mockcrm.crm.event import Change
from mockcrm.crm.record_schema import rendered, shown_event
from mockcrm.reference_client.mailbox import Content
from mockcrm.reference_client.normalize import UNSAID, Row, content_of, plain
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.trials.wiretap import Exchange, Witness

HIDDEN_WHERE_BUSY = ("subject", "description", "location", "attendees", "parentId", "relatedTo")
DRIFTS = 3
"""In how many writes an event must move by the same days, for it to drift."""
ROUNDS = 2
"""How often a client must be given its own result, and write it once more, for it to be restless."""


@dataclass(frozen=True, order=True)
class Harm:
    """What a client did to an event that nobody wanted."""

    kind: str
    event_id: str


def lacking(sandbox: Sandbox, replica: Mapping[str, Row]) -> set[str]:
    """The ids of the events of which a replica does not have what lists show, or has what they show no more.

    Lists may leave fields out: what a read by id has of the same version will do as well.
    """
    with sandbox.open() as state:
        shown = [(change, state.crm.dialect) for change in state.crm.store.visible_all() if not change.deleted]
    truths = {
        change.event.id: [_told(rendered([change], dialect, listed=listed)[0]) for listed in (True, False)]
        for change, dialect in shown
    }
    had = {event_id: _alike(row) for event_id, row in replica.items()}
    return {event_id for event_id in truths.keys() | had if had.get(event_id) not in truths.get(event_id, ())}


def _told(json_text: bytes) -> Mapping[str, Any]:
    return _alike(json.loads(json_text))


def _alike(row: Row) -> Mapping[str, Any]:
    """A row in one form, however its CRM writes times, and whatever it leaves out."""
    return {**content_of(plain(row)), "lastModifiedAt": plain(row)["lastModifiedAt"]}


def harm_done(witness: Witness) -> set[Harm]:
    """What the client did in the CRM that it should not have, as far as the log shows it."""
    with witness.sandbox.open() as state:
        log, busy = state.crm.store.changes(), state.crm.dialect.private_in_lists == "busy"
    found = {Harm(kind, change.event.id) for change, kind in _blind(witness, log, busy=busy)}
    found |= {Harm("disinvited", event_id) for event_id in _disinvited(log)}
    found |= {Harm("duplicate", event_id) for event_id in _twice(log)}
    found |= {Harm("zombie", event_id) for event_id in _raised(log)}
    found |= {Harm("drift", event_id) for event_id in _drifting(log)}
    return found | {Harm("restless", event_id) for event_id in _restless(witness, log)}


# Writing what one has not seen


def _blind(witness: Witness, log: Sequence[Change], *, busy: bool) -> Iterator[tuple[Change, str]]:
    """The client's changes that undid what it had never been given, and in which way."""
    for place, exchange in enumerate(witness.exchanges):
        for change in log[exchange.before : exchange.after]:
            if change.origin == "client" and change.before is not None:
                for name, value in _content(change.before).items():
                    if kind := _undone(change, name, value, exchange, witness.exchanges[:place], busy=busy):
                        yield change, kind


def _undone(
    change: Change, name: str, value: Any, exchange: Exchange, earlier: Sequence[Exchange], *, busy: bool
) -> str | None:
    """How a change did wrong by what a field said before it; None where it did not."""
    written = None if change.deleted else _content(change).get(name)
    if written == value:
        return None
    setter = _setter(change, name, value)
    given = [_given(each, change.event.id, name, busy=busy) for each in earlier if each.after >= setter.seq]
    reset = not change.deleted and written == UNSAID.get(name)
    never_said = setter.op == "created" and value == UNSAID.get(name)
    if value in given:
        return "clobbered" if reset and exchange.method == "PUT" and name not in exchange.body else None
    if HIDDEN in given and (reset or written == "Busy"):
        return "clobbered" if reset else "redacted"
    if setter.origin == "client" or never_said or (change.deleted and HIDDEN in given):
        return None
    return "deleted" if change.deleted else "overwritten"


SILENCE, HIDDEN = object(), object()
"""What an answer that has not the event says of a field, and one that has the event without the field."""


def _given(exchange: Exchange, event_id: str, name: str, *, busy: bool) -> Any:
    """What an answer said of a field."""
    row = exchange.rows.get(event_id)
    if row is None or row.get("deleted"):
        return SILENCE
    redacted = busy and exchange.listed and row.get("private") and name in HIDDEN_WHERE_BUSY
    return HIDDEN if redacted or (exchange.listed and name not in row) else row.get(name)


def _setter(change: Change, name: str, value: Any) -> Change:
    """The change that made a field say what it said before another."""
    setter = change.prior
    assert setter is not None
    while setter.prior is not None and _content(setter.prior).get(name) == value:
        setter = setter.prior
    return setter


def _content(change: Change) -> Content:
    return content_of(shown_event(change))


def _disinvited(log: Sequence[Change]) -> Iterator[str]:
    """Events that lost an attendee whom a calendar cannot show, so that no user can have meant it."""
    for change in log:
        if change.origin == "client" and change.before is not None:
            hidden = {
                each.contact_id or each.user_id for each in change.before.event.attendees if not each.email_address
            }
            if not hidden <= {each.contact_id or each.user_id for each in change.event.attendees}:
                yield change.event.id


def _restless(witness: Witness, log: Sequence[Change]) -> Iterator[str]:
    """Events that the client wrote as it had been given them, which was as it had left them, again and again."""
    rounds: Counter[str] = Counter()
    for place, exchange in enumerate(witness.exchanges):
        for change in log[exchange.before : exchange.after]:
            event_id, prior = change.event.id, change.prior
            if change.origin != "client" or prior is None or change.deleted:
                continue
            again = prior.origin == "client" and _content(prior) == _content(change)
            back = any(each.before >= prior.seq and event_id in each.rows for each in witness.exchanges[:place])
            rounds[event_id] = rounds[event_id] + 1 if again and back else 0
            if rounds[event_id] >= ROUNDS:
                yield event_id


# What there is that should not be


def _created(log: Sequence[Change]) -> list[Change]:
    return [change for change in log if change.op == "created" and change.origin == "client"]


def _twice(log: Sequence[Change]) -> Iterator[str]:
    """Events that live, and say the same as another did when it was made; each but the first."""
    newest = {change.event.id: change for change in log}
    seen: list[Content] = []
    for change in _created(log):
        if newest[change.event.id].deleted:
            continue
        if _content(change) in seen:
            yield change.event.id
        seen.append(_content(change))


def _raised(log: Sequence[Change]) -> Iterator[str]:
    """Events that were made as one had once been that a colleague had deleted by then."""
    for change in _created(log):
        earlier = log[: change.seq - 1]
        newest = {each.event.id: each for each in earlier}.values()
        dead = {each.event.id for each in newest if each.deleted and each.origin == "crm"}
        if any(each.event.id in dead and _content(each) == _content(change) for each in earlier):
            yield change.event.id


def _drifting(log: Sequence[Change]) -> Iterator[str]:
    """Events of whole days that the client moved by the same days in each of several writes, one after the other."""
    for event_id in {change.event.id for change in log}:
        versions = [change for change in log if change.event.id == event_id]
        moves = [_move(before, after) for before, after in pairwise(versions)]
        for at in range(len(moves) - DRIFTS + 1):
            if moves[at] is not None and len(set(moves[at : at + DRIFTS])) == 1:
                yield event_id


def _move(before: Change, after: Change) -> tuple[Any, Any] | None:
    """By how much the client moved a whole day's start and end; None where it did not."""
    if after.origin != "client" or after.deleted or not (before.event.all_day and after.event.all_day):
        return None
    move = (after.event.start - before.event.start, after.event.end - before.event.end)
    return move if any(move) else None
