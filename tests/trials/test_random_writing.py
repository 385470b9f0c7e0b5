"""Random trials of two-way sync: a user and colleagues edit at once, and things go wrong on the way.

What the audit says of a client's writing is held against the harm that it did by the change log. `pytest -s` prints how
many of how many.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.names import RecordName
from mockcrm.crm.rendering import shown_record
from mockcrm.reference_client.normalize import entry_from_event, event_fields
from mockcrm.trials.mutants import WRITE_MUTANTS
from mockcrm.trials.oracle import harm_done
from mockcrm.trials.run import records_in_errors
from tests.trials.test_random import TRIALS, check_agreement, tell
from tests.trials.worlds import Step, World, writing_dialects, writing_steps

BEGINNING: list[Step] = [*[("create", {})] * 2, ("sync", {})]

tally: dict[str, Counter[str]] = {}


@pytest.fixture(scope="module", autouse=True)
def _print_how_many() -> Iterator[None]:
    yield
    for mutant, counts in sorted(tally.items()):
        print(f"\n{mutant}:", ", ".join(f"{count} {what}" for what, count in sorted(counts.items())), end="")  # noqa: T201


@settings(TRIALS, max_examples=120)
@given(dialect=writing_dialects(), story=writing_steps().map(lambda story: [*BEGINNING, *story]))
def test_the_careful_client_brings_both_sides_together_and_does_no_harm(
    dialect: Mapping[str, Any], story: list[Step]
) -> None:
    world = World(dialect)
    for step in story:
        world.take(step)
    world.settle()
    check_agreement(world)
    with world.sandbox.open() as state:
        events = [shown_record(change) for change in state.crm.store.events.live()]
    entries = sorted(str(item.content) for item in world.mailbox.items.values())
    assert entries == sorted(str(entry_from_event(event_fields(event))) for event in events)
    assert harm_done(world.wiretap) == set()


DOING_HARM: Mapping[str, Mapping[str, Any]] = {
    "no If-Match": {},
    "blind": {},
    "blind, all fields": {},
    "blind, trusts lists": {"omittedFromLists": ["location", "description"], "privateInLists": "busy"},
    "no idempotency keys": {},
    "partial PUT": {"updateVerbs": "put"},
    "insists on wording": {"normalization": ["trim", "lowerCaseAddresses", "crlf"]},
    "uploads missing": {"tombstoneRetention": "30m", "expiredSince": "silent"},
    "writes every row": {},
    "inclusive end": {},
}
"""Mutants whose harm the change log shows, each with what it takes of a dialect for them to do it."""


@settings(TRIALS, max_examples=300)
@given(
    dialect=writing_dialects(),
    story=writing_steps().map(lambda story: [*BEGINNING, *story]),
    mutant=st.sampled_from([*DOING_HARM]),
)
def test_a_mutant_is_blamed_for_all_the_harm_that_it_does_and_for_no_other(
    dialect: Mapping[str, Any], story: list[Step], mutant: str
) -> None:
    world = World({**dialect, **DOING_HARM[mutant]}, WRITE_MUTANTS[mutant])
    for step in story:
        world.take(step)
    world.settle(times=5)
    harm = {RecordName(EVENT.name, each.event_id) for each in harm_done(world.wiretap)}
    reported_harmed = records_in_errors(world.findings(), WRITING_FINDINGS)
    tell(world)
    counts = tally.setdefault(mutant, Counter())
    counts["trials"] += 1
    counts["trials with harm"] += bool(harm)
    counts["events harmed"] += len(harm)
    counts["of which reported"] += len(harm & reported_harmed)
    counts["reported wrongly"] += len(reported_harmed - harm)
    assert reported_harmed == harm
