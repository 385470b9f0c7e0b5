"""Writes that go round."""

from datetime import timedelta

from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS, ROUNDS, FieldChange, Rounds, Writes, is_by
from mockcrm.crm.content import changed_fields, content_of, set_fields
from mockcrm.crm.event import Change
from mockcrm.journal.entry import Entry

_DAY = timedelta(days=1)
_ECHO = "echo"


def detect_loop(writes: Writes, ledger: Ledger, entry: Entry, change: Change, prior: Change) -> None:
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
        return back is not None and back.version == prior.version and back.left <= entry.answers_seen
    given = ledger.knew(prior.event.id, entry.answers_seen)
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
    own = all(is_by(client, each) for each in versions[: 2 * ROUNDS : 2])
    return own and all(one.event == other.event for one, other in zip(versions, versions[2:], strict=False))
