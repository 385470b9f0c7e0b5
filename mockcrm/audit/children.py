"""What a client got wrong because meetings have child events: hazards behind findings, and copies of children."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.audit.write_ledger import Creation, WriteLedger
from mockcrm.crm.change import Change
from mockcrm.crm.content import digest_of
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.record import Record


class Families:
    """The parents and children of a CRM, and what one client knows of them and has made of them."""

    def __init__(self, crm: FakeCrm, ledger: Ledger, writes: WriteLedger) -> None:
        self.crm, self.ledger, self.writes = crm, ledger, writes

    def explained(self, found: Iterable[Observation]) -> Iterator[Observation]:
        """What was observed, with the hazards of child events."""
        return (replace(each, hazard=self._hazard(each) or each.hazard) for each in found)

    def _hazard(self, observation: Observation) -> str | None:
        change = observation.change
        if observation.hazard == "delete-of-deleted" and change and change.kind == EVENT.name:
            return "parent-delete-cascades" if self._fell(change) else None
        if observation.code == "resurrection.remade" and change and change.kind == EVENT.name:
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
        orphans = (each for each in self._children if str(each.event.parent_id) == parent.record.id)
        return any(self._is_known(each.record.id) and _is_copy(made, each) for each in orphans)

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
        if self.crm.dialect.child_events == "none":
            return ()
        living = (each for each in self.crm.store.events.live() if each.event.parent_id is not None)
        return [each for each in living if self._parent(each) is not None]

    def made_of_children(self) -> Iterator[Observation]:
        """The meetings that the client created with the content of a child that it had received."""
        alike: dict[Hashable, list[Change]] = defaultdict(list)
        for child in self._children if self.writes.creations else ():
            alike[_fingerprint(child.record)].append(child)
        resurrected = {each.change for each in self.writes.observations if each.code.startswith("resurrection.")}
        for creation in self.writes.creations if alike else ():
            made = self.crm.store.events.latest(creation.change.record.id)
            if made is None or made.deleted or creation.change in resurrected:
                continue
            for child in alike.get(_fingerprint(made.record), ()):
                if _is_copy(made, child) and (found := self._made_of(creation, child)):
                    yield found
                    break

    def _made_of(self, creation: Creation, child: Change) -> Observation | None:
        """The observation that a meeting was made of a child, unless the client may have meant something else."""
        parent, known = self._parent(child), self.ledger.delivered_by(child.record.id, creation.answers_seen)
        if parent is None or known is None:
            return None
        delivered = self.ledger.delivered_by(parent.record.id, creation.answers_seen)
        facts: dict[str, object] = {"made": creation.change.record.id, "parent": parent.record.id}
        if not parent.deleted:
            # Who knows a meeting that looks the same may have copied that.
            is_copy = delivered is not None and digest_of(parent.record) == creation.digest
            requests = known.request, creation.request
            return None if is_copy else Observation("duplicate.ofChild", requests, facts, creation.change, (child,))
        if delivered is None or not delivered.change.deleted:
            return None
        requests, facts = (delivered.request, creation.request), facts | {"deletion": parent}
        return Observation("resurrection.remade", requests, facts, creation.change, (parent,))


def _fingerprint(record: Record) -> Hashable:
    return checks_of(EVENT).fingerprint(record)


def _is_copy(made: Change, child: Change) -> bool:
    """Whether an event says what a child says, but for its parent."""
    return made.event.parent_id is None and digest_of(made.record) == digest_of(replace(child.event, parent_id=None))


def _moment(change: Change) -> tuple[object, object]:
    return change.committed_at, change.request_id
