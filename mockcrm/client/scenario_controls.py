"""The controls of the scenario that is loaded."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from os.path import exists
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from mockcrm.base.escaping import harmless
from mockcrm.client import report
from mockcrm.client.connection import AdminApi, chosen
from mockcrm.client.in_thread import awaited, in_thread
from mockcrm.client.playing import (
    ClientCall,
    ClientCalls,
    Methods,
    following,
    mailbox_call,
    methods_to_play,
    refuse_awaitable,
    refuse_coroutine_functions,
    refuse_generator,
)
from mockcrm.client.sync_client import SyncClient, replica_arguments
from mockcrm.client.sync_limit import MAX_SYNC_REQUESTS, SyncLimit

if TYPE_CHECKING:
    # A test that runs needs no types, and imports none.
    from mockcrm.client.types import (
        Audit,
        KindName,
        MailboxAction,
        ReplicaWindow,
        SandboxState,
        ScenarioDocument,
        ScenarioRound,
        ScenarioState,
    )

_FILE = re.compile(r"[/\\]|\.ya?ml$")

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


def fixture_path(scenario: object, folder: Path | None) -> Path | None:
    """The file that a scenario is, from `folder` or from the working directory; None for a name or a content."""
    if not (isinstance(scenario, Path) or (isinstance(scenario, str) and _FILE.search(scenario))):
        return None
    path = Path(scenario)
    if folder is None or (exists(path) and not exists(folder / path)):  # noqa: PTH110  Path.exists fails for a long text
        return path
    return folder / path


class ScenarioControls:
    """The scenario that is loaded: what happens in the CRM from one sync of the client to the next.

    See `docs/reference/scenarios.md`.
    """

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin

    def load(self, scenario: "str | Path | ScenarioDocument") -> "SandboxState":
        """Start again with a scenario: a shipped one by its name, a fixture file, or the content of such a file.

        A text with a slash, or that ends in `.yaml`, is taken for a file. In pytest, a relative path starts from the
        folder of the test's file; where there is no such file, and elsewhere, from the working directory. Raises
        `ScenarioInvalid`, with file, line and field, if the file cannot be read or has mistakes.
        """
        if (file := fixture_path(scenario, self._admin.folder)) is not None:
            from mockcrm.sandbox.scenario.fixture_file import scenario_document  # noqa: PLC0415  only files need what reads them

            scenario = scenario_document(file)
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

    next_async = awaited(next)  # noqa: A003  it is the method above

    @overload
    def play(self, client: SyncClient, /, *, max_requests: int = MAX_SYNC_REQUESTS) -> None: ...
    @overload
    def play(
        self,
        sync: Callable[[], object],
        mailbox: "Callable[[list[MailboxAction]], object] | None" = None,
        *,
        max_requests: int = MAX_SYNC_REQUESTS,
    ) -> None: ...
    def play(self, sync: Any, mailbox: Any = None, *, max_requests: int = MAX_SYNC_REQUESTS) -> None:
        """Run the scenario to its end, and have the client under test sync wherever it is to sync.

        `sync` is the client, an object as `mockcrm.SyncClient` describes it: its copy counts for the verdict, and it is
        closed at the end. Or it is a function that is called at each sync; whatever can be called is taken for one.

        In some scenarios users also change the calendar on the other side. Then the client's `apply`, or the function
        `mailbox`, is called with a list of what they did (`docs/reference/scenarios.md`), such as
        `[{"edit": {"event": "kickoff", "id": "1001", "set": {"location": "Room 7"}}}]`: `event` is the scenario's name
        for it, and `id` the CRM's. There are `create`, `edit` and `delete`.

        If the client has sent `max_requests` requests in one call, every further connection breaks until it returns.

        Raises `AssertionError` unless the verdict at the end is `passed`, with the expectations that do not hold, or
        with the reasons why there is no verdict, and if a call had to be stopped; `ValueError` if a scenario has a
        mailbox and nobody takes it, or if it has been played already; `TypeError` for what is no client, and for a
        function or a method that has to be awaited, for which there is `play_async`.

        >>> crm.scenario.play(client)
        >>> crm.scenario.play(client.sync, client.apply)
        """
        methods = methods_to_play(sync, mailbox)
        refuse_coroutine_functions(methods)
        calls, result = self._calls(sync, methods), None
        try:
            while (asked := following(calls, result)) is not None:
                with self.limit(asked.name, max_requests) if asked.limited else nullcontext():
                    result = asked.call()
                    refuse_awaitable(asked.name, result)
        finally:
            if "close" in methods:
                refuse_awaitable("close", methods["close"]())

    @overload
    async def play_async(self, client: SyncClient, /, *, max_requests: int = MAX_SYNC_REQUESTS) -> None: ...
    @overload
    async def play_async(
        self,
        sync: Callable[[], Awaitable[object] | object],
        mailbox: "Callable[[list[MailboxAction]], Awaitable[object] | object] | None" = None,
        *,
        max_requests: int = MAX_SYNC_REQUESTS,
    ) -> None: ...
    async def play_async(self, sync: Any, mailbox: Any = None, *, max_requests: int = MAX_SYNC_REQUESTS) -> None:
        """Like `play`, for a client that has to be awaited: what its methods or functions return is awaited.

        >>> await crm.scenario.play_async(client)
        >>> await crm.scenario.play_async(client.sync)
        """
        methods = methods_to_play(sync, mailbox)
        calls, result = self._calls(sync, methods), None
        try:
            while (asked := await in_thread(partial(following, calls, result))) is not None:
                async with self.limit(asked.name, max_requests) if asked.limited else nullcontext():
                    result = await _awaited(asked.name, asked.call())
        finally:
            if "close" in methods:
                await _awaited("close", methods["close"]())

    def _calls(self, client: Any, methods: Methods) -> ClientCalls:
        """Run the scenario to its end, and have the client called in between. `send` takes what the calls return.

        The client's copy is asked for after its last sync, since no copy has what steps after that do. The copy is
        judged as the CRM is then, and the verdict at the end counts it.
        """
        last = self.get()["steps"].count("sync") if "replica" in methods else None
        synced = False
        while True:
            sync_round = self.next()
            if sync_round["mailbox"]:
                yield mailbox_call(client, methods, sync_round["mailbox"])
            if sync_round["done"]:
                break
            yield ClientCall("sync", methods["sync"])
            synced = True
            if sync_round["sync"] == last:
                found = replica_arguments((yield ClientCall("replica", methods["replica"], limited=False)))
                for arguments in found or ():
                    self.replica(**arguments)
        self._check(sync_round, synced)

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
        kind: "KindName | None" = None,
        window: "ReplicaWindow | None" = None,
    ) -> "Audit":
        """Hand in a client's copy of the events, or of the records of another `kind`, for the verdict at the end.

        The last one of each client and kind counts.

        The arguments are those of `Crm.audit`, and so is the answer: where the copy differs from the CRM now, the
        scenario fails; where it only lacks what may still be delivered, it is inconclusive.
        """
        body = {"replica": records, **chosen(client=client, kind=kind, window=window)}
        audit: Audit = self._admin.ask("POST", "/scenario/replica", body)
        return audit

    def limit(self, name: str, max_requests: int = MAX_SYNC_REQUESTS) -> SyncLimit:
        """A `with` block in which the client's function `name` is called, and may send so many requests."""
        return SyncLimit(self._admin, name, max_requests)

    def drop(self) -> None:
        """Remove the remaining steps. The events stay as they are."""
        self._admin.ask("DELETE", "/scenario")


async def _awaited(name: str, result: object) -> object:
    """What a call returned, or what its awaitable comes to."""
    if inspect.isawaitable(result):
        return await result
    refuse_generator(name, result)
    return result
