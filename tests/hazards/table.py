"""All hazards, and their table, which `python -m tests.hazards.table` puts into the docs (`make hazards`)."""

from pathlib import Path

from mockcrm import create_app, serving
from mockcrm.cli.glossary import explanations
from mockcrm.trials.hazards import hazards
from tests.hazards import calendars, children, deletion, identity, paging, people, times, transport, watermark, writes
from tests.hazards.world import Hazard, Outcome, play

HAZARDS: tuple[Hazard, ...] = (
    *watermark.HAZARDS,
    *paging.HAZARDS,
    *deletion.HAZARDS,
    *writes.HAZARDS,
    *times.HAZARDS,
    *identity.HAZARDS,
    *people.HAZARDS,
    *calendars.HAZARDS,
    *children.HAZARDS,
    *transport.HAZARDS,
)

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "hazards.md"
HEAD = "| group | hazard | what happens | findings | advice | needs |\n|---|---|---|---|---|---|\n"
NOTHING = "-"
SHOWN_BY = {"P": "requests", "C": "errors"}
"""What shows a symptom that leaves the replica as it should be."""


def row(hazard: Hazard, outcome: Outcome) -> str:
    """A hazard's row, with what it takes to notice the damage that a naive client suffers or does."""
    (explanation,) = explanations([hazard.name])
    (known,) = hazards(hazard.name)
    link = f"[{hazard.name}](../../fixtures/hazards/{hazard.name}.yaml)"
    findings = ", ".join(f"`{code}`" for code in explanation["findings"])
    cells = (link, explanation["meaning"], findings, explanation["advice"], needs(hazard, outcome))
    return f"| {known.group} | {' | '.join(cell or NOTHING for cell in cells)} |\n"


def needs(hazard: Hazard, outcome: Outcome) -> str:
    """A mailbox, if the client's user acts; and where to look, if neither the audit nor an expectation fails."""
    mailbox = ["mailbox"] if any("mailbox" in step for step in hazard.document["steps"]) else []
    return ", ".join([*mailbox, *([] if outcome.is_reported else [_where_to_look(outcome)])])


def _where_to_look(outcome: Outcome) -> str:
    if outcome.replica_differs:
        return "replica"
    return next(place for letter, place in SHOWN_BY.items() if letter in outcome.found)


def table() -> str:
    """Every hazard's row, from playing it with its naive client."""
    with serving(create_app()) as server:
        return HEAD + "".join(row(hazard, play(server, hazard.document, hazard.naive)) for hazard in HAZARDS)


if __name__ == "__main__":
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEAD)
    PAGE.write_text(before + table(), encoding="utf-8")
