"""Merging: several records become one, and what referred to any of them refers to that (contract, section 8)."""

from collections.abc import Sequence
from typing import Literal

from mockcrm.crm.actions import Result
from mockcrm.crm.change import Change
from mockcrm.crm.consequences import written_as_merged
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.fake_crm import NO_OPTIONS, Cause, FakeCrm, Write, WriteOptions
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.references import referrers, relinked
from mockcrm.errors import ActionInvalid

Repoint = Literal["bump", "silent", "none"]


def merge(
    crm: FakeCrm,
    cause: Cause,
    *,
    kind: Kind,
    into: str,
    losers: Sequence[str],
    repoint: Repoint = "bump",
    options: WriteOptions = NO_OPTIONS,
) -> Result:
    """Merge records into one: it gets a new version, the others are deleted, and what referred to them refers to it.

    What refers to them gets a new stamp, with `silent` a new version that keeps its stamp, and with `none` stays as it
    is. The knob `onDelete` has no say.
    """
    survivor, gone = _parties(crm, kind, into, losers)
    targets = {kind.name: {change.record.id for change in gone}}
    lost = frozenset(gone)
    found = () if repoint == "none" else [change for change, _ in referrers(crm, targets)]
    bump = repoint == "bump"
    changed = {change: relinked(change, targets, into=survivor.record.id, bump=bump) for change in found}
    own = changed.pop(survivor, None)
    writes = [
        Write("updated", own.record if own else survivor.record, survivor),
        *(Write("deleted", change.record, change, merged_into=survivor.record.id) for change in gone),
        *(write for change, write in changed.items() if change not in lost),
    ]
    changes = written_as_merged(crm, writes, cause, options)
    return Result("merge", changes, changes[0])


def _parties(crm: FakeCrm, kind: Kind, into: str, losers: Sequence[str]) -> tuple[Change, list[Change]]:
    """The survivor and the others. Raises a `Refusal` if these cannot be merged."""
    if not kind.mergeable:
        able = ", ".join(each.path for each in KINDS.values() if each.mergeable)
        problem = {"kind": [f"Only {able} can be merged."]}
        raise ActionInvalid(f"{a_record(kind).capitalize()} cannot be merged: only {able} can.", problem)
    survivor = crm.living(kind, crm.resolve(kind, into))
    gone: dict[str, Change] = {}
    for place, loser in enumerate(losers):
        change = crm.living(kind, crm.resolve(kind, loser))
        if change is survivor or change.record.id in gone:
            what = "into itself" if change is survivor else "twice"
            message = f"The {kind.name} {loser!r} cannot be merged {what}: leave it out of from."
            raise ActionInvalid(message, {"from": {place: [f"It cannot be merged {what}."]}})
        gone[change.record.id] = change
    return survivor, [*gone.values()]


def remaining(crm: FakeCrm, change: Change) -> Change:
    """What a read by id finds: where the dialect follows merges, the survivor in the end; else the version itself."""
    seen = {change.record.id}
    while crm.dialect.merged == "follow" and change.merged_into is not None and change.merged_into not in seen:
        seen.add(change.merged_into)
        change = crm.find(kind_of(change.record), change.merged_into)
    return change


def points_on(change: Change, dialect: Dialect) -> bool:
    """Whether a version is the tombstone of a record that was merged, and says into which."""
    return dialect.merged == "pointer" and change.merged_into is not None
