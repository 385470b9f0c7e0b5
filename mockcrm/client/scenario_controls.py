"""The controls of the scenario that is loaded."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mockcrm.base.escaping import harmless
from mockcrm.client import report
from mockcrm.client.connection import AdminApi
from mockcrm.client.sync_limit import MAX_SYNC_REQUESTS, SyncLimit

if TYPE_CHECKING:
    # Whoever runs a test needs no types, and imports none.
    from mockcrm.client.types import MailboxAction, SandboxState, ScenarioDocument, ScenarioRound, ScenarioState

_FILE = re.compile(r"[/\\]|\.ya?ml$")

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class ScenarioControls:
    """The scenario that is loaded: what happens in the CRM from one sync of the client to the next.

    See `docs/reference/scenarios.md`.
    """

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin

    def load(self, scenario: "str | Path | ScenarioDocument") -> "SandboxState":
        """Start again with a scenario: a shipped one by its name, a fixture file, or the content of such a file.

        A text with a slash, or that ends in `.yaml`, is taken for a file. Raises `ScenarioInvalid`, with file, line
        and field, if the file cannot be read or has mistakes.
        """
        if isinstance(scenario, Path) or (isinstance(scenario, str) and _FILE.search(scenario)):
            from mockcrm.sandbox.scenario.fixture_file import scenario_document  # noqa: PLC0415  only files need what reads them

            scenario = scenario_document(Path(scenario))
        state: SandboxState = self._admin.ask("PUT", "/scenario", scenario)
        return state

    def get(self) -> "ScenarioState":
        """The scenario's text and steps, and how many of them have run."""
        state: ScenarioState = self._admin.ask("GET", "/scenario")
        return state

    def next(self) -> "ScenarioRound":
        """Run the steps up to the next sync, or to the end, and return what happened."""
        sync_round: ScenarioRound = self._admin.ask("POST", "/scenario/next")
        return sync_round

    def play(
        self,
        sync: Callable[[], object],
        mailbox: "Callable[[list[MailboxAction]], object] | None" = None,
        *,
        max_requests: int = MAX_SYNC_REQUESTS,
    ) -> None:
        """Run the scenario to its end, and call `sync` wherever the client under test is to sync.

        In some scenarios users also change the calendar on the other side. Then `mailbox` is called with a list of
        what they do, such as `[{"edit": {"event": "1001", "set": {"location": "Room 7"}}}]`; there are `create`,
        `edit` and `delete`.

        A sync that has sent `max_requests` requests makes no progress: from then on every connection breaks, so that
        it ends.

        Raises `AssertionError` if a sync had to be stopped, with the audit, or with the expectations that do
        not hold at the end; `ValueError` if a scenario needs `mailbox` and there is none, or if it has been
        played already.
        """
        synced = False
        while True:
            sync_round = self.next()
            if sync_round["mailbox"]:
                if mailbox is None:
                    raise ValueError(
                        "In this scenario users change the calendar on the other side: call play(sync, mailbox) with a "
                        "function `mailbox` that makes these changes."
                    )
                mailbox(sync_round["mailbox"])
            if sync_round["done"]:
                break
            with SyncLimit(self._admin, max_requests):
                sync()
            synced = True
        if not synced:
            raise ValueError("The scenario has been played to its end. To play it again, load it, or reset the CRM.")
        self._check(sync_round)

    def _check(self, end: "ScenarioRound") -> None:
        if end["passed"] is False:
            audit = report.message(self._admin.ask("GET", "/audit"))
            raise AssertionError("\n".join([*map(harmless, end["failures"]), audit]))

    def drop(self) -> None:
        """Remove the remaining steps. The events stay as they are."""
        self._admin.ask("DELETE", "/scenario")
