"""The control of the scenario that is loaded."""

import re
from collections.abc import Callable
from pathlib import Path

from mockcrm.base.escaping import harmless
from mockcrm.client import report
from mockcrm.client.connection import AdminApi, Body, Json

_FILE = re.compile(r"[/\\]|\.ya?ml$")

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class ScenarioControls:
    """The scenario that is loaded (`docs/scenarios.md`)."""

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin

    def load(self, scenario: str | Path | Body) -> Json:
        """Begin anew with a shipped scenario, by its name, with a fixture file, or with one that is told in full.

        A text with a slash, or that ends in `.yaml`, is a file. One that cannot be read, or says what makes no sense,
        is a `ScenarioInvalid` with file, line and field.
        """
        if isinstance(scenario, Path) or (isinstance(scenario, str) and _FILE.search(scenario)):
            from mockcrm.sandbox.scenario.scenario import told_in  # noqa: PLC0415  who controls a server has no need of one

            scenario = told_in(Path(scenario))
        return self._admin.ask("PUT", "/scenario", scenario)

    def get(self) -> Json:
        """What is told of it, and how far it has come."""
        return self._admin.ask("GET", "/scenario")

    def next(self) -> Json:
        """Run on to the next sync, or to the end; what happened on the way."""
        return self._admin.ask("POST", "/scenario/next")

    def play(self, sync: Callable[[], object], mailbox: Callable[[list[Json]], object] | None = None) -> None:
        """Run to the end, with a sync of the client under test wherever there is to be one.

        `mailbox` does what users did in the calendar on the other side, where a scenario has that: it is called with a
        list such as `[{"edit": {"event": "1001", "set": {"location": "Room 7"}}}]`, also of `create` and `delete`.
        Without it such a scenario is a `ValueError`. Raises an `AssertionError` that says what was expected and does
        not hold.
        """
        synced = False
        while True:
            sync_round = self.next()
            if sync_round["mailbox"]:
                if mailbox is None:
                    raise ValueError(
                        "In this scenario users change the calendar on the other side: call play(sync, mailbox), and "
                        "mailbox is called with a list of what they do."
                    )
                mailbox(sync_round["mailbox"])
            if sync_round["done"]:
                break
            sync()
            synced = True
        if not synced:
            raise ValueError(
                "The scenario has come to its end: there was no sync. Load it, or reset, to play it again."
            )
        if sync_round["passed"] is False:
            raise AssertionError(
                "\n".join([*map(harmless, sync_round["failures"]), report.message(self._admin.ask("GET", "/audit"))])
            )

    def drop(self) -> None:
        """Forget its steps; the state stays as it is."""
        self._admin.ask("DELETE", "/scenario")
