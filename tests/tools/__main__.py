"""Runs the suite and prints its table: `make tools`, or `make tools ARGS="--tool dlt --only result-cap"`.

The tools only read: what a scenario's user does on the other side is left out. Each hazard is played twice: as it is,
and in a busy CRM, where somebody adds a meeting before each sync, so that the largest stamp moves on. After the end of
a scenario a tool syncs some more times, as in the trials.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mockcrm import Crm, Refused, connect, create_app, serving
from mockcrm.client.types import NewEventFields
from mockcrm.trials.hazards import READ_HAZARDS
from mockcrm.trials.run import QUIET_SYNCS
from tests.tools.environment import TOOLS, Tool

DROPPED = "and the client lost it"
"""What the audit says of a version that was delivered, and that a replica lacks."""

BYSTANDER: NewEventFields = {
    "subject": "A bystander",
    "startTime": "2026-03-03T12:00:00Z",
    "endTime": "2026-03-03T12:30:00Z",
}
"""The meetings that somebody adds."""


@dataclass(frozen=True)
class Play:
    """A tool's play of a hazard.

    `lost` are the events that its replica has wrong at the end, apart from the `dropped` ones, whose versions had been
    delivered: no request can show that. `named` are those of the lost ones that an error or a warning of the audit
    names from the requests alone, `wrong` the events that an error names and the replica has right. `failed` is the
    number of syncs that failed.
    """

    lost: frozenset[str]
    dropped: frozenset[str]
    named: frozenset[str]
    wrong: frozenset[str]
    failed: int
    codes: tuple[str, ...]
    verdict: str


def play(crm: Crm, tool: Tool, hazard: str, state: Path, *, busy: bool) -> Play:
    """Play one hazard with one tool."""
    crm.scenario.load(hazard)
    sync = partial(tool.sync, crm.url, state, tombstones=crm.dialect()["deletions"] == "asked")
    results = []
    while not crm.scenario.next()["done"]:
        if busy:
            crm.perform({"create": {"set": BYSTANDER}})
        results.append(sync())
    for _ in range(QUIET_SYNCS):
        crm.clock.advance("1m")
        results.append(sync())
    stored = [result.records for result in results if result.records is not None]
    by_requests = crm.audit()
    differences = _differences(crm, stored[-1] if stored else [])
    dropped = _events(found for found in differences if DROPPED in found["explanation"])
    lost = _events(differences) - dropped
    grave = [found for found in _findings(by_requests) if found["severity"] != "note"]
    errors = _events(found for found in grave if found["severity"] == "error")
    codes = tuple(sorted({found["code"] for found in grave}))
    failed = sum(result.error is not None for result in results)
    verdict = by_requests["verdict"]
    return Play(lost, dropped, lost & _events(grave), errors - lost - dropped, failed, codes, verdict)


def _differences(crm: Crm, records: list[dict[str, Any]]) -> list[Any]:
    """Where a replica differs from the CRM. Without a single request there is nothing to compare."""
    try:
        audit = crm.audit(records)
    except Refused:
        return []
    return [found for found in _findings(audit) if found["code"].startswith("replica.")]


def _findings(audit: Mapping[str, Any]) -> Iterator[Any]:
    return (found for client in audit["clients"] for found in client["findings"])


def _events(findings: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(event for found in findings for event in found["eventIds"])


def cell(result: Play) -> str:
    """A play in a cell of the table."""
    parts = [f"{len(result.named)} of {len(result.lost)}"] if result.lost else ["nothing"]
    parts += [f"{len(result.dropped)} dropped"] if result.dropped else []
    parts += [f"{len(result.wrong)} wrongly"] if result.wrong else []
    parts += [f"{result.failed} syncs failed"] if result.failed else []
    codes = f" ({', '.join(f'`{code}`' for code in result.codes)})" if result.codes else ""
    quiet = f" *{result.verdict}*" if result.lost and result.verdict != "failed" else ""
    return ", ".join(parts) + codes + quiet


def total(results: Iterable[Play]) -> str:
    """The sums of a tool's plays."""
    results = list(results)
    lost, named = (sum(len(getattr(each, name)) for each in results) for name in ("lost", "named"))
    return f"{named} of {lost}, {sum(len(each.wrong) for each in results)} wrongly"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make tools")
    parser.add_argument("--tool", action="append", choices=TOOLS, help="only this tool")
    parser.add_argument("--only", action="append", metavar="HAZARD", help="only this hazard")
    options = parser.parse_args()
    tools, hazards = [Tool(name) for name in options.tool or TOOLS], options.only or READ_HAZARDS
    results: dict[str, list[Play]] = {tool.name: [] for tool in tools}
    sys.stdout.write(f"| hazard | {' | '.join(results)} |\n|---{'|---' * len(results)}|\n")
    app = create_app()
    with serving(app) as url, TemporaryDirectory() as folder:
        for hazard, busy in product(hazards, (False, True)):
            for tool in tools:
                state = Path(folder) / tool.name / f"{hazard}-{busy}"
                state.mkdir(parents=True)
                with connect(app, url=url).create() as crm:
                    results[tool.name].append(play(crm, tool, hazard, state, busy=busy))
            cells = " | ".join(cell(each[-1]) for each in results.values())
            sys.stdout.write(f"| {hazard}{', busy' * busy} | {cells} |\n")
            sys.stdout.flush()
    for tool in tools:
        tool.close()
    sys.stdout.write(f"| all | {' | '.join(map(total, results.values()))} |\n")


if __name__ == "__main__":
    main()
