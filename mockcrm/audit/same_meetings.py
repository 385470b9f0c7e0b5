"""Meetings that a client created though somebody else's were there: with the same people, at the same time."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import timedelta

from mockcrm.audit.duplicates import LatestVersion
from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Observation
from mockcrm.audit.write_ledger import Creation, WriteLedger
from mockcrm.base.times import shifted
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.record import Record

ShownRecords = Callable[[], Iterable[Change]]
"""The versions that lists show, in no order."""
RACE = timedelta(minutes=1)
"""A client need not know of what was created so shortly before: it may have looked."""

_HAZARD = "same-meeting-two-users"


def present_before(writes: WriteLedger, latest: LatestVersion, shown: ShownRecords) -> Iterator[Observation]:
    """The meetings that a client created though they were there, while both are living and alike."""
    wanted: dict[Hashable, list[Creation]] = {}
    for creation in writes.creations:
        version = latest(creation.change.record.id)
        if version is not None and not version.deleted and (like := _meeting(version.record)) is not None:
            wanted.setdefault(like, []).append(creation)
    if not wanted:
        return
    own = {creation.change.record.id for creation in writes.creations}
    found: dict[int, tuple[Creation, Change]] = {}
    for change in shown():
        if change.deleted or change.record.id in own or (like := _meeting(change.record)) not in wanted:
            continue
        for creation in wanted[like]:
            if _was_there(change, creation.change):
                found.setdefault(creation.request, (creation, change))
    for creation, change in found.values():
        facts = {"other": change.record.id, "made": creation.change.record.id, "there": _first(change)}
        yield Observation("duplicate.present", (creation.request,), facts, creation.change, (change,), hazard=_HAZARD)


def _meeting(record: Record) -> Hashable | None:
    """What makes a meeting the same as another one, whoever uploads it; None for a record that is no meeting."""
    checks = checks_of(kind_of(record))
    return checks.meeting(record) if checks.meeting else None


def _was_there(other: Change, made: Change) -> bool:
    """Whether lists had shown a record for some time when another one was created."""
    first = _first(other)
    return first.seq < made.seq and not first.delayed and first.committed_at <= shifted(made.committed_at, -RACE)


def _first(change: Change) -> Change:
    """The first version of a record."""
    while change.prior is not None:
        change = change.prior
    return change
