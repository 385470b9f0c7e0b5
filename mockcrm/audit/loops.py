"""Feedback loops: echoes, drift, growth and ping-pong, where a client writes its own result again and again."""

from collections.abc import Iterator
from datetime import timedelta

from mockcrm.audit.growth import Growth, growths
from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.phrases import enumerated
from mockcrm.audit.write_ledger import MAX_REQUESTS, UNMOVED, FieldChange, LoopState, WriteLedger, is_by
from mockcrm.base.difference import shortly
from mockcrm.crm.change import Change
from mockcrm.crm.content import record_content, set_fields
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.journal.entry import Entry

LOOP_ROUNDS = 2
"""How often a client must receive its own result and do the same to it, before that is called a loop."""

_ECHO = FieldChange("echo")


def detect_loop(writes: WriteLedger, ledger: Ledger, entry: Entry, change: Change, prior: Change) -> None:
    """Note whether a client did to its own result what it had done before."""
    record_id = change.record.id
    last = writes.loop_states.get(record_id, LoopState(0))
    returned = _was_delivered(ledger, entry, prior)
    counts = _counts(last, change, prior) if returned and last.version == prior.version else None
    requests = (*last.requests, entry.number)[-MAX_REQUESTS:]
    writes.loop_states[record_id] = LoopState(change.version, requests, (change, prior), counts)
    if change.record == prior.record:
        before = writes.echoes.get(record_id)
        echoes = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
        writes.echoes[record_id] = Observation("write.echo", echoes, {}, change)
    found = {each: count for each, count in (counts or {}).items() if count >= LOOP_ROUNDS}
    for loop in _loops(entry, change, found, requests):
        writes.loops[record_id, loop.code] = loop
    if not found and returned and _is_ping_pong(ledger, change):
        facts = {"how": f"Twice this client changed the {change.kind} back to its earlier state"}
        fields = tuple(sorted(set_fields(change)))
        ping_pong = Observation("write.pingPong", requests, facts, change, fields=fields)
        writes.loops[record_id, ping_pong.code] = ping_pong


def _counts(last: LoopState, change: Change, prior: Change) -> dict[FieldChange, int]:
    """What a write did to a client's own result, and how often in a row it had done the same."""
    counts = last.counts
    if counts is None:
        counts = dict.fromkeys(_field_changes(*last.step), 0) if last.step else {}
    return {
        each: counts.get(each, 0) + 1 if each == _ECHO or each in counts else 0
        for each in _field_changes(change, prior)
    }


def _was_delivered(ledger: Ledger, entry: Entry, prior: Change) -> bool:
    """Whether a list or a read by id had delivered the version that a write replaced.

    The answer to a client's own write does not count.
    """
    returned = ledger.returned.get(prior.record.id)
    if prior.origin == "client":
        return returned is not None and returned.version == prior.version and returned.answer_seq <= entry.answers_seen
    delivered = ledger.delivered_by(prior.record.id, entry.answers_seen)
    return delivered is not None and delivered.version >= prior.version


def _field_changes(change: Change, prior: Change) -> Iterator[FieldChange]:
    """What a write did that may recur.

    A person who moves a meeting by a week, each week, writes something else besides. So a move counts only by itself
    or beside growth.
    """
    if prior.record == change.record:
        yield _ECHO
        return
    before, after = record_content(prior.record), record_content(change.record)
    checks = checks_of(kind_of(change.record))
    explained = {*checks.times}
    for name in set_fields(change) - checks.times:
        for growth in growths(before.get(name), after.get(name)):
            explained.add(name)
            yield FieldChange("growth", name, growth=growth)
    by = checks.moved(prior.record, change.record) if checks.moved else UNMOVED
    if any(by) and set_fields(change) <= explained:
        yield FieldChange("move", by=by)


def _loops(
    entry: Entry, change: Change, found: dict[FieldChange, int], requests: tuple[int, ...]
) -> Iterator[Observation]:
    """What a write did often enough to be a loop. A loop names the requests of its own rounds."""

    def rounds(*loops: FieldChange) -> tuple[int, ...]:
        return requests[-1 - max(found[each] for each in loops) :]

    # A step may have several explanations. The likeliest of those that fit each time comes last here, and stays.
    growing = {each.field: each for each in reversed(found) if each.what == "growth"}
    for each in found:
        match each.what:
            case "echo":
                yield _echo_loop(entry, change, rounds(each))
            case "move":
                yield _drift(change, each, rounds(each))
    if growing:
        fields = tuple(sorted(growing))
        facts = {"done": enumerated([_grown(name, growing[name].growth) for name in fields])}
        are_texts = all(isinstance(record_content(change.record)[name], str) for name in fields)
        hazard = "growing-text" if are_texts else None
        yield Observation("write.growth", rounds(*growing.values()), facts, change, fields=fields, hazard=hazard)


def _echo_loop(entry: Entry, change: Change, requests: tuple[int, ...]) -> Observation:
    names = _normalized(entry, change)
    unchanged = f"Again and again this client received its own result and wrote the {change.kind} without a change"
    how = f"{unchanged}, because the CRM stores {' and '.join(names)} differently" if names else unchanged
    hazard = "server-normalizes" if names else "echo-own-write"
    return Observation("write.pingPong", requests, {"how": how}, change, fields=names, hazard=hazard)


def _drift(change: Change, move: FieldChange, requests: tuple[int, ...]) -> Observation:
    start, end = move.by
    fields = tuple(name for name, by in (("endTime", end), ("startTime", start)) if by)
    drift = checks_of(kind_of(change.record)).drift
    hazard = drift(change.record, move.by) if drift else None
    return Observation("write.drift", requests, {"moved": _moved(start, end)}, change, fields=fields, hazard=hazard)


def _moved(start: timedelta, end: timedelta) -> str:
    if start == end:
        return f"start and end by {_shift(start)}"
    shifts = (("start", start), ("end", end))
    return enumerated([f"the {name} by {_shift(by)}" for name, by in shifts if by])


def _shift(by: timedelta) -> str:
    """A shift in words: `+1 day 2 hours`."""
    minutes, seconds = divmod(abs(by).seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (abs(by).days, "day"),
        (hours, "hour"),
        (minutes, "minute"),
        (seconds + abs(by).microseconds / 1e6, "second"),
    )
    words = " ".join(f"{count:g} {unit}{'s' * (count != 1)}" for count, unit in parts if count)
    return f"{'-' if by < timedelta(0) else '+'}{words}"


def _grown(name: str, growth: Growth) -> str:
    added = f"added {enumerated([shortly(each) for each in growth.added])} to {name}"
    escaped = f"escaped the text of {name} once more ({growth.escape})"
    return " and ".join([escaped] * bool(growth.escape) + [added] * bool(growth.added))


def _normalized(entry: Entry, change: Change) -> tuple[str, ...]:
    """The fields that the CRM stores differently from what the client sent."""
    sent, kept = entry.json, record_content(change.record)
    if not isinstance(sent, dict):
        return ()
    names = [name for name, value in kept.items() if isinstance(value, str) and sent.get(name, value) != value]
    lists = checks_of(kind_of(change.record)).addresses or {}
    for name, kept_in in lists.items():
        asked = [each.get("emailAddress") for each in sent.get(name) or () if isinstance(each, dict)]
        names += [name] if name in sent and asked != kept_in(change.record) else []
    return tuple(sorted(names))


def _is_ping_pong(ledger: Ledger, change: Change) -> bool:
    """Whether a record went from A to B and back twice, and this client changed it back both times."""
    versions: list[Change] = []
    version: Change | None = change
    while version is not None and not version.deleted and len(versions) < 2 * LOOP_ROUNDS + 1:
        versions.append(version)
        version = version.prior
    if len(versions) < 2 * LOOP_ROUNDS + 1 or change.record == versions[1].record:
        return False
    own = all(is_by(ledger, each) for each in versions[: 2 * LOOP_ROUNDS : 2])
    return own and all(one.record == other.record for one, other in zip(versions, versions[2:], strict=False))
