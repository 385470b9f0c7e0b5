"""Every kind of answer, made in one place."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request

from mockcrm.crm.dialect.knobs import FORMATS, Dialect
from mockcrm.crm.event import Change
from mockcrm.crm.lists.page import Page
from mockcrm.crm.record_schema import rendered, tagged
from mockcrm.errors import Refusal
from mockcrm.faults.plan import Reply
from mockcrm.web.media_types import JSON


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of JSON's types; a line end follows it, for those who read it in a terminal."""
    return raw_answer(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), status, headers)


def raw_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose JSON is made already."""
    return Response(body, status, headers, content_type=JSON)


def nothing(status: int = 204, headers: Mapping[str, str] | None = None) -> Response:
    """An answer without a body."""
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def page_answer(page: Page, records: list[bytes]) -> Response:
    """A page of a list, in the shape and the times of its dialect (contract, section 3)."""
    if page.dialect.list_shape == "array":
        headers = {"Link": f'<{_next_url(page.next_token)}>; rel="next"'} if page.next_token else {}
        return _joined(b"[", records, b"]\n", headers)
    as_of = FORMATS[page.dialect.timestamp_format](page.as_of)
    rest = b'],"length":%d,"nextPageToken":%b,"asOf":%b}\n'
    return _joined(
        b'{"records":[', records, rest % (len(records), orjson.dumps(page.next_token), orjson.dumps(as_of)), {}
    )


def _joined(head: bytes, records: list[bytes], rest: bytes, headers: Mapping[str, str]) -> Response:
    """A list's answer, put together in one go: each copy of a long one takes as long as finding its rows."""
    parts = records or [b""]
    parts[0] = head + parts[0]
    parts[-1] += rest
    return raw_answer(b",".join(parts), headers=headers)


def _next_url(token: str) -> str:
    return f"{absolute(request.path)}?pageToken={token}"


def absolute(path: str) -> str:
    """The address of a path below the sandbox in use, with the host that the client called us by, if it is one."""
    host = f"{request.scheme}://{request.host}" if request.host else ""
    return f"{host}{request.root_path}{path}"


def etag(change: Change) -> str:
    """The tag of a version: its number and a sum of what it says, which differ even where a reset began anew."""
    return f'"{change.tag or tagged(change)}"'


def version_answer(
    change: Change, dialect: Dialect, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """One event, with its tag."""
    (body,) = rendered([change], dialect)
    return raw_answer(body + b"\n", status, {"ETag": etag(change), **headers} if headers else {"ETag": etag(change)})


def write_answer(
    change: Change, dialect: Dialect, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """What a write answers with, according to the dialect."""
    match dialect.write_answer:
        case "event":
            return version_answer(change, dialect, status, headers)
        case "id":
            return answer({"id": change.event.id}, status, {"ETag": etag(change), **(headers or {})})
        case "nothing":
            return nothing(status if status == 201 else 204, {"ETag": etag(change), **(headers or {})})
        case _:
            return version_answer(change, dialect, status, {**(headers or {}), "ETag": etag(change.prior or change)})


def error_answer(refusal: Refusal, request_id: str) -> Response:
    """The answer that tells of a refusal."""
    return answer(_told(refusal, request_id), refusal.status, refusal.headers)


def error_reply(refusal: Refusal, request_id: str) -> Reply:
    """The same where a fault wants it, and the CRM was not asked."""
    body = orjson.dumps(_told(refusal, request_id), option=orjson.OPT_APPEND_NEWLINE)
    headers = {"Content-Type": JSON} | {name.title(): value for name, value in refusal.headers.items()}
    return Reply(refusal.status, [*headers.items()], body, whole=False)


def _told(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The one shape of an error (contract, section 5)."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "requestId": request_id,
        "details": _sorted(refusal.details),
    }


def _sorted(details: Any) -> Any:
    """Details in one order on every machine; marshmallow takes the order of unknown fields from a set."""
    if isinstance(details, Mapping):
        return {str(key): _sorted(details[key]) for key in sorted(details, key=str)}
    return details
