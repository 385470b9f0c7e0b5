"""Time."""

from tests.hazards.world import Hazard

HAZARDS: tuple[Hazard, ...] = ()
