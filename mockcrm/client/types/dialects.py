"""Dialects: the name of each, and the knobs (`docs/reference/dialect.md`)."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from mockcrm.client.types.events import FieldName
from mockcrm.client.types.values import DurationLike

DialectName = Literal["plain", "aurinko", "dynamics", "google", "graph", "hubspot", "salesforce"]

_Since = Literal["inclusive", "exclusive"]
_DeltaOrder = Literal["stamp", "reverse", "shuffled"]
_Precision = Literal["millisecond", "second", "minute"]
_Rounding = Literal["floor", "nearest", "ceil"]
_TimestampFormat = Literal["Z", "+00:00", "+0000", "localOffset", "noFraction", "spaced", "epochMillis"]
_Deletions = Literal["asked", "inline", "endpoint", "none"]
_Tombstones = Literal["full", "idOnly"]
_ExpiredSince = Literal["refuse", "empty", "silent"]
_DeletedStatus = Literal[404, 410]
_Paging = Literal["keyset", "offset", "snapshot"]
_ListShape = Literal["object", "array"]
_PrivateInLists = Literal["full", "busy"]
_RelatedToShape = Literal["list", "object"]
_IdForm = Literal["decimal", "beyond2to53", "alphanumeric18", "guid"]
_UnknownFields = Literal["reject", "ignore", "keep"]
_Normalization = Literal["trim", "lowerCaseAddresses", "crlf"]
_References = Literal["accept", "refuse", "drop"]
_OnDelete = Literal["leave", "drop", "block"]
_Merged = Literal["deleted", "pointer", "follow"]
_UpdateVerbs = Literal["both", "patch", "put"]
_IfMatch = Literal["honored", "ignored", "required"]
_EventOwner = Literal["hidden", "shown"]
_Calendars = Literal["one", "many"]
_WriteAnswer = Literal["event", "id", "nothing", "staleTag"]
_ChildEvents = Literal["none", "users"]
_ChildOrder = Literal["after", "before"]
_ChildrenOnDelete = Literal["delete", "leave"]


class Knobs(TypedDict, total=False):
    """The knobs to set; those that are left out stay as they are."""

    since: _Since
    deltaOrder: _DeltaOrder
    timestampPrecision: _Precision
    timestampRounding: _Rounding
    timestampFormat: _TimestampFormat
    dateSkew: DurationLike
    indexLag: DurationLike | None
    unbumpedFields: Sequence[FieldName]
    deletions: _Deletions
    tombstones: _Tombstones
    tombstoneRetention: DurationLike | None
    expiredSince: _ExpiredSince
    deletedStatus: _DeletedStatus
    pageSize: int | None
    paging: _Paging
    pageTokenLife: DurationLike | None
    resultCap: int | None
    listShape: _ListShape
    omittedFromLists: Sequence[FieldName]
    privateInLists: _PrivateInLists
    relatedToShape: _RelatedToShape
    idForm: _IdForm
    unknownFields: _UnknownFields
    normalization: Sequence[_Normalization]
    references: _References
    onDelete: _OnDelete
    merged: _Merged
    updateVerbs: _UpdateVerbs
    ifMatch: _IfMatch
    writeAnswer: _WriteAnswer
    childEvents: _ChildEvents
    childOrder: _ChildOrder
    childrenOnDelete: _ChildrenOnDelete
    me: str | None
    eventOwner: _EventOwner
    calendars: _Calendars
    credentials: str | None


class NamedKnobs(Knobs, total=False):
    """The knobs to set upon a named dialect."""

    name: DialectName | None


class Dialect(TypedDict):
    """A whole dialect: every knob, and the `name` if the dialect is exactly a named one."""

    name: DialectName | None
    since: _Since
    deltaOrder: _DeltaOrder
    timestampPrecision: _Precision
    timestampRounding: _Rounding
    timestampFormat: _TimestampFormat
    dateSkew: str
    indexLag: str | None
    unbumpedFields: list[FieldName]
    deletions: _Deletions
    tombstones: _Tombstones
    tombstoneRetention: str | None
    expiredSince: _ExpiredSince
    deletedStatus: _DeletedStatus
    pageSize: int | None
    paging: _Paging
    pageTokenLife: str | None
    resultCap: int | None
    listShape: _ListShape
    omittedFromLists: list[FieldName]
    privateInLists: _PrivateInLists
    relatedToShape: _RelatedToShape
    idForm: _IdForm
    unknownFields: _UnknownFields
    normalization: list[_Normalization]
    references: _References
    onDelete: _OnDelete
    merged: _Merged
    updateVerbs: _UpdateVerbs
    ifMatch: _IfMatch
    writeAnswer: _WriteAnswer
    childEvents: _ChildEvents
    childOrder: _ChildOrder
    childrenOnDelete: _ChildrenOnDelete
    me: str | None
    eventOwner: _EventOwner
    calendars: _Calendars
    credentials: str | None
