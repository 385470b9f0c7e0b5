"""A stale body under a fresh tag: a whole write whose fields are those of an older version that the client knew."""

from collections.abc import Iterator, Set
from typing import NamedTuple

from mockcrm.audit.ledger import Ledger
from mockcrm.audit.write_ledger import is_by
from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields, fields_with_content, set_fields
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import REPLACEMENTS

MAX_UNNAMED = 2
"""How many fields of the contract a PATCH may leave out and still be a whole write, and no more than a fifth of all."""
MAX_VERSIONS = 100
"""How many versions before the one that a write replaced are compared with it."""


class Revert(NamedTuple):
    """What a write put back: the older version, the request that had delivered it (0 if the client wrote it itself).

    `authors` has, by field, the colleague's version whose value is gone. `kept` are the fields to which the write gave
    values of its own.
    """

    older: Change
    request: int
    authors: dict[str, Change]
    kept: tuple[str, ...]


def reverted(ledger: Ledger, entry: Entry, change: Change, prior: Change, names: Set[str]) -> Revert | None:
    """What a whole write put back of the fields `names`, whose present values the client knew.

    Of several older versions it is the one that fits best, and of those the latest.
    """
    if not _is_whole(entry, change):
        return None
    candidates = (
        _compared(change, prior, older, request, names) for older, request in _known_before(ledger, entry, prior)
    )
    return min(filter(None, candidates), key=lambda revert: len(revert.kept), default=None)


def _compared(change: Change, prior: Change, older: Change, request: int, names: Set[str]) -> Revert | None:
    """What a write put back to an older version.

    A body that has anything which is newer than the older version was not made from that.
    """
    since, changed = changed_fields(older.record, prior.record), set_fields(change)
    if not since <= changed:
        return None
    own = changed_fields(older.record, change.record)
    authors = {name: author for name, author in _authors(older, prior, since & names - own) if author is not None}
    return Revert(older, request, authors, tuple(sorted(own))) if authors else None


def _is_whole(entry: Entry, change: Change) -> bool:
    """Whether a write gives the whole record. A person who changes a field back by PATCH names little else."""
    if entry.operation in REPLACEMENTS:
        return True
    named, kind = {*entry.named_fields}, kind_of(change.record)
    fields = kind.fields.keys() - {*kind.filled}
    return fields_with_content(change.record) <= named or len(fields - named) <= min(MAX_UNNAMED, len(fields) // 5)


def _known_before(ledger: Ledger, entry: Entry, prior: Change) -> Iterator[tuple[Change, int]]:
    """The versions before one that had been delivered to the client, or that it wrote; the latest first."""
    requests: dict[int, int] = {}
    delivery = ledger.delivered_by(prior.record.id, entry.answers_seen)
    while delivery is not None:
        requests[delivery.version] = delivery.request
        delivery = delivery.before
    version = prior.prior
    for _ in range(MAX_VERSIONS):
        if version is None:
            return
        if not version.deleted and (version.version in requests or is_by(ledger, version)):
            yield version, requests.get(version.version, 0)
        version = version.prior


def _authors(older: Change, prior: Change, names: Set[str]) -> Iterator[tuple[str, Change | None]]:
    """The version that gave each field its present value since an older version; None if no colleague did."""
    left, version = {*names}, prior
    while left and version is not older and version.prior is not None:
        for name in set_fields(version) & left:
            left.discard(name)
            yield name, version if version.by_colleague else None
        version = version.prior
