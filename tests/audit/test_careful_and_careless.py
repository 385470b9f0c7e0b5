"""Clients that follow all kinds at once, held against a model that looks at nothing but rows and watermarks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import example, given, settings, strategies as st

from mockcrm.crm.kinds.registry import KINDS
from tests.audit.audited import Crm, at

SOME_KINDS = ("event", "contact", "account")
LONGEST_DELAY = timedelta(minutes=30)

STEPS = st.one_of(
    st.tuples(st.sampled_from(("create", "edit", "delete", "sync")), st.sampled_from(SOME_KINDS), st.integers(0, 3)),
    st.tuples(st.sampled_from(("late edit", "late delete")), st.sampled_from(SOME_KINDS), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.just("event"), st.integers(1, 20)),
)


class Shown(NamedTuple):
    """What lists show of a record."""

    version: int
    stamp: datetime
    deleted: bool


@dataclass
class Follower:
    """A client that reads everything of a kind once, and then follows the delta with tombstones.

    It asks again from its last watermark, less a `lookback`. `rows` are what it was given, `shown` is what lists showed
    when it last asked, and `since` what it then asked from.
    """

    crm: Crm
    kind: str
    lookback: timedelta
    bound: datetime | None = None
    since: datetime | None = None
    rows: dict[str, int] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)

    def sync(self) -> None:
        self.crm.switch(self.kind)
        self.since = None if self.bound is None else self.bound - self.lookback
        self.shown = truth(self.crm, self.kind)
        asked: dict[str, Any] = {} if self.since is None else {"since": self.since}
        bound = at(self.crm.read(showDeleted=True, **asked))
        self.bound = max(self.bound or bound, bound)
        self.rows |= {change.record.id: change.version for change in self.crm.changes}

    def missed(self) -> set[str]:
        """What no later sync will deliver: lists showed it at the last one, and its stamp was before the watermark."""
        return {
            record_id
            for record_id, shown in truth(self.crm, self.kind).items()
            if self.rows.get(record_id, 0) < shown.version
            and not (shown.deleted and record_id not in self.rows)
            and self.shown.get(record_id) == shown
            and self.since is not None
            and shown.stamp < self.since
        }


def truth(crm: Crm, kind: str) -> dict[str, Shown]:
    with crm.sandbox.open() as state:
        changes = state.crm.store.of(KINDS[kind]).visible_all()
        return {each.record.id: Shown(each.version, each.stamp, each.deleted) for each in changes}


def played(steps: Sequence[tuple[str, str, int]], lookback: timedelta) -> tuple[Crm, list[Follower]]:
    crm = Crm()
    living: dict[str, list[str]] = {kind: [] for kind in SOME_KINDS}
    followers = {kind: Follower(crm, kind, lookback) for kind in SOME_KINDS}
    for each in followers.values():
        crm.switch(each.kind)
        living[each.kind].append(crm.create())
        each.sync()
    for what, kind, number in steps:
        crm.switch(kind)
        names = living[kind]
        late = {"visibleAfter": f"{5 * (number + 1)}m"} if what.startswith("late") else {}
        if what == "wait":
            crm.wait(number)
        elif what == "sync":
            followers[kind].sync()
        elif what == "create":
            names.append(crm.create())
        elif names and what.endswith("edit"):
            crm.edit(names[number % len(names)], {crm.edited: f"{what} {number}"}, **late)
        elif names:
            crm.delete(names.pop(number % len(names)), **late)
    return crm, [*followers.values()]


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_a_careful_client_of_all_kinds_is_accused_of_nothing(steps: list[tuple[str, str, int]]) -> None:
    crm, followers = played(steps, LONGEST_DELAY)
    assert [found for found in crm.findings() if found.kind.is_grave] == []
    crm.wait(60)
    for each in followers:
        each.sync()
    assert [found for found in crm.findings() if found.kind.is_grave] == []
    assert crm.pending == 0


@settings(max_examples=120, deadline=None)
@given(st.lists(STEPS, max_size=30))
@example(
    [
        ("late edit", "contact", 0),
        ("wait", "event", 1),
        ("sync", "contact", 0),
        ("wait", "event", 9),
        ("sync", "contact", 0),
    ]
)
@example(
    [
        ("late delete", "account", 1),
        ("wait", "event", 1),
        ("sync", "account", 0),
        ("wait", "event", 20),
        ("sync", "account", 0),
    ]
)
def test_a_careless_client_is_accused_of_exactly_what_it_missed(steps: list[tuple[str, str, int]]) -> None:
    crm, followers = played(steps, timedelta(0))
    grave = [found for found in crm.findings() if found.kind.is_grave]
    accused = {
        (found.record_kind, record_id) for found in grave for record_id in found.record_ids or (found.record_id,)
    }
    assert accused == {(each.kind, record_id) for each in followers for record_id in each.missed()}
    assert {found.kind.code for found in grave} <= {"change.outOfReach", "deletion.outOfReach"}
