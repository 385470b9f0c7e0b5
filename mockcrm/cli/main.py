"""The command line: the command `mockcrm`, with all commands below it."""

import gc
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import NamedTuple

import click

from mockcrm.base.collecting import making_many
from mockcrm.cli.console import Commands
from mockcrm.cli.late_patterns import late_patterns


class CommandPlace(NamedTuple):
    """A command's module below `mockcrm.cli`, with its name there, and what the list of commands says of it."""

    name: str
    summary: str


PLACES = {
    "serve": CommandPlace("serve.serve", "Serve a fake CRM until it is stopped."),
    "demo": CommandPlace("demo.command.play_demo", "Play a two-way sync for people to watch."),
    "config": CommandPlace("serve.show_configuration", "Print the configuration that `serve` would use."),
    "seed": CommandPlace("fixtures.seed_file", "Write a fixture file of invented events."),
    "import": CommandPlace("fixtures.import_calendar", "Write a fixture file from a calendar (.ics)."),
    "validate": CommandPlace("fixtures.validate", "Check fixture files."),
    "audit": CommandPlace("audit.audit_clients", "Report what sync clients got wrong."),
    "bundle": CommandPlace("audit.save_bundle", "Save what happened in a sandbox as a bundle."),
    "replay": CommandPlace("audit.replay_bundle", "Replay a bundle, and compare the verdicts."),
    "scenario": CommandPlace("scenarios.of_scenarios", "List, show, play and print scenarios."),
    "explain": CommandPlace("explain.explain_names", "Explain findings, hazards, knobs and errors."),
    "trial": CommandPlace("trial.command.try_client", "Try a sync client against every hazard."),
    "reference-client": CommandPlace("reference_client.sync_once", "Sync once as the reference client."),
}


class ImportedCommands(MutableMapping[str, click.Command]):
    """Commands by name, each of which is imported when it is first used: most need much that the others do not."""

    def __init__(self, places: Mapping[str, CommandPlace]) -> None:
        self._places = {name: place.name for name, place in places.items()}
        self._imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._imported:
            module, _, attribute = self._places[name].rpartition(".")
            with making_many(), late_patterns():
                self._imported[name] = getattr(import_module(f"mockcrm.cli.{module}"), attribute)
                # What is imported stays. The first turn of the collector would look at all of it.
                gc.freeze()
        return self._imported[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._places[name], self._imported[name] = "", command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._imported.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class ListedCommands(Commands):
    """Commands that are listed without being imported."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in sorted(PLACES.items())])


@click.group(cls=ListedCommands, commands=ImportedCommands(PLACES), context_settings={"show_default": True})
@click.version_option(package_name="mockcrm")
def main() -> None:
    """A fake CRM for people who build or test calendar sync."""
