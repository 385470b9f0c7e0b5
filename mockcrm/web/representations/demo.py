"""The demo: its mailbox, and the client that syncs it with the CRM."""

from typing import Annotated, Literal, NotRequired, TypedDict

from marshmallow import validate

from mockcrm.base.schema.fields import Number
from mockcrm.web.representations.audit import ShownFindingJson
from mockcrm.web.representations.base import Count, InstantText, Ordinal
from mockcrm.web.representations.events import ShownChangeJson
from mockcrm.web.representations.journal import ShownEntryJson

RUN_OUTCOMES = ("passed", "failed", "inconclusive", "stalled", "crashed")
"""How a run of a tour may end: as a trial of that hazard does (`mockcrm.trials.outcome`)."""
MOST_OF_EARLIER_RUN = 200
"""How many requests and changes of the earlier run of a tour are shown, at most."""
LEAST_INTERVAL, MOST_INTERVAL = 0.5, 60.0
"""How many seconds may lie between two rounds of the demo's sync."""


class DemoSafeguardJson(TypedDict):
    """Something that a careful client does. The `sentence` says what, and what a client without it does instead."""

    name: str
    sentence: str
    on: bool


class DemoRoundJson(TypedDict):
    """A round of the sync, by the CRM's clock. A `problem` says why it could not do all that it meant to do."""

    startedAt: InstantText
    endedAt: InstantText
    problem: str | None


class DemoClientJson(TypedDict):
    """The client between the CRM and the mailbox: where its `engine` is `none`, it is none of mockcrm's.

    `name` is the one by which journal and audit know it.
    """

    name: str
    engine: Literal["reference", "none"]
    every: Annotated[float, Number(least=LEAST_INTERVAL, most=MOST_INTERVAL), "The seconds between two rounds."]
    paused: bool
    rounds: Annotated[Count, "How many rounds there were since the last reset."]
    syncing: Annotated[bool, "Whether a round is under way."]
    lastRound: DemoRoundJson | None
    cursor: Annotated[InstantText | None, "The watermark from which its next read starts."]
    safeguards: list[DemoSafeguardJson]


TourClient = Literal["careless", "careful"]
"""The two clients of a tour, by the names that journal and audit know."""


class TourTitleJson(TypedDict):
    """A tour that can be started: the story of one hazard, in one sentence `about` it."""

    name: str
    title: str
    about: str
    hazard: str


class TourJson(TypedDict):
    """The tour that plays, as far as it has come.

    It stands at a `card`, or plays towards it while it is `moving`. `run` says whose run the CRM shows.
    """

    name: str
    title: str
    hazard: str
    card: Annotated[Ordinal, "The number of the card."]
    cards: Annotated[Ordinal, "How many cards there are."]
    playing: Annotated[bool, "Whether it goes on to the next card by itself."]
    secondsLeft: Annotated[float | None, "The seconds until it goes on; null where it does not go on by itself."]
    moving: Annotated[bool, "Whether the steps up to this card are still being played."]
    run: TourClient
    problem: Annotated[str | None, "What keeps it from going on, until it is steered; null where nothing does."]


class DemoJson(TypedDict):
    """The demo. Where none is `running`, there is nothing else to say; `mailbox` is the name of a sandbox.

    While a `tour` plays, the client of the demo stands still.
    """

    running: bool
    mailbox: NotRequired[str]
    client: NotRequired[DemoClientJson]
    tours: NotRequired[Annotated[list[TourTitleJson], "The tours that can be started."]]
    tour: NotRequired[Annotated[TourJson | None, "The tour that plays; null where none does."]]


class TourTextJson(TypedDict):
    """What a card says: what is about to happen, what happened, why it matters. It is about the run of one client."""

    title: str
    text: str
    run: Annotated[TourClient | None, "Null where the card is about both clients."]


class TourRunJson(TypedDict):
    """How a run has ended: outcome and `reasons` as a trial tells them, and those findings that the tour is about.

    `advice` says what a correct client does.
    """

    client: TourClient
    outcome: Annotated[str, validate.OneOf(RUN_OUTCOMES)]
    reasons: list[str]
    findings: list[ShownFindingJson]
    advice: str


class TourRunsJson(TypedDict):
    """Both runs, each once it has ended."""

    careless: TourRunJson | None
    careful: TourRunJson | None


class EarlierRunJson(TypedDict):
    """What the careless client's run was, for those who show it beside the careful one: both begin at one instant."""

    client: TourClient
    requests: Annotated[list[ShownEntryJson], f"The newest, at most {MOST_OF_EARLIER_RUN}."]
    changes: Annotated[list[ShownChangeJson], f"The newest, at most {MOST_OF_EARLIER_RUN}."]
    findings: list[ShownFindingJson]


class WholeTourJson(TourJson):
    """The tour that plays, with all that its cards say, and the runs that have ended."""

    texts: Annotated[list[TourTextJson], "All cards."]
    runs: TourRunsJson
    earlier: Annotated[EarlierRunJson | None, "The careless run, while the careful one plays."]


class ColleagueJson(TypedDict):
    """What a colleague has changed in the CRM: an event, by a change of the change log, and a `sentence` about it."""

    eventId: str
    seq: Ordinal
    sentence: str
