"""What a client's writes did to what others had written, judged write by write (`docs/explanation/audit.md`).

Each write is compared with what had been delivered when it was sent. `enter_write` comes before `reads.enter_request`
of the same request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from mockcrm.audit.duplicates import LatestVersion, duplicates, enter_creation
from mockcrm.audit.emptied import emptied, enter_deletion
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.loops import detect_loop
from mockcrm.audit.lost_updates import lost_by_deletion, lost_by_edit
from mockcrm.audit.resurrections import TombstoneVisibility, resurrections
from mockcrm.audit.same_meetings import ShownRecords, present_before
from mockcrm.audit.write_ledger import (
    MAX_REQUESTS,
    MAX_UNANSWERED,
    LoopState,
    WriteLedger,
    digest_of_text,
    request_digest,
)
from mockcrm.crm.change import Change
from mockcrm.crm.content import named_fields
from mockcrm.errors import RecordDeleted
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import DELETIONS, WRITES


def observations(writes: WriteLedger, latest: LatestVersion, shown: ShownRecords) -> Iterator[Observation]:
    """Everything that was observed, as the records stand now. `shown` has those that lists show."""
    yield from writes.observations
    looping = {record_id for record_id, _ in writes.loops}
    yield from (echo for record_id, echo in writes.echoes.items() if record_id not in looping)
    yield from writes.loops.values()
    yield from writes.to_deleted.values()
    yield from duplicates(writes, latest)
    yield from present_before(writes, latest, shown)
    yield from emptied(writes)


def enter_write(
    writes: WriteLedger,
    ledger: Ledger,
    entry: Entry,
    visibility: TombstoneVisibility,
    elsewhere: Sequence[Ledger] = (),
) -> None:
    """Enter a request that was answered, given the ledger of all requests before it.

    `elsewhere` are the client's ledgers of other calendars, if the request created something.
    """
    if entry.operation not in WRITES:
        return
    asked = request_digest(entry)
    retried = asked in writes.unanswered
    change = entry.committed
    if change is not None:
        _judge(writes, (ledger, *elsewhere), entry, change, visibility, retried=retried)
    elif _is_of_deleted(entry) and not retried:
        _write_to_deleted(writes, ledger, entry)
    writes.unanswered.pop(asked, None)
    if not _is_of_deleted(entry) and not (entry.whole and entry.status and entry.status < 400):
        writes.unanswered[asked] = None
        if len(writes.unanswered) > MAX_UNANSWERED:
            del writes.unanswered[next(iter(writes.unanswered))]


def _is_of_deleted(entry: Entry) -> bool:
    """Whether a request was refused because its record is deleted."""
    return entry.kind is not None and entry.code == RecordDeleted.of(entry.kind).code


def _judge(
    writes: WriteLedger,
    ledgers: Sequence[Ledger],
    entry: Entry,
    change: Change,
    visibility: TombstoneVisibility,
    *,
    retried: bool,
) -> None:
    ledger = ledgers[0]
    if change.prior is None:
        enter_creation(writes, ledger, entry, change)
        writes.observations += resurrections(writes, ledgers, entry, change, visibility)
        writes.loop_states[change.record.id] = LoopState(change.version, (entry.number,))
    elif change.deleted:
        writes.observations += lost_by_deletion(ledger, entry, change, change.prior)
        enter_deletion(writes, ledger, entry, change, partial(visibility.latest, change.kind))
    else:
        writes.observations += lost_by_edit(ledger, entry, change, change.prior)
        if retried and (last := writes.loop_states.get(change.record.id)):
            writes.loop_states[change.record.id] = replace(last, version=change.version)
        else:
            detect_loop(writes, ledger, entry, change, change.prior)


def _write_to_deleted(writes: WriteLedger, ledger: Ledger, entry: Entry) -> None:
    record_id, tombstone = entry.record_id or "", next(iter(entry.delivered), None)
    before = writes.to_deleted.get(record_id)
    if before and before.change is not tombstone:
        # The record was restored and deleted again in between.
        before = None
    delivered = ledger.delivered_by(record_id, entry.answers_seen)
    knows = delivered is not None and delivered.change.deleted
    code = "write.toDeletedAgain" if before and (knows or before.code != "write.toDeleted") else "write.toDeleted"
    requests = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
    hazard = "delete-of-deleted" if entry.operation in DELETIONS else "edit-vs-delete"
    body = entry.json
    tried = named_fields(body, tombstone) if tombstone else ()
    fields = tuple(sorted({*(before.fields if before else ()), *tried}))
    facts = {"deletion": tombstone or ""}
    known = writes.tried[record_id] if before else {}
    now = {name: known.get(name, frozenset()) | {digest_of_text(body[name])} for name in tried}
    writes.tried[record_id] = {**known, **now}
    writes.to_deleted[record_id] = Observation(code, requests, facts, tombstone, fields=fields, hazard=hazard)
