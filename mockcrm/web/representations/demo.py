"""The demo: its mailbox, and the client that syncs it with the CRM."""

from typing import Annotated, Literal, NotRequired, TypedDict

from mockcrm.base.schema.fields import Number
from mockcrm.web.representations.base import Count, InstantText, Ordinal

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


class DemoJson(TypedDict):
    """The demo. Where none is `running`, there is nothing else to say; `mailbox` is the name of a sandbox."""

    running: bool
    mailbox: NotRequired[str]
    client: NotRequired[DemoClientJson]


class ColleagueJson(TypedDict):
    """What a colleague has changed in the CRM: an event, by a change of the change log, and a `sentence` about it."""

    eventId: str
    seq: Ordinal
    sentence: str
