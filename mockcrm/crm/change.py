"""The entries of the change log. Immutable except for their kept JSON, so that forks share them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import Event
from mockcrm.crm.record import Record

Op = Literal["created", "updated", "deleted", "restored"]
OPS: tuple[Op, ...] = get_args(Op)
Origin = Literal["crm", "client"]


class VisibilityPoint(NamedTuple):
    """What lists could show at a moment: the length of the change log, and the number of delayed changes then shown."""

    seen: int
    revealed: int


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One entry of the change log, and one version of a record.

    Three times are distinct: when it was committed, its `lastModifiedAt` (`stamp`), and when lists may show it
    (`visible_at`). `stamp_seq` is the `seq` of the change that set the stamp: an edit without a bump keeps both
    (contract, section 4). `record` is the content after the change; after a deletion, the last content. `prior` is the
    version before. `merged_into` is the id of the record that a deleted one was merged into, if it was. A tombstone
    that a move left behind, which is not in the log, has in `moved_to` the calendar to which the record moved.
    """

    seq: int
    version: int
    op: Op
    record: Record
    committed_at: datetime
    stamp: datetime
    stamp_seq: int
    visible_at: datetime
    origin: Origin
    by: str | None
    request_id: str | None
    prior: "Change | None" = field(repr=False)
    merged_into: str | None = None
    moved_to: str | None = None
    style: object = field(default=None, init=False, repr=False)
    json: bytes = field(default=b"", init=False, repr=False)
    """The JSON of this version in that style, the first that was needed. Set by `mockcrm.crm.rendering`."""
    others: Mapping[object, bytes] | None = field(default=None, init=False, repr=False)
    """The JSON in other styles. Set by `mockcrm.crm.rendering`."""
    tag: str = field(default="", init=False, repr=False)
    """The tag of this version. Set by `mockcrm.crm.rendering`."""
    fields: frozenset[str] | None = field(default=None, init=False, repr=False)
    """The names on the wire of the fields that this change set. Set by `mockcrm.crm.content`."""

    @property
    def kind(self) -> str:
        """The name of the record's kind."""
        return self.record.kind

    @property
    def event(self) -> Event:
        """The record, of a kind that is known to be that of events."""
        # A cast would be a call, and a list asks a thousand versions.
        record: Any = self.record
        event: Event = record
        return event

    @property
    def deleted(self) -> bool:
        return self.op == "deleted"

    @property
    def logged(self) -> bool:
        """Whether it stands in the change log. The creation of the primary calendar does not: its `seq` is 0."""
        return self.seq > 0

    @property
    def by_colleague(self) -> bool:
        """Whether a colleague made this change, or the CRM in consequence of what a colleague did."""
        return self.origin == "crm" and not self.followed_client

    @property
    def followed_client(self) -> bool:
        """Whether the CRM made this change in consequence of a client's request, whose ids are numbers."""
        return self.origin == "crm" and self.request_id is not None and self.request_id.isdecimal()

    @property
    def delayed(self) -> bool:
        """Whether lists show this change only some time after its commit."""
        return self.visible_at > self.committed_at

    @property
    def before(self) -> "Change | None":
        """The live version that this change replaced; None if the record was deleted or new."""
        return None if self.prior is None or self.prior.deleted else self.prior
