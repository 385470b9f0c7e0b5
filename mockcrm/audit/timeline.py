"""What happened to an event, and the requests that a finding names, in order."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote_plus

from mockcrm.audit.findings import Finding
from mockcrm.audit.phrases import who
from mockcrm.base.times import format_instant
from mockcrm.crm.event import Change
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry

MOMENTS = 10
"""How many of an event's changes a timeline has besides those that the finding names."""
QUERY = 100
"""How much of a query a timeline shows, in characters."""


def with_timeline(
    finding: Finding, changes: Sequence[Change], entries: Mapping[int, Entry], others: Sequence[Change] = ()
) -> Finding:
    """The same with what happened to its event, and its requests, in order; `changes` are those of the event.

    Of what happened long before, or after, only those changes are told that the finding names. `others` are such
    changes of other events.
    """
    moments: list[tuple[int, int, datetime, str]] = []
    for change in (*_around(finding, changes), *others):
        stamped = f"stamped {format_instant(change.stamp)}"
        event = f"event {change.event.id}: " if change.event.id != finding.event_id else ""
        told = f"{event}version {change.version} {change.op} by {who(change)}, {stamped}"
        moments.append((change.seq, 0, change.committed_at, told))
        if change.delayed:
            moments.append((change.seq, 1, change.visible_at, f"{event}version {change.version} shows in lists"))
    for number in finding.requests:
        if entry := entries.get(number):
            answer = f"{entry.status or 'no answer'}{'' if entry.whole or not entry.status else ', not whole'}"
            told = f"request {number}: {entry.method} {entry.path}{_query(entry)} → {answer}"
            moments.append((entry.seen, 2, entry.arrived, told))
    moments.sort(key=lambda moment: (moment[2], moment[0], moment[1]))
    return replace(finding, timeline=tuple((at, told) for _, _, at, told in moments))


def _query(entry: Entry) -> str:
    """A query for people, who cannot read page tokens, nor times with `%3A` in them."""
    query = quote(unquote_plus(entry.query_string), safe="=&:+*")
    return f"?{shortened(query, QUERY)}" if query else ""


def _around(finding: Finding, changes: Sequence[Change]) -> Sequence[Change]:
    """An event's changes that a finding names, and those right before the last of them."""
    last = bisect_right(changes, max(finding.changes, default=0), key=lambda change: change.seq)
    named = {bisect_left(changes, seq, key=lambda change: change.seq) for seq in finding.changes if changes}
    places = sorted(named | set(range(max(0, last - MOMENTS), last)))
    return [changes[at] for at in places if at < len(changes)]
