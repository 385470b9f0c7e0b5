"""The controls of a server that runs elsewhere, asked over HTTP."""

from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import orjson

TIMEOUT = 60
"""How long a server may say nothing, in seconds."""


class NoAnswer(Exception):
    """The server does not answer, or refuses; its words are for people."""


def ask(url: str, sandbox: str, path: str, token: str | None = None, body: bytes | None = None) -> bytes:
    """What `GET` of a path below `/admin` answers, or `POST` of a JSON body. Raises `NoAnswer`."""
    address = f"{url.rstrip('/')}/sandboxes/{quote(sandbox, safe='')}/admin{path}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        # What is meant for this machine or the one beside it goes through no proxy.
        with build_opener(ProxyHandler({})).open(Request(address, body, headers), timeout=TIMEOUT) as answer:  # noqa: S310
            told: bytes = answer.read()
            return told
    except HTTPError as error:
        raise NoAnswer(f"{address} answers {error.code}: {_message(error.read())}") from error
    except URLError as error:
        raise NoAnswer(f"{address} does not answer: {error.reason}.") from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{address} does not answer: {error}.") from error


def _message(body: bytes) -> str:
    """What a refusal says to people; of somebody else's answer all of it."""
    try:
        told = orjson.loads(body)
        return f"{told['code']}: {told['message']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return body.decode("utf-8", "replace").strip()
