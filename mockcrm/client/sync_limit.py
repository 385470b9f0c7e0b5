"""Stops a sync that does not come to an end while a scenario is played."""

from functools import partial
from types import TracebackType

from mockcrm.client import report
from mockcrm.client.connection import AdminApi, Refused
from mockcrm.client.in_thread import in_thread

MAX_SYNC_REQUESTS = 10_000
"""After how many requests a sync is stopped by default."""

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""

_WATCH, _STOP = "watches for a sync that does not end", "stops a sync that does not end"


class SyncStopped(AssertionError):
    """A sync was stopped because it sent too many requests. The message says so, and what the audit says."""


class SyncLimit:
    """Lets the client send `requests` requests in its `with` block. After that every connection breaks.

    Nobody can interrupt a client's code from outside, but it ends by the errors that it gets. A fault rule counts the
    requests. It changes nothing until there are too many; then it removes the other rules, which would come before it,
    and breaks connections until the block ends. `name` says which function of the client is called in the block.

    Raises `SyncStopped` at the end of the block if the client was stopped.
    """

    def __init__(self, admin: AdminApi, name: str, requests: int) -> None:
        self._admin, self._name, self._requests = admin, name, requests
        self._watch = ""

    def __enter__(self) -> None:
        stop = {"do": [{"clearFaults": {}}, {"fault": {"name": _STOP, "effect": "disconnect"}}]}
        watch = {"name": _WATCH, "effect": stop, "skip": self._requests - 1, "times": 1}
        self._watch = self._admin.ask("POST", "/faults", watch)["id"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._remove(self._watch):
            return
        # The rule was used up, or something in the CRM has removed all rules.
        rules = self._admin.ask("GET", "/faults")["faults"]
        stops = [rule["id"] for rule in rules if rule.get("name") == _STOP]
        for rule_id in stops:
            self._remove(rule_id)
        if stops and (error is None or isinstance(error, Exception)):
            problem = f"`{self._name}` was stopped after {self._requests:,} requests."
            raise SyncStopped(f"{problem}\n{report.message(self._admin.ask('GET', '/audit'))}") from error

    def _remove(self, rule_id: str) -> bool:
        """Remove a rule; False if it was gone already."""
        try:
            self._admin.ask("DELETE", f"/faults/{rule_id}")
        except Refused as refused:
            if refused.status != 404:
                raise
            return False
        return True

    async def __aenter__(self) -> None:
        await in_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await in_thread(partial(self.__exit__, kind, error, traceback))
