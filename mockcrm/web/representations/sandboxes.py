"""Sandboxes."""

from collections.abc import Callable, Iterable
from typing import TypedDict

from mockcrm.base.times import format_duration, format_instant
from mockcrm.crm.dialect.named import name_of
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.representations.base import Count, DurationText, InstantText


class ShownSandboxJson(TypedDict):
    """A sandbox; `dialect` is null unless it is exactly a named one.

    `scenario` is the title of the scenario that is loaded, and null if there is none. `calendar` is the path that a
    calendar program subscribes to, with the token that it needs, if any. `expiresAfter` is for how long no request may
    come to it before it is removed, in the world's time, and null if it stays.
    """

    name: str
    path: str
    calendar: str
    events: Count
    lastSeq: Count
    now: InstantText
    dialect: str | None
    scenario: str | None
    expiresAfter: DurationText | None


class SandboxesJson(TypedDict):
    """Sandboxes: all that there are, or those of one `node` of several behind a proxy, and then others have more."""

    sandboxes: list[ShownSandboxJson]
    length: Count
    node: str | None


def sandbox_json(sandbox: Sandbox, calendar_query: Callable[[str], str]) -> ShownSandboxJson:
    """A sandbox as it stands. It is read without its lock, and the agenda is not run.

    `calendar_query` says what the address of a sandbox's calendar ends with (`Access.calendar_query`).
    """
    idle = sandbox.lease.idle
    crm, run, path = sandbox.state.crm, sandbox.state.scenario_run, f"/sandboxes/{sandbox.name}"
    return {
        "name": sandbox.name,
        "path": path,
        "calendar": f"{path}/calendar.ics{calendar_query(sandbox.name)}",
        "events": crm.store.events.live_count(),
        "lastSeq": crm.store.last_seq,
        "now": format_instant(sandbox.clock_reading()),
        "dialect": name_of(crm.dialect),
        "scenario": None if run is None else run.raw.get("title", ""),
        "expiresAfter": None if idle is None else format_duration(idle),
    }


def sandboxes_json(
    sandboxes: Iterable[Sandbox], calendar_query: Callable[[str], str], node: str | None
) -> SandboxesJson:
    shown = [sandbox_json(each, calendar_query) for each in sandboxes]
    return {"sandboxes": shown, "length": len(shown), "node": node}
