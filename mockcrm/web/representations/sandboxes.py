"""Sandboxes."""

from collections.abc import Iterable
from typing import TypedDict

from mockcrm.base.times import format_instant
from mockcrm.crm.dialect.named import name_of
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.representations.base import Count, InstantText


class ShownSandboxJson(TypedDict):
    """A sandbox; `dialect` is null unless it is exactly a named one.

    `scenario` is the title of the scenario that is loaded, and null if there is none.
    """

    name: str
    path: str
    events: Count
    lastSeq: Count
    now: InstantText
    dialect: str | None
    scenario: str | None


class SandboxesJson(TypedDict):
    sandboxes: list[ShownSandboxJson]
    length: Count


def sandbox_json(sandbox: Sandbox) -> ShownSandboxJson:
    """A sandbox as it stands. It is read without its lock, and the agenda is not run."""
    crm, run = sandbox.state.crm, sandbox.state.scenario_run
    return {
        "name": sandbox.name,
        "path": f"/sandboxes/{sandbox.name}",
        "events": crm.store.live_count(),
        "lastSeq": crm.store.last_seq,
        "now": format_instant(sandbox.clock_reading()),
        "dialect": name_of(crm.dialect),
        "scenario": None if run is None else run.raw.get("title", ""),
    }


def sandboxes_json(sandboxes: Iterable[Sandbox]) -> SandboxesJson:
    shown = [sandbox_json(each) for each in sandboxes]
    return {"sandboxes": shown, "length": len(shown)}
