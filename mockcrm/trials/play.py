"""Plays one scenario with one client, whatever the client is, and says how the client fared."""

import asyncio
import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mockcrm.client.connection import Refused
from mockcrm.client.crm import Crm
from mockcrm.client.sync_client import SyncClient
from mockcrm.client.sync_limit import SyncStopped
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncEnd, SyncRun

MAX_TRIAL_REQUESTS = 1_000
"""After how many requests a sync is stopped. Trials have a handful of events, so such a sync makes no progress."""
SETTLING = "1m"
"""How far the clock advances before each sync after the end of a scenario."""


class SyncFailed(Exception):
    """A sync that ended, but did not succeed. `output` is the end of what the client printed."""

    def __init__(self, problem: str, output: str = "") -> None:
        super().__init__(problem)
        self.output = output


class SyncStalled(SyncFailed):
    """A sync that did not come to an end, and was stopped."""


class UnusableReplica(Exception):
    """What a client left as its replica cannot be read."""


class ServerTooSlow(Exception):
    """A sync ran out of time because the CRM's own server did not answer in time: nothing can be said of the client."""


@dataclass
class _Client:
    """Calls a client's methods, of which some may be missing and some may be coroutine functions."""

    client: SyncClient
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def has(self, method: str) -> bool:
        return callable(getattr(self.client, method, None))

    def call(self, method: str, *arguments: Any) -> Any:
        result = getattr(self.client, method)(*arguments)
        return self.runner.run(_awaited(result)) if inspect.isawaitable(result) else result

    def close(self) -> None:
        try:
            if self.has("close"):
                self.call("close")
        finally:
            self.runner.close()


async def _awaited(result: Any) -> Any:
    return await result


@dataclass
class Play:
    """One scenario, which `crm` has loaded, played with one client.

    `max_requests` is how many requests a sync may send. `settle` is how often the client syncs after the scenario's
    end, with the faults gone.
    """

    crm: Crm
    hazard: Hazard
    settle: int = 0
    max_requests: int = MAX_TRIAL_REQUESTS
    syncs: list[SyncRun] = field(default_factory=list)

    def with_client(self, client: SyncClient) -> HazardTrial:
        """Play it to its end. Raises `Refused` and `NoAnswer` if the CRM cannot be controlled."""
        began, caller = time.monotonic(), _Client(client)
        try:
            self._run(caller)
            problem = self._hand_in_replica(caller)
        except ServerTooSlow as error:
            return HazardTrial(self.hazard, "inconclusive", [str(error)], syncs=self.syncs)
        finally:
            caller.close()
        return self._judged(problem, time.monotonic() - began)

    def _run(self, caller: _Client) -> None:
        while not (sync_round := self.crm.scenario.next())["done"]:
            if sync_round["mailbox"] and not caller.has("apply"):
                raise ValueError(f"{self.hazard.name} has a mailbox, and the client has no method `apply`.")
            if sync_round["mailbox"]:
                self._watched(caller, "apply", sync_round["mailbox"])
            if not self._is_stalled:
                self._watched(caller, "sync")
            if self._is_stalled:
                return
        if self.settle:
            self.crm.faults.clear()
        for _ in range(self.settle):
            self.crm.clock.advance(SETTLING)
            self._watched(caller, "sync", settling=True)

    @property
    def _is_stalled(self) -> bool:
        return bool(self.syncs) and self.syncs[-1].end == "stalled"

    def _watched(self, caller: _Client, method: str, *arguments: Any, settling: bool = False) -> None:
        """Have the client do something. What it does in its mailbox counts as a sync only if it goes wrong."""
        began = time.monotonic()
        ended = self._ending(caller, method, *arguments)
        if method == "sync" or ended.end != "done":
            number, seconds = len(self.syncs) + 1, time.monotonic() - began
            self.syncs.append(replace(ended, number=number, seconds=seconds, settling=settling))

    def _ending(self, caller: _Client, method: str, *arguments: Any) -> SyncRun:
        """How a call of the client ends."""
        try:
            with self.crm.scenario.limit(method, self.max_requests):
                caller.call(method, *arguments)
        except SyncStopped as stopped:
            return SyncRun(end="stalled", problem=stopped.problem)
        except SyncFailed as failed:
            end: SyncEnd = "stalled" if isinstance(failed, SyncStalled) else "failed"
            return SyncRun(end=end, problem=str(failed), output=failed.output)
        except ServerTooSlow:
            raise
        except Exception as error:
            return SyncRun(end="failed", problem=f"{type(error).__name__}: {error}")
        return SyncRun()

    def _hand_in_replica(self, caller: _Client) -> str:
        """Have the client's copy count for the verdict; the reason why it cannot, if so."""
        if not caller.has("replica"):
            return ""
        try:
            found = caller.call("replica")
            if found is not None:
                self.crm.scenario.replica(**_as_replica(found))
        except (UnusableReplica, Refused) as error:
            return f"The replica cannot be compared: {error}"
        return ""

    def _judged(self, problem: str, seconds: float) -> HazardTrial:
        state, audit = self.crm.scenario.get(), self.crm.audit()
        reasons = list(dict.fromkeys([*state["reasons"], *([problem] if problem else [])]))
        outcome: Outcome = state["verdict"]
        if problem and outcome == "passed":
            outcome = "inconclusive"
        if self._is_stalled:
            outcome, reasons = "stalled", [self.syncs[-1].problem, *reasons]
        elif self.syncs and self.syncs[-1].end == "failed":
            outcome, reasons = "crashed", [f"Its last sync failed: {self.syncs[-1].problem}", *reasons]
        requests = sum(client["stats"]["requests"] for client in audit["clients"])
        return HazardTrial(self.hazard, outcome, reasons, state["failures"], audit, self.syncs, requests, seconds)


def _as_replica(found: Any) -> Mapping[str, Any]:
    """The arguments of `crm.scenario.replica`: records in a list, by id, or with their `window` in an object."""
    if isinstance(found, Mapping) and "replica" in found:
        return {"records": found["replica"], **{name: found[name] for name in ("client", "window") if name in found}}
    return {"records": list(found.values()) if isinstance(found, Mapping) else list(found)}
