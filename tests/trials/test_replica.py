"""Replicas held against the CRM: a client that drops what it was given is told from one that was never given it."""

from collections.abc import Mapping, Set
from typing import Any

from hypothesis import given, settings, strategies as st

from mockcrm.audit.findings import Finding
from mockcrm.audit.replica import replica_of
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import SAFETY_NETS
from mockcrm.trials.replica_oracle import events_out_of_sync
from tests.trials.test_random import BEGINNING, READING, TRIALS, tell
from tests.trials.worlds import HARMLESS, TIMES, Step, World, dialects, steps

LOST = "and the client lost it"


def differences(world: World, *dropped: str) -> dict[str, Finding]:
    """Where the client's replica differs, had it dropped some events, by event."""
    records = [row for event_id, row in world.client.rows.items() if event_id not in dropped]
    found = world.sandbox.audit(replica_of({"replica": records})).differences
    return {event_id: each for each in found for event_id in each.event_ids or (each.event_id or "",)}


@settings(TRIALS, max_examples=100)
@given(
    dialect=dialects(expiredSince=st.just("silent")),
    story=steps(HARMLESS).map(lambda story: [*BEGINNING, *story]),
    without=st.sets(st.sampled_from(READING), min_size=1).map(lambda without: without | SAFETY_NETS),
    place=st.integers(0, 7),
)
def test_every_difference_is_told_and_by_whom_it_came_about(
    dialect: Mapping[str, Any], story: list[Step], without: Set[Safeguard], place: int
) -> None:
    """A mutant stores all that it is given, so no difference is its own loss; of what it drops, each is."""
    world = World(dialect, {*without, Safeguard.ABSENCE_CHECK, Safeguard.DAILY_RESYNC})
    for step in story:
        world.take(step)
    world.settle()
    tell(world)
    out_of_sync = events_out_of_sync(world.sandbox, world.client.rows)
    found = differences(world)
    assert found.keys() == out_of_sync
    assert not any(LOST in each.explanation for each in found.values())
    with world.sandbox.open() as state:
        living = sorted(change.record.id for change in state.crm.store.events.visible_all() if not change.deleted)
    if kept := [event_id for event_id in living if event_id not in out_of_sync]:
        dropped = kept[place % len(kept)]
        more = differences(world, dropped)
        assert more.keys() == {*out_of_sync, dropped}
        assert (more[dropped].kind.code, LOST in more[dropped].explanation) == ("replica.missing", True)


def test_one_that_was_dropped_and_one_that_was_never_given() -> None:
    world = World({}, frozenset(SAFETY_NETS))
    world.act({"create": {"set": {"subject": "Given", **TIMES}}}, {"advance": {"by": "1m"}})
    world.sync()
    world.act({"create": {"set": {"subject": "Late", **TIMES}, "visibleAfter": "5m"}}, {"advance": {"by": "1m"}})
    world.sync()
    world.settle()
    found = differences(world, "1001")
    assert found["1001"].explanation == "Request 1 delivered version 1, and the client lost it."
    assert found["1002"].hazard == "late-commit-visibility"
    assert "No later read by this client will return it" in found["1002"].explanation
