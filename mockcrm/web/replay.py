"""A bundle played again: the same requests, at the same instants, to a fresh CRM in this process (`docs/replay.md`).

Nothing here waits, for neither clock is looked at: the sandbox's reads what the recorded one read, and of the world's
time it is told what it was. What comes out must be what came out then; where it does not, the differences are told.
"""

import base64
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from werkzeug.test import create_environ

from mockcrm.audit.verdict_diff import VERDICT, differences
from mockcrm.base.waiting import Waiter
from mockcrm.crm.clock import Clock, ClockSetting, Hold
from mockcrm.errors import (
    BodyEncodingUnsupported,
    BodyTooLarge,
    CredentialsInvalid,
    CredentialsMissing,
    PathNotFound,
    ReplayInvalid,
)
from mockcrm.journal.journal import Entry, Journal
from mockcrm.sandbox.bundle import Bundle, ClientStep, ControlStep, load
from mockcrm.sandbox.sandbox import OpenSandbox, Place, Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.app import MAX_BODY, create_app
from mockcrm.web.body import know
from mockcrm.web.journaling import caller
from mockcrm.web.representations.shown import shown_audit

MAX_FILE = 1024 * 1024 * 1024
"""The largest bundle that is read, in bytes: a snapshot as large as they come, and the requests."""
MAX_LOOKS = 1_000
"""How often a replay looks again at a CRM that has too much to do for one look: more than any recording needs."""
_FEW = 5
"""How many versions a line names."""
_REFUSED = frozenset({CredentialsMissing.code, CredentialsInvalid.code})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of a replay.

    `audit` is what `GET /admin/audit` would answer. `strayed` tells, in words, which requests were answered in another
    way than they were then, and `changed` what is different in the verdict.
    """

    audit: Mapping[str, Any]
    divergences: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.changed


def replay(document: Any) -> Outcome:
    """Play a bundle again, as JSON's types have it. Raises `ReplayInvalid`."""
    bundle = load(document)
    stage = _ReplaySandbox(bundle)
    player = _Player(stage)
    divergences = tuple(text for step in bundle.steps for text in player.play(step))
    audit = shown_audit(stage.audited(bundle.ended))
    return Outcome(audit, divergences, tuple(differences(bundle.verdict, VERDICT.load(audit))))


def read_document(file: Path) -> Any:
    """The JSON in a file, or with `-` from standard input. Raises `ReplayInvalid`."""
    try:
        with sys.stdin.buffer if file == Path("-") else file.open("rb") as source:
            data = source.read(MAX_FILE + 1)
    except OSError as error:
        raise ReplayInvalid(f"The bundle cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_FILE:
        raise ReplayInvalid(f"The bundle is larger than {MAX_FILE:,} bytes.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ReplayInvalid(f"The bundle is not JSON: {error}.") from error


# The CRM


class _ToldClock(Clock):
    """A clock that, while it runs, reads what it is `told`, or the last instant that was set if that is later.

    Whoever holds it brings about just what had been brought about at the instant that it is told.
    """

    def __init__(self, setting: ClockSetting, started: datetime) -> None:
        super().__init__(setting, lambda: 0.0)
        self.set(started)
        self.told = started

    def _kept_up(self) -> datetime:
        return max(self._reading, self.told) if self.running else self._reading

    def hold(self) -> Hold | None:
        hold = super().hold()
        return hold and hold._replace(target=self.told if self.running else min(self.told, self._reading))


class _ReplaySandbox(Sandbox):
    """The sandbox of a replay. It is told the instants at which each request met the CRM."""

    def __init__(self, bundle: Bundle) -> None:
        self._step: ClientStep | None = None
        self._clock = bundle.start.crm.clock = _ToldClock(bundle.start.crm.clock.setting(), bundle.started)
        self._readings: Iterator[datetime] = iter(())
        self._looks = MAX_LOOKS
        super().__init__(bundle.lineage, bundle.start, journaled=len(bundle.steps) + 1)

    def begin(self, step: ClientStep) -> None:
        """A client's request comes, once all that had fallen due by then has been brought about."""
        self._step = step
        self._bring_about(min(step.arrived, step.admitted or step.worked or step.arrived))
        self._readings = iter((step.arrived, step.completed))

    def conduct(self, now: datetime) -> None:
        """A request to the controls comes."""
        self._step = None
        self._bring_about(now)

    def audited(self, now: datetime) -> Any:
        self._bring_about(now)
        return self.audit()

    def _bring_about(self, now: datetime | None) -> None:
        """Have fall due what had fallen due then. It may have taken looks that were not recorded."""
        self._tell(now)
        with self.open() as state:
            behind = state.behind
        while behind and self._looks:
            self._looks -= 1
            with self.open() as state:
                behind = state.behind

    def _tell(self, now: datetime | None) -> None:
        if now is not None:
            self._clock.told = now

    def seconds(self) -> float:
        return self._step.seconds if self._step else 0.0

    def pause(self, delays: Mapping[str, float], journal: Journal, waiter: Waiter) -> None:
        """Nobody waits; the clock is told what it read after the pause."""

    def clock_reading(self) -> datetime:
        """It is read when a request comes, and when its answer goes."""
        self._tell(next(self._readings, None))
        return super().clock_reading()

    def open_at(self, place: Place, journal: Journal) -> OpenSandbox:
        self._bring_about(getattr(self._step, place))
        return super().open_at(place, journal)


class _ReplayRegistry(Sandboxes):
    """One sandbox, by whatever name."""

    def __init__(self, stage: _ReplaySandbox) -> None:
        super().__init__()
        self._stage = stage

    def get(self, name: str) -> Sandbox:
        return self._stage


# The requests


class _Player:
    """Sends the requests of a bundle, and tells how each answer differs from what it was.

    Page tokens and credentials are not what they were: each is replaced by its like, from first to last.
    """

    def __init__(self, stage: _ReplaySandbox) -> None:
        self._stage = stage
        self._app = create_app(_ReplayRegistry(stage))
        self._tokens: dict[str, str] = {}
        self._credentials: dict[int, str] = {}

    def play(self, step: ClientStep | ControlStep) -> Iterator[str]:
        if isinstance(step, ControlStep):
            yield from self._conduct(step)
        else:
            yield from self._call(step)

    def _conduct(self, step: ControlStep) -> Iterator[str]:
        self._stage.conduct(step.now)
        environ = _environ(step.method, step.path, step.body) | {"CONTENT_TYPE": step.kind}
        if step.if_match is not None:
            environ["HTTP_IF_MATCH"] = step.if_match
        status = self._send(environ, whole=True)
        if status != step.status:
            yield f"{step.method} {step.path}: status {step.status} then, {status} now."

    def _call(self, step: ClientStep) -> Iterator[str]:
        self._stage.begin(step)
        # A path that leads nowhere was kept as it was sent, every other as it was read.
        sent = step.path if step.code == PathNotFound.code else quote(step.path)
        environ = _environ(step.method, step.path, step.body) | {
            "RAW_URI": sent,
            "QUERY_STRING": self._query(step.query),
        }
        for name, value in self._headers(step).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        environ |= _unkept(step.code)
        if step.body:
            # The journal keeps bodies decoded.
            know(environ, step.body)
        self._send(environ, whole=step.whole)
        entry = self._stage.journal.entries()[-1]
        if step.next_token and entry.page_answer and entry.page_answer.next_token:
            self._tokens[step.next_token] = entry.page_answer.next_token
        yield from _strayed(step, entry)

    def _send(self, environ: dict[str, Any], *, whole: bool) -> int | None:
        """The status of the answer, or None without one. One that did not arrive whole is given up early again."""
        statuses: list[int] = []

        def begin(status: str, *_: Any) -> Any:
            statuses.append(int(status[:3]))

        try:
            parts = self._app(environ, begin)
            try:
                if whole:
                    b"".join(parts)
            finally:
                getattr(parts, "close", lambda: None)()
        except ConnectionError:
            return None
        return statuses[-1]

    def _query(self, query: str) -> str:
        pairs = parse_qsl(query, keep_blank_values=True)
        told = [(name, self._tokens.get(value, value) if name == "pageToken" else value) for name, value in pairs]
        return query if told == pairs else urlencode(told)

    def _headers(self, step: ClientStep) -> Mapping[str, str]:
        """The headers with credentials that are masked to what they were masked to, and name the same client."""
        headers = dict(step.headers)
        masked, called = headers.get("Authorization"), headers.get("X-Mockcrm-Client")
        if masked is not None and step.credentials is not None:
            headers["Authorization"] = self._authorization(step, masked, step.credentials)
        if caller(headers.get("Authorization"), called).name != step.client:
            headers["X-Mockcrm-Client"] = step.client.encode().decode("latin-1")
        return headers

    def _authorization(self, step: ClientStep, masked: str, number: int) -> str:
        """What is sent for credentials whose secret is not known: what the CRM asks for, where they passed."""
        scheme, blank, _ = masked.partition(" ")
        token = self._stage.state.crm.dialect.credentials
        if token is not None and step.code not in _REFUSED:
            self._credentials[number] = f"{scheme} {token}"
        if number not in self._credentials:
            self._credentials[number] = f"{scheme} {_forged(scheme, step.client, number)}" if blank else f"{number}"
        return self._credentials[number]


def _environ(method: str, path: str, body: bytes) -> dict[str, Any]:
    """A request as WSGI has it, which comes from this machine."""
    environ: dict[str, Any] = create_environ(method=method)
    for of_the_world in ("HTTP_HOST", "RAW_URI"):
        del environ[of_the_world]
    environ |= {"PATH_INFO": path.encode().decode("latin-1"), "wsgi.input": io.BytesIO(body)}
    return environ | ({"CONTENT_LENGTH": str(len(body))} if body else {})


def _unkept(code: str | None) -> dict[str, Any]:
    """What stands for a body that was not kept, as the CRM refused it before it was one."""
    match code:
        case BodyTooLarge.code:
            return {"CONTENT_LENGTH": str(2 * MAX_BODY)}
        case BodyEncodingUnsupported.code:
            return {"CONTENT_LENGTH": "1", "wsgi.input": io.BytesIO(b"?")}
        case _:
            return {}


def _forged(scheme: str, client: str, number: int) -> str:
    """Credentials that name a client, and are like no others (see `mockcrm.web.journaling`)."""
    if scheme.lower() == "bearer":
        claims = base64.urlsafe_b64encode(orjson.dumps({"sub": client, "number": number})).decode()
        return f"forged.{claims}.forged"
    told = f"{client}:{number}" if scheme.lower() == "basic" and ":" not in client else str(number)
    return base64.b64encode(told.encode()).decode()


# The differences


def _strayed(step: ClientStep, entry: Entry) -> Iterator[str]:
    """How a client's request was answered in another way than it was then."""
    asked = f"{step.method} {step.path}{f'?{step.query}' if step.query else ''}"
    if entry.status != step.status:
        yield f"Request {step.request}, {asked}: {_status(step.status)} then, {_status(entry.status)} now."
    then = Counter(step.delivered)
    now = Counter((change.event.id, change.version) for change in entry.delivered)
    if then != now:
        yield f"Request {step.request}, {asked}: {_versions(then - now)} only then, {_versions(now - then)} only now."


def _status(status: int | None) -> str:
    return "no answer" if status is None else f"status {status}"


def _versions(versions: Counter[tuple[str, int]]) -> str:
    told = [f"version {version} of {event_id}" for event_id, version in versions]
    more = f" and {len(told) - _FEW} more" if len(told) > _FEW else ""
    return (", ".join(told[:_FEW]) or "nothing") + more
