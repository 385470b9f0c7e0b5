"""What happened to a record, and the requests of a finding, in order of time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote_plus

from mockcrm.audit.findings import Finding
from mockcrm.audit.phrases import deed, who
from mockcrm.base.times import format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.store import Store
from mockcrm.errors.text import shortened
from mockcrm.journal.entry import Entry

MAX_MOMENTS = 10
"""How many of a record's changes a timeline has, besides those that the finding names."""
MAX_REQUESTS_SHOWN = 20
"""How many requests a timeline has: half of them are the first that the finding names, half the last."""
MAX_QUERY_SHOWN = 100
"""How much of a query a timeline shows, in characters."""


def timelines(
    store: Store, findings: Iterable[Finding], entry_of: Callable[[int], Entry | None]
) -> Callable[[Finding], Finding]:
    """Gives each of some findings its timeline. `entry_of` finds the requests' entries. It reads the log once."""
    changes: dict[tuple[str | None, str], list[Change]] = {
        (found.record_kind, found.record_id): [] for found in findings if found.record_id
    }
    for change in store.changes() if changes else ():
        if (own := changes.get((change.kind, change.record.id))) is not None:
            own.append(change)

    def with_timeline(finding: Finding) -> Finding:
        own = changes.get((finding.record_kind, finding.record_id or ""), ())
        return _with_timeline(finding, own, entry_of, _of_others(store, finding))

    return with_timeline


def _of_others(store: Store, found: Finding) -> list[Change]:
    """The changes that a finding names, of other records than its own; none where it is about the first of several."""
    if len(found.record_ids) > 1:
        return []
    changes = (change for seq in found.changes for change in store.changes(seq - 1, 1))
    return [change for change in changes if change.record.id != found.record_id]


def _with_timeline(
    finding: Finding, changes: Sequence[Change], entry_of: Callable[[int], Entry | None], others: Sequence[Change]
) -> Finding:
    """A finding with its timeline: `changes` are all of its record, `others` the named changes of other records.

    Changes long before or after the finding are left out, unless it names them.
    """
    moments: list[tuple[int, int, datetime, str]] = []
    for change in (*_around(finding, changes), *others):
        is_own = (change.kind, change.record.id) == (finding.record_kind, finding.record_id)
        record = "" if is_own else f"{change.kind} {change.record.id}: "
        stamped = f"stamped {format_instant(change.stamp)}"
        text = f"{record}version {change.version} {deed(change)} by {who(change)}, {stamped}"
        moments.append((change.seq, 0, change.committed_at, text))
        if change.delayed:
            moments.append((change.seq, 1, change.visible_at, f"{record}version {change.version} appears in lists"))
    known = [entry for entry in map(entry_of, _first_and_last(finding.requests)) if entry and entry.completed]
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
    """The changes of its own record that a finding names, and those right before the last of them."""
    places = {change.seq: place for place, change in enumerate(changes)}
    named = {places[seq] for seq in finding.changes if seq in places}
    last = max(named, default=-1) + 1
    return [changes[at] for at in sorted(named | set(range(max(0, last - MAX_MOMENTS), last)))]


def _first_and_last(requests: Sequence[int]) -> Sequence[int]:
    half = MAX_REQUESTS_SHOWN // 2
    return requests if len(requests) <= MAX_REQUESTS_SHOWN else (*requests[:half], *requests[-half:])
