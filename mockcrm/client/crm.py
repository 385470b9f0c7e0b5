"""The control client: a CRM's nouns and verbs, for a server that runs somewhere or an application in this process.

`connect` gives a `Crm`. What its calls take and answer is what `/admin` takes and answers (`docs/reference.md`): fields
have the names of the wire, instants, days and durations may be `datetime`, `date` and `timedelta` as well as text. A
call that the CRM refuses raises `Refused`, and has changed nothing; so has one with a `datetime` that names no zone,
which raises `ValueError`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from mockcrm.base.escaping import harmless
from mockcrm.base.times import format_duration, format_instant, parse_instant
from mockcrm.base.wsgi import NOWHERE, App, NoAnswer, Response, Send, in_process, over_http
from mockcrm.client import report

Json = Any
Instant = datetime | str
"""An instant: aware, or as RFC 3339 text with an offset."""
Duration = timedelta | str
"""A duration: in ISO 8601 or short form (`PT5M`, `5m`) if it is text."""
Body = Mapping[str, Json]

__tracebackhide__ = True
"""Who fails is shown by pytest where the test called, and not what is in here."""

_FILE = re.compile(r"[/\\]|\.ya?ml$")

IN_PROCESS = f"http://{NOWHERE}"
"""What stands for the address of an application in this process."""


class Refused(Exception):
    """The CRM refused a call: its `status`, the error's `code`, a `message` for people, and `details` by field."""

    def __init__(self, status: int, told: Json) -> None:
        error = told if isinstance(told, dict) else {}
        self.status, self.code = status, str(error.get("code", ""))
        self.message, self.details = str(error.get("message", told)), error.get("details", {})
        super().__init__(f"{status} {self.code}: {self.message}")


def connect(
    to: str | App,
    sandbox: str = "default",
    *,
    token: str | None = None,
    timeout: float = 30,
    url: str = IN_PROCESS,
) -> "Crm":
    """The controls of a CRM: of a server by its address (`http://127.0.0.1:8080`), or of a WSGI application.

    `token` is the admin token, where the server asks for one; `timeout` says how many seconds an answer may take.
    `url` is where an application is served, if clients reach it through a socket; its controls need none.
    Nothing is asked until the first call, which raises `NoAnswer` where nobody is there.
    """
    if callable(to):
        return Crm(_Line(url.rstrip("/"), in_process(to, mount=""), token), sandbox)
    base = to.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        raise ValueError(f"{to!r} is no address of a server: it begins with http:// or https://, and a name follows.")
    return Crm(_Line(base, over_http(base, timeout), token), sandbox)


class _Line:
    """The way to a server, and to each of its sandboxes."""

    def __init__(self, base: str, send: Send, token: str | None) -> None:
        self.base, self._send = base, send
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, mount: str, method: str, path: str, body: Json = None, query: Body | None = None) -> Json:
        """The JSON that answers a request to the controls. Raises `Refused` and `NoAnswer`."""
        asked = {name: str(_plain(value)) for name, value in (query or {}).items() if value is not None}
        answer = self._send(method, f"{mount}/admin{path}", asked, _plain(body), self._headers)
        if answer.status >= 400:
            raise Refused(answer.status, _told(answer))
        return answer.json if answer.body else None


def _told(answer: Response) -> Json:
    try:
        return answer.json
    except NoAnswer:
        return answer.body.decode("utf-8", "replace")


def _plain(value: Json) -> Json:
    """A value as JSON has it."""
    match value:
        case datetime():
            if value.utcoffset() is None:
                raise ValueError(f"{value!r} is no instant: say in which zone, as in datetime(…, tzinfo=UTC).")
            return format_instant(value.astimezone(UTC))
        case date():
            return value.isoformat()
        case timedelta():
            return format_duration(value)
        case bool() | None | str() | int() | float():
            return value
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case _:
            return [_plain(each) for each in value]


def _given(**options: Json) -> dict[str, Json]:
    """The options that were given, by their names on the wire."""
    names = {"visible_after": "visibleAfter", "from_": "from"}
    return {names.get(name, name): value for name, value in options.items() if value is not None}


class Crm:
    """One sandbox and its controls."""

    def __init__(self, line: _Line, name: str) -> None:
        self._line, self.name = line, name
        self.path = f"/sandboxes/{quote(name, safe='')}"
        self.clock = Clock(self)
        self.events = Events(self)
        self.faults = Faults(self)
        self.requests = Requests(self)
        self.scenario = Scenario(self)

    def __repr__(self) -> str:
        return f"<mockcrm sandbox {self.name!r} at {self._line.base}>"

    @property
    def url(self) -> str:
        """What the client under test gets: the address of this sandbox's API."""
        return f"{self._line.base}{self.path}/api/v1"

    def ask(self, method: str, path: str, body: Json = None, **query: Json) -> Json:
        """What `/admin` answers to a request, for whatever has no call of its own. Raises `Refused` and `NoAnswer`."""
        return self._line.ask(self.path, method, path, body, query)

    def ask_all(self, method: str, path: str, name: str, body: Json = None, **query: Json) -> list[Json]:
        """A list that is called `name`, page by page to its end, or to as many as `limit` says."""
        found: list[Json] = []
        limit = query.get("limit")
        while True:
            page = self.ask(method, path, body, **query)
            found += page[name]
            query |= {"after": page.get("nextAfter"), "pageToken": page.get("nextPageToken")}
            ended = query["after"] is None and query["pageToken"] is None
            if ended or (limit is not None and len(found) >= limit):
                return found[:limit]

    # Data

    def act(self, *actions: Body) -> list[Json]:
        """Perform actions, all of them or none; their results (`docs/reference.md`)."""
        results: list[Json] = self.ask("POST", "/actions", actions)["results"]
        return results

    def changes(self, after: int = 0, limit: int | None = None) -> list[Json]:
        """The change log from the `seq` after `after`."""
        return self.ask_all("GET", "/changes", "changes", after=after, limit=limit)

    def seed(self, count: int, **order: Json) -> Json:
        """Invent events; `order` may have `seed`, `from_`, `to` and `locales`."""
        return self.ask("POST", "/seed", {"count": count, **_given(**order)})

    def dialect(self) -> Json:
        """How this CRM speaks: every knob by its name."""
        return self.ask("GET", "/dialect")

    def set_dialect(self, name: str | None = None, **knobs: Json) -> Json:
        """Change how it speaks: begin with a named dialect if there is one, then turn the knobs."""
        return self.ask("PATCH", "/dialect", {**_given(name=name), **knobs})

    # The whole

    def reset(self, *, empty: bool = False) -> Json:
        """Back to the start state, or to nothing at all."""
        return self.ask("POST", "/reset", {"to": "empty"} if empty else None)

    def snapshot(self) -> Json:
        """The whole state as one document, for `restore`."""
        return self.ask("GET", "/snapshot")

    def restore(self, snapshot: Json) -> Json:
        """Put a snapshot in, which is the start state from now on."""
        return self.ask("PUT", "/snapshot", snapshot)

    # What clients did

    def verify(
        self,
        *requests: Body,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        in_order: bool | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Raise an `AssertionError` that says what came nearest, unless clients asked what is expected.

        Each of `requests` is a matcher (`docs/faults.md`); each is expected once or more, or so often, or they are in
        that order. `timeout` waits so long of the world's time.
        """
        times = _given(exactly=exactly, atLeast=at_least, atMost=at_most)
        expected = _given(times=times or None, inOrder=in_order, timeout=timeout)
        told = self.ask("POST", "/verify", {"requests": requests, **expected})
        if not told["passed"]:
            raise AssertionError("\n".join(report.on_failure(told)))

    def audit(
        self, replica: Iterable[Body | str] | None = None, *, client: str | None = None, window: Body | None = None
    ) -> Json:
        """What clients got wrong; with a `replica`, also where that differs from the CRM (`docs/audit.md`)."""
        if replica is None:
            return self.ask("GET", "/audit")
        return self.ask("POST", "/audit", {"replica": replica, **_given(client=client, window=window)})

    def assert_clean(self) -> None:
        """Raise an `AssertionError` that has all the findings, unless a client has asked and the audit is clean."""
        told = self.audit()
        if not told["clean"] or not told["clients"]:
            raise AssertionError(report.message(told))

    def assert_in_sync(
        self, replica: Iterable[Body | str], *, client: str | None = None, window: Body | None = None
    ) -> None:
        """Raise an `AssertionError` that says what differs and why, unless a replica is as it should be."""
        told = self.audit(replica, client=client, window=window)
        if not told["inSync"]:
            raise AssertionError(report.message(told))

    def bundle(self) -> Json:
        """All that happened since the start, for `mockcrm replay` (`docs/replay.md`)."""
        return self.ask("GET", "/replay")

    # Sandboxes

    def sandbox(self, name: str) -> "Crm":
        """Another sandbox of the same server, which must be there."""
        return Crm(self._line, name)

    def create(self, name: str | None = None, **order: Json) -> "Crm":
        """A new sandbox; `order` may have `scenario`, `dialect`, `seed` and `count`. Delete it when it has served."""
        made = self.ask("POST", "/sandboxes", {"name": name or f"sandbox-{uuid4().hex[:12]}", **order})
        return Crm(self._line, made["name"])

    def fork(self, name: str | None = None, **order: Json) -> "Crm":
        """A new sandbox that starts as this one stands, and goes its own way."""
        return self.create(name, **{"from": self.name}, **order)

    def delete(self) -> None:
        """Delete this sandbox. Of those of the server, `default` stays."""
        self._line.ask("", "DELETE", f"/sandboxes/{quote(self.name, safe='')}")

    def __enter__(self) -> "Crm":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.delete()
        except Refused as refused:
            if refused.code != "sandbox.notFound":
                raise


class _Part:
    """A part of a sandbox's controls."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm


class Clock(_Part):
    """The clock, by which all that the CRM does is timed."""

    def get(self) -> Json:
        """`now`, `mode`, `rate` and `tick`."""
        return self._crm.ask("GET", "/clock")

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
        return self._crm.ask("PUT", "/clock", _given(now=now, mode=mode, rate=rate, tick=tick))

    def freeze(self, now: Instant | None = None) -> Json:
        """Stop it, where it stands or at an instant."""
        return self.set(now, mode="frozen")

    def advance(self, by: Duration) -> Json:
        """Move it forward, when all that falls due on the way has run; what has."""
        return self._crm.ask("POST", "/clock/advance", {"by": by})


class Events(_Part):
    """The events, as colleagues see and change them behind the client's back.

    An event is called by its id or its key. Every write takes the modifiers `visible_after`, `stamp` and `by`.
    """

    def all(self, *, deleted: bool = False, **query: Json) -> list[Json]:
        """The events that live, or with `deleted` all; `query` is that of `GET /api/v1/events`."""
        records = self._crm.ask_all("GET", "/events", "records", **query)
        return records if deleted else [record for record in records if not record["deleted"]]

    def get(self, event: str) -> Json:
        """The latest version of an event, also of a deleted one."""
        return self._crm.ask("GET", _of(event))

    def create(self, *, key: str | None = None, **fields: Json) -> Json:
        """Make an event; `fields` may have the modifiers."""
        return self._crm.ask("POST", "/events", _given(key=key) | _written(fields))

    def edit(self, event: str, *, bump: bool | None = None, **fields: Json) -> Json:
        """Change some fields; with `bump=False` the event keeps its stamp."""
        return self._crm.ask("PATCH", _of(event), _given(bump=bump) | _written(fields))

    def delete(self, event: str, **modifiers: Json) -> None:
        """Delete an event; a tombstone remains."""
        self._crm.ask("DELETE", _of(event), _written(modifiers) or None)

    def restore(self, event: str, **modifiers: Json) -> Json:
        """Bring a deleted event back as it was."""
        return self._crm.ask("POST", f"{_of(event)}/restore", _written(modifiers) or None)

    def touch(self, *events: str) -> list[Json]:
        """Give events a new stamp and the same content; all that live, if none is named."""
        return self._crm.act({"touch": {"events": events or "all"}})


def _of(event: str) -> str:
    return f"/events/{quote(event, safe='')}"


def _written(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Fields and modifiers of a write: a field may be None, which clears it."""
    return {"visibleAfter" if name == "visible_after" else name: value for name, value in fields.items()}


class Faults(_Part):
    """What befalls clients' requests (`docs/faults.md`)."""

    def add(self, effect: Json, match: Body | None = None, **options: Json) -> Json:
        """Add a rule; `options` may have `name`, `times`, `skip`, `probability`, `from_` and `until`."""
        return self._crm.ask("POST", "/faults", {"effect": effect, **_given(match=match, **options)})

    def all(self) -> list[Json]:
        """The rules with what they have seen and struck."""
        rules: list[Json] = self._crm.ask("GET", "/faults")["faults"]
        return rules

    def remove(self, rule: str) -> None:
        """Remove a rule, by its id."""
        self._crm.ask("DELETE", f"/faults/{quote(rule, safe='')}")

    def clear(self) -> None:
        """Remove all rules."""
        self._crm.ask("DELETE", "/faults")


class Requests(_Part):
    """What clients asked, and got."""

    def all(self, after: int = 0, limit: int | None = None) -> list[Json]:
        """The requests that the journal holds, from the number after `after`."""
        return self._crm.ask_all("GET", "/requests", "requests", after=after, limit=limit)

    def get(self, number: int) -> Json:
        """One request, by its number."""
        return self._crm.ask("GET", f"/requests/{number}")

    def find(self, **matcher: Json) -> list[Json]:
        """Those that a matcher means (`docs/faults.md`)."""
        return self._crm.ask_all("POST", "/requests/find", "requests", matcher)

    def count(self, **matcher: Json) -> int:
        """How many a matcher means."""
        count: int = self._crm.ask("POST", "/requests/count", matcher)["count"]
        return count

    def clear(self) -> None:
        """Forget them all; the audit is not complete any more."""
        self._crm.ask("DELETE", "/requests")


class Scenario(_Part):
    """The scenario that is loaded (`docs/scenarios.md`)."""

    def load(self, scenario: str | Path | Body) -> Json:
        """Begin anew with a shipped scenario, by its name, with a fixture file, or with one that is told in full.

        A text with a slash, or that ends in `.yaml`, is a file. One that cannot be read, or says what makes no sense,
        is a `ScenarioInvalid` with file, line and field.
        """
        if isinstance(scenario, Path) or (isinstance(scenario, str) and _FILE.search(scenario)):
            from mockcrm.sandbox.scenario.scenario import told_in  # noqa: PLC0415  who controls a server has no need of one

            scenario = told_in(Path(scenario))
        return self._crm.ask("PUT", "/scenario", scenario)

    def get(self) -> Json:
        """What is told of it, and how far it has come."""
        return self._crm.ask("GET", "/scenario")

    def next(self) -> Json:
        """Run on to the next sync, or to the end; what happened on the way."""
        return self._crm.ask("POST", "/scenario/next")

    def play(self, sync: Callable[[], object], mailbox: Callable[[list[Json]], object] | None = None) -> None:
        """Run to the end, with a sync of the client under test wherever there is to be one.

        `mailbox` does what users did in the calendar on the other side, where a scenario has that: it is called with a
        list such as `[{"edit": {"event": "1001", "set": {"location": "Room 7"}}}]`, also of `create` and `delete`.
        Without it such a scenario is a `ValueError`. Raises an `AssertionError` that says what was expected and does
        not hold.
        """
        synced = False
        while True:
            sync_round = self.next()
            if sync_round["mailbox"]:
                if mailbox is None:
                    raise ValueError(
                        "In this scenario users change the calendar on the other side: call play(sync, mailbox), and "
                        "mailbox is called with a list of what they do."
                    )
                mailbox(sync_round["mailbox"])
            if sync_round["done"]:
                break
            sync()
            synced = True
        if not synced:
            raise ValueError(
                "The scenario has come to its end: there was no sync. Load it, or reset, to play it again."
            )
        if sync_round["passed"] is False:
            raise AssertionError("\n".join([*map(harmless, sync_round["failures"]), report.message(self._crm.audit())]))

    def drop(self) -> None:
        """Forget its steps; the state stays as it is."""
        self._crm.ask("DELETE", "/scenario")
