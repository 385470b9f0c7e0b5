"""JSON in and out: bodies read with care, and every kind of answer made in one place."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Response, request
from werkzeug.http import parse_options_header

from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import FORMATS
from mockcrm.crm.actions import Precondition
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.lists.page import Page
from mockcrm.crm.lists.parameters import read_parameters
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.errors import BodyMalformed, BodyNotJson, PreconditionRequired, Refusal
from mockcrm.faults.plan import Reply
from mockcrm.web.body import read_body
from mockcrm.web.journaling import as_utf8, quoted

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
"""How an encoding that is UTF-8, or part of it, may be called."""


def query(schema: Strict) -> dict[str, Any]:
    """The request's parameters. Raises `QueryInvalid`."""
    # Most requests have none, and need not be asked for them through the schema. Werkzeug's own reading of them fails
    # where a server lets bytes pass that are not UTF-8.
    sent = as_utf8(request.environ.get("QUERY_STRING", ""))
    return read_parameters(schema, parse_qsl(sent, keep_blank_values=True)) if sent else {}


def json_body(*types: str, optional: bool = False, nesting: int = MAX_NESTING) -> Any:
    """The request's body. Raises `BodyNotJson`, `BodyMalformed`, and what `read_body` does.

    Without a body it is `{}` where that will do.
    """
    data = read_body(request.environ, request.max_content_length or 0)
    if not data:
        if optional:
            return {}
        raise BodyMalformed("This call needs a JSON body.")
    kind, charset = _media_type(request.environ.get("CONTENT_TYPE", ""))
    if kind not in (types or (JSON,)):
        raise BodyNotJson(f"Send JSON, with Content-Type: {JSON}.")
    if charset not in _UTF_8:
        raise BodyNotJson(f"Send JSON in UTF-8: the charset {quoted(charset)} is not read.")
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BodyMalformed(f"The body is not JSON: {error}.") from error
    if data.count(b"{") + data.count(b"[") > nesting and too_deep(body, nesting):
        raise BodyMalformed(f"The body nests deeper than {nesting} levels.")
    return body


def has_body() -> bool:
    """Whether the request has any, if only `{}`. Raises what `read_body` does."""
    return bool(read_body(request.environ, request.max_content_length or 0))


@lru_cache(maxsize=64)
def _media_type(header: str) -> tuple[str, str]:
    """What `Content-Type` says a body is, and in which encoding its characters are."""
    kind, options = parse_options_header(header)
    return kind.lower(), options.get("charset", "utf-8").lower()


def canonical(body: Any) -> bytes:
    """The same bytes for bodies that are the same JSON."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


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


def if_match(heed: str = "honored") -> Precondition | None:
    """What `If-Match` asks of the version to be replaced; tags are compared strongly (RFC 9110, section 13.1.1).

    `heed` is the dialect's `ifMatch`: where the header must be there, and is not, the test raises.
    """
    if heed == "ignored":
        return None
    if "HTTP_IF_MATCH" not in request.environ:
        return _no_precondition if heed == "required" else None
    wanted = request.if_match
    return lambda change: wanted.star_tag or wanted.contains(change.tag or tagged(change))


def _no_precondition(change: Change) -> bool:
    raise PreconditionRequired("Send If-Match with the tag of the version that you mean to replace.")


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
