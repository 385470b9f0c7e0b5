"""Watermark and order."""

from tests.hazards.client import Client
from tests.hazards.world import Hazard


class TrustsAsOf(Client):
    """Takes `asOf` for the next bound, and looks no further back."""

    lookback = "0s"


HAZARDS = (
    Hazard(
        "late-commit-visibility",
        naive=TrustsAsOf,
        careful=Client,
        without=("steps[1].edit.visibleAfter",),
        symptom="M",
    ),
)
