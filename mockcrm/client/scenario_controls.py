"""The controls of the scenario that is loaded."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockcrm.base.escaping import harmless
from mockcrm.client import report
from mockcrm.client.connection import AdminApi, chosen
from mockcrm.client.in_thread import in_thread
from mockcrm.client.sync_limit import MAX_SYNC_REQUESTS, SyncLimit

if TYPE_CHECKING:
    # Whoever runs a test needs no types, and imports none.
    from mockcrm.client.types import (
        Audit,
        MailboxAction,
        ReplicaWindow,
        SandboxState,
        ScenarioDocument,
        ScenarioRound,
        ScenarioState,
    )

_FILE = re.compile(r"[/\\]|\.ya?ml$")
_ASYNC = "write `await crm.scenario.play_async(sync, mailbox)` in a test that is a coroutine."

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
        """The scenario's text and steps, how many of them have run, and the verdict so far."""
        state: ScenarioState = self._admin.ask("GET", "/scenario")
        return state

    def next(self) -> "ScenarioRound":
        """Run the steps up to the next sync, or to the end, and return what happened; at the end, with the verdict."""
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

        If the client has sent `max_requests` requests in one call, every further connection breaks until it returns.

        Raises `AssertionError` unless the verdict at the end is `passed`, with the expectations that do not hold, or
        with the reasons why there is no verdict, and if a call had to be stopped; `ValueError` if a scenario needs
        `mailbox` and there is none, or if it has been played already; `TypeError` for a function that has to be
        awaited, for which there is `play_async`.
        """
        for name, call in (("sync", sync), ("mailbox", mailbox)):
            _refuse_coroutine_function(name, call)
        synced = False
        while True:
            sync_round = self.next()
            for name, call in _calls(sync_round, sync, mailbox):
                with self.limit(name, max_requests):
                    _refuse_awaitable(name, call())
            if sync_round["done"]:
                break
            synced = True
        self._check(sync_round, synced)

    async def play_async(
        self,
        sync: Callable[[], Awaitable[object] | object],
        mailbox: "Callable[[list[MailboxAction]], Awaitable[object] | object] | None" = None,
        *,
        max_requests: int = MAX_SYNC_REQUESTS,
    ) -> None:
        """Like `play`, for a client whose `sync` is a coroutine function: what it returns is awaited.

        >>> await crm.scenario.play_async(client.sync)
        """
        synced = False
        while True:
            sync_round = await in_thread(self.next)
            for name, call in _calls(sync_round, sync, mailbox):
                async with self.limit(name, max_requests):
                    result = call()
                    if inspect.isawaitable(result):
                        await result
                    else:
                        _refuse_generator(name, result)
            if sync_round["done"]:
                break
            synced = True
        await in_thread(lambda: self._check(sync_round, synced))

    def _check(self, end: "ScenarioRound", synced: bool) -> None:
        if not synced:
            raise ValueError("The scenario has been played to its end. To play it again, load it, or reset the CRM.")
        if end["verdict"] != "passed":
            why = dict.fromkeys([*end["reasons"], *end["failures"]])
            inconclusive = "Inconclusive: " if end["verdict"] == "inconclusive" else ""
            audit = report.message(self._admin.ask("GET", "/audit"))
            raise AssertionError(inconclusive + "\n".join([*map(harmless, why), audit]))

    def replica(
        self,
        records: Iterable[Mapping[str, object] | str],
        *,
        client: str | None = None,
        window: "ReplicaWindow | None" = None,
    ) -> "Audit":
        """Hand in a client's copy of the events, for the verdict at the end. The last one of each client counts.

        The arguments are those of `Crm.audit`, and so is the answer: where the copy differs from the CRM now, the
        scenario fails; where it only lacks what may still be delivered, it is inconclusive.
        """
        body = {"replica": records, **chosen(client=client, window=window)}
        audit: Audit = self._admin.ask("POST", "/scenario/replica", body)
        return audit

    def limit(self, name: str, max_requests: int = MAX_SYNC_REQUESTS) -> SyncLimit:
        """A `with` block in which the client's function `name` is called, and may send so many requests."""
        return SyncLimit(self._admin, name, max_requests)

    def drop(self) -> None:
        """Remove the remaining steps. The events stay as they are."""
        self._admin.ask("DELETE", "/scenario")


def _calls(
    sync_round: "ScenarioRound", sync: Callable[[], Any], mailbox: Callable[[Any], Any] | None
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What the client under test is asked to do after a round, in order."""
    actions = sync_round["mailbox"]
    if actions:
        if mailbox is None:
            raise ValueError(
                "In this scenario users change the calendar on the other side: call play(sync, mailbox) with a "
                "function `mailbox` that makes these changes."
            )
        yield "mailbox", lambda: mailbox(actions)
    if not sync_round["done"]:
        yield "sync", sync


def _refuse_coroutine_function(name: str, call: Callable[..., object] | None) -> None:
    if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__):
        raise TypeError(f"`{name}` is a coroutine function, and play does not await it: {_ASYNC}")


def _refuse_awaitable(name: str, result: object) -> None:
    """Refuse what a call returned if it has to be awaited: the client has done nothing yet."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"`{name}` returned {type(result).__name__}, and play does not await it: {_ASYNC}")
    _refuse_generator(name, result)


def _refuse_generator(name: str, result: object) -> None:
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        raise TypeError(f"`{name}` is a generator function, of which nothing has run: remove its yield.")
