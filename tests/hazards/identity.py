"""Identity and content."""

from tests.hazards.world import Hazard

HAZARDS: tuple[Hazard, ...] = ()
