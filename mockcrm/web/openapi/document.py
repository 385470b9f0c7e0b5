"""The description of the API: OpenAPI 3.1, made from the routes, the declarations beside their views, and the schemas.

That takes a moment, and needs apispec: import this module only when the description is asked for.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from inspect import isroutine
from typing import Any

import orjson
from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from mockcrm import errors
from mockcrm.base.schema.descriptions import Described, sentence_of
from mockcrm.base.schema.json_schema import Describer
from mockcrm.errors import Refusal
from mockcrm.web.client_identity import CLIENT_HEADER
from mockcrm.web.media_types import JSON
from mockcrm.web.openapi import bodies
from mockcrm.web.openapi.declare import BodyOfKind, Declaration, declaration_of
from mockcrm.web.openapi.for_generators import for_types
from mockcrm.web.openapi.request_examples import BODIES
from mockcrm.web.openapi.type_schemas import TypeDescriber
from mockcrm.web.representations.base import ErrorJson
from mockcrm.web.requests import MAX_IDEMPOTENCY_KEY

INTRODUCTION = """\
A fake CRM (`/api/v1`), and its controls (`/admin`), by which a test changes the CRM behind the client's back.

Answers of `/api/v1` are described as the dialect `plain` gives them. Another dialect may write date-times in another
format, list in a bare array, show `relatedTo` as one object, leave fields out, or answer a write with less. The
statuses are those of all dialects. A fault rule may answer a call with any status (`fault.injected`), late, in part, or
not at all.

A body may have a `Content-Encoding` of `gzip` or `deflate`; the size limit applies to the decoded body.

Every path also exists below `/sandboxes/{name}`, for that sandbox; so does this description.
"""

_TAGS = {
    "api": "The fake CRM, as a sync client sees it.",
    "admin": "The controls.",
    "about": "The server itself.",
    "console": "The page for people.",
    "calendar": "The feed for calendar programs.",
}
_EVERYWHERE: tuple[type[Refusal], ...] = (errors.SandboxNotFound, errors.InternalError)
_OF_ACCESS = (errors.QueryInvalid, errors.CredentialsMissing, errors.CredentialsInvalid)
_OF_MOUNT: Mapping[str, tuple[type[Refusal], ...]] = {
    "api": (*_OF_ACCESS, errors.RateLimited),
    "admin": (*_OF_ACCESS, errors.AdminForbidden),
    "about": (),
    "console": (errors.AdminForbidden,),
    "calendar": (*_OF_ACCESS, errors.AdminForbidden),
}
_OF_BODIES = (
    errors.BodyMalformed,
    errors.BodyTooSlow,
    errors.BodyTooLarge,
    errors.BodyNotJson,
    errors.BodyEncodingUnsupported,
)

_SCHEMES: Mapping[str, Described] = {
    "credentials": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that the dialect's knob `credentials` asks for. By default any credentials will do.",
    },
    "adminToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that the server was started with, if any.",
    },
    "calendarToken": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "The token of one sandbox's calendar, for programs that send no headers. It opens nothing else. "
        "`GET /admin/sandboxes/{name}` has the address with it.",
    },
}
_SECURITY: Mapping[str, tuple[str, ...]] = {
    "api": ("credentials",),
    "admin": ("adminToken",),
    "calendar": ("adminToken", "calendarToken"),
}
"""The schemes by which a call may be admitted, any one of them. Most servers want none."""
_PATHS: Mapping[str, tuple[str, str, Described]] = {
    "record_id": ("id", "The record's id.", {"type": "string", "examples": ["1001"]}),
    "calendar_id": (
        "calendarId",
        "The calendar's id, or `primary`.",
        {"type": "string", "examples": ["primary"]},
    ),
    "reference": ("id", "The record's id or key.", {"type": "string", "examples": ["1001", "kickoff"]}),
    "rule_id": ("id", "The fault rule's id.", {"type": "string", "examples": ["f1"]}),
    "number": ("id", "The request's number.", {"type": "integer", "minimum": 0, "examples": [1]}),
    "name": ("name", "The name.", {"type": "string", "examples": ["default"]}),
    "file": ("file", "The file's name.", {"type": "string", "examples": ["main.js"]}),
}
"""The variable parts of paths, by their names in Flask: name, description and schema."""
_TEXT: Described = {"type": "string"}
_REQUEST_HEADERS: Mapping[str, tuple[str, Described]] = {
    "If-Match": ("The entity tag of the version to change, or `*` for any.", {**_TEXT, "examples": ['"1-0d27c821"']}),
    "If-None-Match": (
        "An entity tag; where it is still current, the answer is 304.",
        {**_TEXT, "examples": ['"1-0d27c821"']},
    ),
    "Idempotency-Key": (
        "A repetition with the same key and body gets the first answer again.",
        {**_TEXT, "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY, "examples": ["5f0c6b1e"]},
    ),
    CLIENT_HEADER: ("The name of the client in journal and audit.", {**_TEXT, "examples": ["engine"]}),
}
_RESPONSE_HEADERS: Mapping[str, str] = {
    "Date": "The time of the answer, by the sandbox's clock.",
    "X-Request-Id": "The number of the request.",
    "ETag": "The entity tag of the version.",
    "Location": "The URL of what was created.",
    "Link": "The URL of the next page, in a dialect that lists in bare arrays.",
    "Allow": "The methods that this path answers to.",
    "WWW-Authenticate": "The credentials that are needed.",
    "Retry-After": "How many seconds to wait.",
    "Accept-Encoding": "The content codings that are supported, where a body had another one.",
}
_ALWAYS = ("Date", "X-Request-Id")
_WITH_STATUS = {401: ("WWW-Authenticate",), 405: ("Allow",), 415: ("Accept-Encoding",), 429: ("Retry-After",)}
_OF_SOME_DIALECTS = ("Accept-Encoding", "Link", "Retry-After", "WWW-Authenticate")
"""Headers that are not in every answer whose description names them."""


def described(app: Flask) -> Mapping[str, Any]:
    """The description of an application, without its `servers`."""
    writer = _Writer()
    for rule in app.url_map.iter_rules():
        writer.add(rule, app.view_functions[rule.endpoint])
    document: dict[str, Any] = writer.describer.spec.to_dict()
    document["components"]["schemas"] = for_types(document["components"]["schemas"])
    document["info"] |= {"description": INTRODUCTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    return document


class _Writer:
    """Writes the description, one view after the other."""

    def __init__(self) -> None:
        self.describer = Describer("mockcrm", version("mockcrm"))
        self._types = TypeDescriber(self.describer)
        self._refused: set[str] = set()
        spec = self.describer.spec
        for name, description in _TAGS.items():
            spec.tag({"name": name, "description": description})
        for name, description in _RESPONSE_HEADERS.items():
            required = name not in _OF_SOME_DIALECTS
            spec.components.header(name, {"description": description, "required": required, "schema": _TEXT})
        for name, scheme in _SCHEMES.items():
            spec.components.security_scheme(name, {**scheme})

    def add(self, rule: Rule, view: Callable[..., Any]) -> None:
        """Describe a view, for all methods that it answers to."""
        mount, declaration = rule.endpoint.partition(".")[0], declaration_of(view)
        path = path_of(rule.rule)
        operation: Described = {
            "operationId": _operation_id(rule.endpoint),
            "tags": [mount],
            "summary": sentence_of(view),
            "parameters": [*self._parameters(rule, mount, declaration)],
            "responses": {**self._successes(rule.endpoint, declaration), **self._refusals(mount, declaration)},
        }
        if declaration.body is not None:
            operation["requestBody"] = self._body(rule.endpoint, declaration)
        if mount in _SECURITY:
            operation["security"] = [{}, *({scheme: []} for scheme in _SECURITY[mount])]
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        self.describer.spec.path(path, operations={method.lower(): operation for method in methods})

    def _shape(self, shape: Any) -> Described:
        if isinstance(shape, str):
            return self._shape(getattr(bodies, shape))
        if isinstance(shape, BodyOfKind):
            of_kind: Described = getattr(bodies, shape.function)(shape.kind, self.describer.refer)
            return of_kind
        if isinstance(shape, type) and issubclass(shape, Schema):
            return self.describer.refer(shape())
        if isinstance(shape, Schema):
            return self.describer.refer(shape)
        described: Described = shape(self.describer.refer) if isroutine(shape) else self._types.describe(shape)
        return described

    def _parameters(self, rule: Rule, mount: str, declaration: Declaration) -> Iterable[Described]:
        for argument in sorted(rule.arguments):
            name, description, schema = _PATHS[argument]
            yield {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
        for name, field in declaration.query().fields.items():
            schema = self.describer.property_of(field)
            description = schema.pop("description", "")
            yield {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
        for name in (*declaration.reads, *((CLIENT_HEADER,) if mount == "api" else ())):
            description, schema = _REQUEST_HEADERS[name]
            yield {"name": name, "in": "header", "required": False, "description": description, "schema": schema}

    def _body(self, endpoint: str, declaration: Declaration) -> Described:
        assert declaration.body is not None
        content = {"schema": self._shape(declaration.body), "example": BODIES[endpoint]}
        return {"required": not declaration.optional, "content": {kind: {**content} for kind in declaration.accepts}}

    def _successes(self, endpoint: str, declaration: Declaration) -> dict[str, Described]:
        sent = _headers(*_ALWAYS, *declaration.sends)
        found: dict[str, Described] = {
            str(status): {"description": HTTPStatus(status).phrase, "headers": sent}
            for status in (declaration.status, *declaration.also)
        }
        if declaration.answers is not None:
            content = {"schema": self._shape(declaration.answers)}
            if endpoint in _answers():
                content["example"] = _answers()[endpoint]
            found[str(declaration.status)]["content"] = {declaration.media_type: content}
        return found

    def _refusals(self, mount: str, declaration: Declaration) -> dict[str, Described]:
        """The error answers, each a component that names its codes."""
        by_status: dict[int, list[type[Refusal]]] = {}
        of_bodies = () if declaration.body is None else _OF_BODIES
        for each in (*declaration.refuses, *of_bodies, *_OF_MOUNT[mount], *_EVERYWHERE):
            status, kind = each if isinstance(each, tuple) else (each.status, each)
            by_status.setdefault(status, []).append(kind)
        return {str(status): self._refusal(status, by_status[status]) for status in sorted(by_status)}

    def _refusal(self, status: int, kinds: list[type[Refusal]]) -> Described:
        name = f"{status}.{'.or.'.join(kind.code for kind in kinds)}"
        if name not in self._refused:
            self._refused.add(name)
            description = " ".join(f"`{kind.code}`: {sentence_of(kind)}" for kind in kinds)
            code = {"properties": {"code": {"enum": [kind.code for kind in kinds]}}}
            schema = {"allOf": [self._shape(ErrorJson), code]}
            examples = {kind.code: {"value": _example(kind)} for kind in kinds}
            headers = _headers(*_ALWAYS, *_WITH_STATUS.get(status, ()))
            content = {JSON: {"schema": schema, "examples": examples}}
            self.describer.spec.components.response(
                name, {"description": description, "headers": headers, "content": content}
            )
        return {"$ref": f"#/components/responses/{name}"}


@cache
def _answers() -> Mapping[str, Any]:
    """A server's answers to the example bodies, by view, as `tests/web/recorded.py` has recorded them."""
    answers: Mapping[str, Any] = orjson.loads(
        files("mockcrm").joinpath("web/openapi/response_examples.json").read_bytes()
    )
    return answers


def path_of(rule: str, *, example: bool = False) -> str:
    """The path of a Flask rule in the form of OpenAPI, or with `example` a path to try.

    >>> path_of("/events/<record_id>"), path_of("/events/<record_id>", example=True)
    ('/events/{id}', '/events/1001')
    """

    def part(match: re.Match[str]) -> str:
        name, _, schema = _PATHS[match[1]]
        return str(schema["examples"][0]) if example else f"{{{name}}}"

    return re.sub(r"<(?:\w+:)?(\w+)>", part, rule)


def _headers(*names: str) -> Described:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _example(kind: type[Refusal]) -> Described:
    return {"code": kind.code, "message": sentence_of(kind), "requestId": "7", "details": {}}


def _operation_id(endpoint: str) -> str:
    """`listEvents` for `api.list_events`; operations of the controls begin with `admin`."""
    mount, _, name = endpoint.partition(".")
    words = name.split("_")
    words = ["admin", *words] if mount == "admin" else words
    return words[0] + "".join(word.title() for word in words[1:])
