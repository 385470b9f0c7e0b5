"""The calls of the CRM's API by name, and which of them a request makes."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS


class KindOperations(NamedTuple):
    """What the calls of one kind of records are named."""

    list: str
    list_deleted: str
    get: str
    create: str
    update: str
    replace: str
    delete: str

    @classmethod
    def of(cls, kind: Kind) -> "KindOperations":
        """`listContacts`, `listDeletedContacts`, `getContact`, `createContact` and so on."""
        verbs = ("get", "create", "update", "replace", "delete")
        return cls(f"list{kind.titles}", f"listDeleted{kind.titles}", *(f"{verb}{kind.title}" for verb in verbs))

    @property
    def lists(self) -> tuple[str, ...]:
        return self.list, self.list_deleted

    @property
    def writes(self) -> tuple[str, ...]:
        return self.create, self.update, self.replace, self.delete


OPERATIONS_OF: Mapping[str, KindOperations] = {name: KindOperations.of(kind) for name, kind in KINDS.items()}
"""What the calls of each kind are named, by the kind's name."""
OF_EVENTS = OPERATIONS_OF[EVENT.name]

OPERATIONS = tuple(name for of_kind in OPERATIONS_OF.values() for name in of_kind)
"""What the calls of the CRM's API are named, in matchers, in the journal and in OpenAPI."""
DELETED_LISTS = tuple(of_kind.list_deleted for of_kind in OPERATIONS_OF.values())
RECORD_LISTS = tuple(of_kind.list for of_kind in OPERATIONS_OF.values())
LISTS = tuple(name for of_kind in OPERATIONS_OF.values() for name in of_kind.lists)
READS = (*LISTS, *(of_kind.get for of_kind in OPERATIONS_OF.values()))
WRITES = tuple(name for of_kind in OPERATIONS_OF.values() for name in of_kind.writes)
CREATIONS = frozenset(of_kind.create for of_kind in OPERATIONS_OF.values())
REPLACEMENTS = frozenset(of_kind.replace for of_kind in OPERATIONS_OF.values())
DELETIONS = frozenset(of_kind.delete for of_kind in OPERATIONS_OF.values())


class Called(NamedTuple):
    """What a request calls: the operation; the kind, the id or key, and the calendar of events that its path names.

    None: not there.
    """

    operation: str | None = None
    kind: str | None = None
    record_id: str | None = None
    calendar_id: str | None = None


_PATH = re.compile(r"/api/v1/([a-zA-Z]+)(?:/([^/]+))?")
_IN_CALENDAR = re.compile(rf"(/api/v1/){CALENDAR.path}/([^/]+)/([a-zA-Z]+(?:/[^/]+)?)")


def _calls() -> dict[tuple[str, str, bool], Called]:
    """What is called by a method on the part of a path that names many records, and on one of these."""
    found = {}
    for kind in KINDS.values():
        names = OPERATIONS_OF[kind.name]
        found["GET", kind.path, False] = Called(names.list, kind.name)
        found["GET", f"deleted{kind.titles}", False] = Called(names.list_deleted, kind.name)
        found["POST", kind.path, False] = Called(names.create, kind.name)
        found["GET", kind.path, True] = Called(names.get, kind.name)
        found["PATCH", kind.path, True] = Called(names.update, kind.name)
        found["PUT", kind.path, True] = Called(names.replace, kind.name)
        found["DELETE", kind.path, True] = Called(names.delete, kind.name)
    return found


_CALLS = _calls()
_BY_PATH = {kind.path: kind.name for kind in KINDS.values()}


def operation_of(method: str, path: str) -> Called:
    """What a method and a path call.

    `("PATCH", "/api/v1/events/e1")` calls `updateEvent` of the event `e1`.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return _called_in_calendar(method, path)
    of, record_id = match.groups()
    called = _CALLS.get((method, of, record_id is not None))
    if called is None:
        kind = _BY_PATH.get(of)
        return Called(None, kind, record_id if kind else None)
    return called if record_id is None else Called(called.operation, called.kind, record_id)


def _called_in_calendar(method: str, path: str) -> Called:
    within = _IN_CALENDAR.fullmatch(path)
    called = operation_of(method, within[1] + within[3]) if within else Called()
    of_events = called.kind is not None and KINDS[called.kind].in_calendars
    return called._replace(calendar_id=within[2]) if within and of_events else Called()
