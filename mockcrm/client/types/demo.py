"""The demo of `mockcrm demo`, and its tours (`docs/how-to/demo.md`)."""

from typing import Literal, NotRequired, TypedDict

from mockcrm.client.types.audits import Finding
from mockcrm.client.types.events import Change
from mockcrm.client.types.requests import Request

DemoEngine = Literal["reference", "none"]
"""Whose client syncs: mockcrm's own, or one from outside."""
TourSide = Literal["careless", "careful"]
"""The two clients of a tour, by their names in journal and audit."""
TourOutcome = Literal["passed", "failed", "inconclusive", "stalled", "crashed"]
"""How a run of a tour ended, as a trial of its hazard does."""


class DemoSafeguard(TypedDict):
    """Something that a careful client does, and what a client without it does instead."""

    name: str
    sentence: str
    on: bool


class DemoRound(TypedDict):
    """A round of the sync, by the CRM's clock. A `problem` says why it could not do everything."""

    startedAt: str
    endedAt: str
    problem: str | None


class DemoClient(TypedDict):
    """The client between the CRM and the mailbox, and how its sync goes. `cursor` is where its next read starts."""

    name: str
    engine: DemoEngine
    every: float
    paused: bool
    rounds: int
    syncing: bool
    lastRound: DemoRound | None
    cursor: str | None
    safeguards: list[DemoSafeguard]


class TourTitle(TypedDict):
    """A tour that can be started."""

    name: str
    title: str
    about: str
    hazard: str


class Tour(TypedDict):
    """A tour that plays, and at which of its cards it is. While it is `moving`, it plays towards that card.

    `secondsLeft` is when it goes on by itself, None if it does not. `run` says whose run the CRM shows, and `problem`
    what keeps it from going on.
    """

    name: str
    title: str
    hazard: str
    card: int
    cards: int
    playing: bool
    secondsLeft: float | None
    moving: bool
    run: TourSide
    problem: str | None


class Demo(TypedDict):
    """The demo. If none is `running`, there is nothing else."""

    running: bool
    mailbox: NotRequired[str]
    client: NotRequired[DemoClient]
    tours: NotRequired[list[TourTitle]]
    tour: NotRequired[Tour | None]


class TourText(TypedDict):
    """What a card says. It is about the run of one client, or of both."""

    title: str
    text: str
    run: TourSide | None


class TourRun(TypedDict):
    """How a run has ended, and those findings that the tour is about."""

    client: TourSide
    outcome: TourOutcome
    reasons: list[str]
    findings: list[Finding]
    advice: str


class TourRuns(TypedDict):
    """Both runs, each once it has ended."""

    careless: TourRun | None
    careful: TourRun | None


class EarlierRun(TypedDict):
    """The run of the careless client, to compare the careful one with."""

    client: TourSide
    requests: list[Request]
    changes: list[Change]
    findings: list[Finding]


class WholeTour(Tour):
    """A tour that plays, with all its cards and what is known of its runs."""

    texts: list[TourText]
    runs: TourRuns
    earlier: EarlierRun | None


class ColleagueEdit(TypedDict):
    """What a colleague has changed in the CRM, and a sentence about it."""

    eventId: str
    seq: int
    sentence: str
