"""What a client's writes did to what others had written, judged request by request (`docs/audit.md`).

Each write is held against what the client had been given when it came. An account is a summary, as a ledger is: entries
that the journal drops are folded into it. `fold` a request into it before the same is folded into the client's ledger.
"""

from collections.abc import Iterator
from dataclasses import replace

from mockcrm.audit.duplicates import Latest, doubled, make
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.loops import detect_loop
from mockcrm.audit.lost_updates import deleted_unseen, overwritten
from mockcrm.audit.resurrections import Seer, raised
from mockcrm.audit.write_ledger import MAX_REQUESTS, MAX_UNHEARD, Rounds, Writes
from mockcrm.crm.content import named_fields
from mockcrm.crm.event import Change
from mockcrm.errors import EventDeleted
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import WRITES


def observations(writes: Writes, latest: Latest, *, complete: bool) -> Iterator[Observation]:
    """What there is to say of them all, as things stand.

    Where it is not `complete`, who knows what the client had been given before it wrote.
    """
    yield from writes.habits if complete else ()
    yield from (echo for event_id, echo in writes.echoes.items() if event_id not in writes.loops)
    yield from writes.loops.values()
    yield from writes.dead.values()
    yield from doubled(writes, latest)


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
        make(writes, ledger, entry, change)
        writes.habits += raised(writes, ledger, entry, change, view)
        writes.rounds[change.event.id] = Rounds(change.version, (entry.number,))
    elif change.deleted:
        writes.habits += deleted_unseen(ledger, entry, change, change.prior)
    else:
        writes.habits += overwritten(ledger, entry, change, change.prior)
        if retried and (last := writes.rounds.get(change.event.id)):
            writes.rounds[change.event.id] = replace(last, version=change.version)
        else:
            detect_loop(writes, ledger, entry, change, change.prior)


def _write_to_deleted(writes: Writes, ledger: Ledger, entry: Entry) -> None:
    event_id, grave = entry.event_id or "", next(iter(entry.delivered), None)
    before = writes.dead.get(event_id)
    if before and before.change is not grave:
        # It was restored meanwhile, and deleted again.
        before = None
    known = ledger.knew(event_id, entry.answers_seen)
    told = known is not None and known.change.deleted
    code = "write.toDeletedAgain" if before and (told or before.code != "write.toDeleted") else "write.toDeleted"
    requests = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
    hazard = "delete-of-deleted" if entry.operation == "deleteEvent" else "edit-vs-delete"
    tried = named_fields(entry.json, grave) if grave else ()
    fields = tuple(sorted({*(before.fields if before else ()), *tried}))
    writes.dead[event_id] = Observation(code, requests, {"grave": grave or ""}, grave, fields=fields, hazard=hazard)
