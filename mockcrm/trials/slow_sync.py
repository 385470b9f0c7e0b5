"""Tells a slow client from a slow CRM, when a sync has run out of time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import parse_duration
from mockcrm.client.crm import Crm
from mockcrm.trials.play import ServerTooSlow, SyncStalled

_WAIT = "5s"
"""How long the CRM has to finish what it was doing when the client was stopped."""
_BROKEN_OFF = ("body.malformed", "body.tooSlow")
"""The codes of requests for whose body the CRM waited."""
_SHOWN = 160
"""How much of a request's address is shown, in characters."""

JournalEntry = Mapping[str, Any]
"""A request, as `GET /admin/requests` returns it."""


@dataclass(frozen=True)
class SlowSync:
    """A sync that was stopped after so many `seconds`.

    `requests` are those that the client sent in it, as they stood when the CRM was done with them. `under_way` are the
    numbers of those that were not answered when the client was stopped. `delays` has the seconds by which a fault rule
    delays a request, by the rule's id.
    """

    seconds: float
    requests: Sequence[JournalEntry]
    under_way: Collection[int] = ()
    delays: Mapping[str, float] = field(default_factory=dict)

    @property
    def server_seconds(self) -> float:
        """How long the CRM itself took to answer, without the delays that fault rules asked for."""
        return min(self.seconds, sum(map(self._own_seconds, self.requests)))

    def _own_seconds(self, request: JournalEntry) -> float:
        if request["code"] in _BROKEN_OFF:
            return 0
        delays = [self._delay(fault) for fault in request["faults"] if fault["effect"] == "delay"]
        if request["tookMs"] is None:
            return 0 if delays else self.seconds
        return float(max(0.0, request["tookMs"] / 1000 - sum(delays)))

    def _delay(self, fault: Mapping[str, Any]) -> float:
        return self.delays.get(fault["id"], self.seconds)

    def as_error(self, output: str = "") -> SyncStalled:
        """The error to raise: `ServerTooSlow` if the CRM took most of the time, else `SyncStalled`."""
        stopped = f"It was stopped after {round(self.seconds, 1):g} s"
        if self.server_seconds > self.seconds / 2:
            return ServerTooSlow(
                f"{stopped}, of which the CRM itself took {self.server_seconds:.1f} s to answer: the server is busy, "
                "and nothing can be said of the client. Try fewer hazards at a time, or a longer time-out.",
                output,
            )
        return SyncStalled(f"{stopped}. {' '.join(self._story())}", output)

    def _story(self) -> Iterator[str]:
        """What the client did, in sentences."""
        if not self.requests:
            yield "It had sent no request in this sync."
            return
        last, count = self.requests[-1], len(self.requests)
        yield (
            f"It had sent {count:,} requests in this sync, the last of them {_named(last)}."
            if count > 1
            else (f"It had sent one request in this sync, {_named(last)}.")
        )
        for request in self.requests:
            delaying = [fault for fault in request["faults"] if fault["effect"] == "delay"]
            if request["number"] in self.under_way and delaying:
                rule = delaying[0]["name"] or delaying[0]["id"]
                yield f"{_named(request)} was under way: the fault rule {rule!r} delays it."


def _named(request: JournalEntry) -> str:
    """A request as in `GET /api/v1/events (number 3)`."""
    path = request["path"]
    return f"{request['method']} {path if len(path) <= _SHOWN else f'{path[:_SHOWN]}…'} (number {request['number']:,})"


def requests_so_far(crm: Crm) -> int:
    """The number of the last request that a sandbox got."""
    dropped: int = crm.ask("GET", "/requests", limit=1)["dropped"]
    return dropped + crm.requests.count({})


def requests_under_way(crm: Crm, after: int) -> set[int]:
    """The numbers of the requests after number `after` that have no answer yet."""
    return {each["number"] for each in crm.requests.all(after=after) if each["tookMs"] is None}


def slow_sync(crm: Crm, after: int, under_way: Collection[int], seconds: float) -> SlowSync:
    """What a sync asked after request number `after`, looked at after its client was stopped.

    It waits for the requests that were under way, so that it is known how long they took.
    """
    if under_way:
        crm.audit(wait=_WAIT)
    delays = {rule["id"]: _longest(rule["effect"]) for rule in crm.faults.all()}
    return SlowSync(seconds, crm.requests.all(after=after), under_way, delays)


def _longest(effect: Any) -> float:
    """By how many seconds an effect delays an answer, at most."""
    match effect:
        case {"delay": {"by": length}} | {"delay": {"max": length}} | {"delay": str(length)}:
            return parse_duration(length).total_seconds()
    return 0.0
