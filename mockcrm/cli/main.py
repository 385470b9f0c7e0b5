"""The command line: the command `mockcrm`, with all commands below it."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click

from mockcrm.cli.console import Commands


class ImportedCommands(MutableMapping[str, click.Command]):
    """Commands by name, each of which is imported when it is first used: most need much that the others do not.

    `places` has the module of each, below `mockcrm.cli`, and its name there.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self._imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._imported:
            module, _, attribute = self._places[name].rpartition(".")
            self._imported[name] = getattr(import_module(f"mockcrm.cli.{module}"), attribute)
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


COMMANDS = ImportedCommands(
    {
        "serve": "serve.serve",
        "demo": "demo.command.play_demo",
        "config": "serve.show_configuration",
        "seed": "fixtures.seed_file",
        "import": "fixtures.import_calendar",
        "validate": "fixtures.validate",
        "audit": "audit.audit_clients",
        "bundle": "audit.save_bundle",
        "replay": "audit.replay_bundle",
        "scenario": "scenarios.of_scenarios",
        "explain": "explain.explain_names",
        "trial": "trial.command.try_client",
        "reference-client": "reference_client.sync_once",
    }
)


@click.group(cls=Commands, commands=COMMANDS, context_settings={"show_default": True})
@click.version_option(package_name="mockcrm")
def main() -> None:
    """A fake CRM for people who build or test calendar sync."""
