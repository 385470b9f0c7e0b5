"""The command that tries a sync client against every hazard."""

import tempfile
import threading
from pathlib import Path

import click

from mockcrm.cli.console import echo
from mockcrm.trials.command import TIMEOUT, CommandClient
from mockcrm.trials.hazards import UnknownHazard, hazards
from mockcrm.trials.suite import Suite, TrialSettings, own_server


@click.command("trial")
@click.option("--only", multiple=True, help="Which hazards to play.")
@click.option("--timeout", default=TIMEOUT, help="How many seconds a sync may take.")
@click.option("--settle", default=0, help="How many more syncs, with the faults gone.")
@click.option("--jobs", default=2, help="How many hazards to play at a time.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def try_client(only: tuple[str, ...], timeout: float, settle: int, jobs: int, command: tuple[str, ...]) -> None:
    """Try a sync client against every hazard: COMMAND is run once for each sync."""
    try:
        chosen = hazards(*only)
    except UnknownHazard as error:
        raise click.UsageError(str(error)) from error
    stopping = threading.Event()
    with own_server() as server, tempfile.TemporaryDirectory() as folder:
        suite = Suite(
            server,
            lambda crm: CommandClient(command, crm, Path(folder) / crm.name, timeout, stopping),
            TrialSettings(settle=settle, jobs=jobs),
            stopping=stopping,
        )
        report = suite.run(chosen, " ".join(command))
    for trial in report.trials:
        echo(f"{trial.outcome:15} {trial.hazard.name}: {' '.join(trial.reasons)}")
    raise click.exceptions.Exit(report.status)
