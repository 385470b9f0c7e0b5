"""Parts of sentences that explanations share: versions, authors, names and instants in words."""

from collections.abc import Sequence
from datetime import datetime

from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.shelves import destination

MAX_NAME_SHOWN = 60
"""How much of a subject or a name a sentence shows, in characters."""


def committed(change: Change) -> str:
    """A sentence on a change: which record, who changed it, and when.

    Event e1, “Planning”, was updated by a colleague at 2026-01-05T09:01:00.000Z and stamped 2026-01-05T09:00:00.000Z
    (change 2, version 2).
    """
    what = f"{kind_of(change.record).title} {change.record.id}, “{label(change)}”, was {deed(change)} by {who(change)}"
    when = f"at {format_instant(change.committed_at)} and stamped {format_instant(change.stamp)}"
    return f"{what} {when} (change {change.seq}, version {change.version})."


def deed(change: Change) -> str:
    """What was done to a record, after "was": `updated`, `deleted`, or of an event `moved to calendar 12`."""
    calendar = destination(change)
    return change.op if calendar is None else f"moved to calendar {calendar}"


def who(change: Change) -> str:
    if change.followed_client:
        return f"the CRM, because of request {change.request_id}"
    kind = "client" if change.origin == "client" else "colleague"
    return f"the {kind} {change.by[:MAX_NAME_SHOWN]}" if change.by else f"a {kind}"


def label(change: Change) -> str:
    """What people call a record, on one line: the subject of an event, the name of a contact; or its id."""
    name = kind_of(change.record).label(change.record) or change.record.id
    return " ".join(name.split())[:MAX_NAME_SHOWN]


def named(kind: Kind, name: str) -> str:
    """A record at the beginning of a title: `“Planning”` for an event, `The contact “Wile Coyote”` for another one."""
    return f"“{name}”" if kind is EVENT else f"The {kind.name} “{name}”"


def noun_of(kind: str | None, count: int) -> str:
    """The word for so many records of a kind, `contacts`, or without one for so many times."""
    if kind is None:
        return "time" if count == 1 else "times"
    return kind if count == 1 else KINDS[kind].path


def in_words(fact: object) -> object:
    """A fact of an observation as its template shows it."""
    match fact:
        case None:
            return "the beginning"
        case datetime():
            return format_instant(fact)
        case Change():
            return committed(fact)
        case tuple():
            return " ".join(str(in_words(each)) for each in fact)
        case _:
            return fact


def enumerated(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last
