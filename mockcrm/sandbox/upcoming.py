"""What comes next in a sandbox as its clock goes on, in words: for people who wonder how far to move it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import format_duration
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.errors.text import shortened
from mockcrm.sandbox.agenda import AgendaEntry
from mockcrm.sandbox.state import Action, State

MAX_NAME = 60
"""How many characters of a record's name are quoted."""

_Scheduled = AgendaEntry[tuple[Action, ...]]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next thing that falls due, at the instant `due`, as a phrase; both are None if there is nothing.

    `count` says how many there are: entries of the agenda, each once, and changes that lists do not show yet.
    """

    due: datetime | None
    what: str | None
    count: int


def upcoming(state: State) -> Upcoming:
    """What comes next, a change that lists will show before an entry that is due at the same instant.

    Costs no more however much there is.
    """
    entry, change = state.agenda.first(), state.crm.store.first_pending()
    count = len(state.agenda) + state.crm.store.pending_count
    if change is not None and (entry is None or change.visible_at <= entry.due):
        return Upcoming(change.visible_at, _appearance(state.crm, change), count)
    if entry is not None:
        return Upcoming(entry.due, _scheduled(state.crm, entry), count)
    return Upcoming(None, None, count)


def _appearance(crm: FakeCrm, change: Change) -> str:
    shown = crm.store.of(kind_of(change.record)).visible(change.record.id)
    if shown is not None and shown.version > change.version:
        return f"change {change.seq} is skipped, since lists show a later version"
    return f"change {change.seq} appears in lists"


def _scheduled(crm: FakeCrm, entry: _Scheduled) -> str:
    first, *others = entry.item or (None,)
    what = "nothing" if first is None else _action(crm, first)
    more = f" and {len(others)} more" if others else ""
    again = "" if entry.every is None else f", again every {format_duration(entry.every)}"
    return what + more + again


def _action(crm: FakeCrm, action: Action) -> str:
    ((verb, arguments),) = action.raw.items()
    return _PHRASES[verb](crm, arguments)


def _kind(arguments: Mapping[str, Any]) -> Kind:
    return KINDS[arguments.get("kind", EVENT.name)]


def _one(arguments: Mapping[str, Any]) -> str:
    """The reference to the record that an action names: `record`, or `event`."""
    return str(arguments["record"] if "record" in arguments else arguments["event"])


def _named(crm: FakeCrm, arguments: Mapping[str, Any], record: str) -> str:
    """A record as people call it: by its key, if it has one."""
    return shortened(crm.key_of(_kind(arguments), record) or record, MAX_NAME)


def _creation(crm: FakeCrm, arguments: Mapping[str, Any]) -> str:
    new = f"a new {_kind(arguments).name}"
    return f"{new} {shortened(key, MAX_NAME)}" if (key := arguments.get("key")) else new


def _touch(crm: FakeCrm, arguments: Mapping[str, Any]) -> str:
    records: str | Sequence[str] = arguments["records"] if "records" in arguments else arguments["events"]
    several = _kind(arguments).path
    if records == "all":
        return f"a touch of all {several}"
    one = len(records) == 1
    return f"a touch of {_named(crm, arguments, records[0])}" if one else f"a touch of {len(records):,} {several}"


def _merger(crm: FakeCrm, arguments: Mapping[str, Any]) -> str:
    losers, into = arguments["from"], _named(crm, arguments, arguments["into"])
    several = _named(crm, arguments, losers[0]) if len(losers) == 1 else f"{len(losers):,} {_kind(arguments).path}"
    return f"a merge of {several} into {into}"


_PHRASES: Mapping[str, Callable[[FakeCrm, Any], str]] = {
    "create": _creation,
    "edit": lambda crm, arguments: f"an edit of {_named(crm, arguments, _one(arguments))}",
    "delete": lambda crm, arguments: f"a deletion of {_named(crm, arguments, _one(arguments))}",
    "restore": lambda crm, arguments: f"a restoration of {_named(crm, arguments, _one(arguments))}",
    "merge": _merger,
    "touch": _touch,
    "churn": lambda crm, arguments: "a churn",
    "dialect": lambda crm, arguments: "another dialect",
    "fault": lambda crm, arguments: "a new fault rule",
    "clearFaults": lambda crm, arguments: "the removal of all fault rules",
    "schedule": lambda crm, arguments: "a new entry of the agenda",
}
