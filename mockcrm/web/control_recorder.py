"""Requests to the controls, recorded so that `mockcrm replay` can make them again (`docs/how-to/replay.md`)."""

from collections.abc import Callable, Iterable
from typing import Any

from mockcrm.sandbox.recording import ControlStep
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.body import drain, peek
from mockcrm.web.wsgi import Environ, StartResponse


def record(
    sandbox: Sandbox, app: Callable[..., Iterable[bytes]], environ: Environ, begin: StartResponse, max_body: int
) -> Iterable[bytes]:
    """Have `app` answer a request to the controls, and record the request unless it was refused.

    Everything that the request does happens at one instant of the sandbox's clock, so that the replay can set the clock
    to that instant.
    """
    # The sandbox is not locked while a slow body arrives.
    body = peek(environ, max_body) or b""
    drain(environ)
    status = 500

    def note(line: str, *rest: Any) -> Any:
        nonlocal status
        status = int(line[:3])
        return begin(line, *rest)

    with sandbox.recorded() as recorded:
        parts = app(environ, note)
        if status < 400:
            recording, now, after = recorded.start()
            path, kind = environ["PATH_INFO"], environ.get("CONTENT_TYPE", "")
            if_match, method = environ.get("HTTP_IF_MATCH"), environ["REQUEST_METHOD"]
            recording.add(after, ControlStep(method, path, kind, if_match, body, now, status))
        return parts
