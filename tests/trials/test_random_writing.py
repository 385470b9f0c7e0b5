"""Random trials of two-way sync: a user and colleagues edit at once, and things go wrong on the way.

What the audit says of a client's writing is held against the harm that it did by the change log. `pytest -s` prints how
many of how many.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockcrm.audit.findings import WRITING
from mockcrm.crm.record_schema import shown_event
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.normalize import content_of, entry_of
from mockcrm.trials.matrix import WRITERS
from mockcrm.trials.oracle import harm_done
from mockcrm.trials.run import named
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
    assert isinstance(world.client, Client)
    with world.sandbox.open() as state:
        events = [shown_event(change) for change in state.crm.store.live()]
    entries = sorted(str(item.content) for item in world.mailbox.items.values())
    assert entries == sorted(str(entry_of(content_of(event))) for event in events)
    assert harm_done(world.witness) == set()


DOING_HARM: Mapping[str, Mapping[str, Any]] = {
    "no tags": {},
    "blind": {},
    "blind, writes all": {},
    "and trusts lists": {"omittedFromLists": ["location", "description"], "privateInLists": "busy"},
    "no keys": {},
    "puts a part": {"updateVerbs": "put"},
    "insists": {"normalization": ["trim", "lowerCaseAddresses", "crlf"]},
    "uploads the missing": {"tombstoneRetention": "30m", "expiredSince": "silent"},
    "compares nothing": {},
    "end as last day": {},
}
"""Mutants whose harm the change log shows, each with what it takes of a dialect for them to do it."""


@settings(TRIALS, max_examples=500)
@given(
    dialect=writing_dialects(),
    story=writing_steps().map(lambda story: [*BEGINNING, *story]),
    mutant=st.sampled_from([*DOING_HARM]),
)
def test_a_mutant_is_blamed_for_all_the_harm_that_it_does_and_for_no_other(
    dialect: Mapping[str, Any], story: list[Step], mutant: str
) -> None:
    world = World({**dialect, **DOING_HARM[mutant]}, WRITERS[mutant])
    for step in story:
        world.take(step)
    world.settle(times=5)
    harm = {each.event_id for each in harm_done(world.witness)}
    accused = named(world.findings(), WRITING)
    tell(world)
    counts = tally.setdefault(mutant, Counter())
    counts["trials"] += 1
    counts["trials with harm"] += bool(harm)
    counts["events harmed"] += len(harm)
    counts["of which named"] += len(harm & accused)
    counts["named wrongly"] += len(accused - harm)
    assert accused == harm
