"""Plays one scenario with one client, whatever the client is, and says how the client fared."""

import asyncio
import inspect
import traceback
from collections.abc import Mapping, Sequence, Set
from dataclasses import field, replace
from typing import Any

from mockcrm.audit.replica import record_fields
from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_seconds
from mockcrm.client.connection import Refused
from mockcrm.client.crm import Crm
from mockcrm.client.playing import refuse_generator
from mockcrm.client.report import is_grave, of_requests
from mockcrm.client.sync_client import SyncClient, apply_is_missing, methods_of, replica_arguments
from mockcrm.client.sync_limit import SyncStopped
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.needless_writes import SyncStart, needless_writes, sync_start
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncEnd, SyncRun

MAX_TRIAL_REQUESTS = 1_000
"""After how many requests a sync is stopped. Trials have a handful of events, so such a sync makes no progress."""
MAX_TRACEBACK = 4_000
"""How much of the end of an exception's traceback is kept, in characters."""
SETTLING = "1m"
"""How far the clock advances before each sync after the end of a scenario."""
MOST_REQUESTS = 10
"""How many requests a trial shows: the last."""
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_REFUSED = 400
"""The lowest status of an answer that refuses a request."""
_OUTCOMES: Mapping[SyncEnd, Outcome] = {"stalled": "stalled", "failed": "crashed", "unanswered": "inconclusive"}
"""What the end of the last sync means for the whole."""


class SyncFailed(Exception):
    """A sync that ended, but did not succeed. `output` is the end of what the client printed."""

    end: SyncEnd = "failed"

    def __init__(self, problem: str, output: str = "") -> None:
        super().__init__(problem)
        self.output = output


class SyncOutput(str):
    """What a client's `sync` returns if it prints something: the end of that. Whatever else it returns is ignored."""

    __slots__ = ()


class SyncStalled(SyncFailed):
    """A sync that did not come to an end, and was stopped."""

    end: SyncEnd = "stalled"


class ServerTooSlow(SyncStalled):
    """A sync that was stopped because the CRM did not answer in time: nothing can be said of the client."""

    end: SyncEnd = "unanswered"


class PlayAbandoned(Exception):
    """A client ends the play of a scenario, and nothing is said of the client: the trial was interrupted."""


class ClientUnusable(PlayAbandoned):
    """A client that cannot be run at all, whatever the scenario. It ends the whole trial."""


class UnusableReplica(Exception):
    """What a client left as its replica cannot be read. The message says where it is wrong."""


@dataclass(frozen=True)
class ClientTerms:
    """How the reasons in a report call what a client is given, and what it gives.

    `address` is where it learns the CRM's address, `mailbox` where it learns what users did on the other side, and
    `replica` where it leaves its copy. `no_mailbox` and `no_replica` are how one says that it does not. `called` is how
    a sentence begins on what it did; if that is empty, with the name of its method.
    """

    address: str = "the address that it was made with"
    mailbox: str = "`apply`"
    replica: str = "`replica`"
    no_mailbox: str = "`mailbox=False`"
    no_replica: str = "`replica=False`"
    called: str = ""


@dataclass
class _Client:
    """Calls a client's methods, of which some may be missing and some may be coroutine functions."""

    client: SyncClient
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self._methods = methods_of(self.client)

    def has(self, method: str) -> bool:
        return method in self._methods

    def call(self, method: str, *arguments: Any) -> Any:
        result = self._methods[method](*arguments)
        refuse_generator(method, result)
        return self.runner.run(_awaited(result)) if inspect.isawaitable(result) else result

    def close(self) -> None:
        try:
            if self.has("close"):
                self.call("close")
        finally:
            self.runner.close()


async def _awaited(result: Any) -> Any:
    return await result


def _comparable(copy: Mapping[str, Any]) -> dict[str, Any]:
    """A client's copy without the client's own fields."""
    known = record_fields(KINDS.get(copy.get("kind", ""), EVENT))
    return {**copy, "records": [_with_fields(known, each) for each in copy["records"]]}


def _with_fields(known: Set[str], record: Any) -> Any:
    if not isinstance(record, Mapping):
        return record
    return {name: value for name, value in record.items() if name in known}


@dataclass
class Play:
    """One scenario, which `crm` has loaded, played with one client.

    `max_requests` is how many requests a sync may send. `settle` is how often the client syncs after the scenario's
    end, with the faults gone. `terms` are the client's, for the reasons.

    >>> crm.scenario.load(hazard.name)
    >>> Play(crm, hazard).with_client(MyClient(crm.url)).outcome
    'passed'
    """

    crm: Crm
    hazard: Hazard
    settle: int = 0
    max_requests: int = MAX_TRIAL_REQUESTS
    terms: ClientTerms = ClientTerms()
    syncs: list[SyncRun] = field(default_factory=list)
    starts: list[SyncStart] = field(default_factory=list)

    def with_client(self, client: SyncClient) -> HazardTrial:
        """Play it to its end. Raises `PlayAbandoned`, and `Refused` and `NoAnswer` if the CRM cannot be controlled."""
        began, caller = real_seconds(), _Client(client)
        try:
            if self.hazard.has_mailbox and not caller.has("apply"):
                reason = f"{apply_is_missing(client)} {self.terms.no_mailbox} says that it takes no such changes."
                return HazardTrial(self.hazard, "inconclusive", [reason])
            missing = self._run(caller)
        finally:
            caller.close()
        return self._judged(missing, real_seconds() - began)

    def _run(self, caller: _Client) -> str:
        """Run the scenario, and have the client sync; why its copy of the events does not count, if it should.

        The copy is asked for after the last sync: what the scenario does after that is in nobody's copy.
        """
        missing, last = "", [*self.hazard.document.get("steps", ())].count("sync")
        while not self._is_stopped and not (sync_round := self.crm.scenario.next())["done"]:
            self.starts.append(sync_start(self.crm, sync_round["mailbox"], len(self.syncs)))
            if sync_round["mailbox"]:
                self._watched(caller, "apply", sync_round["mailbox"])
            if not self._is_stopped:
                self._watched(caller, "sync")
            if sync_round["sync"] == last and not self.settle:
                missing = self._hand_in_replica(caller)
        if self.settle:
            self.crm.faults.clear()
        for _ in range(self.settle):
            if not self._is_stopped:
                self.crm.clock.advance(SETTLING)
                self.starts.append(sync_start(self.crm, [], len(self.syncs)))
                self._watched(caller, "sync", settling=True)
        return self._hand_in_replica(caller) if self.settle else missing

    @property
    def _last(self) -> SyncRun:
        return self.syncs[-1] if self.syncs else SyncRun()

    @property
    def _is_stopped(self) -> bool:
        """Whether the client had to be stopped. It does not sync again."""
        return self._last.end in ("stalled", "unanswered")

    def _watched(self, caller: _Client, method: str, *arguments: Any, settling: bool = False) -> None:
        """Have the client do something. What it does in its mailbox counts as a sync only if it goes wrong."""
        began = real_seconds()
        ended = self._ending(caller, method, *arguments)
        if method == "sync" or ended.end != "done":
            number, seconds = len(self.syncs) + 1, real_seconds() - began
            self.syncs.append(replace(ended, number=number, seconds=seconds, settling=settling))

    def _ending(self, caller: _Client, method: str, *arguments: Any) -> SyncRun:
        """How a call of the client ends."""
        try:
            with self.crm.scenario.limit(method, self.max_requests):
                result = caller.call(method, *arguments)
        except PlayAbandoned:
            raise
        except SyncStopped as stopped:
            output = stopped.__cause__.output if isinstance(stopped.__cause__, SyncFailed) else ""
            problem = f"{self.terms.called or f'`{method}`'} was stopped after {self.max_requests:,} requests."
            return SyncRun(end="stalled", problem=problem, output=output)
        except SyncFailed as failed:
            return SyncRun(end=failed.end, problem=str(failed), output=failed.output)
        except (Exception, SystemExit) as error:  # Whatever a client raises, its sync has failed.
            # These texts are made even where the exception's own text cannot be.
            named, *_ = traceback.format_exception_only(error)
            problem = named.rstrip().removeprefix(f"{type(error).__module__}.")
            output = "".join(traceback.format_exception(error))[-MAX_TRACEBACK:]
            return SyncRun(end="failed", problem=problem, output=output)
        return SyncRun(output=result if isinstance(result, SyncOutput) else "")

    def _hand_in_replica(self, caller: _Client) -> str:
        """Have the client's copy count for the verdict; the reason why it is not judged by it, if it should be."""
        try:
            found = self._replica_of(caller)
            for copy in found:
                self.crm.scenario.replica(**copy)
            if not found and "replica" in self.hazard.needs:
                where, otherwise = self.terms.replica, self.terms.no_replica
                return (
                    f"This hazard needs the client's copy, and {where} has none. {otherwise} says that it shows none."
                )
        except (UnusableReplica, Refused) as error:
            return f"The replica cannot be compared: {error}"
        return ""

    @staticmethod
    def _replica_of(caller: _Client) -> list[dict[str, Any]]:
        """The client's copy, of each kind of which it has one, without its own fields. Raises `UnusableReplica`."""
        try:
            found = replica_arguments(caller.call("replica")) if caller.has("replica") else None
            return [*map(_comparable, found or ())]
        except (UnusableReplica, PlayAbandoned):
            raise
        except Exception as error:  # Whatever a client raises, or returns instead of records.
            raise UnusableReplica(f"{type(error).__name__}: {error}") from error

    def _judged(self, missing: str, seconds: float) -> HazardTrial:
        """The trial's result. `missing` says why the client's copy did not count."""
        state, audit, journal = self.crm.scenario.get(), self.crm.audit(), self.crm.requests.all()
        last = self._last
        outcome: Outcome = "inconclusive" if missing and state["verdict"] == "passed" else state["verdict"]
        if needless := needless_writes(self.crm, journal, self.starts, self.syncs):
            outcome = "failed"
        outcome = _OUTCOMES.get(last.end, outcome)
        end = f"Its last sync failed: {last.problem}" if outcome == "crashed" else last.problem
        reasons = [end, *state["reasons"], *needless, missing, "" if journal else self._unasked()]
        return HazardTrial(
            self.hazard,
            outcome,
            [*dict.fromkeys(filter(None, reasons))],
            state["failures"],
            audit,
            self.syncs,
            requests=sum(client["stats"]["requests"] for client in audit["clients"]),
            writes=sum(each["method"] in _WRITING for each in journal),
            lookups=sum(each["operation"] == "getEvent" for each in journal),
            seconds=seconds,
            last_requests=[]
            if outcome == "passed"
            else [*of_requests(self._telling(outcome, audit, journal), MOST_REQUESTS)],
        )

    def _telling(
        self, outcome: Outcome, audit: Mapping[str, Any], journal: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """The requests that show how the client fared (`HazardTrial.last_requests`)."""
        bad = [sync.number for sync in self.syncs if sync.end != "done"]
        begin, end = self._requests_of(bad[-1]) if bad else (0, None)
        entries = [each for each in journal if begin < each["number"] and (end is None or each["number"] <= end)]
        shown = outcome == "failed" and any(is_grave(found) for each in audit["clients"] for found in each["findings"])
        return [each for each in entries if (each["status"] or 0) >= _REFUSED] if shown else entries

    def _requests_of(self, sync: int) -> tuple[int, int | None]:
        """The numbers of the requests between which a sync's are; no last one if it is the last sync."""
        index = max(number for number, start in enumerate(self.starts) if start.runs < sync)
        following = self.starts[index + 1 : index + 2]
        return self.starts[index].requests, following[0].requests if following else None

    def _unasked(self) -> str:
        return f"No request came to this hazard's sandbox: does the client use {self.terms.address}?"
