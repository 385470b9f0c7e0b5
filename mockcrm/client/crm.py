"""The control client: a CRM's nouns and verbs, for a server that runs somewhere or an application in this process.

`connect` gives a `Crm`. What its calls take and answer is what `/admin` takes and answers (`docs/reference.md`): fields
have the names of the wire, instants, days and durations may be `datetime`, `date` and `timedelta` as well as text. A
call that the CRM refuses raises `Refused`, and has changed nothing; so has one with a `datetime` that names no zone,
which raises `ValueError`.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit
from uuid import uuid4

from mockcrm.base.wsgi import NOWHERE, App, in_process, over_http
from mockcrm.client import report
from mockcrm.client.connection import AdminApi, Body, Connection, Json, Refused, given
from mockcrm.client.controls import ClockControls, Duration, EventControls, FaultControls, RequestControls
from mockcrm.client.scenario_controls import ScenarioControls

__tracebackhide__ = True
"""Who fails is shown by pytest where the test called, and not what is in here."""

IN_PROCESS = f"http://{NOWHERE}"
"""What stands for the address of an application in this process."""


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
        return Crm(Connection(url.rstrip("/"), in_process(to, mount=""), token), sandbox)
    base = to.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        raise ValueError(f"{to!r} is no address of a server: it begins with http:// or https://, and a name follows.")
    return Crm(Connection(base, over_http(base, timeout), token), sandbox)


class Crm:
    """One sandbox and its controls."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._admin = AdminApi(connection, name)
        self.name, self.path = name, self._admin.path
        self.clock = ClockControls(self._admin)
        self.events = EventControls(self._admin)
        self.faults = FaultControls(self._admin)
        self.requests = RequestControls(self._admin)
        self.scenario = ScenarioControls(self._admin)

    def __repr__(self) -> str:
        return f"<mockcrm sandbox {self.name!r} at {self._admin.connection.base}>"

    @property
    def url(self) -> str:
        """What the client under test gets: the address of this sandbox's API."""
        return f"{self._admin.connection.base}{self.path}/api/v1"

    def ask(self, method: str, path: str, body: Json = None, **query: Json) -> Json:
        """What `/admin` answers to a request, for whatever has no call of its own. Raises `Refused` and `NoAnswer`."""
        return self._admin.ask(method, path, body, **query)

    def ask_all(self, method: str, path: str, name: str, body: Json = None, **query: Json) -> list[Json]:
        """A list that is called `name`, page by page to its end, or to as many as `limit` says."""
        return self._admin.ask_all(method, path, name, body, **query)

    # Data

    def act(self, *actions: Body) -> list[Json]:
        """Perform actions, all of them or none; their results (`docs/reference.md`)."""
        results: list[Json] = self._admin.ask("POST", "/actions", actions)["results"]
        return results

    def changes(self, after: int = 0, limit: int | None = None) -> list[Json]:
        """The change log from the `seq` after `after`."""
        return self._admin.ask_all("GET", "/changes", "changes", after=after, limit=limit)

    def seed(self, count: int, **order: Json) -> Json:
        """Invent events; `order` may have `seed`, `from_`, `to` and `locales`."""
        return self._admin.ask("POST", "/seed", {"count": count, **given(**order)})

    def dialect(self) -> Json:
        """How this CRM speaks: every knob by its name."""
        return self._admin.ask("GET", "/dialect")

    def set_dialect(self, name: str | None = None, **knobs: Json) -> Json:
        """Change how it speaks: begin with a named dialect if there is one, then turn the knobs."""
        return self._admin.ask("PATCH", "/dialect", {**given(name=name), **knobs})

    # The whole

    def reset(self, *, empty: bool = False) -> Json:
        """Back to the start state, or to nothing at all."""
        return self._admin.ask("POST", "/reset", {"to": "empty"} if empty else None)

    def snapshot(self) -> Json:
        """The whole state as one document, for `restore`."""
        return self._admin.ask("GET", "/snapshot")

    def restore(self, snapshot: Json) -> Json:
        """Put a snapshot in, which is the start state from now on."""
        return self._admin.ask("PUT", "/snapshot", snapshot)

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
        times = given(exactly=exactly, atLeast=at_least, atMost=at_most)
        expected = given(times=times or None, inOrder=in_order, timeout=timeout)
        told = self._admin.ask("POST", "/verify", {"requests": requests, **expected})
        if not told["passed"]:
            raise AssertionError("\n".join(report.on_failure(told)))

    def audit(
        self, replica: Iterable[Body | str] | None = None, *, client: str | None = None, window: Body | None = None
    ) -> Json:
        """What clients got wrong; with a `replica`, also where that differs from the CRM (`docs/audit.md`)."""
        if replica is None:
            return self._admin.ask("GET", "/audit")
        return self._admin.ask("POST", "/audit", {"replica": replica, **given(client=client, window=window)})

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
        return self._admin.ask("GET", "/replay")

    # Sandboxes

    def sandbox(self, name: str) -> "Crm":
        """Another sandbox of the same server, which must be there."""
        return Crm(self._admin.connection, name)

    def create(self, name: str | None = None, **order: Json) -> "Crm":
        """A new sandbox; `order` may have `scenario`, `dialect`, `seed` and `count`. Delete it when it has served."""
        made = self._admin.ask("POST", "/sandboxes", {"name": name or f"sandbox-{uuid4().hex[:12]}", **order})
        return Crm(self._admin.connection, made["name"])

    def fork(self, name: str | None = None, **order: Json) -> "Crm":
        """A new sandbox that starts as this one stands, and goes its own way."""
        return self.create(name, **{"from": self.name}, **order)

    def delete(self) -> None:
        """Delete this sandbox. Of those of the server, `default` stays."""
        self._admin.connection.ask("", "DELETE", f"/sandboxes/{quote(self.name, safe='')}")

    def __enter__(self) -> "Crm":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.delete()
        except Refused as refused:
            if refused.code != "sandbox.notFound":
                raise
