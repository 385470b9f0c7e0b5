"""Answers that a fault rule spells out."""

from collections.abc import Mapping
from typing import Any

import orjson

from mockcrm.faults.plan import Reply


def made_answer(status: int, headers: Mapping[str, str], body: Any) -> Reply:
    """An answer with this body: a text as it is, anything else as JSON, and none for None."""
    text = isinstance(body, str)
    data = body.encode() if text else b"" if body is None else orjson.dumps(body)
    kind = "text/plain; charset=utf-8" if text else "application/json"
    own = {name.lower() for name in headers}
    typed = [] if body is None or "content-type" in own else [("Content-Type", kind)]
    return Reply(status, [*typed, *headers.items()], data, whole=False)
