"""Records that a client created twice: by a retry whose first answer was lost, or by uploading the same again."""

from collections.abc import Callable, Iterator

from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_REQUESTS, Creation, WriteLedger
from mockcrm.crm.change import Change
from mockcrm.crm.content import digest_of
from mockcrm.journal.entry import Entry

LatestVersion = Callable[[str], Change | None]
"""The latest version of a record, by its id."""


def enter_creation(writes: WriteLedger, ledger: Ledger, entry: Entry, change: Change) -> None:
    """Note a record that a client created, and whether it repeats a creation whose answer was lost."""
    creation = Creation(
        change, entry.number, entry.answers_seen, entry.answer_seq, digest_of(change.record), _lost(entry)
    )
    writes.creations.append(creation)
    unconfirmed = tuple(
        each
        for each in writes.unconfirmed.get(creation.digest, ())
        if ledger.delivered_by(each.change.record.id, entry.answers_seen) is None
    )
    if unconfirmed:
        writes.retried.append((unconfirmed[-1], creation))
    if creation.lost:
        unconfirmed = (*unconfirmed, creation)[-MAX_REQUESTS:]
    if unconfirmed:
        writes.unconfirmed[creation.digest] = unconfirmed
    else:
        writes.unconfirmed.pop(creation.digest, None)


def _lost(entry: Entry) -> str | None:
    """Why the client did not learn that its record was created, as a hazard."""
    if entry.status is not None and entry.status >= 400:
        return "retry-nonidempotent-post"
    return None if entry.whole else "lost-response-on-create"


def duplicates(writes: WriteLedger, latest: LatestVersion) -> Iterator[Observation]:
    """Records that were created twice, while both are living."""

    def living(creation: Creation) -> Change | None:
        change = latest(creation.change.record.id)
        return None if change is None or change.deleted else change

    for first, second in writes.retried:
        if living(first) and living(second):
            yield _duplicate("duplicate.retried", first, second, first.lost)
    known = {second.request for _, second in writes.retried}
    by_digest: dict[bytes, tuple[Creation, Change]] = {}
    for creation in writes.creations:
        if (version := living(creation)) is None:
            continue
        before = by_digest.get(creation.digest)
        by_digest[creation.digest] = creation, version
        # A client may create a copy in order to change it: that is no duplicate.
        if before and creation.request not in known and digest_of(version.record) == digest_of(before[1].record):
            hazard = "slow-response" if before[0].answer_seq > creation.answers_seen else None
            yield _duplicate("duplicate.alike", before[0], creation, hazard)


def _duplicate(code: str, first: Creation, second: Creation, hazard: str | None) -> Observation:
    facts = {"other": first.change.record.id, "made": second.change.record.id, "answer": _ANSWERS[hazard]}
    return Observation(code, (first.request, second.request), facts, second.change, (first.change,), hazard=hazard)


_ANSWERS = {
    None: "its answer arrived",
    "lost-response-on-create": "its answer did not arrive whole",
    "retry-nonidempotent-post": "its answer was an error",
    "slow-response": "its answer had not arrived when the other was sent",
}
