"""The command line: the command `mockcrm`, with all commands below it."""

import click

from mockcrm.cli.audit import audit_clients, replay_bundle, save_bundle
from mockcrm.cli.console import Commands
from mockcrm.cli.explain import explain_names
from mockcrm.cli.fixtures import import_calendar, of_scenarios, seed_file, validate
from mockcrm.cli.serve import serve, show_configuration
from mockcrm.cli.trial.command import try_client


@click.group(cls=Commands, context_settings={"show_default": True})
@click.version_option(package_name="mockcrm")
def main() -> None:
    """A fake CRM for people who build or test calendar sync."""


for each in (
    serve,
    show_configuration,
    seed_file,
    import_calendar,
    validate,
    audit_clients,
    save_bundle,
    replay_bundle,
    of_scenarios,
    explain_names,
    try_client,
):
    main.add_command(each)
