"""The controls by what they control: the clock, the events, the faults, the requests of clients."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from mockcrm.base.times import parse_instant
from mockcrm.client.connection import AdminApi, Body, Json, given

Instant = datetime | str
"""An instant: aware, or as RFC 3339 text with an offset."""
Duration = timedelta | str
"""A duration: in ISO 8601 or short form (`PT5M`, `5m`) if it is text."""

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class _Controls:
    """A part of a sandbox's controls."""

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin


class ClockControls(_Controls):
    """The clock, by which all that the CRM does is timed."""

    def get(self) -> Json:
        """`now`, `mode`, `rate` and `tick`."""
        return self._admin.ask("GET", "/clock")

    def now(self) -> datetime:
        """What time it is in the CRM."""
        return parse_instant(self.get()["now"])

    def set(
        self,
        now: Instant | None = None,
        *,
        mode: str | None = None,
        rate: float | None = None,
        tick: Duration | None = None,
    ) -> Json:
        """Set the clock; forward is the same as to advance, back runs nothing and undoes nothing."""
        return self._admin.ask("PUT", "/clock", given(now=now, mode=mode, rate=rate, tick=tick))

    def freeze(self, now: Instant | None = None) -> Json:
        """Stop it, where it stands or at an instant."""
        return self.set(now, mode="frozen")

    def advance(self, by: Duration) -> Json:
        """Move it forward, when all that falls due on the way has run; what has."""
        return self._admin.ask("POST", "/clock/advance", {"by": by})


class EventControls(_Controls):
    """The events, as colleagues see and change them behind the client's back.

    An event is called by its id or its key. Every write takes the modifiers `visible_after`, `stamp` and `by`.
    """

    def all(self, *, deleted: bool = False, **query: Json) -> list[Json]:
        """The events that live, or with `deleted` all; `query` is that of `GET /api/v1/events`."""
        records = self._admin.ask_all("GET", "/events", "records", **query)
        return records if deleted else [record for record in records if not record["deleted"]]

    def get(self, event: str) -> Json:
        """The latest version of an event, also of a deleted one."""
        return self._admin.ask("GET", _of(event))

    def create(self, *, key: str | None = None, **fields: Json) -> Json:
        """Make an event; `fields` may have the modifiers."""
        return self._admin.ask("POST", "/events", given(key=key) | _written(fields))

    def edit(self, event: str, *, bump: bool | None = None, **fields: Json) -> Json:
        """Change some fields; with `bump=False` the event keeps its stamp."""
        return self._admin.ask("PATCH", _of(event), given(bump=bump) | _written(fields))

    def delete(self, event: str, **modifiers: Json) -> None:
        """Delete an event; a tombstone remains."""
        self._admin.ask("DELETE", _of(event), _written(modifiers) or None)

    def restore(self, event: str, **modifiers: Json) -> Json:
        """Bring a deleted event back as it was."""
        return self._admin.ask("POST", f"{_of(event)}/restore", _written(modifiers) or None)

    def touch(self, *events: str) -> list[Json]:
        """Give events a new stamp and the same content; all that live, if none is named."""
        action = {"touch": {"events": events or "all"}}
        results: list[Json] = self._admin.ask("POST", "/actions", [action])["results"]
        return results


def _of(event: str) -> str:
    return f"/events/{quote(event, safe='')}"


def _written(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Fields and modifiers of a write: a field may be None, which clears it."""
    return {"visibleAfter" if name == "visible_after" else name: value for name, value in fields.items()}


class FaultControls(_Controls):
    """What befalls clients' requests (`docs/faults.md`)."""

    def add(self, effect: Json, match: Body | None = None, **options: Json) -> Json:
        """Add a rule; `options` may have `name`, `times`, `skip`, `probability`, `from_` and `until`."""
        return self._admin.ask("POST", "/faults", {"effect": effect, **given(match=match, **options)})

    def all(self) -> list[Json]:
        """The rules with what they have seen and struck."""
        rules: list[Json] = self._admin.ask("GET", "/faults")["faults"]
        return rules

    def remove(self, rule: str) -> None:
        """Remove a rule, by its id."""
        self._admin.ask("DELETE", f"/faults/{quote(rule, safe='')}")

    def clear(self) -> None:
        """Remove all rules."""
        self._admin.ask("DELETE", "/faults")


class RequestControls(_Controls):
    """What clients asked, and got."""

    def all(self, after: int = 0, limit: int | None = None) -> list[Json]:
        """The requests that the journal holds, from the number after `after`."""
        return self._admin.ask_all("GET", "/requests", "requests", after=after, limit=limit)

    def get(self, number: int) -> Json:
        """One request, by its number."""
        return self._admin.ask("GET", f"/requests/{number}")

    def find(self, **matcher: Json) -> list[Json]:
        """Those that a matcher means (`docs/faults.md`)."""
        return self._admin.ask_all("POST", "/requests/find", "requests", matcher)

    def count(self, **matcher: Json) -> int:
        """How many a matcher means."""
        count: int = self._admin.ask("POST", "/requests/count", matcher)["count"]
        return count

    def clear(self) -> None:
        """Forget them all; the audit is not complete any more."""
        self._admin.ask("DELETE", "/requests")
