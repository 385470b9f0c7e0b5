"""The journal as an HTTP archive (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypedDict
from urllib.parse import parse_qsl, quote

from mockcrm.base.times import format_instant, shifted
from mockcrm.journal.entry import Entry, KeptAnswer
from mockcrm.sandbox.recording import Recording
from mockcrm.web.representations.journal import entry_json

_NOTHING_KEPT = KeptAnswer(())
_OURS = ("number", "client", "operation", "arrivedAt", "code", "faults", "changes", "delivered")
"""What the journal knows of a request for which HAR has no place, by the names that the journal has for it."""


_STATUSES = frozenset(int(each) for each in HTTPStatus)


class HarCreatorJson(TypedDict):
    name: str
    version: str


class HarLogJson(TypedDict):
    version: str
    creator: HarCreatorJson
    entries: list[dict[str, Any]]


class HarJson(TypedDict):
    """An HTTP archive, of version 1.2. In each entry `_mockcrm` has what only the journal knows."""

    log: HarLogJson


def har_document(entries: Iterable[Entry], recording: Recording, scheme: str, host: str, root: str) -> dict[str, Any]:
    """The archive of the requests that have ended, as JSON's types. Its entries are an iterator.

    `scheme`, `host` and `root`, such as `/sandboxes/mine`, are those of the sandbox's addresses; where a request named
    another host, its address has that.
    """
    ended = (entry for entry in entries if entry.completed is not None)
    shown = (_har_entry(entry, recording, (scheme, host, root)) for entry in ended)
    creator = {"name": "mockcrm", "version": _version()}
    return {"log": {"version": "1.2", "creator": creator, "entries": iter(shown)}}


@cache
def _version() -> str:
    return version("mockcrm")


def _har_entry(entry: Entry, recording: Recording, base: tuple[str, str, str]) -> dict[str, Any]:
    took = round((entry.took or 0) * 1000, 3)
    ours: Mapping[str, Any] = entry_json(entry)
    return {
        "startedDateTime": format_instant(_world_time(entry, recording)),
        "time": took,
        "request": _har_request(entry, base),
        "response": _har_response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_mockcrm": {name: ours[name] for name in _OURS},
    }


def _world_time(entry: Entry, recording: Recording) -> datetime:
    """When a request arrived by the clock of the machine; by the CRM's where nobody knows that."""
    if recording.machine is None:
        return entry.arrived
    return shifted(recording.machine, timedelta(seconds=entry.began - recording.began))


def _har_request(entry: Entry, base: tuple[str, str, str]) -> dict[str, Any]:
    scheme, host, root = base
    headers, query = entry.headers, entry.query_string
    shown = {
        "method": entry.method,
        "url": f"{scheme}://{headers.get('Host', host)}{root}{quote(entry.path)}{f'?{query}' if query else ''}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(headers.items()),
        "queryString": _named(parse_qsl(query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": -1 if entry.cut else len(entry.body),
    }
    if entry.body:
        text = entry.body.decode("utf-8", "replace")
        shown["postData"] = {"mimeType": headers.get("Content-Type", ""), "text": text, "params": []}
    return shown


def _har_response(entry: Entry) -> dict[str, Any]:
    """The answer. Without one its status is 0; what the journal does not keep is empty, and its size -1."""
    kept, status = entry.answer or _NOTHING_KEPT, entry.status or 0
    size = kept.size if entry.answer else -1
    content: dict[str, Any] = {"size": size, "mimeType": dict(kept.headers).get("Content-Type", "")}
    if kept.body:
        content["text"] = kept.body.decode("utf-8", "replace")
    if len(kept.body) < kept.size:
        content["comment"] = f"The journal kept the first {len(kept.body)} of {kept.size} bytes."
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in _STATUSES else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(kept.headers),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": size,
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
