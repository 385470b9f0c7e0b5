"""What a client got wrong because meetings have child events: hazards behind findings, and copies of children."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import MAX_CANDIDATES, Creation, WriteLedger, is_because_of
from mockcrm.crm.change import Change
from mockcrm.crm.content import digest_of
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.record import Record

_Key = TypeVar("_Key", str, bytes)


class Families:
    """The parents and children of a CRM, and what one client knows of them and has made of them.

    `ledger` and `writes` are the client's for records of a `kind`. Only events have children.
    """

    def __init__(self, crm: FakeCrm, kind: Kind, ledger: Ledger, writes: WriteLedger) -> None:
        self.crm, self.ledger, self.writes = crm, ledger, writes
        self.exist = kind is EVENT and crm.dialect.child_events != "none"

    def explained(self, found: Iterable[Observation]) -> Iterator[Observation]:
        """What was observed, with the hazards of child events."""
        for each in found:
            hazard = self._hazard(each) if self.exist else None
            yield replace(each, hazard=hazard) if hazard else each

    def _hazard(self, observation: Observation) -> str | None:
        change = observation.change
        if observation.hazard == "delete-of-deleted" and change:
            return "parent-delete-cascades" if self._fell(change) else None
        if observation.code == "resurrection.remade" and change:
            return "child-outlives-parent" if self._is_of_orphan(change, *observation.others) else None
        return "child-before-parent" if observation.code == "read.futile" and self._is_early(observation) else None

    def _fell(self, tombstone: Change) -> bool:
        """Whether an event was deleted together with its parent."""
        parent = self._parent(tombstone)
        return parent is not None and parent.deleted and _moment(parent) == _moment(tombstone)

    def _is_of_orphan(self, made: Change, parent: Change) -> bool:
        """Whether a meeting that was created again says what a child says that has outlived it."""
        if parent.record.id in self.writes.to_deleted:
            # The client has tried to write to the meeting, and knew what it said.
            return False
        said = digest_of(made.record)
        orphans = islice(self._by_parent.get(parent.record.id, ()), MAX_CANDIDATES)
        return any(self._is_known(each.record.id) and _said_by(each) == said for each in orphans)

    def _is_early(self, reads: Observation) -> bool:
        """Whether some reads returned a child whose parent the client has not received."""
        delivered = ((each, self.ledger.delivered_by(each.record.id)) for each in self._children)
        early = (each for each, delivery in delivered if delivery and delivery.request in reads.requests)
        return any(not self._is_known(str(each.event.parent_id)) for each in early)

    def _is_known(self, event_id: str) -> bool:
        return event_id in self.ledger.written or self.ledger.delivered_by(event_id) is not None

    def _parent(self, child: Change) -> Change | None:
        return self.crm.store.events.latest(str(child.event.parent_id))

    @cached_property
    def _children(self) -> Sequence[Change]:
        """The living child events, and those that have outlived their parents."""
        living = (each for each in self.crm.store.events.live() if each.event.parent_id is not None)
        return [each for each in living if self._parent(each) is not None]

    @cached_property
    def _by_parent(self) -> Mapping[str, Sequence[Change]]:
        return _grouped(self._children, lambda child: str(child.event.parent_id))

    def made_of_children(self) -> Iterator[Observation]:
        """The meetings that the client created with the content of a child that it had received."""
        living = [(each, made) for each in self.writes.creations if self.exist and (made := self._meeting(each))]
        likely = {_fingerprint(made.record) for _, made in living}
        alike = [each for each in self._children if _fingerprint(each.record) in likely] if likely else []
        by_content = _grouped(alike, _said_by)
        resurrected = {each.change for each in self.writes.observations if each.code.startswith("resurrection.")}
        for creation, made in living if alike else ():
            candidates = islice(by_content.get(digest_of(made.record), ()), MAX_CANDIDATES)
            found = (self._made_of(creation, each) for each in candidates if creation.change not in resurrected)
            yield from islice(filter(None, found), 1)

    def _meeting(self, creation: Creation) -> Change | None:
        """What a creation has become, if it is there and no child itself."""
        made = self.crm.store.events.latest(creation.change.record.id)
        return None if made is None or made.deleted or made.event.parent_id is not None else made

    def _made_of(self, creation: Creation, child: Change) -> Observation | None:
        """The observation that a meeting was made of a child, unless the client may have meant something else."""
        parent, known = self._parent(child), self.ledger.delivered_by(child.record.id, creation.answers_seen)
        if parent is None or known is None:
            return None
        delivered = self.ledger.delivered_by(parent.record.id, creation.answers_seen)
        facts: dict[str, object] = {"made": creation.change.record.id, "parent": parent.record.id}
        if not parent.deleted:
            # Who knows a meeting that looks the same may have copied that.
            has_parent = delivered is not None or parent.record.id in self.ledger.written
            is_copy = has_parent and digest_of(parent.record) == creation.digest
            requests = known.request, creation.request
            return None if is_copy else Observation("duplicate.ofChild", requests, facts, creation.change, (child,))
        if delivered is None or not delivered.change.deleted or is_because_of(self.ledger, parent):
            return None
        requests, facts = (delivered.request, creation.request), facts | {"deletion": parent}
        return Observation("resurrection.remade", requests, facts, creation.change, (parent,))


def _fingerprint(record: Record) -> Hashable:
    return checks_of(EVENT).fingerprint(record)


def _said_by(child: Change) -> bytes:
    """A digest of what a child says, as a meeting without a parent would say it."""
    return digest_of(replace(child.event, parent_id=None))


def _grouped(changes: Iterable[Change], key: Callable[[Change], _Key]) -> Mapping[_Key, Sequence[Change]]:
    groups: dict[_Key, list[Change]] = {}
    for each in changes:
        groups.setdefault(key(each), []).append(each)
    return groups


def _moment(change: Change) -> tuple[object, object]:
    return change.committed_at, change.request_id
