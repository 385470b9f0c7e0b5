"""Records of every kind as answers show them: the types are made from the schema of each kind."""

from functools import cache
from typing import Annotated, Any, NotRequired, TypedDict, cast

from marshmallow import fields, validate

from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change, Origin
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.record_schema import Links
from mockcrm.crm.rendering import shown_record
from mockcrm.crm.store import WRITTEN_NAMES, LinkNames
from mockcrm.web.representations.base import Count, InstantText, Ordinal, open_object
from mockcrm.web.representations.events import (
    EventsPageJson,
    MergedJson,
    ShownEventJson,
    ShownLinkJson,
    ShownVersionJson,
    TombstoneJson,
    VersionsPageJson,
)

_PAGE: dict[str, Any] = {"length": Count, "nextPageToken": str | None, "asOf": InstantText}
_INTERNALS: dict[str, Any] = {
    "version": Ordinal,
    "origin": Origin,
    "key": str | None,
    "deleted": bool,
    "visibleAt": InstantText,
    "deletedAt": NotRequired[InstantText],
}


@cache
def shown_type(kind: Kind) -> Any:
    """What shows one record, as the dialect `plain` does."""
    if kind is EVENT:
        return ShownEventJson
    shown = f"{a_record(kind).capitalize()}, as the dialect `plain` shows it."
    return _typed(f"{kind.title}RecordJson", _content(kind), shown, is_open=True)


@cache
def read_type(kind: Kind) -> Any:
    """What a read by id shows: one of a kind that can be merged may be the tombstone of a record that was."""
    return MergedJson | shown_type(kind) if kind.mergeable else shown_type(kind)


@cache
def page_type(kind: Kind) -> Any:
    """A page of a list of records."""
    if kind is EVENT:
        return EventsPageJson
    records = {"records": list[TombstoneJson | shown_type(kind)]}  # type: ignore[misc]  # Known once it runs.
    sentence = "A page of a list. The `asOf` of a read's first page is a safe `since` for the next read."
    return _typed(f"{kind.titles}PageJson", {**_PAGE, **records}, sentence)


@cache
def version_type(kind: Kind) -> Any:
    """What shows the latest version of a record to the controls."""
    if kind is EVENT:
        return ShownVersionJson
    shown = f"The latest version of {a_record(kind)} with its internals. A deleted one keeps its last content."
    return _typed(f"{kind.title}VersionJson", {**_content(kind), **_internals(kind)}, shown, is_open=True)


def _internals(kind: Kind) -> dict[str, Any]:
    return _INTERNALS | ({"mergedInto": NotRequired[str]} if kind.mergeable else {})


@cache
def versions_page_type(kind: Kind) -> Any:
    """A page of such versions."""
    if kind is EVENT:
        return VersionsPageJson
    records = {"records": list[version_type(kind)]}  # type: ignore[misc]  # Known once it runs.
    shown = f"A page of {kind.path} with their internals, deleted ones too."
    return _typed(f"{kind.title}VersionsPageJson", {**_PAGE, **records}, shown)


def _typed(name: str, hints: dict[str, Any], sentence: str, *, is_open: bool = False) -> Any:
    made: Any = TypedDict(name, hints)  # type: ignore[misc]  # The fields are known once it runs.
    made.__doc__ = sentence
    return open_object(made) if is_open else made


def _content(kind: Kind) -> dict[str, Any]:
    """The types of a kind's fields, by their names."""
    hints: dict[str, Any] = {"id": str}
    for name, field in kind.schema_class().fields.items():
        if name in kind.fields:
            hints[name] = _type_of(field) | None if field.allow_none else _type_of(field)
    return hints | {"lastModifiedAt": InstantText}


def _type_of(field: Any) -> Any:
    if isinstance(field, Links):
        return list[ShownLinkJson]
    if hasattr(field, "described"):
        return Annotated[Any, field]
    assert isinstance(field, fields.String)
    words = [each for each in field.validators if isinstance(each, validate.OneOf)]
    return Annotated[str, words[0]] if words else str


def version_json(change: Change, key: str | None, names: LinkNames = WRITTEN_NAMES) -> ShownVersionJson:
    """A version; that of a deletion has the last content, and the time of the deletion.

    Its links have these `names`.
    """
    shown = cast("ShownVersionJson", shown_record(change, names=names))
    shown["version"] = change.version
    shown["origin"] = change.origin
    shown["key"] = key
    shown["deleted"] = change.deleted
    shown["visibleAt"] = format_instant(change.visible_at)
    if change.deleted:
        shown["deletedAt"] = format_instant(change.stamp)
    merged = {} if change.merged_into is None else {"mergedInto": change.merged_into}
    return cast("ShownVersionJson", {**shown, **merged})
