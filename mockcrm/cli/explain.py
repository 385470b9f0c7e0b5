"""The command that explains findings, hazards, groups of hazards, knobs, effects and error codes."""

import click

from mockcrm.cli import glossary
from mockcrm.cli.console import Unusable, echo, echo_json
from mockcrm.cli.options import PLAIN_FORMAT, options
from mockcrm.client import report


@click.command("explain")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@options(*PLAIN_FORMAT)
def explain_names(names: tuple[str, ...], form: str, as_json: bool) -> None:
    """Explain findings, hazards, groups of hazards, knobs, effects and errors.

    Without a name it lists all names. It needs no server. The status is 2 if a name is unknown.
    """
    try:
        found = glossary.explanations(names) if names else glossary.everything()
    except glossary.UnknownName as error:
        raise Unusable(str(error)) from error
    if as_json or form == "json":
        echo_json({"explanations": found})
        return
    for line in (report.of_explanations if names else report.of_names)(found):
        echo(line, styled=True)
