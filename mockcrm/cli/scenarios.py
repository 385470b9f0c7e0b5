"""The commands about scenarios: which there are, what happens in one, and how a client fares in it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mockcrm.base.escaping import json_document
from mockcrm.base.fixtures import fixture_files
from mockcrm.base.strict_yaml import in_blocks
from mockcrm.cli.console import echo, echo_document, echo_json, refusals_in_words
from mockcrm.cli.glossary import explained_scenario
from mockcrm.cli.options import PLAIN_FORMAT, options
from mockcrm.cli.scenario_summary import summary_in_numbers, summary_in_words
from mockcrm.cli.scenario_types import ScenarioType, shipped_scenario
from mockcrm.cli.trial.command import ONLY, TRIAL_OPTIONS, try_command
from mockcrm.client import report
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.sandbox.scenario.fixture_file import scenario_document, scenario_of
from mockcrm.sandbox.scenario.schema import ScenarioSchema
from mockcrm.trials.hazards import OWN, Hazard

MAX_SHOWN_RECORDS = 20
"""A file with more records of a kind is shown without them."""
_EXPLAINED = ("title", "story")
"""What a scenario's explanation has of its file."""


@click.group("scenario")
def of_scenarios() -> None:
    """List scenarios, show one, play some with a client, and print fixture files as JSON, with their schema."""


@of_scenarios.command("list")
@options(ONLY, *PLAIN_FORMAT)
@click.pass_context
def list_scenarios(ctx: click.Context, /, chosen: list[Hazard], form: str, as_json: bool) -> None:
    """List the hazards by group and, without --only, the other scenarios that mockcrm ships.

    The status is 2 if --only matches nothing.
    """
    if ctx.get_parameter_source("chosen") is ParameterSource.DEFAULT:
        chosen = [*chosen, *map(shipped_scenario, fixture_files())]
    if as_json or form == "json":
        echo_json({"scenarios": [_in_a_list(each) for each in chosen]})
        return
    for line in _list_in_words(chosen):
        echo(line, styled=True)


def _in_a_list(hazard: Hazard) -> dict[str, Any]:
    group = None if hazard.group == OWN else hazard.group
    return {"name": hazard.name, "group": group, "title": hazard.title, "needs": list(hazard.needs)}


def _list_in_words(scenarios: Iterable[Hazard]) -> Iterator[str]:
    """A line for each scenario, under a heading for each group."""
    listed = list(scenarios)
    width = max(len(each.name) for each in listed)
    for group, several in groupby(listed, key=lambda each: each.group):
        yield click.style("no hazards" if group == OWN else group, bold=True)
        for each in several:
            needs = f" (needs {', '.join(each.needs)})" if each.needs else ""
            yield f"  {each.name:{width}}  {each.title}{needs}"


@of_scenarios.command("show")
@click.argument("scenario", metavar="NAME|FILE", type=ScenarioType())
@options(*PLAIN_FORMAT)
def show_scenario(scenario: Hazard, form: str, as_json: bool) -> None:
    """Show a scenario: its story, its steps, what it expects, and how to play it.

    The status is 2 if there is no such scenario, or if its file has mistakes.
    """
    explanation, start = explained_scenario(scenario), scenario_of(scenario.document)
    if as_json or form == "json":
        plan = {name: scenario.document.get(name) for name in ("steps", "expect")}
        echo_json({**explanation, "start": summary_in_numbers(start), **plan})
        return
    for line in report.of_explanations([explanation]):
        echo(line, styled=True)
    echo(f"\nStart: {summary_in_words(start)}, seed {start.seed}.\n")
    echo(in_blocks(_plan(scenario.document)).rstrip("\n"))


def _plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a file has beside its explanation. Its steps and expectations come last."""
    left_out = [kind.path for kind in KINDS.values() if len(document.get(kind.path, ())) > MAX_SHOWN_RECORDS]
    shown = {name: value for name, value in document.items() if name not in (*_EXPLAINED, *left_out)}
    expected = {"expect": {"audit": "clean"} | shown.get("expect", {})} if "steps" in shown else {}
    return shown | expected


class _EndsWithACommand(click.Command):
    """A command whose line ends with `--` and the command of a client, which is passed as `command`."""

    example = "mockcrm scenario play NAME -- COMMAND"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        command = args[end + 1 :]
        if not command and not {*self.get_help_option_names(ctx)}.intersection(args):
            raise click.UsageError(f"Put `--` and the client's command at the end, as in `{self.example}`.", ctx)
        rest = super().parse_args(ctx, args[:end])
        ctx.params["command"] = tuple(command)
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]


@of_scenarios.command("play", cls=_EndsWithACommand)
@click.argument("scenarios", metavar="NAME|FILE...", nargs=-1, required=True, type=ScenarioType())
@options(*TRIAL_OPTIONS)
def play_scenarios(scenarios: tuple[Hazard, ...], command: tuple[str, ...], **given: Any) -> None:
    """Play scenarios with a client: shipped ones by name, or fixture files. COMMAND is run once for each sync.

    The client's environment, the report and the status are those of `mockcrm trial`. The status is 2 as well if there
    is no such scenario, if its file has mistakes, or if it has no steps.
    """
    for each in scenarios:
        if "sync" not in each.document.get("steps", ()):
            playable = "`mockcrm scenario list --only reading --only writing` lists scenarios that can be played."
            raise click.UsageError(f"There is nothing to play: {each.name} has no step `sync`. {playable}")
    try_command(command, list(dict.fromkeys(scenarios)), **given)


@of_scenarios.command("schema")
def print_schema() -> None:
    """Print a JSON Schema of fixture files, for editors to complete and check them."""
    from mockcrm.base.schema.json_schema import Describer  # noqa: PLC0415  serving must not wait for apispec

    echo_json(Describer().document(ScenarioSchema(), "A fixture file of mockcrm"))


@of_scenarios.command("json")
@click.argument("file", type=click.Path(path_type=Path))
def print_json(file: Path) -> None:
    """Print a fixture file as JSON, as `PUT /admin/scenario` takes it."""
    with refusals_in_words():
        document = scenario_document(file)
    echo_document(json_document(document))
