"""Events that a client made twice."""

from collections.abc import Callable, Iterator

from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS, Made, Writes
from mockcrm.crm.content import digest_of
from mockcrm.crm.event import Change
from mockcrm.journal.entry import Entry

Latest = Callable[[str], Change | None]
"""The newest version of an event."""


def make(writes: Writes, ledger: Ledger, entry: Entry, change: Change) -> None:
    """Note an event that a client made, and if it had made the same before and was not told of that."""
    made = Made(change, entry.number, entry.answers_seen, entry.answer_seq, digest_of(change.event), _lost(entry))
    writes.made.append(made)
    untold = writes.untold.get(made.digest, ())
    untold = tuple(each for each in untold if ledger.knew(each.change.event.id, entry.answers_seen) is None)
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


def doubled(writes: Writes, latest: Latest) -> Iterator[Observation]:
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
