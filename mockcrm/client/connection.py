"""The requests that the controls make: the way to a server and to one sandbox of it, values as JSON, refusals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mockcrm.base.times import format_duration, format_instant
from mockcrm.base.wsgi import NoAnswer, Response, Send

Json = Any
Body = Mapping[str, Json]

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class Refused(Exception):
    """The CRM refused a call: its `status`, the error's `code`, a `message` for people, and `details` by field."""

    def __init__(self, status: int, told: Json) -> None:
        error = told if isinstance(told, dict) else {}
        self.status, self.code = status, str(error.get("code", ""))
        self.message, self.details = str(error.get("message", told)), error.get("details", {})
        super().__init__(f"{status} {self.code}: {self.message}")


class Connection:
    """The way to a server, and to each of its sandboxes."""

    def __init__(self, base: str, send: Send, token: str | None) -> None:
        self.base, self._send = base, send
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, mount: str, method: str, path: str, body: Json = None, query: Body | None = None) -> Json:
        """The JSON that answers a request to the controls. Raises `Refused` and `NoAnswer`."""
        asked = {name: str(to_json(value)) for name, value in (query or {}).items() if value is not None}
        answer = self._send(method, f"{mount}/admin{path}", asked, to_json(body), self._headers)
        if answer.status >= 400:
            raise Refused(answer.status, _text_of(answer))
        return answer.json if answer.body else None


class AdminApi:
    """The controls of one sandbox: what `/admin` answers."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection, self.name = connection, name
        self.path = f"/sandboxes/{quote(name, safe='')}"

    def ask(self, method: str, path: str, body: Json = None, **query: Json) -> Json:
        """What `/admin` answers to a request, for whatever has no call of its own. Raises `Refused` and `NoAnswer`."""
        return self.connection.ask(self.path, method, path, body, query)

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


def _text_of(answer: Response) -> Json:
    try:
        return answer.json
    except NoAnswer:
        return answer.body.decode("utf-8", "replace")


def to_json(value: Json) -> Json:
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
            return {name: to_json(each) for name, each in value.items()}
        case _:
            return [to_json(each) for each in value]


def given(**options: Json) -> dict[str, Json]:
    """The options that were given, by their names on the wire."""
    names = {"visible_after": "visibleAfter", "from_": "from"}
    return {names.get(name, name): value for name, value in options.items() if value is not None}
