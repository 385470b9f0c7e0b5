"""Feedback loops: echoes, drift and ping-pong, where a client writes its own result again and again."""

from datetime import timedelta

from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS, FieldChange, LoopState, WriteLedger, is_by
from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields, event_content, set_fields
from mockcrm.journal.entry import Entry

LOOP_ROUNDS = 2
"""How often a client must receive its own result and do the same to it, before that is called a loop."""

_ONE_DAY = timedelta(days=1)
_ECHO = "echo"


def detect_loop(writes: WriteLedger, ledger: Ledger, entry: Entry, change: Change, prior: Change) -> None:
    """Note whether a client did to its own result what it had done before."""
    event_id = change.event.id
    last = writes.loop_states.get(event_id, LoopState(0))
    now = _field_change(change, prior)
    requests = (*last.requests, entry.number)[-MAX_REQUESTS:]
    returned = _was_delivered(ledger, entry, prior)
    again = returned and last.version == prior.version and now in (FieldChange(_ECHO), last.change)
    count = (last.count if now == last.change else 0) + 1 if again and now else 0
    writes.loop_states[event_id] = LoopState(change.version, requests, now, count)
    if now is not None and now.what == _ECHO:
        before = writes.echoes.get(event_id)
        echoes = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
        writes.echoes[event_id] = Observation("write.echo", echoes, {}, change)
    if now is not None and count >= LOOP_ROUNDS:
        writes.loops[event_id] = _loop(entry, change, now, requests)
    elif returned and _is_ping_pong(ledger, change):
        facts = {"how": "Twice this client changed the event back to its earlier state"}
        fields = tuple(sorted(set_fields(change)))
        writes.loops[event_id] = Observation("write.pingPong", requests, facts, change, fields=fields)


def _was_delivered(ledger: Ledger, entry: Entry, prior: Change) -> bool:
    """Whether a list or a read by id had delivered the version that a write replaced.

    The answer to a client's own write does not count.
    """
    returned = ledger.returned.get(prior.event.id)
    if prior.origin == "client":
        return returned is not None and returned.version == prior.version and returned.answer_seq <= entry.answers_seen
    delivered = ledger.delivered_by(prior.event.id, entry.answers_seen)
    return delivered is not None and delivered.version >= prior.version


def _field_change(change: Change, prior: Change) -> FieldChange | None:
    before, after = prior.event, change.event
    if before == after:
        return FieldChange(_ECHO)
    by = after.start - before.start, after.end - before.end
    days = before.all_day and after.all_day and not any(each % _ONE_DAY for each in by)
    return FieldChange("move", by) if days and changed_fields(before, after) <= {"startTime", "endTime"} else None


def _loop(entry: Entry, change: Change, now: FieldChange, requests: tuple[int, ...]) -> Observation:
    if now.what == _ECHO:
        names = _normalized(entry, change)
        how = f"{_UNCHANGED}, because the CRM stores {' and '.join(names)} differently" if names else _UNCHANGED
        hazard = "server-normalizes" if names else "echo-own-write"
        return Observation("write.pingPong", requests, {"how": how}, change, fields=names, hazard=hazard)
    start, end = now.by
    hazard = "allday-tz-drift" if start else "allday-end-inclusive"
    facts = {"start": _days(start), "end": _days(end)}
    return Observation("write.drift", requests, facts, change, fields=_moved(start, end), hazard=hazard)


_UNCHANGED = "Again and again this client received its own result and wrote the event without a change"


def _days(by: timedelta) -> str:
    return f"{by.days:+d} day{'s' * (abs(by.days) != 1)}" if by else "nothing"


def _moved(start: timedelta, end: timedelta) -> tuple[str, ...]:
    return tuple(name for name, by in (("endTime", end), ("startTime", start)) if by)


def _normalized(entry: Entry, change: Change) -> tuple[str, ...]:
    """The fields that the CRM stores differently from what the client sent."""
    sent, kept = entry.json, event_content(change.event)
    if not isinstance(sent, dict):
        return ()
    names = [name for name, value in kept.items() if isinstance(value, str) and sent.get(name, value) != value]
    people = [each.email_address for each in change.event.attendees]
    asked = [each.get("emailAddress") for each in sent.get("attendees") or () if isinstance(each, dict)]
    return tuple(sorted([*names, *(["attendees"] if "attendees" in sent and asked != people else ())]))


def _is_ping_pong(ledger: Ledger, change: Change) -> bool:
    """Whether an event went from A to B and back twice, and this client changed it back both times."""
    versions: list[Change] = []
    version: Change | None = change
    while version is not None and not version.deleted and len(versions) < 2 * LOOP_ROUNDS + 1:
        versions.append(version)
        version = version.prior
    if len(versions) < 2 * LOOP_ROUNDS + 1 or change.event == versions[1].event:
        return False
    own = all(is_by(ledger, each) for each in versions[: 2 * LOOP_ROUNDS : 2])
    return own and all(one.event == other.event for one, other in zip(versions, versions[2:], strict=False))
