"""An audit for people: what each client got wrong, with a timeline for each event."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

import click

WIDTH = 100
MOST_STRAYED = 20
"""How many requests of a replay are named that were answered in another way."""
LONGEST_ID = 64
"""How much of an event's id is shown, in characters: all of it, if it is one."""
INCOMPLETE = "The journal was cleared, so that nothing can be said of what clients were never given."
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a report on what `GET /admin/audit` answers."""
    for account in audit["clients"]:
        stats = account["stats"]
        told = ", ".join(
            f"{count} {word}{'s' * (count != 1)}{rest}"
            for count, word, rest in (
                (stats["requests"], "request", ""),
                (stats["events"], "event", " given"),
                (account["pending"], "change", " pending"),
            )
        )
        yield f"{click.style(account['client'], bold=True)}: {told}"
        for found in account["findings"]:
            yield from of_finding(found)
    if not audit["complete"]:
        yield INCOMPLETE
    clean = "clean" if audit["complete"] else "clean as far as it goes"
    verdict, colour = (clean, "green") if audit["clean"] else ("not clean", "red")
    yield f"The audit is {click.style(verdict, fg=colour, bold=True)}."
    if "inSync" in audit:
        verdict, colour = ("in sync", "green") if audit["inSync"] else ("not in sync", "red")
        yield f"The replica is {click.style(verdict, fg=colour, bold=True)}."


def plainly(audit: Mapping[str, Any]) -> str:
    """The same without colours, for the message of an assertion."""
    return click.unstyle("\n".join(lines(audit)))


def on_failure(failure: Mapping[str, Any]) -> Iterator[str]:
    """The lines on a verification that failed, as `POST /admin/verify` answers it."""
    yield failure["reason"]
    # The reason has told of the nearest.
    for miss in failure["nearest"][1:]:
        parts = (f"{part} {differs['found']!r}, not {differs['wanted']!r}" for part, differs in miss["differs"].items())
        yield f"  Request {miss['request']}, {miss['method']} {miss['path']}: {'; '.join(parts)}"


def on_replay(strayed: Sequence[str], changed: Sequence[str]) -> Iterator[str]:
    """The lines on whether a replay has come to the verdict of its bundle.

    `strayed` tells of the requests that were answered in another way, `changed` what is different in the verdict.
    """
    yield from strayed[:MOST_STRAYED]
    if len(strayed) > MOST_STRAYED:
        yield f"… and {len(strayed) - MOST_STRAYED} more answers that differ."
    yield from changed
    verdict, colour = ("another one than", "red") if changed else ("the one", "green")
    yield f"The verdict is {click.style(verdict, fg=colour, bold=True)} in the file."


def of_finding(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines on one finding."""
    severity = click.style(found["severity"], fg=_COLOURS[found["severity"]], bold=True)
    hazard = f" [{found['hazard']}]" if found["hazard"] else ""
    event = f" (event {found['eventId'][:LONGEST_ID]})" if found["eventId"] else ""
    yield f"  {severity} {found['code']}{hazard}: {found['title']}{event}"
    for line in wrap(found["explanation"], WIDTH):
        yield f"    {line}"
    for moment in found["timeline"]:
        yield click.style(f"      {moment['at']}  {moment['what']}", dim=True)
    for line in wrap(f"→ {found['advice']}", WIDTH):
        yield f"    {line}"
