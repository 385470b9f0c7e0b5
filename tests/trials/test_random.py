"""Random trials: the audit, which sees no replica, held against what clients lack in the end.

`pytest -s` prints how many of how many.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings, strategies as st

from mockcrm.reference_client.normalize import entry_from_event, event_fields
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import SAFETY_NETS
from mockcrm.trials.replica_oracle import events_out_of_sync
from tests.trials.worlds import HARMLESS, LIES, Step, World, dialects, steps

READING = (
    Safeguard.AS_OF,
    Safeguard.CRM_CLOCK,
    Safeguard.FIRST_PAGE,
    Safeguard.LOOKBACK,
    Safeguard.OWN_WATERMARKS,
    Safeguard.LAST_PAGE,
    Safeguard.ALL_PAGES,
    Safeguard.EMPTY_PAGES,
    Safeguard.PAGE_TOKENS,
    Safeguard.STABLE_READ,
    Safeguard.READ_ON,
    Safeguard.TOMBSTONES,
    Safeguard.FULL_RESYNC,
    Safeguard.RETRIES,
)
"""Without any of these a client still stores all that it is given."""

TRIALS = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BEGINNING: list[Step] = [*[("create", {})] * 3, ("sync", {}), ("advance", {"by": "1m"})]
ORDERS = st.sampled_from(["reverse", "shuffled"])

tally: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _print_how_many() -> Iterator[None]:
    yield
    print("\nRandom trials:", ", ".join(f"{count} {what}" for what, count in sorted(tally.items())))  # noqa: T201


@settings(TRIALS, max_examples=120)
@given(
    dialect=dialects(deltaOrder=ORDERS),
    story=steps(HARMLESS, unbumped=False, user=True),
)
def test_the_careful_client_ends_in_agreement_and_with_a_clean_audit(
    dialect: Mapping[str, Any], story: list[Step]
) -> None:
    """Whatever goes wrong on the way, and whoever writes on both sides meanwhile.

    Some things no client can notice, so they are left out: false answers (`LIES`, a cap on results), a CRM that does
    not refuse an old watermark, and edits that leave the stamp as it was, which wait for the day's full read (below).
    Delays and back-dated stamps together stay below the lookback. With offset paging a late version moves rows without
    a stamp that shows it, so a dialect has either offsets or delays; and stamps must be fine enough to show a move.
    """
    world = World(_readable(dialect))
    for verb, payload in story:
        world.take(
            (verb, {name: value for name, value in payload.items() if name != "visibleAfter" or _may_lag(dialect)})
        )
    world.settle()
    check_agreement(world)


@settings(TRIALS, max_examples=30)
@given(dialect=dialects(), story=steps(HARMLESS))
def test_a_full_read_once_a_day_brings_what_no_stamp_tells_of(dialect: Mapping[str, Any], story: list[Step]) -> None:
    world = World(_readable(dialect))
    for verb, payload in story:
        world.take(
            (verb, {name: value for name, value in payload.items() if name != "visibleAfter" or _may_lag(dialect)})
        )
    world.settle(minutes=24 * 60 + 1)
    check_agreement(world)


def _may_lag(dialect: Mapping[str, Any]) -> bool:
    return dialect.get("paging") != "offset"


def _readable(dialect: Mapping[str, Any]) -> Mapping[str, Any]:
    left_out = () if _may_lag(dialect) else ("indexLag", "timestampPrecision")
    return {name: value for name, value in dialect.items() if name not in left_out}


def check_agreement(world: World) -> None:
    tally["careful: trials"] += 1
    tally["careful: syncs"] += world.log.count("sync")
    findings = world.findings()
    tell(world)
    assert events_out_of_sync(world.sandbox, world.client.rows) == set()
    entries = sorted(str(item.content) for item in world.mailbox.items.values())
    assert entries == sorted(str(entry_from_event(event_fields(row))) for row in world.client.rows.values())
    assert [each for each in findings if each.kind.severity != "note"] == []


@settings(TRIALS, max_examples=300)
@given(
    dialect=dialects(expiredSince=st.sampled_from(["silent", "empty"]), deltaOrder=ORDERS),
    story=steps([*HARMLESS, *LIES]).map(lambda story: [*BEGINNING, *story]),
    without=st.sets(st.sampled_from(READING), min_size=1).flatmap(
        lambda without: st.sampled_from([without, without | SAFETY_NETS])
    ),
    aurinko=st.integers(0, 4).map(lambda number: number == 0),
)
def test_a_mutant_is_blamed_for_every_event_that_it_lacks_and_for_no_other(
    dialect: Mapping[str, Any], story: list[Step], without: Set[Safeguard], aurinko: bool
) -> None:
    """In any world of those above, and with answers that lie.

    A client that asks for the same first page for ever, and never for the next, may yet do so: there the audit need
    not speak, but must say nothing wrong. One that drops what a list of everything leaves out, though that list is
    false, does not store all that it is given.
    """
    world = World(dialect, {*without, Safeguard.ABSENCE_CHECK, Safeguard.DAILY_RESYNC}, aurinko)
    for step in story:
        world.take(step)
    world.settle()
    # A client that has read everything twice might have done so again: it is given twice the time between.
    world.act({"advance": {"by": "P60D"}})
    errors = [each for each in world.findings() if each.kind.severity == "error"]
    reported_lost = {event_id for each in errors for event_id in each.event_ids or (each.event_id,)}
    out_of_sync = events_out_of_sync(world.sandbox, world.client.rows)
    tell(world)
    tally["mutants: trials"] += 1
    if world.was_told_a_false_absence():
        tally["mutants: told a false absence, of which nothing can be said"] += 1
        return
    if world.is_in_mid_walk() and out_of_sync != reported_lost:
        tally["mutants: stuck on a page, where silence is right"] += 1
        assert reported_lost <= out_of_sync
        return
    tally["mutants: trials with a loss"] += bool(out_of_sync)
    tally["mutants: events events_out_of_sync"] += len(out_of_sync)
    tally["mutants: of which reported_lost"] += len(out_of_sync & reported_lost)
    tally["mutants: reported_lost wrongly"] += len(reported_lost - out_of_sync)
    assert reported_lost == out_of_sync


def tell(world: World) -> None:
    """What happened, for whoever reads a failure."""
    note("\n".join(map(str, world.log)))
    for entry in world.sandbox.journal.entries():
        given = [(change.record.id, change.version) for change in entry.delivered]
        faults = [each.effect for each in entry.applied_faults]
        note(f"{entry.number} {entry.arrived} {entry.method} {entry.path}?{entry.query_string[:80]} → {entry.status}")
        note(f"    {given}{'' if entry.whole else ', not whole'} {faults or ''}")
    for found in world.findings():
        note(f"{found.kind.code}: {found.explanation}")
