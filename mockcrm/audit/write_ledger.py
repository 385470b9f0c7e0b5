"""What the audit remembers of one client's writes: the facts behind duplicates, resurrections and loops.

A write ledger is a summary, as a ledger is. `mockcrm.audit.writes` enters requests in it.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import NamedTuple

from mockcrm.audit.growth import Growth
from mockcrm.audit.kind_checks import SpanMove
from mockcrm.audit.ledger import Ledger, Observation
from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change
from mockcrm.journal.entry import ANYBODY, Entry

MAX_UNANSWERED = 1_000
"""How many writes without a good answer are remembered, so that a retry is recognised."""
MAX_REQUESTS = 10
"""How many requests a repeated finding names: the latest."""
MAX_CANDIDATES = 100
"""Among how many deleted records, the latest, the audit looks for one that was made again."""


TriedTexts = Mapping[str, frozenset[int]]
"""What a client tried to write: digests of the texts by the field's name on the wire (`digest_of_text`)."""
RequestDigest = tuple[str, str, int]
"""What a write asked for: method, path, and a digest of its body."""


UNMOVED: SpanMove = (timedelta(0), timedelta(0))


class FieldChange(NamedTuple):
    """Something that a write did and that may recur.

    `what` is `echo` if nothing changed; `move` if the start and the end moved by the shifts in `by`; `growth` if the
    value of `field` grew.
    """

    what: str
    field: str = ""
    by: SpanMove = UNMOVED
    growth: Growth = Growth()


@dataclass(frozen=True, slots=True)
class LoopState:
    """The version that a client last made of a record, with the requests that led there.

    `counts` has what that write did, and how often in a row the client had received its own result and done the same
    to it. It is None where that is not worked out yet: `step` has the version that the write made and the one before.
    """

    version: int
    requests: tuple[int, ...] = ()
    step: tuple[Change, Change] | None = None
    counts: Mapping[FieldChange, int] | None = None


@dataclass(frozen=True, slots=True)
class Creation:
    """A record that a client created by a `request`, and a digest of its content.

    `answers_seen` and `answer_seq` are those of the request (`Entry`). If its answer was lost, `lost` names the hazard.
    """

    change: Change
    request: int
    answers_seen: int
    answer_seq: int
    digest: bytes
    lost: str | None


class Emptying(NamedTuple):
    """What a client deleted after a list was refused, before anything was delivered from there again.

    `requests` are the latest of the deletions, `times` says how many there are, and `change` is the last. `left` says
    how many records that had been delivered from there are still living.
    """

    requests: tuple[int, ...]
    change: Change
    times: int
    left: int


@dataclass(slots=True)
class WriteLedger:
    """One client's account of its writes to the records of one kind, by their ids where nothing else is said.

    `unanswered` has the writes without a good answer, by what they asked for. `unconfirmed` has the creations whose
    answers were lost, by digest; each of `retried` is such a creation and the one that repeated it. `to_deleted`
    has the writes to deleted records, and `tried` what they were to set. `loops` has the feedback loops, by the
    record's id and code. `emptied` has what was deleted after a list was refused, by the request that was.
    """

    observations: list[Observation] = field(default_factory=list)
    creations: list[Creation] = field(default_factory=list)
    unconfirmed: dict[bytes, tuple[Creation, ...]] = field(default_factory=dict)
    retried: list[tuple[Creation, Creation]] = field(default_factory=list)
    unanswered: dict[RequestDigest, None] = field(default_factory=dict)
    loop_states: dict[str, LoopState] = field(default_factory=dict)
    echoes: dict[str, Observation] = field(default_factory=dict)
    loops: dict[tuple[str, str], Observation] = field(default_factory=dict)
    to_deleted: dict[str, Observation] = field(default_factory=dict)
    tried: dict[str, TriedTexts] = field(default_factory=dict)
    emptied: dict[int, Emptying] = field(default_factory=dict)

    def copy(self) -> "WriteLedger":
        """An independent copy: neither side sees what is entered in the other."""
        return WriteLedger(*(getattr(self, name).copy() for name in self.__slots__))


def digest_of_text(value: object) -> int:
    """A digest of a text; 0 for anything else."""
    return hash(value) if isinstance(value, str) else 0


def request_digest(entry: Entry) -> RequestDigest:
    """The same for a request and its retry."""
    return entry.method, entry.path, hash(entry.body)


def is_by(ledger: Ledger, change: Change) -> bool:
    """Whether a client made a change, by any of its names."""
    return change.origin == "client" and _names(ledger, change)


def is_because_of(ledger: Ledger, change: Change) -> bool:
    """Whether a client made a change, or the CRM did in consequence of its request."""
    return (change.origin == "client" or change.followed_client) and _names(ledger, change)


def _names(ledger: Ledger, change: Change) -> bool:
    by = change.by or ANYBODY
    caller = ledger.caller
    return by == caller.client or by in caller.other_names
