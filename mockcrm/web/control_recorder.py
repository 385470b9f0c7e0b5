"""Requests to the controls, kept so that they can be made again (`docs/replay.md`)."""

from collections.abc import Callable, Iterable
from typing import Any

from mockcrm.sandbox.recording import Control
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.web.body import drain, peek

Begin = Callable[..., Any]


def record(
    sandbox: Sandbox, environ: dict[str, Any], begin: Begin, ask: Callable[[Begin], Iterable[bytes]], most: int
) -> Iterable[bytes]:
    """Answer a request to the controls as `ask` does, and keep it if it was granted.

    All that it does is of one instant, so that it can be given that same instant when it is played again.
    """
    # Nobody else shall wait for a body that is slow to come.
    body = peek(environ, most)
    drain(environ)
    statuses: list[int] = []

    def note(status: str, *rest: Any) -> Any:
        statuses.append(int(status[:3]))
        return begin(status, *rest)

    with sandbox.recorded() as recorded:
        answer = ask(note)
        if statuses[-1] < 400:
            recording, now, after = recorded.start()
            path, kind = environ["PATH_INFO"], environ.get("CONTENT_TYPE", "")
            if_match, method = environ.get("HTTP_IF_MATCH"), environ["REQUEST_METHOD"]
            recording.add(Control(after, now, method, path, kind, if_match, body, statuses[-1]))
        return answer
