"""Where random trials have found the audit wrong, each in as few steps as will do."""

from typing import Any

from mockcrm.journal.operations import OF_EVENTS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import SAFETY_NETS
from mockcrm.trials.replica_oracle import events_out_of_sync
from tests.trials.worlds import TIMES, World

CREATE = {"create": {"set": {"subject": "Call", **TIMES}}}
MINUTE: dict[str, Any] = {"advance": {"by": "1m"}}


def reported_lost(world: World) -> set[str | None]:
    errors = [found for found in world.findings() if found.kind.severity == "error"]
    return {event_id for found in errors for event_id in found.event_ids or (found.event_id,)}


def test_whoever_knows_of_a_deletion_need_not_be_told_of_the_next() -> None:
    world = World({}, frozenset(SAFETY_NETS))
    world.act(CREATE, MINUTE)
    world.sync()
    world.act({"delete": {"event": "1001"}})
    world.sync()
    late = {"event": "1001", "visibleAfter": "1m"}
    world.act({"restore": late}, {"delete": late}, {"advance": {"by": "1s"}})
    world.sync()
    world.settle()
    assert events_out_of_sync(world.sandbox, world.client.rows) == set()
    assert reported_lost(world) == set()


def test_a_version_that_says_what_the_client_has_is_no_loss() -> None:
    world = World({"since": "exclusive", "timestampPrecision": "second"}, frozenset(SAFETY_NETS))
    world.act(CREATE)
    world.sync()
    world.act({"touch": {"events": ["1001"]}})
    world.settle()
    assert events_out_of_sync(world.sandbox, world.client.rows) == set()
    assert reported_lost(world) == set()


def test_a_410_that_did_not_arrive_was_not_ignored() -> None:
    world = World({"tombstoneRetention": "30m"})
    world.act(CREATE)
    world.sync()
    world.act({"advance": {"by": "2h"}})
    fault = {"match": {"operation": [*OF_EVENTS.lists]}, "effect": {"disconnect": {"when": "after"}}, "times": 1}
    world.act({"fault": fault})
    world.sync()
    assert events_out_of_sync(world.sandbox, world.client.rows) == set()
    assert [found.kind.code for found in world.findings() if found.kind.severity != "note"] == []


def test_whoever_asks_from_a_bound_that_gets_nothing_any_more_is_out_of_reach() -> None:
    world = World({"since": "exclusive", "tombstoneRetention": "30m", "expiredSince": "empty"}, aurinko=True)
    world.act(CREATE)
    world.sync()
    world.act({"advance": {"by": "2h"}}, CREATE)
    world.sync()
    world.settle()
    assert events_out_of_sync(world.sandbox, world.client.rows) == {"1002"}
    assert reported_lost(world) == {"1002"}


def test_a_largest_stamp_and_a_millisecond_is_no_clock_of_its_own() -> None:
    world = World({}, frozenset(SAFETY_NETS | {Safeguard.AS_OF}))
    world.act(CREATE)
    world.sync()
    world.sync()
    assert [found.kind.code for found in world.findings()] == []


def test_what_was_made_anew_stays_a_zombie_though_the_first_is_restored_later() -> None:
    world = World(
        {"tombstoneRetention": "30m", "expiredSince": "silent"},
        {Safeguard.ABSENCE_CHECK, Safeguard.ABSENCE_IS_DELETION},
    )
    world.act(CREATE)
    world.sync()
    world.act({"delete": {"event": "1001"}}, {"advance": {"by": "1d"}})
    world.sync()
    world.sync()
    assert reported_lost(world) == {"1002"}
    world.act({"restore": {"event": "1001"}})
    assert reported_lost(world) == {"1002"}
