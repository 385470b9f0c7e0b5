"""Shipped scenarios as options, by their names. `serve` has one of these, and reads no scenario before it needs to."""

from typing import Any

import click

from mockcrm.base.spelling import did_you_mean
from mockcrm.cli.param_types import ParamType
from mockcrm.sandbox.scenario.shipped import scenarios

LIST = "`mockcrm scenario list` lists all."


class ShippedScenarioType(ParamType[str]):
    """The name of a scenario that comes with mockcrm."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = str(value)
        if name not in scenarios():
            self.fail(f"There is no scenario {name!r}.{did_you_mean(name, scenarios())} {LIST}", param, ctx)
        return name
