"""Events that move between calendars time and again, some of it shown late, held against a list that is scanned."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm, Write, WriteOptions
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.lagging import Lag, lagging
from mockcrm.crm.query import Query, Window
from tests.crm.invariants import check_store
from tests.crm.model import Model, Version

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALENDARS = ("a", "b", "c")
EVENTS = ("1", "2", "3")


class World:
    """A CRM with three events at most, and its model."""

    def __init__(self, crm: FakeCrm, model: Model) -> None:
        self.crm, self.model = crm, model

    def fork(self) -> "World":
        return World(self.crm.fork(), self.model.fork())

    def step(self, chance: Random) -> None:
        event, calendar = chance.choice(EVENTS), chance.choice(CALENDARS)
        delay = timedelta(milliseconds=chance.choice((0, 0, 2, 5)))
        prior = self.crm.store.events.latest(event)
        if prior is None:
            self.create(event, calendar, delay)
        elif prior.deleted:
            self.write(Write("restored", prior.record, prior), delay)
        elif chance.random() < 0.1:
            self.write(Write("deleted", prior.record, prior), delay)
        else:
            start = MONDAY + chance.randrange(3) * HOUR
            there = replace(prior.event, calendar_id=calendar, start=start, end=start + HOUR)
            self.write(Write("updated", there, prior, bump=chance.random() < 0.8), delay)

    def create(self, event: str, calendar: str, delay: timedelta) -> None:
        self.write(Write("created", Event(event, MONDAY, MONDAY + HOUR, calendar_id=calendar)), delay)

    def write(self, write: Write, delay: timedelta) -> None:
        self.crm.write(write, COLLEAGUE, WriteOptions(visible_after=delay))
        self.crm.store.reveal(self.crm.clock.now())
        event: Any = write.record
        self.model.write(
            event.id,
            start=event.start,
            end=event.end,
            subject=None,
            calendar=event.calendar_id,
            deleted=write.op == "deleted",
            delay=delay,
            bump=write.bump,
        )

    def check(self) -> None:
        assert self.crm.clock.now() == self.model.now
        check_store(self.crm.store)
        for calendar in CALENDARS:
            self.check_calendar(calendar)

    def check_calendar(self, calendar: str) -> None:
        since = self.model.now - timedelta(milliseconds=4)
        self.same(Query(calendar=calendar), calendar=calendar)
        self.same(Query(calendar=calendar, include="both", since=since), calendar=calendar, since=since, kinds=BOTH)
        self.same(Query(calendar=calendar, include="deleted"), calendar=calendar, kinds=(True,), by_delta=True)
        window = Window(MONDAY, MONDAY + HOUR)
        asked = Query(window, include="both", calendar=calendar)
        self.same(asked, calendar=calendar, start=window.start, end=window.end, kinds=BOTH)
        self.same(Query(calendar=calendar, latest=True), calendar=calendar, latest=True)
        for event in EVENTS:
            self.check_event(event, calendar)

    def same(self, query: Query, **asked: Any) -> None:
        rows = self.crm.store.events.rows(query, None, None)
        assert [row[-1].seq for row in rows] == [row.seq for row in self.model.listed(**asked)]

    def check_event(self, event: str, calendar: str) -> None:
        """A read by its id, in one calendar."""
        found = self.crm.store.events.latest(event)
        if found is not None and found.event.calendar_id != calendar:
            found = self.crm.store.events.left(event, calendar)
        history = self.model.versions(event)
        wanted: Version | None = self.model.seen_in(calendar, history[-1]) if history else None
        assert (found and (found.seq, found.deleted)) == (wanted and (wanted.seq, wanted.deleted))


BOTH = (False, True)


@pytest.mark.parametrize("seed", range(40))
def test_each_calendar_shows_what_is_in_it_and_what_has_left(seed: int) -> None:
    chance = Random(seed)
    world = World(FakeCrm(ClockSetting(now=MONDAY, running=False).start()), Model(MONDAY))
    others: list[World] = []
    for _ in range(50):
        world.step(chance)
        world.check()
        if chance.random() < 0.1:
            others.append(world)
            world = world.fork()
        elif others and chance.random() < 0.1:
            others.append(world)
            world = others.pop(chance.randrange(len(others) - 1)) if len(others) > 1 else others.pop()
    for each in others:
        each.check()


def test_a_replica_that_lags_has_the_moves_up_to_then() -> None:
    chance = Random(1)
    world = World(FakeCrm(ClockSetting(now=MONDAY, running=False).start()), Model(MONDAY))
    earlier = []
    for _ in range(30):
        world.step(chance)
        earlier.append(world.fork())
    replica = lagging(world.crm, Lag(None, 7, as_of_now=False))
    then = earlier[-8].crm
    check_store(replica.store)
    for calendar in CALENDARS:
        query = Query(include="both", calendar=calendar)
        assert seqs(replica, query) == seqs(then, query)


def seqs(crm: FakeCrm, query: Query) -> list[int]:
    return [row[-1].seq for row in crm.store.of(EVENT).rows(query, None, None)]
