"""What a tour is: a story about one hazard, told by cards."""

from collections.abc import Mapping, Set
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.web.representations.demo import TourClient

RUN_END = 1_000
"""The beat at which a run has ended, and its result is there. No run has as many others."""


def before(sync: int) -> int:
    """The beat before a sync, by its number from 1: what happens in the CRM and in the mailbox has happened."""
    return 2 * sync - 1


def after(sync: int) -> int:
    """The beat after a sync."""
    return 2 * sync


@dataclass(frozen=True)
class Card:
    """What there is to read, and the `beat` up to which the run of a client is played for it.

    A card that is `of_both` clients stands in the careful client's run.
    """

    run: TourClient
    beat: int
    title: str
    text: str
    of_both: bool = False

    @property
    def reading_time(self) -> float:
        """How many seconds it takes to look at what has happened, and to read the card aloud."""
        return 4 + len(self.text.split()) / 2.5


@dataclass(frozen=True)
class Tour:
    """The story of a `hazard`. The careless client is one of some `design` and `lacks` some safeguards.

    `codes` are the findings that the tour is about: the audit names one of them for the careless client, and none for
    the careful one. `lead` are steps before those of the scenario, and both clients sync `settle` times after its end.
    """

    name: str
    title: str
    about: str
    hazard: str
    lacks: Set[Safeguard]
    codes: tuple[str, ...]
    cards: tuple[Card, ...]
    design: str = "delta"
    lead: tuple[Mapping[str, Any], ...] = ()
    settle: int = 0

    def without(self, run: TourClient) -> Set[Safeguard]:
        """What a client lacks. Neither asks twice for each change, so that there is less to watch."""
        return {Safeguard.READ_ON} | (self.lacks if run == "careless" else frozenset())
