"""Deletions that follow from a refused list: a client takes it for empty, and mirrors what is not there."""

from collections.abc import Callable, Iterator

from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS, Emptying, WriteLedger
from mockcrm.crm.change import Change
from mockcrm.journal.entry import Entry

MIN_EMPTIED = 2
"""How many records at least a client must have deleted: one may be its user's wish."""
MAX_REFUSALS = 100
"""After how many refusals, the latest, deletions are remembered."""


def enter_deletion(
    writes: WriteLedger, ledger: Ledger, entry: Entry, change: Change, latest: Callable[[str], Change | None]
) -> None:
    """Note a deletion by a client whose list was refused, and to which nothing was delivered from there since."""
    if ledger.shut is None:
        return
    refused = ledger.shut.request
    if before := writes.emptied.get(refused):
        requests = (*before.requests, entry.number)[-MAX_REQUESTS:]
        writes.emptied[refused] = Emptying(requests, change, before.times + 1, before.left - 1)
        return
    left = sum(_is_living(latest(record_id)) for record_id in ledger.living)
    writes.emptied[refused] = Emptying((entry.number,), change, 1, left)
    if len(writes.emptied) > MAX_REFUSALS:
        del writes.emptied[next(iter(writes.emptied))]


def _is_living(change: Change | None) -> bool:
    return change is not None and not change.deleted


def emptied(writes: WriteLedger) -> Iterator[Observation]:
    """Lists of which a client deleted all that it had, without a look, after they had been refused."""
    for refused, each in writes.emptied.items():
        if each.left <= 0 and each.times >= MIN_EMPTIED:
            facts = {"refused": refused}
            yield Observation("write.emptied", (refused, *each.requests), facts, each.change, count=each.times)
