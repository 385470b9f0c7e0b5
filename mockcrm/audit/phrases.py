"""Parts of sentences that explanations share: versions, names and times in words."""

from collections.abc import Sequence
from datetime import datetime

from mockcrm.base.times import format_instant
from mockcrm.crm.event import Change

SHOWN = 60
"""How much of a subject a title shows, in characters."""


def committed(change: Change) -> str:
    what = f"Event {change.event.id}, “{subject(change)}”, was {change.op} by {who(change)}"
    when = f"at {format_instant(change.committed_at)} and stamped {format_instant(change.stamp)}"
    return f"{what} {when} (change {change.seq}, version {change.version})."


def who(change: Change) -> str:
    kind = "client" if change.origin == "client" else "colleague"
    return f"the {kind} {change.by[:SHOWN]}" if change.by else f"a {kind}"


def subject(change: Change) -> str:
    return " ".join((change.event.subject or change.event.id).split())[:SHOWN]


def fact(found: object) -> object:
    match found:
        case None:
            return "the beginning"
        case datetime():
            return format_instant(found)
        case Change():
            return committed(found)
        case tuple():
            return " ".join(str(fact(each)) for each in found)
        case _:
            return found


def listed(names: Sequence[str]) -> str:
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last
