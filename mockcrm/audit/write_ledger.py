"""What is known of one client's writes."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from mockcrm.audit.ledger import Observation
from mockcrm.crm.event import Change
from mockcrm.journal.entry import ANYBODY

ROUNDS = 2
"""How often a client must be given its own result, and do the same to it again, until that is no accident."""
MAX_UNHEARD = 1_000
"""How many writes without a good answer are remembered, so that a retry is known for one."""
MAX_REQUESTS = 10
"""How many requests a finding names that goes on and on: the latest."""
MAX_GRAVES = 100
"""Among how many deleted events of one look, the latest, the one is searched that was made anew."""


class FieldChange(NamedTuple):
    """What a write did to an event, that may recur: nothing at all, or it moved an all-day event by so much."""

    what: str
    by: tuple[timedelta, timedelta] = (timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Rounds:
    """The version that a client last made of an event, by which requests it came there, and how often it went round."""

    version: int
    requests: tuple[int, ...] = ()
    doing: FieldChange | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """An event that a client made: by which request, a digest of what it says, and how its answer was lost, if it was.

    `heard` and `left` are those of the request (`Entry`); `lost` is a hazard.
    """

    change: Change
    request: int
    heard: int
    left: int
    digest: bytes
    lost: str | None


@dataclass(slots=True)
class Writes:
    """One client's account of its writes.

    `unheard` are those without a good answer, by what they asked, and `untold` the events that were made so, by what
    they say; `twins` are pairs of which the second was made when the first was untold. The rest is by event.
    """

    habits: list[Observation] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    untold: dict[bytes, tuple[Made, ...]] = field(default_factory=dict)
    twins: list[tuple[Made, Made]] = field(default_factory=list)
    unheard: dict[tuple[str, str, int], None] = field(default_factory=dict)
    rounds: dict[str, Rounds] = field(default_factory=dict)
    echoes: dict[str, Observation] = field(default_factory=dict)
    loops: dict[str, Observation] = field(default_factory=dict)
    dead: dict[str, Observation] = field(default_factory=dict)

    def copy(self) -> "Writes":
        """To be folded on from here, without a trace in this one."""
        return Writes(*(getattr(self, name).copy() for name in self.__slots__))


def is_by(client: str, change: Change) -> bool:
    return change.origin == "client" and (change.by or ANYBODY) == client
