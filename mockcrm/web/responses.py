"""Responses: JSON, empty ones, pages, records and errors."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request

from mockcrm.base.times import FORMATS
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.lists.page import Page
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.crm.store import WRITTEN_NAMES, LinkNames
from mockcrm.errors import Refusal
from mockcrm.faults.plan import Reply
from mockcrm.web.lean_flask import current_request
from mockcrm.web.media_types import JSON

if TYPE_CHECKING:
    from mockcrm.web.representations.base import ErrorJson

Headers = Mapping[str, str]


def json_response(body: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """A response with JSON. It ends with a line end, for people who read it in a terminal."""
    return encoded_response(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), status, headers)


def encoded_response(body: bytes, status: int = 200, headers: Headers | None = None) -> Response:
    """A response with JSON that is encoded already."""
    return Response(body, status, headers, content_type=JSON)


def empty_response(status: int = 204, headers: Headers | None = None) -> Response:
    """A response without a body."""
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def unless_known(response: Response) -> Response:
    """The answer, or a 304 where its reader has it already. Other conditions, and ranges, do not count."""
    tag, _ = response.get_etag()
    if tag is None or not request.if_none_match.contains_weak(tag):
        return response
    response.close()
    # What describes the body is left out when this is sent.
    return Response(status=HTTPStatus.NOT_MODIFIED, headers=response.headers)


def page_response(page: Page, records: list[bytes]) -> Response:
    """A page of a list, in the shape and with the times of its dialect (contract, section 3).

    `records` are the page's records as JSON.
    """
    if page.dialect.list_shape == "array":
        headers = {"Link": f'<{_next_url(page.next_token)}>; rel="next"'} if page.next_token else {}
        return _joined(b"[", records, b"]\n", headers)
    as_of = FORMATS[page.dialect.timestamp_format](page.as_of)
    end = b'],"length":%d,"nextPageToken":%b,"asOf":%b}\n'
    return _joined(
        b'{"records":[', records, end % (len(records), orjson.dumps(page.next_token), orjson.dumps(as_of)), {}
    )


def _joined(start: bytes, records: list[bytes], end: bytes, headers: Headers) -> Response:
    """A list's JSON, joined in one go: each copy of a long list takes as long as finding its rows."""
    parts = records or [b""]
    parts[0] = start + parts[0]
    parts[-1] += end
    return encoded_response(b",".join(parts), headers=headers)


def _next_url(token: str) -> str:
    return f"{absolute_url(request.path)}?pageToken={token}"


def absolute_url(path: str) -> str:
    """The URL of a path of the current sandbox, with the host that the client called; without a host, the path alone.

    `absolute_url("/api/v1/events/1001")` may be `http://127.0.0.1:8080/sandboxes/mine/api/v1/events/1001`.
    """
    asked = current_request()
    host = f"{asked.scheme}://{asked.host}" if asked.host else ""
    return f"{host}{asked.root_path}{path}"


def etag(change: Change) -> str:
    """A version's entity tag: its number and a checksum of its content. They differ even after a reset."""
    return f'"{change.tag or tagged(change)}"'


def record_response(
    change: Change,
    dialect: Dialect,
    status: int = 200,
    headers: Headers | None = None,
    names: LinkNames = WRITTEN_NAMES,
) -> Response:
    """One record, with its entity tag. `names` are those that its links have."""
    (body,) = rendered([change], dialect, names=names)
    tag = {"ETag": etag(change)}
    return encoded_response(body + b"\n", status, {**tag, **headers} if headers else tag)


def write_response(change: Change, dialect: Dialect, status: int = 200, headers: Headers | None = None) -> Response:
    """The answer to a write, as the dialect's knob `writeAnswer` says."""
    match dialect.write_answer:
        case "event":
            return record_response(change, dialect, status, headers)
        case "id":
            return json_response({"id": change.record.id}, status, {"ETag": etag(change), **(headers or {})})
        case "nothing":
            return empty_response(status if status == 201 else 204, {"ETag": etag(change), **(headers or {})})
        case _:
            stale_tag = etag(change.prior or change)
            return record_response(change, dialect, status, {**(headers or {}), "ETag": stale_tag})


def error_response(refusal: Refusal, request_id: str) -> Response:
    """The answer to a request that is refused."""
    return json_response(_error_json(refusal, request_id), refusal.status, refusal.headers)


def error_reply(refusal: Refusal, request_id: str) -> Reply:
    """The same answer where a fault rule gives it, and the CRM was not asked."""
    body = orjson.dumps(_error_json(refusal, request_id), option=orjson.OPT_APPEND_NEWLINE)
    headers = {"Content-Type": JSON} | {name.title(): value for name, value in refusal.headers.items()}
    return Reply(refusal.status, [*headers.items()], body, whole=False)


def _error_json(refusal: Refusal, request_id: str) -> "ErrorJson":
    """The one shape of an error (contract, section 5)."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "requestId": request_id,
        "details": _sorted(refusal.details),
    }


def _sorted(details: Any) -> Any:
    """Details in the same order on every machine: marshmallow takes the order of unknown fields from a set."""
    if isinstance(details, Mapping):
        return {str(key): _sorted(details[key]) for key in sorted(details, key=str)}
    return details
