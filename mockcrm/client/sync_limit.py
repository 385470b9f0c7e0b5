"""Stops a sync that does not come to an end while a scenario is played."""

from types import TracebackType

from mockcrm.client import report
from mockcrm.client.connection import AdminApi

MAX_SYNC_REQUESTS = 10_000
"""After how many requests a sync is stopped by default."""

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""

_WATCH, _STOP = "watches for a sync that does not end", "stops a sync that does not end"


class SyncLimit:
    """Lets the sync in its `with` block send `requests` requests. After that every connection breaks.

    Nobody can interrupt a client's code from outside, but it ends by the errors that it gets. A fault rule counts the
    requests. It changes nothing until there are too many; then it removes the other rules, which would come before it,
    and breaks connections until the block ends.

    Raises `AssertionError` at the end of the block if the sync was stopped, with what the audit says of it.
    """

    def __init__(self, admin: AdminApi, requests: int) -> None:
        self._admin, self._requests = admin, requests

    def __enter__(self) -> None:
        self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end(error)

    def start(self) -> None:
        """Count from now on."""
        stop = {"do": [{"clearFaults": {}}, {"fault": {"name": _STOP, "effect": "disconnect"}}]}
        self._admin.ask("POST", "/faults", {"name": _WATCH, "effect": stop, "skip": self._requests - 1, "times": 1})

    def end(self, error: BaseException | None) -> None:
        """Remove the rules, and raise `AssertionError` if the sync was stopped; `error` is how it ended."""
        rules = self._admin.ask("GET", "/faults")["faults"]
        own = {rule["id"]: rule["name"] for rule in rules if rule.get("name") in (_WATCH, _STOP)}
        for rule_id in own:
            self._admin.ask("DELETE", f"/faults/{rule_id}")
        if _STOP in own.values() and (error is None or isinstance(error, Exception)):
            message = f"The sync was stopped after {self._requests:,} requests: it does not come to an end."
            raise AssertionError(f"{message}\n{report.message(self._admin.ask('GET', '/audit'))}") from error
