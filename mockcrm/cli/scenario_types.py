"""Scenarios as arguments and options: by the name of a shipped one, or by the path of a fixture file."""

from os.path import isfile
from pathlib import Path
from typing import Any

import click

from mockcrm.base.spelling import did_you_mean
from mockcrm.cli.param_types import ParamType
from mockcrm.cli.scenario_names import LIST
from mockcrm.errors import Refusal
from mockcrm.sandbox.scenario.fixture_file import scenario_document, shipped_document
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.trials.hazards import Hazard, hazards


class ScenarioType(ParamType[Hazard]):
    """A scenario by its name, or by the path of its file. Where both are there, the file counts."""

    name = "scenario"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Hazard:
        name = str(value)
        try:
            return value if isinstance(value, Hazard) else scenario_called(name)
        except Refusal as refusal:
            self.fail(refusal.message, param, ctx)
        except LookupError:
            meant = did_you_mean(name, scenarios())
            self.fail(f"There is no scenario {name!r}, and no such file.{meant} {LIST}", param, ctx)


def scenario_called(name: str) -> Hazard:
    """A scenario by its name or its file. Raises `LookupError` if there is none, and `ScenarioInvalid`."""
    if isfile(name):  # noqa: PTH113  Path.is_file fails for a long text
        return Hazard(name, own_document=scenario_document(Path(name)), source=name)
    return shipped_scenario(name)


def shipped_scenario(name: str) -> Hazard:
    """A shipped scenario, by its name: from the catalogue, or outside it. Raises `LookupError`."""
    if name not in scenarios():
        raise LookupError(name)
    known = {each.name: each for each in hazards()}
    return known.get(name) or Hazard(name, own_document=shipped_document(name), source=name)
