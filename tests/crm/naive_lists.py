"""The lists of the naive CRM: all versions that there are, sieved and sorted anew for each list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from mockcrm.errors import PathNotFound, QueryInvalid, Refusal, SinceExpired
from tests.crm.naive_crm import NaiveCrm
from tests.crm.naive_records import Content, Version

Row = Version
Position = tuple[Any, Any]


@dataclass(frozen=True)
class Asked:
    """What a list is asked for. `calendar` is that of events; the interval's instants are texts, as in records."""

    kind: str
    role: str
    calendar: str | None = None
    since: datetime | None = None
    start: str | None = None
    end: str | None = None
    show_deleted: bool | None = None
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def by_delta(self) -> bool:
        return self.since is not None or self.role == "deleted" or self.kind != "event"


def listed(crm: NaiveCrm, asked: Asked, *, resumed: bool = False) -> list[Row] | type[Refusal]:
    """The rows of a list, in its order. Only a first page can come too late; a read that is `resumed` goes on."""
    sorts = _sorts(crm, asked)
    if not isinstance(sorts, tuple):
        return sorts
    retention, latest = crm.knobs["tombstoneRetention"], asked.role == "admin"
    horizon = None if retention is None or latest else crm.now - retention
    late = horizon and asked.since and asked.since < horizon and True in sorts and not resumed
    if late and crm.knobs["expiredSince"] != "silent":
        return SinceExpired if crm.knobs["expiredSince"] == "refuse" else []
    rows = [row for row in _there(crm, asked, latest=latest) if row.deleted in sorts]
    rows = [row for row in rows if overlaps(row.content, asked.start, asked.end)]
    rows = [row for row in rows if all(_passes(crm, row.content, *each) for each in asked.filters)]
    if horizon:
        rows = [row for row in rows if not row.deleted or crm.floor(row.stamp) >= horizon]
    if asked.since:
        rows = [row for row in rows if _is_since(crm, row, asked.since, latest=latest)]
    rows.sort(key=position(crm, asked))
    return rows[::-1] if asked.by_delta and crm.knobs["deltaOrder"] == "reverse" and not latest else rows


def position(crm: NaiveCrm, asked: Asked) -> Callable[[Row], Position]:
    if asked.by_delta:
        return lambda row: (crm.floor(row.stamp), row.stamp_seq)
    return lambda row: (row.content["startTime"], row.id)


def _is_since(crm: NaiveCrm, row: Row, since: datetime, *, latest: bool) -> bool:
    if latest:
        return row.stamp >= since
    stamp = crm.floor(row.stamp)
    return stamp > since if crm.knobs["since"] == "exclusive" else stamp >= since


def _sorts(crm: NaiveCrm, asked: Asked) -> tuple[bool, ...] | type[Refusal]:
    """Whether the list has living records (False), deleted ones (True), or both."""
    how = crm.knobs["deletions"]
    if asked.role == "admin":
        return (False,) if asked.show_deleted is False else (False, True)
    if asked.role == "deleted":
        return PathNotFound if how in ("inline", "none") else (True,)
    if how == "inline":
        return (False, True) if asked.show_deleted or asked.since else (False,)
    if asked.show_deleted and how != "asked":
        return QueryInvalid
    return (False, True) if asked.show_deleted else (False,)


def _there(crm: NaiveCrm, asked: Asked, *, latest: bool) -> list[Row]:
    """The version of each record that the list shows; in a calendar, also what moves left there."""
    found: dict[str, Version] = {}
    for version in crm.versions:
        if version.kind == asked.kind and (latest or version.seq in crm.shown):
            found[version.id] = version
    if asked.calendar is None:
        return [*found.values()]
    return [row for version in found.values() if (row := seen_in(crm, asked.calendar, version))]


def seen_in(crm: NaiveCrm, calendar: str, version: Version) -> Row | None:
    """A version as one calendar has it: itself, or the tombstone of its event's last move out of there."""
    if version.calendar == calendar:
        return version
    history = crm.history(version.key)[: version.number]
    moves = [each for each in pairwise(history) if each[0].calendar == calendar != each[1].calendar]
    if not moves:
        return None
    was, move = moves[-1]
    return replace(move, op="deleted", content=was.content)


def overlaps(content: Content, start: str | None, end: str | None) -> bool:
    if start is None and end is None:
        return True
    begins, ends = content["startTime"], content["endTime"]
    if begins == ends:
        return (start is None or start <= begins) and (end is None or begins < end)
    return (start is None or ends > start) and (end is None or begins < end)


def _passes(crm: NaiveCrm, content: Content, name: str, wanted: tuple[str, ...]) -> bool:
    if name == "domain":
        whole = content["domain"] if "domain" in content else content["emailAddress"]
        return whole is not None and whole.rpartition("@")[2].lower() in [each.lower() for each in wanted]
    if name == "contactId":
        return any(each in content["contactIds"] for each in wanted)
    value = content[name]
    if name == "emailAddress":
        return value is not None and value.lower() in [each.lower() for each in wanted]
    if isinstance(value, bool):
        return ("true" if value else "false") in wanted
    if name == "ownerId":
        wanted = tuple(crm.me() or "" if each == "me" else each for each in wanted)
    return value is not None and value in wanted
