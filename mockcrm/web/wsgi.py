"""WSGI as this server uses it: the types of its two arguments, text as it hands it over, and heads of answers."""

from collections.abc import Callable
from typing import Any

from mockcrm.errors.text import shortened

Environ = dict[str, Any]
"""A request as WSGI has it."""
StartResponse = Callable[..., Any]
"""WSGI's `start_response`: takes the status line, the headers, and after an error also that."""

MAX_QUOTED = 40
"""How much of a client's text a message quotes, in characters."""


class ResponseHead:
    """A `start_response` that keeps the status and the headers of an answer that is not sent as it comes."""

    status: int
    headers: list[tuple[str, str]]

    def __call__(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        self.status, self.headers = int(status[:3]), headers


def as_utf8(text: str) -> str:
    """Text that WSGI hands over with each byte as a character, decoded."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def quoted(text: str) -> str:
    """A client's text for a message: cut where it is long, and without what could harm a terminal."""
    text = as_utf8(text)
    return repr(shortened(text, MAX_QUOTED))
