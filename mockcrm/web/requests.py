"""What a request brings, read with care: parameters, bodies, preconditions."""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import request
from werkzeug.http import parse_options_header

from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.actions import Precondition
from mockcrm.crm.event import Change
from mockcrm.crm.lists.pages import read_parameters
from mockcrm.crm.record_schema import tagged
from mockcrm.errors import BodyMalformed, BodyNotJson, PreconditionRequired
from mockcrm.web.body import read_body
from mockcrm.web.media_types import JSON
from mockcrm.web.wsgi_text import as_utf8, quoted

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
