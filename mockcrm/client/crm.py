"""The control client: a CRM's nouns and verbs, for a server on the network or an application in this process.

`connect` gives a `Crm`. Its calls take and return what `/admin` takes and returns (`docs/reference/calls.md`), under
the names of the JSON; `mockcrm.types` has the types. Instants, days and durations may be `datetime`, `date` and
`timedelta` as well as text. A call that the CRM refuses raises `Refused`, and has changed nothing.

>>> from mockcrm import connect, create_app
>>> crm = connect(create_app())
>>> crm.seed(20, seed=1)["events"]
20
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote, urlsplit
from uuid import uuid4

from mockcrm.base.wsgi import NOWHERE, App
from mockcrm.client import report
from mockcrm.client.connection import AdminApi, Connection, JsonLike, Refused, chosen
from mockcrm.client.controls import ClockControls, EventControls, FaultControls, RequestControls
from mockcrm.client.demo_controls import DemoControls
from mockcrm.client.in_thread import awaited
from mockcrm.client.scenario_controls import ScenarioControls
from mockcrm.client.transport import Verify, in_process, over_http

if TYPE_CHECKING:
    # A test that runs needs no types, and imports none.
    from mockcrm.client.types import (
        Action,
        ActionResult,
        AnsweredMatcher,
        Audit,
        Change,
        Dialect,
        DialectName,
        DurationLike,
        Feed,
        FindingCode,
        InstantLike,
        KindName,
        Knobs,
        Knowledge,
        Locale,
        NamedKnobs,
        ReplayBundle,
        ReplicaWindow,
        SandboxState,
        Seeded,
        Snapshot,
    )

__tracebackhide__ = True
"""pytest shows the line of the test that made a call, and none in here."""

WAIT = "5s"
"""How long an assertion waits for requests under way, in the world's time."""
RUN_LEASE = "1h"
"""For how long the sandboxes of a test run may be idle: a server removes those of a run that was killed."""
IN_PROCESS = f"http://{NOWHERE}"
"""The address of an application in this process, as its URLs have it. No request leads there."""


LONGEST_NAME = 64
"""How long a sandbox's name may be (contract, section 1)."""


def connect(
    to: str | App,
    sandbox: str = "default",
    *,
    token: str | None = None,
    timeout: float = 30,
    url: str = IN_PROCESS,
    verify: Verify = True,
) -> "Crm":
    """The controls of a sandbox: on a server by its address (`http://127.0.0.1:8080`), or in a WSGI application.

    `token` is the admin token, for a server that asks for one. `timeout` is how many seconds an answer may take. `url`
    is the address of an application that is also served on a socket, for clients; the controls do not use it. `verify`
    is the file of the CA that a server over TLS has its certificate from, or a client's `SSLContext`, or False to trust
    any certificate.

    Raises `ValueError` for what is not an address, and for a file without a CA's certificate. The first call connects;
    it raises `NoAnswer` if there is no server.
    """
    if callable(to):
        return Crm(Connection(url.rstrip("/"), in_process(to, mount=""), token), sandbox)
    base = to.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        raise ValueError(f"{to!r} is not the address of a server, such as http://127.0.0.1:8080.")
    return Crm(Connection(base, over_http(base, timeout, verify), token), sandbox)


class Crm:
    """One sandbox and its controls. Relative paths of fixture files start from `folder` (`AdminApi`)."""

    def __init__(self, connection: Connection, name: str, folder: Path | None = None) -> None:
        self._admin = AdminApi(connection, name, folder)
        self.name, self.path = name, self._admin.path
        self.clock = ClockControls(self._admin)
        self.events = EventControls(self._admin)
        self.faults = FaultControls(self._admin)
        self.requests = RequestControls(self._admin)
        self.scenario = ScenarioControls(self._admin)
        self.demo = DemoControls(self._admin)

    def __repr__(self) -> str:
        return f"<mockcrm sandbox {self.name!r} at {self._admin.connection.base}>"

    @property
    def url(self) -> str:
        """The address of this sandbox's API, for the client under test. It ends in `/api/v1`."""
        return f"{self._admin.connection.base}{self.path}/api/v1"

    def ask(self, method: str, path: str, body: JsonLike = None, **query: JsonLike) -> JsonLike:
        """The answer of `/admin` to any request, for requests that have no call here. Raises `Refused` and `NoAnswer`.

        >>> crm.ask("GET", "/dialects")["length"]
        7
        """
        return self._admin.ask(method, path, body, **query)

    def ask_all(self, method: str, path: str, name: str, body: JsonLike = None, **query: JsonLike) -> list[JsonLike]:
        """The list `name` in such an answer, from all pages, or as many rows as `limit` says."""
        return self._admin.ask_all(method, path, name, body, **query)

    # Data

    def perform(self, *actions: "Action") -> "list[ActionResult]":
        """Perform actions in order, all of them or none, and return what each did (`docs/reference/actions.md`).

        >>> times = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
        >>> [result["verb"] for result in crm.perform({"create": {"set": times}}, {"advance": {"by": "1m"}})]
        ['create', 'advance']
        """
        results: list[ActionResult] = self._admin.ask("POST", "/actions", actions)["results"]
        return results

    def changes(self, after: int = 0, limit: int | None = None) -> "list[Change]":
        """The entries of the change log whose `seq` is greater than `after`."""
        return self._admin.ask_all("GET", "/changes", "changes", after=after, limit=limit)

    def seed(
        self,
        count: int,
        *,
        kind: "KindName | None" = None,
        seed: int | None = None,
        from_: "InstantLike | None" = None,
        to: "InstantLike | None" = None,
        locales: "Iterable[Locale] | None" = None,
    ) -> "Seeded":
        """Invent `count` events between `from_` and `to`, or records of another `kind`, with names from some `locales`.

        The people and companies that they need are made with them. The same `seed` gives the same events.
        """
        order = chosen(kind=kind, seed=seed, from_=from_, to=to, locales=locales)
        seeded: Seeded = self._admin.ask("POST", "/seed", {"count": count, **order})
        return seeded

    def dialect(self) -> "Dialect":
        """The CRM's dialect: the value of every knob (`docs/reference/dialect.md`)."""
        dialect: Dialect = self._admin.ask("GET", "/dialect")
        return dialect

    def set_dialect(self, name: "DialectName | None" = None, **knobs: "Unpack[Knobs]") -> "Dialect":
        """Set the dialect to a named one if there is a `name`, then set some knobs.

        >>> crm.set_dialect("google", pageSize=2)["tombstones"]
        'idOnly'
        """
        dialect: Dialect = self._admin.ask("PATCH", "/dialect", {**chosen(name=name), **knobs})
        return dialect

    # The whole CRM

    def reset(self, *, empty: bool = False) -> "SandboxState":
        """Go back to the start state, or with `empty=True` to a CRM without anything."""
        state: SandboxState = self._admin.ask("POST", "/reset", {"to": "empty"} if empty else None)
        return state

    def snapshot(self) -> "Snapshot":
        """The whole state as one document, for `restore`."""
        snapshot: Snapshot = self._admin.ask("GET", "/snapshot")
        return snapshot

    def restore(self, snapshot: "Snapshot") -> "SandboxState":
        """Replace the state by a snapshot, which becomes the start state."""
        state: SandboxState = self._admin.ask("PUT", "/snapshot", snapshot)
        return state

    # What clients did

    def verify(
        self,
        *match: "AnsweredMatcher",
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        in_order: bool | None = None,
        timeout: "DurationLike | None" = None,
    ) -> None:
        """Raise an `AssertionError` unless it is certain that clients made the expected requests. It names the nearest.

        Each matcher (`docs/reference/faults.md`) expects one request or more, or the number of them that is given; with
        `in_order` they expect one request each, in this order. `timeout` is how long to wait for them, in the world's
        time.

        >>> crm.verify({"operation": "deleteEvent"}, exactly=0)
        """
        times = chosen(exactly=exactly, atLeast=at_least, atMost=at_most)
        expected = chosen(times=times or None, inOrder=in_order, timeout=timeout)
        verdict = self._admin.ask("POST", "/verify", {"requests": match, **expected})
        if not verdict["passed"]:
            raise AssertionError("\n".join(report.on_failure(verdict)))

    verify_async = awaited(verify)

    def audit(
        self,
        replica: Iterable[Mapping[str, object] | str] | None = None,
        *,
        client: str | None = None,
        kind: "KindName | None" = None,
        window: "ReplicaWindow | None" = None,
        allow: "Sequence[FindingCode]" = (),
        wait: "DurationLike | None" = None,
    ) -> "Audit":
        """What clients got wrong; with a `replica`, also where that differs from the CRM (`docs/explanation/audit.md`).

        A replica is a client's copy of the events, or of the records of another `kind`: those records, or their ids
        alone. `client` says whose it is, if several clients asked. Only events in the `window` are compared. Findings
        whose codes are in `allow` fail nothing. `wait` is how long to wait for requests under way, in the world's time,
        at most a minute.

        >>> crm.audit(allow=["retry.tooEarly"])["verdict"]
        'inconclusive'
        """
        asked = chosen(allow=[*allow], wait=wait)
        if replica is None:
            audit: Audit = self._admin.ask("GET", "/audit", **asked)
        else:
            body = {"replica": replica, **chosen(client=client, kind=kind, window=window)}
            audit = self._admin.ask("POST", "/audit", body, **asked)
        return audit

    audit_async = awaited(audit)

    def assert_clean(self, *, allow: "Sequence[FindingCode]" = (), wait: "DurationLike | None" = WAIT) -> None:
        """Raise an `AssertionError` unless the audit passed: with all findings, or with the reasons why it is open.

        Findings whose codes are in `allow` fail nothing. `wait` is how long to wait for requests under way.
        """
        audit = self.audit(allow=allow, wait=wait)
        if audit["verdict"] != "passed":
            raise AssertionError(report.message(audit, allow))

    assert_clean_async = awaited(assert_clean)

    def assert_in_sync(
        self,
        replica: Iterable[Mapping[str, object] | str],
        *,
        client: str | None = None,
        kind: "KindName | None" = None,
        window: "ReplicaWindow | None" = None,
        wait: "DurationLike | None" = WAIT,
    ) -> None:
        """Raise an `AssertionError` if a replica differs from the CRM, or if its client could not be judged.

        It names each difference and its cause. The replica has events, or records of another `kind`. `wait` is how long
        to wait for requests under way.
        """
        audit = self.audit(replica, client=client, kind=kind, window=window, wait=wait)
        verdicts = [each["verdict"] for each in audit["clients"] if client in (None, *each["names"])]
        if not audit["inSync"] or "inconclusive" in verdicts:
            raise AssertionError(report.message(audit))

    assert_in_sync_async = awaited(assert_in_sync)

    def feed(self, after: int | None = None) -> "Feed":
        """What is new since the `number` of an earlier answer, or everything (`docs/reference/feed.md`).

        >>> news = crm.feed()
        >>> crm.feed(after=news["number"])["changes"]
        []
        """
        feed: Feed = self._admin.ask("GET", "/feed", **chosen(after=after))
        return feed

    def knowledge(
        self, *clients: str, kind: "KindName | None" = None, window: "ReplicaWindow | None" = None
    ) -> "Knowledge":
        """What each client, or each of these, knows of every event: up to date, pending, out of reach, or never asked.

        With `kind` it is about the records of another kind. Only events in the `window` are there, and no more than
        20,000, counted once for each client. It is as of the audit that the feed has (`docs/reference/feed.md`).

        >>> crm.knowledge()["clients"]
        []
        """
        asked = {"client": clients, **chosen(kind=kind), **(window or {})}
        knowledge: Knowledge = self._admin.ask("GET", "/audit/events", **asked)
        return knowledge

    def bundle(self, *, wait: "DurationLike | None" = WAIT) -> "ReplayBundle":
        """Everything that happened since the start, for `mockcrm replay` (`docs/how-to/replay.md`).

        There is none while a request is under way: `wait` is how long to wait for a moment without.
        """
        bundle: ReplayBundle = self._admin.ask("GET", "/replay", **chosen(wait=wait))
        return bundle

    # Sandboxes

    def sandbox(self, name: str) -> "Crm":
        """Another sandbox of the same server, which must exist."""
        return Crm(self._admin.connection, name, self._admin.folder)

    def create(
        self,
        name: str | None = None,
        *,
        scenario: str | None = None,
        dialect: "DialectName | NamedKnobs | None" = None,
        seed: int | None = None,
        count: int | None = None,
        one_client: bool | None = None,
        expires_after: "DurationLike | None" = None,
    ) -> "Crm":
        """Make a sandbox: empty, or with a shipped scenario, a dialect, and `count` events invented from `seed`.

        With `one_client`, all requests to it are those of one client, also of one that signs in anew at each sync.
        A `with` block deletes it at its end. The server removes it once no request has come to it for the time
        `expires_after`, such as `1h`.
        """
        order = chosen(scenario=scenario, dialect=dialect, seed=seed, count=count)
        return self._made(name or _any_name(), order, one_client, expires_after)

    def fork(
        self,
        name: str | None = None,
        *,
        dialect: "DialectName | NamedKnobs | None" = None,
        seed: int | None = None,
        count: int | None = None,
        one_client: bool | None = None,
        expires_after: "DurationLike | None" = None,
    ) -> "Crm":
        """Make a sandbox that starts with the state of this one; from then on they are independent.

        Without a `name`, it is called what this one is called before its first `~`, with a number behind: a proxy
        before several servers finds it on the server of its origin (`docs/how-to/many-servers.md`).
        """
        order = chosen(dialect=dialect, seed=seed, count=count, from_=self.name)
        return self._made(name or _fork_name(self.name), order, one_client, expires_after)

    def _made(
        self,
        name: str,
        order: Mapping[str, JsonLike],
        one_client: bool | None,
        expires_after: "DurationLike | None",
    ) -> "Crm":
        body = {**order, **chosen(oneClient=one_client, expiresAfter=expires_after)}
        made = self._admin.connection.ask("", "PUT", f"/sandboxes/{quote(name, safe='')}", body)
        return self.sandbox(made["name"])

    def delete(self) -> None:
        """Delete this sandbox. The sandbox `default` of a server cannot be deleted."""
        self._admin.connection.ask("", "DELETE", f"/sandboxes/{quote(self.name, safe='')}")

    def __enter__(self) -> "Crm":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.delete()
        except Refused as refused:
            if refused.code != "sandbox.notFound":
                raise


def _any_name() -> str:
    return f"sandbox-{uuid4().hex[:12]}"


def _fork_name(origin: str) -> str:
    """A name that leads a proxy to the origin's server, unless the origin's is too long to have anything behind it."""
    name = f"{origin.partition('~')[0]}~{uuid4().hex[:12]}"
    return name if len(name) <= LONGEST_NAME else _any_name()
