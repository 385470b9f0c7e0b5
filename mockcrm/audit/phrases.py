"""Parts of sentences that explanations share: versions, authors, names and instants in words."""

from collections.abc import Sequence
from datetime import datetime

from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change

MAX_NAME_SHOWN = 60
"""How much of a subject or a name a sentence shows, in characters."""


def committed(change: Change) -> str:
    """A sentence on a change: which event, who changed it, and when.

    Event e1, “Planning”, was updated by a colleague at 2026-01-05T09:01:00.000Z and stamped 2026-01-05T09:00:00.000Z
    (change 2, version 2).
    """
    what = f"Event {change.record.id}, “{subject(change)}”, was {change.op} by {who(change)}"
    when = f"at {format_instant(change.committed_at)} and stamped {format_instant(change.stamp)}"
    return f"{what} {when} (change {change.seq}, version {change.version})."


def who(change: Change) -> str:
    if change.followed_client:
        return f"the CRM, because of request {change.request_id}"
    kind = "client" if change.origin == "client" else "colleague"
    return f"the {kind} {change.by[:MAX_NAME_SHOWN]}" if change.by else f"a {kind}"


def subject(change: Change) -> str:
    """The subject of an event on one line, or its id."""
    return " ".join((change.event.subject or change.record.id).split())[:MAX_NAME_SHOWN]


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
