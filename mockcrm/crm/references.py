"""The links of records by the dialect: what a write may refer to, and what becomes of links to a deleted record.

Links are judged by latest versions, and a deleted record does not exist (contract, section 8).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm, Write
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.links import Link
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.names import RecordName
from mockcrm.errors import RecordReferenced, ReferenceUnknown

MAX_REFERRERS = 5
"""How many records a refusal names that refer to another one."""

LOOKS = 20
"""To look at so many records takes about as long as to change one."""

Targets = Mapping[str, Collection[str]]
"""Records by kind: the ids of each kind, by its name."""


def checked(crm: FakeCrm, record: Any, sent: Collection[str] | None = None) -> Any:
    """A record with the links that this CRM lets it have. Raises `ReferenceUnknown`.

    Only links in the fields that were `sent` count, by their names on the wire; without those, all. What a record had
    before stays, unless a client sends it once more: a CRM judges what it is sent, and does not remember what was
    there. So whoever reads an event, and sends its attendees back with one more, learns that a contact has gone.
    """
    how = crm.dialect.references
    if how == "accept":
        return record
    if how == "drop":
        return without_dangling_links(crm, record, sent)
    kind = kind_of(record)
    unknown = [link for link in kind.links(record, sent) if not _lives(crm, link.kind, link.id)]
    if unknown:
        raise _unknown(crm, kind, unknown)
    return record


def without_dangling_links(crm: FakeCrm, record: Any, among: Collection[str] | None = None) -> Any:
    """A record without links to what is not there, in all its fields, or `among` some, by their names on the wire."""
    return kind_of(record).relinked(record, lambda kind, named: named if _lives(crm, kind, named) else None, among)


def _lives(crm: FakeCrm, kind: str, record_id: str) -> bool:
    found = _latest(crm, kind, record_id)
    return found is not None and not found.deleted


def _latest(crm: FakeCrm, kind: str, record_id: str) -> Change | None:
    return crm.store.of(KINDS[kind]).latest(record_id) if kind in KINDS else None


def _unknown(crm: FakeCrm, kind: Kind, links: Sequence[Link]) -> ReferenceUnknown:
    problems: dict[str, Any] = {}
    for link in links:
        *places, last = link.field.split(".")
        inner = problems
        for place in places:
            inner = inner.setdefault(place, {})
        inner[last] = [_problem(crm, link)]
    first = f"{links[0].field}: {_problem(crm, links[0])}"
    return ReferenceUnknown(f"The {kind.name} refers to a record that is not there: {first}", problems)


def _problem(crm: FakeCrm, link: Link) -> str:
    if _latest(crm, link.kind, link.id) is None:
        return f"There is no {link.kind} {link.id!r}."
    return f"The {link.kind} {link.id!r} was deleted."


def referrers(crm: FakeCrm, targets: Targets) -> Iterator[tuple[Change, list[Link]]]:
    """The live records that refer to others, in their latest versions, each with its links to those.

    Costs O(n): it looks at every live record whose kind can refer to one of the kinds.
    """
    for kind in KINDS.values():
        if kind.targets.isdisjoint(targets):
            continue
        refers = kind.record_links.finder(targets)
        for change in crm.store.of(kind).live():
            if refers(change.record):
                yield change, [link for link in kind.links(change.record) if link.id in targets.get(link.kind, ())]


def work_on(crm: FakeCrm, targets: Targets) -> int:
    """How much it is to change all that refers to some records, counted in changes. Costs O(n)."""
    looked_at = sum(crm.store.of(kind).live_count() for kind in KINDS.values() if not kind.targets.isdisjoint(targets))
    return looked_at // LOOKS + sum(1 for _ in referrers(crm, targets))


def on_delete(crm: FakeCrm, writes: Sequence[Write], settled: Collection[str] = ()) -> tuple[Write, ...]:
    """What follows for those that refer to the records which these writes delete. Raises `RecordReferenced`.

    Records that are among the writes already are left alone, and so are the child events `settled`, of which a parent
    among the writes has decided.
    """
    if crm.dialect.on_delete == "leave":
        return ()
    targets: dict[str, set[str]] = {}
    for write in writes:
        if write.op == "deleted":
            targets.setdefault(write.record.kind, set()).add(write.record.id)
    if not targets:
        return ()
    written = {RecordName(write.record.kind, write.record.id) for write in writes}
    written |= {RecordName(EVENT.name, event_id) for event_id in settled}
    found = (
        (change, links)
        for change, links in referrers(crm, targets)
        if RecordName(change.kind, change.record.id) not in written
    )
    if crm.dialect.on_delete == "block":
        if some := [*islice(found, MAX_REFERRERS + 1)]:
            raise _referenced(writes[0], some)
        return ()
    return tuple(relinked(change, targets) for change, _ in found)


def relinked(change: Change, targets: Targets, into: str | None = None, *, bump: bool = True) -> Write:
    """The next version of a record whose links to some records are dropped, or name another one."""
    kind = kind_of(change.record)
    record = kind.relinked(change.record, lambda of, named: into if named in targets.get(of, ()) else named)
    return Write("updated", record, change, bump)


def _referenced(write: Write, found: Sequence[tuple[Change, list[Link]]]) -> RecordReferenced:
    problems: dict[str, dict[str, list[str]]] = {}
    for change, links in found[:MAX_REFERRERS]:
        problems.setdefault(change.kind, {})[change.record.id] = [link.field for link in links]
    named = ", ".join(f"{kind} {record_id}" for kind, of_kind in problems.items() for record_id in of_kind)
    others = " and others" if len(found) > MAX_REFERRERS else ""
    refer = "refers" if len(found) == 1 else "refer"
    return RecordReferenced(
        f"The {write.record.kind} {write.record.id!r} cannot be deleted, because {named}{others} {refer} to it: "
        "change these first.",
        problems,
    )
