"""The requests that the controls make: to a server, to one of its sandboxes; values as JSON; refused calls."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from mockcrm.base.times import format_duration, format_instant
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send

JsonLike = Any
"""JSON, in which `datetime`, `date` and `timedelta` may stand for text on its way to the server."""

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class Refused(Exception):
    """The CRM refused a call, and nothing has changed.

    It has the HTTP `status`, the error's `code`, a `message` for people, and `details` that say what is wrong in which
    field. `mockcrm.types.ErrorCode` lists the codes.
    """

    def __init__(self, status: int, answer: JsonLike) -> None:
        error = answer if isinstance(answer, dict) else {}
        self.status: int = status
        self.code: str = str(error.get("code", ""))
        self.message: str = str(error.get("message", answer))
        self.details: dict[str, Any] = error.get("details", {})
        super().__init__(f"{status} {self.code}: {self.message}")


Refused.__module__ = "mockcrm"  # A failed test names it as the test imports it.


class Connection:
    """The way to a server: its address, and the requests to its controls."""

    def __init__(self, base: str, send: Send, token: str | None) -> None:
        self.base, self._send = base, send
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self, mount: str, method: str, path: str, body: JsonLike = None, query: Mapping[str, JsonLike] | None = None
    ) -> JsonLike:
        """The JSON that answers a request to the controls. A parameter with a list of values is sent once for each.

        Raises `Refused` and `NoAnswer`.
        """
        parameters = {name: to_json(value) for name, value in (query or {}).items() if value is not None}
        encoded = urlencode(parameters, doseq=True)
        target = f"{mount}/admin{path}{f'?{encoded}' if encoded else ''}"
        answer = self._send(method, target, {}, to_json(body), self._headers)
        if answer.status >= 400:
            raise Refused(answer.status, _json_or_text(answer))
        return answer.json if answer.body else None


class AdminApi:
    """The controls of one sandbox, under its `/admin`.

    Relative paths of fixture files start from `folder`: in pytest that of the test's file.
    """

    def __init__(self, connection: Connection, name: str, folder: Path | None = None) -> None:
        self.connection, self.name, self.folder = connection, name, folder
        self.path = f"/sandboxes/{quote(name, safe='')}"

    def ask(self, method: str, path: str, body: JsonLike = None, **query: JsonLike) -> JsonLike:
        """The JSON that answers a request. Raises `Refused` and `NoAnswer`."""
        return self.connection.ask(self.path, method, path, body, query)

    def ask_all(self, method: str, path: str, name: str, body: JsonLike = None, **query: JsonLike) -> list[JsonLike]:
        """The list in the field `name` of the answer: of all pages, or of as many as hold `limit` rows."""
        rows: list[JsonLike] = []
        limit = query.get("limit")
        while True:
            page = self.ask(method, path, body, **query)
            rows += page[name]
            query |= {"after": page.get("nextAfter"), "pageToken": page.get("nextPageToken")}
            ended = query["after"] is None and query["pageToken"] is None
            if ended or (limit is not None and len(rows) >= limit):
                return rows[:limit]


def _json_or_text(answer: Response) -> JsonLike:
    try:
        return answer.json
    except NoAnswer:
        return answer.body.decode("utf-8", "replace")


def to_json(value: JsonLike) -> JsonLike:
    """A value in JSON's types. Raises `ValueError` for a `datetime` without a zone."""
    match value:
        case datetime():
            if value.utcoffset() is None:
                raise ValueError(f"{value!r} has no time zone: write datetime(…, tzinfo=UTC).")
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


def chosen(**options: JsonLike) -> dict[str, JsonLike]:
    """The options that are not None, under their names in JSON."""
    return {"from" if name == "from_" else name: value for name, value in options.items() if value is not None}
