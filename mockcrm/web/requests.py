"""What a request brings: query parameters, a JSON body, a precondition."""

import hashlib
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import current_app

from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.crm.actions import Precondition
from mockcrm.crm.change import Change
from mockcrm.crm.lists.parameters import NoParameters, read_parameters
from mockcrm.crm.rendering import tagged
from mockcrm.errors import BodyMalformed, BodyNotJson, PreconditionRequired, QueryInvalid
from mockcrm.web.body import read_body
from mockcrm.web.lean_flask import current_request
from mockcrm.web.media_types import JSON, YAML, parse_content_type
from mockcrm.web.wsgi import as_utf8, quoted

MAX_IDEMPOTENCY_KEY = 255
"""The greatest length of an `Idempotency-Key`, in characters."""

_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
"""The names of charsets that are UTF-8, or a part of it."""


def query_parameters(schema: NoParameters, *, besides: Collection[str] = ()) -> dict[str, Any]:
    """The request's query parameters, as the schema loads them, without those `besides`. Raises `QueryInvalid`."""
    # Werkzeug's own reading fails where a server lets bytes pass that are not UTF-8. Most requests have no parameters,
    # and do not need the schema.
    sent = as_utf8(current_request().environ.get("QUERY_STRING", ""))
    if not sent:
        return {}
    return read_parameters(schema, (each for each in parse_qsl(sent, keep_blank_values=True) if each[0] not in besides))


def body_limit() -> int:
    """The most bytes that a body may have, unless its call says otherwise."""
    limit: int = current_app.config["MAX_CONTENT_LENGTH"]
    return limit


def json_body(*media_types: str, optional: bool = False, nesting: int = MAX_NESTING, at_most: int | None = None) -> Any:
    """The request's JSON body; `{}` where an `optional` body is missing.

    `media_types` are those that are accepted, by default JSON's alone; `nesting` is how deep the body may nest,
    `at_most` how many bytes it may have. Raises `BodyNotJson`, `BodyMalformed`, and what `read_body` raises.
    """
    data = read_body(current_request().environ, at_most or body_limit())
    if not data:
        if optional:
            return {}
        raise BodyMalformed("This call needs a JSON body.")
    _check_type(*(media_types or (JSON,)))
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BodyMalformed(f"The body is not JSON: {error}.") from error
    if data.count(b"{") + data.count(b"[") > nesting and too_deep(body, nesting):
        raise BodyMalformed(f"The body nests deeper than {nesting} levels.")
    return body


def _check_type(*media_types: str) -> None:
    """Raises `BodyNotJson` unless the body is announced as one of these, in UTF-8."""
    media_type, charset = parse_content_type(current_request().environ.get("CONTENT_TYPE", ""))
    if media_type not in media_types:
        raise BodyNotJson(f"Send JSON, with Content-Type: {JSON}.")
    if charset not in _UTF_8:
        raise BodyNotJson(f"Send it in UTF-8: the charset {quoted(charset)} is not supported.")


def yaml_body() -> str | None:
    """The text of the request's body if it is announced as YAML, else None. Raises what `json_body` raises."""
    if parse_content_type(current_request().environ.get("CONTENT_TYPE", ""))[0] != YAML:
        return None
    _check_type(YAML)
    try:
        return read_body(current_request().environ, body_limit()).decode()
    except UnicodeDecodeError as error:
        raise BodyMalformed("The body is not UTF-8 text.") from error


def has_body(at_most: int | None = None) -> bool:
    """Whether the request has a body, even if only `{}`; `at_most` as above. Raises what `read_body` raises."""
    return bool(read_body(current_request().environ, at_most or body_limit()))


def idempotency_key(body: Any) -> tuple[str, str] | None:
    """The header `Idempotency-Key`, with a digest that is the same for equal bodies; None without the header.

    Raises `QueryInvalid` for a key that is empty or too long.
    """
    key = current_request().headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_IDEMPOTENCY_KEY:
        rule = f"Must have 1 to {MAX_IDEMPOTENCY_KEY} characters."
        message = f"The header Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} characters."
        raise QueryInvalid(message, {"Idempotency-Key": [rule]})
    return key, hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def if_match(mode: str = "honored") -> Precondition | None:
    """What `If-Match` demands of the version to be replaced; None if anything will do.

    Tags are compared strongly (RFC 9110, section 13.1.1). `mode` is the dialect's knob `ifMatch`: where it is
    "required" and the header is missing, the precondition raises `PreconditionRequired`.
    """
    if mode == "ignored":
        return None
    if "HTTP_IF_MATCH" not in current_request().environ:
        return _refuse_without_if_match if mode == "required" else None
    wanted = current_request().if_match
    return lambda change: wanted.star_tag or wanted.contains(change.tag or tagged(change))


def _refuse_without_if_match(change: Change) -> bool:
    raise PreconditionRequired("Send If-Match with the tag of the version that you mean to replace.")
