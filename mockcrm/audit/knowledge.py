"""What a client knows of each record of one kind: whether it is up to date, and if not, whether it may be yet."""

from dataclasses import field
from datetime import datetime
from typing import Literal, NamedTuple

from mockcrm.base.declaring import dataclass


class LackedVersion(NamedTuple):
    """A version that a client lacks. `delivered` is the newest that it was given or wrote, None if there is none.

    What is out of reach was `passed_by` a request, the last that its finding names. What is pending may not be `listed`
    yet: lists will show it later. If only a read that the client makes from time to time can still deliver it, the
    audit waits `until` an instant, and then calls it out of reach.
    """

    state: Literal["pending", "outOfReach"]
    delivered: int | None
    passed_by: int | None = None
    listed: bool = True
    until: datetime | None = None


@dataclass(slots=True)
class ClientKnowledge:
    """What a client knows, by record id. It has never asked for those records that are in neither."""

    up_to_date: set[str] = field(default_factory=set)
    lacking: dict[str, LackedVersion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KindStanding:
    """How a client stands to the records of one kind: how many were `delivered` to it, and what it `knows` of each.

    `pending` counts the changes that its next reads will deliver.
    """

    delivered: int = 0
    pending: int = 0
    knowledge: ClientKnowledge = field(default_factory=ClientKnowledge, repr=False)

    def with_more(self, other: "KindStanding") -> "KindStanding":
        """The same with the records of another place, such as a second calendar."""
        lacking = self.knowledge.lacking | other.knowledge.lacking
        up_to_date = (self.knowledge.up_to_date | other.knowledge.up_to_date) - lacking.keys()
        pending, knowledge = self.pending + other.pending, ClientKnowledge(up_to_date, lacking)
        return KindStanding(self.delivered + other.delivered, pending, knowledge)
