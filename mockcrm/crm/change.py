"""The entries of the change log. Immutable but for what is rendered of them once, so that forks share them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from mockcrm.crm.event import Event

Op = Literal["created", "updated", "deleted", "restored"]
OPS: tuple[Op, ...] = get_args(Op)
Origin = Literal["crm", "client"]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One entry of the change log, and with it one version of one event.

    Three times are kept apart: when it was committed, what `lastModifiedAt` says (`stamp`), and when lists may show it
    (`visible_at`). `stamp_seq` is the `seq` of the change that set the stamp: an edit that does not bump keeps both
    (contract, section 4). `event` is the content after the change; after a deletion, the last there was.
    """

    seq: int
    version: int
    op: Op
    event: Event
    committed_at: datetime
    stamp: datetime
    stamp_seq: int
    visible_at: datetime
    origin: Origin
    by: str | None
    request_id: str | None
    prior: "Change | None" = field(repr=False)
    style: object = field(default=None, init=False, repr=False)
    json: bytes = field(default=b"", init=False, repr=False)
    """The JSON of this version in the style it was first asked for: `mockcrm.crm.rendering` alone sets it."""
    others: Mapping[object, bytes] | None = field(default=None, init=False, repr=False)
    """The same in every other style."""
    tag: str = field(default="", init=False, repr=False)
    """What tells this version from every other, likewise."""
    fields: frozenset[str] | None = field(default=None, init=False, repr=False)
    """The names on the wire of the fields that this change set, likewise."""

    @property
    def deleted(self) -> bool:
        return self.op == "deleted"

    @property
    def delayed(self) -> bool:
        """Whether this change was committed to become visible only later."""
        return self.visible_at > self.committed_at

    @property
    def before(self) -> "Change | None":
        """The version that this change replaced, or None where nothing lived."""
        return None if self.prior is None or self.prior.deleted else self.prior
