"""What happened to an event, and the requests of a finding, in order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote_plus

from mockcrm.audit.findings import Finding
from mockcrm.audit.phrases import who
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry

MAX_MOMENTS = 10
"""How many of an event's changes a timeline has, besides those that the finding names."""
MAX_REQUESTS_SHOWN = 20
"""How many requests a timeline has: half of them are the first that the finding names, half the last."""
MAX_QUERY_SHOWN = 100
"""How much of a query a timeline shows, in characters."""


def with_timeline(
    finding: Finding, changes: Sequence[Change], entries: Mapping[int, Entry], others: Sequence[Change] = ()
) -> Finding:
    """A finding with its timeline: `changes` are all changes of its event, `others` the named changes of other events.

    Changes long before or after the finding are left out, unless it names them.
    """
    moments: list[tuple[int, int, datetime, str]] = []
    for change in (*_around(finding, changes), *others):
        event = f"event {change.record.id}: " if change.record.id != finding.event_id else ""
        stamped = f"stamped {format_instant(change.stamp)}"
        text = f"{event}version {change.version} {change.op} by {who(change)}, {stamped}"
        moments.append((change.seq, 0, change.committed_at, text))
        if change.delayed:
            moments.append((change.seq, 1, change.visible_at, f"{event}version {change.version} appears in lists"))
    known = (entries[number] for number in _first_and_last(finding.requests) if number in entries)
    moments += ((each.seen, 2, each.arrived, f"request {each.number}: {_request(each)}") for each in known)
    moments.sort(key=lambda moment: (moment[2], moment[0], moment[1]))
    return replace(finding, timeline=tuple((at, text) for _, _, at, text in moments))


def _request(entry: Entry) -> str:
    answer = f"{entry.status or 'no answer'}{'' if entry.whole or not entry.status else ', not whole'}"
    return f"{entry.method} {entry.path}{_query(entry)} → {answer}"


def _query(entry: Entry) -> str:
    """A query for people: page tokens are cut, and times have no `%3A` in them."""
    query = quote(unquote_plus(entry.query_string), safe="=&:+*")
    return f"?{shortened(query, MAX_QUERY_SHOWN)}" if query else ""


def _around(finding: Finding, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes of its own event that a finding names, and those right before the last of them."""
    places = {change.seq: place for place, change in enumerate(changes)}
    named = {places[seq] for seq in finding.changes if seq in places}
    last = max(named, default=-1) + 1
    return [changes[at] for at in sorted(named | set(range(max(0, last - MAX_MOMENTS), last)))]


def _first_and_last(requests: Sequence[int]) -> Sequence[int]:
    half = MAX_REQUESTS_SHOWN // 2
    return requests if len(requests) <= MAX_REQUESTS_SHOWN else (*requests[:half], *requests[-half:])
