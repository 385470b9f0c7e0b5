"""The controls by what they control: the clock, the events, the faults, the requests of clients."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote

from mockcrm.base.times import parse_instant
from mockcrm.client.connection import AdminApi, JsonLike, chosen

if TYPE_CHECKING:
    # A test that runs needs no types, and imports none.
    from mockcrm.client.types import (
        ActionResult,
        AnsweredMatcher,
        ClockMode,
        ClockState,
        DurationLike,
        Effect,
        Event,
        EventChange,
        EventCreation,
        EventQuery,
        Fault,
        Har,
        InstantLike,
        Matcher,
        Modifiers,
        MovedClock,
        Request,
    )

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class _Controls:
    """A part of a sandbox's controls."""

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin


class ClockControls(_Controls):
    """The clock, which times everything that the CRM does (`docs/explanation/clock.md`)."""

    def get(self) -> "ClockState":
        """Where the clock stands: `now`, `mode`, `rate` and `tick`."""
        state: ClockState = self._admin.ask("GET", "/clock")
        return state

    def now(self) -> datetime:
        """The time in the CRM."""
        return parse_instant(self.get()["now"])

    def set(
        self,
        now: "InstantLike | None" = None,
        *,
        mode: "ClockMode | None" = None,
        rate: float | None = None,
        tick: "DurationLike | None" = None,
    ) -> "MovedClock":
        """Set the clock. A later time runs what is scheduled up to it. An earlier time runs and undoes nothing.

        `rate` is how many seconds pass in the CRM in one second of the world; `tick` is by how much each write moves
        the clock.
        """
        moved: MovedClock = self._admin.ask("PUT", "/clock", chosen(now=now, mode=mode, rate=rate, tick=tick))
        return moved

    def freeze(self, now: "InstantLike | None" = None) -> "MovedClock":
        """Stop the clock, at an instant or where it stands."""
        return self.set(now, mode="frozen")

    def advance(self, by: "DurationLike") -> "MovedClock":
        """Move the clock forward by a duration, and run what is scheduled up to then; `ran` lists it.

        >>> crm.clock.advance("5m")["ran"]
        []
        """
        moved: MovedClock = self._admin.ask("POST", "/clock/advance", {"by": by})
        return moved


class EventControls(_Controls):
    """The events, as colleagues see and change them without the client.

    Calls name an event by its id or its key. Every write takes the modifiers `visible_after`, `stamp` and `by`.
    """

    def all(self, *, deleted: bool = False, **query: "Unpack[EventQuery]") -> "list[Event]":
        """All events, with `deleted=True` also the deleted ones. `query` is that of `GET /admin/events`."""
        events: list[Event] = self._admin.ask_all("GET", "/events", "records", **query)
        return events if deleted else [event for event in events if not event["deleted"]]

    def get(self, event: str) -> "Event":
        """The latest version of an event, even of a deleted one."""
        found: Event = self._admin.ask("GET", _path_of(event))
        return found

    def create(self, *, key: str | None = None, **fields: "Unpack[EventCreation]") -> "Event":
        """Create an event from its fields and modifiers. A `key` is a name for it in further calls.

        >>> crm.events.create(key="call", startTime="2026-03-03T09:00:00Z", endTime="2026-03-03T10:00:00Z")["version"]
        1
        """
        event: Event = self._admin.ask("POST", "/events", chosen(key=key) | _in_json(fields))
        return event

    def edit(self, event: str, *, bump: bool | None = None, **fields: "Unpack[EventChange]") -> "Event":
        """Change some fields of an event; None clears one. With `bump=False` the event keeps its `lastModifiedAt`."""
        edited: Event = self._admin.ask("PATCH", _path_of(event), chosen(bump=bump) | _in_json(fields))
        return edited

    def delete(self, event: str, **modifiers: "Unpack[Modifiers]") -> None:
        """Delete an event. A tombstone remains."""
        self._admin.ask("DELETE", _path_of(event), _in_json(modifiers) or None)

    def restore(self, event: str, **modifiers: "Unpack[Modifiers]") -> "Event":
        """Bring a deleted event back as it was."""
        restored: Event = self._admin.ask("POST", f"{_path_of(event)}/restore", _in_json(modifiers) or None)
        return restored

    def touch(self, *events: str) -> "list[ActionResult]":
        """Give events a new stamp and the same content: these events, or all events if you name none."""
        action = {"touch": {"events": events or "all"}}
        results: list[ActionResult] = self._admin.ask("POST", "/actions", [action])["results"]
        return results


def _path_of(event: str) -> str:
    return f"/events/{quote(event, safe='')}"


def _in_json(fields: Mapping[str, object]) -> dict[str, JsonLike]:
    """Fields and modifiers under their names in JSON. None stays: it clears a field."""
    return {"visibleAfter" if name == "visible_after" else name: value for name, value in fields.items()}


class FaultControls(_Controls):
    """The fault rules: what goes wrong with which requests of clients (`docs/reference/faults.md`)."""

    def add(
        self,
        effect: "Effect",
        *,
        match: "Matcher | None" = None,
        name: str | None = None,
        times: int | None = None,
        skip: int | None = None,
        probability: float | None = None,
        from_: "InstantLike | None" = None,
        until: "InstantLike | None" = None,
    ) -> "Fault":
        """Add a fault rule: its `effect` is applied to each request that `match` picks, or to every request.

        The first `skip` of these requests are spared, and at most `times` are hit, each with a `probability` from 0 to
        1, between the instants `from_` and `until`. The answer has the rule's `id`.

        >>> crm.faults.add({"status": 503}, match={"operation": "createEvent"}, times=1)["id"]
        'f1'
        """
        limits = chosen(name=name, times=times, skip=skip, probability=probability, from_=from_, until=until)
        fault: Fault = self._admin.ask("POST", "/faults", {"effect": effect, **chosen(match=match), **limits})
        return fault

    def all(self) -> "list[Fault]":
        """All fault rules, each with how many requests it picked and how many it was applied to."""
        faults: list[Fault] = self._admin.ask("GET", "/faults")["faults"]
        return faults

    def remove(self, rule: str) -> None:
        """Remove a rule by its id."""
        self._admin.ask("DELETE", f"/faults/{quote(rule, safe='')}")

    def clear(self) -> None:
        """Remove all rules."""
        self._admin.ask("DELETE", "/faults")


class RequestControls(_Controls):
    """The journal: what clients asked, and what they got."""

    def all(self, after: int = 0, limit: int | None = None) -> "list[Request]":
        """The requests in the journal whose number is greater than `after`."""
        return self._admin.ask_all("GET", "/requests", "requests", after=after, limit=limit)

    def get(self, number: int) -> "Request":
        """One request by its number."""
        request: Request = self._admin.ask("GET", f"/requests/{number}")
        return request

    def find(self, match: "AnsweredMatcher") -> "list[Request]":
        """The requests that a matcher picks (`docs/reference/faults.md`).

        >>> crm.requests.find({"operation": "listEvents", "status": 503})
        []
        """
        return self._admin.ask_all("POST", "/requests/find", "requests", match)

    def count(self, match: "AnsweredMatcher") -> int:
        """How many requests a matcher picks."""
        count: int = self._admin.ask("POST", "/requests/count", match)["count"]
        return count

    def har(self) -> "Har":
        """The journal as an HTTP archive, without the requests under way (`docs/reference/journal.md`)."""
        archive: Har = self._admin.ask("GET", "/requests/har")
        return archive

    def clear(self) -> None:
        """Forget all requests. The audit still knows them."""
        self._admin.ask("DELETE", "/requests")
