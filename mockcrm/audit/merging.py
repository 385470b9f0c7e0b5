"""One cause, one finding: those with the same code, hazard and causing request are merged (contract, section 7).

A watermark that loses five hundred events is one mistake. The finding speaks of the first one, and names the others.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from mockcrm.audit.findings import Finding
from mockcrm.audit.phrases import noun_of

MAX_MERGED = 1_000
"""How many records, changes and requests a finding names."""

_ASKED_BY_THE_FIRST = frozenset({"expired.ignored", "retry.tooEarly"})
"""Codes whose first request is the cause: its answer asked for what the later ones did not do."""


def same_cause(code: str, hazard: str | None, requests: Sequence[int], advice: str | None) -> Hashable:
    """What findings of one cause have in common.

    The causing request is the last that a finding names: the read that passed an event, the write that overwrote it.
    What was recovered has two, the one that passed it and the one that delivered it. Where different mistakes share a
    request, different things help.
    """
    if code == "recovered":
        return code, hazard, tuple(requests), advice
    return code, hazard, tuple(requests[:1] if code in _ASKED_BY_THE_FIRST else requests[-1:]), advice


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each cause, in the order of the first of each."""
    groups: dict[Hashable, list[Finding]] = {}
    for each in findings:
        cause = same_cause(each.kind.code, each.hazard, each.requests, each.own_advice)
        groups.setdefault((each.record_kind, cause), []).append(each)
    return [_one(group) if len(group) > 1 else group[0] for group in groups.values()]


def _one(group: Sequence[Finding]) -> Finding:
    first = group[0]
    ids = dict.fromkeys(chain.from_iterable(each.record_ids or filter(None, (each.record_id,)) for each in group))
    count = len(ids) or sum(each.count for each in group)
    more = count - 1
    words = f"{more:,} more {noun_of(first.record_kind if ids else None, more)}"
    also = f"The same is true of {words}." if ids else f"It happened {words}."
    return replace(
        first,
        title=f"{first.title} … and {words}" if more else first.title,
        explanation=f"{first.explanation} {also}" if more else first.explanation,
        record_ids=tuple(ids)[:MAX_MERGED],
        count=count,
        changes=_union(each.changes for each in group),
        requests=_union(each.requests for each in group),
        fields=tuple(sorted({name for each in group for name in each.fields})),
    )


def _union(several: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted(set(chain.from_iterable(several)))[:MAX_MERGED])
