"""The names and files of the scenarios that come with mockcrm. It reads none of them."""

from collections.abc import Mapping
from pathlib import Path

from mockcrm.base.fixtures import fixture_files
from mockcrm.base.hazard_groups import HAZARD_NAMES


def scenarios() -> Mapping[str, Path]:
    """The scenarios that come with mockcrm, by name. The hazards are at the end, in the order of their catalogue."""
    hazards = fixture_files("hazards")
    return {**fixture_files(), **{name: hazards[name] for name in HAZARD_NAMES}}
