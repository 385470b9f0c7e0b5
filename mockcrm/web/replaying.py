"""Plays a bundle: the same requests, at the same times, to a fresh CRM in this process (`docs/how-to/replay.md`).

Playing never waits. The sandbox's clock reads what the recorded one read, and the real time is what it was then.
"""

import base64
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson
from werkzeug.test import create_environ

from mockcrm.audit.auditor import Audit
from mockcrm.audit.verdict_diff import VERDICT, differences
from mockcrm.base.declaring import dataclass
from mockcrm.base.progress import tracked
from mockcrm.base.real_time import real_seconds
from mockcrm.base.times import shifted
from mockcrm.base.waiting import Waiter
from mockcrm.base.wsgi import App
from mockcrm.crm.clock import Clock, ClockSetting, Hold
from mockcrm.errors import (
    BodyEncodingUnsupported,
    BodyTooLarge,
    CredentialsInvalid,
    CredentialsMissing,
    PathNotFound,
    ReplayInvalid,
)
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Journal
from mockcrm.sandbox.bundle import Bundle, ClientStep
from mockcrm.sandbox.recording import ControlStep
from mockcrm.sandbox.sandbox import OpenSandbox, Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.stages import Stage
from mockcrm.web.body import preset_body
from mockcrm.web.client_identity import CLIENT_HEADER, identify
from mockcrm.web.media_types import JSON
from mockcrm.web.paths import read_target
from mockcrm.web.representations.audit import AuditJson, audit_json
from mockcrm.web.wsgi import ResponseHead

MAX_CATCH_UPS = 1_000
"""How often a replay lets a CRM catch up that has more due than it does at a time: more than any recording needs."""
_MAX_NAMED = 5
"""How many versions one divergence names."""
_TOO_LARGE = 2**50
"""The length of a body that every application refuses."""
_REFUSED = frozenset({CredentialsMissing.code, CredentialsInvalid.code})


@dataclass(frozen=True, slots=True)
class PlayedBundle:
    """A bundle that has been played: the sandbox in which that was done, its audit at the end, and what differs.

    `divergences` are sentences about the requests that were answered differently this time, `changed` about what
    differs in the verdict.
    """

    sandbox: Sandbox
    audit: AuditJson
    divergences: tuple[str, ...]
    changed: tuple[str, ...]


def play_bundle(bundle: Bundle, serving: Callable[[Sandboxes], App], waiter: Waiter | None = None) -> PlayedBundle:
    """Play a bundle to an application that `serving` makes, which ends with a clock that stands still.

    Raises `ReplayInvalid`, also once the `waiter` has left.
    """
    sandbox = ReplaySandbox(bundle)
    player = _Player(sandbox, serving(_ReplayRegistry(sandbox)))
    divergences: list[str] = []
    for step in tracked(bundle.steps, len(bundle.steps), "Replaying requests"):
        if waiter is not None and waiter.gone:
            raise ReplayInvalid("The client that sent the bundle has disconnected.")
        divergences += player.play(step)
    audit = audit_json(sandbox.audited(bundle.ended))
    changed = differences(bundle.verdict, VERDICT.load(audit))
    if sandbox.state.crm.clock.running:
        player.carry_out(ControlStep("PUT", "/admin/clock", JSON, None, b'{"mode":"frozen"}', bundle.ended, 200))
    sandbox.come_to_rest(max((step.seconds for step in bundle.steps if isinstance(step, ClientStep)), default=0.0))
    return PlayedBundle(sandbox, audit, tuple(divergences), tuple(changed))


# The CRM


class ReplayClock(Clock):
    """A clock that, while it runs, reads its `replayed` instant, or the last instant that was set if that is later.

    The agenda runs up to exactly that instant.
    """

    def __init__(self, setting: ClockSetting, started: datetime) -> None:
        super().__init__(setting, lambda: 0.0)
        self.set(started)
        self.replayed = started

    def _kept_up(self) -> datetime:
        return max(self._reading, self.replayed) if self.running else self._reading

    def hold(self) -> Hold | None:
        hold = super().hold()
        return hold and hold._replace(target=self.replayed if self.running else min(self.replayed, self._reading))


class ReplaySandbox(Sandbox):
    """The sandbox of a replay. Its clock is set to the instants at which each request met the CRM."""

    def __init__(self, bundle: Bundle) -> None:
        self._step: ClientStep | None = None
        self._machine = bundle.machine
        self._clock = bundle.start.crm.clock = ReplayClock(bundle.start.crm.clock.setting(), bundle.started)
        self._readings: Iterator[datetime] = iter(())
        self._catch_ups = MAX_CATCH_UPS
        super().__init__(bundle.lineage, bundle.start, journaled=len(bundle.steps) + 1)

    def begin(self, step: ClientStep) -> None:
        """Run the agenda up to the arrival of a client's request."""
        self._step = step
        self._run_agenda(min(step.arrived, step.admitted or step.worked or step.arrived))
        self._readings = iter((step.arrived, step.completed))

    def begin_control(self, now: datetime) -> None:
        """Run the agenda up to the instant of a request to the controls."""
        self._step = None
        self._run_agenda(now)

    def come_to_rest(self, passed: float) -> None:
        """Go by the times of the world from now on. The last request came after so many seconds of the replay's."""
        began = real_seconds() - passed
        self.recording.began += began
        for entry in self.journal.entries():
            entry.began += began
            if entry.date_due is not None:
                entry.date_due += began
        clock = self.state.crm.clock
        self.state.crm.clock = clock.setting().start()

    def audited(self, now: datetime) -> Audit:
        self._run_agenda(now)
        return self.audit()

    def _run_agenda(self, now: datetime | None) -> None:
        """Run what was due by then. The recorded CRM may have needed several goes, which the bundle does not have."""
        self._set_clock(now)
        with self.open() as state:
            behind = state.behind
        while behind and self._catch_ups:
            self._catch_ups -= 1
            with self.open() as state:
                behind = state.behind

    def _set_clock(self, now: datetime | None) -> None:
        if now is not None:
            self._clock.replayed = now

    def seconds(self) -> float:
        return self._step.seconds if self._step else 0.0

    def machine_time(self) -> datetime | None:
        return self._machine and shifted(self._machine, timedelta(seconds=self.seconds()))

    def pause(self, delays: Mapping[str, float], journal: Journal, waiter: Waiter) -> None:
        """Do not wait: the clock is set to what it read after the pause."""

    def clock_reading(self) -> datetime:
        """The clock is read when a request arrives, and when its answer is sent."""
        self._set_clock(next(self._readings, None))
        return super().clock_reading()

    def open_for(self, entry: Entry, stage: Stage, journal: Journal) -> OpenSandbox:
        self._run_agenda(getattr(self._step, stage))
        return super().open_for(entry, stage, journal)


class _ReplayRegistry(Sandboxes):
    """One sandbox, under every name."""

    def __init__(self, sandbox: ReplaySandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def get(self, name: str) -> Sandbox:
        return self._sandbox


# The requests


class _Player:
    """Sends the requests of a bundle, and finds how each answer differs from the recorded one.

    The CRM gives new page tokens, and credentials were masked: each is replaced by its counterpart throughout.
    """

    def __init__(self, sandbox: ReplaySandbox, app: App) -> None:
        self._sandbox, self._app = sandbox, app
        self._tokens: dict[str, str] = {}
        self._credentials: dict[int, str] = {}

    def play(self, step: ClientStep | ControlStep) -> Iterator[str]:
        if isinstance(step, ControlStep):
            yield from self._play_control(step)
        else:
            yield from self._play_client(step)

    def _play_control(self, step: ControlStep) -> Iterator[str]:
        status = self.carry_out(step)
        if status != step.status:
            yield f"{step.method} {step.path}: status {step.status} then, {status} now."

    def carry_out(self, step: ControlStep) -> int | None:
        """Make a request to the controls. Returns the status of its answer, or None without one."""
        self._sandbox.begin_control(step.now)
        environ = _environ(step.method, step.path, step.body) | {"CONTENT_TYPE": step.kind}
        if step.if_match is not None:
            environ["HTTP_IF_MATCH"] = step.if_match
        return self._send(environ, whole=True)

    def _play_client(self, step: ClientStep) -> Iterator[str]:
        self._sandbox.begin(step)
        sent = _target_of(step)
        environ = _environ(step.method, step.path, step.body) | {
            "RAW_URI": sent,
            "QUERY_STRING": self._query(step.query),
        }
        for name, value in self._headers(step).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        environ |= _substitute_body(step.code)
        if step.body:
            # The journal keeps bodies decoded.
            preset_body(environ, step.body)
        self._send(environ, whole=step.whole)
        entry = self._sandbox.journal.get(self._sandbox.journal.last)
        entry.took = step.took
        if step.next_token and entry.page_answer and entry.page_answer.next_token:
            self._tokens[step.next_token] = entry.page_answer.next_token
        yield from _divergences(step, entry)

    def _send(self, environ: dict[str, Any], *, whole: bool) -> int | None:
        """The status of the answer, or None without one. An answer that did not arrive `whole` is given up again."""
        head = ResponseHead()
        try:
            parts = self._app(environ, head)
            try:
                if whole:
                    b"".join(parts)
            finally:
                getattr(parts, "close", lambda: None)()
        except ConnectionError:
            return None
        return head.status

    def _query(self, query: str) -> str:
        pairs = parse_qsl(query, keep_blank_values=True)
        replaced = [(name, self._tokens.get(value, value) if name == "pageToken" else value) for name, value in pairs]
        return query if replaced == pairs else urlencode(replaced)

    def _headers(self, step: ClientStep) -> Mapping[str, str]:
        """The headers with substitutes for masked credentials, so that they name the same client."""
        headers = dict(step.headers)
        masked, name = headers.get("Authorization"), headers.get(CLIENT_HEADER)
        if masked is not None and step.credentials is not None:
            headers["Authorization"] = self._authorization(step, masked, step.credentials)
        if identify(headers.get("Authorization"), name).name != step.client:
            headers[CLIENT_HEADER] = step.client.encode().decode("latin-1")
        return headers

    def _authorization(self, step: ClientStep, masked: str, number: int) -> str:
        """A substitute for masked credentials; where the recorded ones passed, the token that the CRM asks for."""
        scheme, blank, _ = masked.partition(" ")
        token = self._sandbox.state.crm.dialect.credentials
        if token is not None and step.code not in _REFUSED:
            self._credentials[number] = f"{scheme} {token}"
        if number not in self._credentials:
            self._credentials[number] = f"{scheme} {_forged(scheme, step.client, number)}" if blank else f"{number}"
        return self._credentials[number]


def _target_of(step: ClientStep) -> str:
    """The path of a request as it was sent. Raises `ReplayInvalid` if it does not lead to the CRM.

    The journal keeps a path with an odd segment as it was sent, and every other path decoded.
    """
    odd = step.code == PathNotFound.code and read_target({"RAW_URI": step.path}).problem is not None
    sent = step.path if odd else quote(step.path)
    target = read_target({"RAW_URI": sent})
    if target.area != "api" or target.prefix:
        raise ReplayInvalid(f"The bundle is not valid: request {step.request} does not lead to the CRM.")
    return sent


def _environ(method: str, path: str, body: bytes) -> dict[str, Any]:
    """A WSGI request from this machine."""
    environ: dict[str, Any] = create_environ(method=method)
    for name in ("HTTP_HOST", "RAW_URI"):
        del environ[name]
    environ |= {"PATH_INFO": path.encode().decode("latin-1"), "wsgi.input": io.BytesIO(body)}
    return environ | ({"CONTENT_LENGTH": str(len(body))} if body else {})


def _substitute_body(code: str | None) -> dict[str, Any]:
    """The part of a request that stands for a body which the CRM refused before it could be kept."""
    match code:
        case BodyTooLarge.code:
            return {"CONTENT_LENGTH": str(_TOO_LARGE)}
        case BodyEncodingUnsupported.code:
            return {"CONTENT_LENGTH": "1", "wsgi.input": io.BytesIO(b"?")}
        case _:
            return {}


def _forged(scheme: str, client: str, number: int) -> str:
    """Credentials that name a client, and differ from all others (see `mockcrm.web.client_identity`)."""
    if scheme.lower() == "bearer":
        claims = base64.urlsafe_b64encode(orjson.dumps({"sub": client, "number": number})).decode()
        return f"forged.{claims}.forged"
    pair = f"{client}:{number}" if scheme.lower() == "basic" and ":" not in client else str(number)
    return base64.b64encode(pair.encode()).decode()


# The differences


def _divergences(step: ClientStep, entry: Entry) -> Iterator[str]:
    """How the answer to a client's request differs from the recorded one."""
    asked = f"{step.method} {step.path}{f'?{step.query}' if step.query else ''}"
    if entry.status != step.status:
        yield f"Request {step.request}, {asked}: {_status(step.status)} then, {_status(entry.status)} now."
    then = Counter(step.delivered)
    now = Counter((change.record.id, change.version) for change in entry.delivered)
    if then != now:
        yield f"Request {step.request}, {asked}: {_versions(then - now)} only then, {_versions(now - then)} only now."


def _status(status: int | None) -> str:
    return "no answer" if status is None else f"status {status}"


def _versions(versions: Counter[tuple[str, int]]) -> str:
    named = [f"version {version} of {event_id}" for event_id, version in versions]
    more = f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else ""
    return (", ".join(named[:_MAX_NAMED]) or "nothing") + more
