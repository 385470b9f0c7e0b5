"""What the calls of `/api/v1` answer, take and refuse, for a kind of records: only the API's description needs it."""

from dataclasses import replace
from typing import Any

from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.lists.parameters import DeletedParameters, list_parameters
from mockcrm.errors import (
    CalendarProtected,
    IdempotencyMismatch,
    MethodNotAllowed,
    PageTokenExpired,
    PageTokenInvalid,
    PathNotFound,
    PreconditionFailed,
    PreconditionRequired,
    RecordDeleted,
    RecordInvalid,
    RecordNotFound,
    RecordReferenced,
    ReferenceUnknown,
    SandboxFull,
    SinceExpired,
)
from mockcrm.web.media_types import JSON, MERGE_PATCH
from mockcrm.web.openapi.declare import Declaration
from mockcrm.web.representations.events import TombstonesPageJson
from mockcrm.web.representations.records import page_type, read_type, shown_type

_TAG = ("ETag",)
_LISTS = (PageTokenInvalid, PageTokenExpired, SinceExpired)
_PRECONDITION = (PreconditionFailed, PreconditionRequired)


def listed(kind: Kind, among: Kind | None) -> Declaration:
    """`among` is the kind of the record that the call's records lie in, if it is limited to one."""
    refuses = (*_LISTS, *_missing(among))
    return Declaration(answers=page_type(kind), query=list_parameters(kind), sends=("Link",), refuses=refuses)


def listed_deleted(kind: Kind, among: Kind | None) -> Declaration:
    refuses = (*_LISTS, PathNotFound, *_missing(among))
    return Declaration(answers=TombstonesPageJson, query=DeletedParameters, sends=("Link",), refuses=refuses)


def read(kind: Kind, among: Kind | None) -> Declaration:
    refuses = (*_missing(kind), *_missing(among))
    return Declaration(answers=read_type(kind), also=(304,), reads=("If-None-Match",), sends=_TAG, refuses=refuses)


def created(kind: Kind, among: Kind | None) -> Declaration:
    invalid = RecordInvalid.of(kind.name)
    own = (invalid, *kind.refusals, ReferenceUnknown, IdempotencyMismatch, SandboxFull)
    return Declaration(
        answers=shown_type(kind),
        status=201,
        body=kind.schema(PLAIN),
        reads=("Idempotency-Key",),
        sends=(*_TAG, "Location"),
        refuses=(*own, *_missing(among)),
    )


def replaced(kind: Kind, among: Kind | None) -> Declaration:
    invalid = RecordInvalid.of(kind.name)
    own = (invalid, *kind.refusals, ReferenceUnknown, MethodNotAllowed, SandboxFull)
    return Declaration(
        answers=shown_type(kind),
        body=kind.schema(PLAIN),
        also=(204,),
        reads=("If-Match",),
        sends=_TAG,
        refuses=(*_unmet(kind, among), *own),
    )


def patched(kind: Kind, among: Kind | None) -> Declaration:
    body = kind.schema_class(PLAIN, partial=True)
    return replace(replaced(kind, among), body=body, accepts=(JSON, MERGE_PATCH))


def deleted(kind: Kind, among: Kind | None) -> Declaration:
    protected = (RecordInvalid.of(kind.name), CalendarProtected) if kind is CALENDAR else ()
    refuses = (*_unmet(kind, among), RecordReferenced, *protected, SandboxFull)
    return Declaration(status=204, reads=("If-Match",), refuses=refuses)


def _unmet(kind: Kind, among: Kind | None) -> tuple[Any, ...]:
    return *_missing(kind), *_PRECONDITION, *_missing(among)


def _missing(kind: Kind | None) -> tuple[Any, ...]:
    if kind is None:
        return ()
    deleted = RecordDeleted.of(kind.name)
    return RecordNotFound.of(kind.name), deleted, (410, deleted)
