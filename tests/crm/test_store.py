"""The sandbox's store and clock, held against a list that is scanned (`model.py`), through every kind of write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockcrm import ClockSetting, Refusal, Sandboxes, Scenario
from mockcrm.base.times import format_duration, format_instant
from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.lists.cursor import ADMIN_EVENTS, DELETED_EVENTS, EVENTS, ListName
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from tests.crm.invariants import check_store
from tests.crm.model import Model, Version

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CRM = Cause("crm")

hours = st.integers(-6, 6).map(lambda n: MONDAY + n * HOUR)
lengths = st.sampled_from([timedelta(0), timedelta(minutes=30), HOUR, 3 * HOUR, timedelta(days=3652)])
durations = st.integers(0, 5).map(lambda n: timedelta(milliseconds=n)) | st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=1)]
)
pasts = st.none() | durations.map(lambda length: -length) | durations
subjects = st.sampled_from(["a", "b", None])
picks = st.integers(0, 1000)
chances = st.integers(0, 9)
calendars = st.integers(0, 2)


WINDOWS = [
    (
        {name: at for name, at in (("startAt", start), ("endAt", end)) if at},
        {"start": start, "end": end},
    )
    for start, end in ((MONDAY, MONDAY), (MONDAY, MONDAY + HOUR), (MONDAY - HOUR, None), (None, MONDAY))
]
"""Intervals, in both worlds' terms."""


@dataclass
class Walk:
    """A walk under way: what it asks for, in both worlds' terms, and where it stands."""

    kind: ListName
    parameters: dict[str, Any]
    naive: dict[str, Any]
    by_delta: bool
    token: str
    last: tuple[datetime, int | str]


@dataclass
class World:
    """A sandbox, its model, and the model of its start state."""

    sandbox: Sandbox
    model: Model
    start: Model
    walks: list[Walk]


class StoreAgainstModel(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        start = Scenario(clock=ClockSetting(now=MONDAY, running=False))
        self.sandboxes = Sandboxes(start)
        sandbox = self.sandboxes.get("default")
        teams = [{"create": {"kind": "calendar", "set": {"name": name}}} for name in ("Team", "Rooms")]
        made = sandbox.perform(read_actions(teams), CRM)
        self.sandboxes.restore(sandbox, load_snapshot(dump_snapshot(sandbox.forked())))
        with sandbox.open() as state:
            now, primary = state.crm.clock.now(), state.crm.primary_id
        self.calendars = [primary, *(result.change.record.id for result in made)]
        self.world = World(sandbox, Model(now, seqs=2), Model(now, seqs=2), [])
        self.others: list[World] = []
        self.names = 0

    @property
    def model(self) -> Model:
        return self.world.model

    def act(self, *actions: dict[str, Any]) -> list[Any]:
        return self.world.sandbox.perform(read_actions(list(actions)), CRM)

    def pick(self, number: int, *, deleted: bool = False) -> str:
        ids = self.model.ids(deleted=deleted)
        return ids[number % len(ids)]

    def has_living(self) -> bool:
        return bool(self.model.ids(deleted=False))

    def has_deleted(self) -> bool:
        return bool(self.model.ids(deleted=True))

    # Writes of all kinds, with all modifiers

    @rule(start=hours, length=lengths, subject=subjects, where=calendars, delay=durations, stamp=pasts)
    def create(
        self,
        start: datetime,
        length: timedelta,
        subject: str | None,
        where: int,
        delay: timedelta,
        stamp: timedelta | None,
    ) -> None:
        content = {"startTime": format_instant(start), "endTime": format_instant(start + length), "subject": subject}
        calendar = self.calendars[where]
        if where:
            content["calendarId"] = calendar
        (result,) = self.act({"create": {"set": content, **modifiers(delay, stamp)}})
        self.model.write(
            result.change.record.id,
            start=start,
            end=start + length,
            subject=subject,
            calendar=calendar,
            delay=delay,
            stamp=stamp,
        )

    @precondition(has_living)
    @rule(number=picks, where=calendars, start=st.none() | hours, delay=durations, stamp=pasts, bump=st.booleans())
    def move_to_a_calendar(
        self,
        number: int,
        where: int,
        start: datetime | None,
        delay: timedelta,
        stamp: timedelta | None,
        bump: bool,
    ) -> None:
        event, calendar = self.pick(number), self.calendars[where]
        content: dict[str, Any] = {"calendarId": calendar if where else None}
        change: dict[str, Any] = {"calendar": calendar}
        if start is not None:
            content |= {"startTime": format_instant(start), "endTime": format_instant(start + HOUR)}
            change |= {"start": start, "end": start + HOUR}
        how = modifiers(delay, stamp) if bump else modifiers(delay, None) | {"bump": False}
        self.act({"edit": {"event": event, "set": content, **how}})
        self.model.again(event, **change, delay=delay, stamp=stamp if bump else None, bump=bump)

    @precondition(has_living)
    @rule(number=picks, start=hours, length=lengths, delay=durations, stamp=pasts, bump=st.booleans())
    def move(
        self, number: int, start: datetime, length: timedelta, delay: timedelta, stamp: timedelta | None, bump: bool
    ) -> None:
        event = self.pick(number)
        content = {"startTime": format_instant(start), "endTime": format_instant(start + length)}
        how = modifiers(delay, stamp) if bump else modifiers(delay, None) | {"bump": False}
        self.act({"edit": {"event": event, "set": content, **how}})
        self.model.again(event, start=start, end=start + length, delay=delay, stamp=stamp if bump else None, bump=bump)

    @precondition(has_living)
    @rule(number=picks, delay=durations, stamp=pasts)
    def delete(self, number: int, delay: timedelta, stamp: timedelta | None) -> None:
        event = self.pick(number)
        self.act({"delete": {"event": event, **modifiers(delay, stamp)}})
        self.model.again(event, deleted=True, delay=delay, stamp=stamp)

    @precondition(has_deleted)
    @rule(number=picks, delay=durations)
    def restore(self, number: int, delay: timedelta) -> None:
        event = self.pick(number, deleted=True)
        self.act({"restore": {"event": event, **modifiers(delay, None)}})
        self.model.again(event, delay=delay)

    @rule(delay=durations)
    def touch_all(self, delay: timedelta) -> None:
        (result,) = self.act({"touch": {"events": "all", **modifiers(delay, None)}})
        assert {change.record.id for change in result.changes} == set(self.model.ids(deleted=False))
        for change in result.changes:
            self.model.again(change.record.id, delay=delay)

    @precondition(has_living)
    @rule(number=picks)
    def a_batch_that_is_refused_changes_nothing(self, number: int) -> None:
        before = dump_snapshot(self.world.sandbox.forked())
        with pytest.raises(Refusal):
            self.act(
                {"touch": {"events": [self.pick(number)]}},
                {"clock": {"now": format_instant(MONDAY + 1000 * HOUR), "mode": "running"}},
                {"delete": {"event": self.pick(number), "visibleAfter": "1ms"}},
                {"schedule": {"after": "1ms", "do": []}},
                {"dialect": {"since": "exclusive", "timestampPrecision": "minute"}},
                {"delete": {"event": self.pick(number)}},
            )
        assert dump_snapshot(self.world.sandbox.forked()) == before

    # Time

    @rule(by=durations)
    def advance(self, by: timedelta) -> None:
        self.act({"advance": {"by": format_duration(by)}})
        self.model.advance(self.model.now + by)

    @rule(by=durations | st.just(HOUR), back=st.booleans())
    def set_clock(self, by: timedelta, back: bool) -> None:
        now = self.model.now - by if back else self.model.now + by
        self.act({"clock": {"now": format_instant(now)}})
        if back:
            self.model.now = now
        else:
            self.model.advance(now)

    @rule(tick=st.sampled_from([timedelta(0), timedelta(milliseconds=1), timedelta(seconds=1)]))
    def set_tick(self, tick: timedelta) -> None:
        self.act({"clock": {"tick": format_duration(tick)}})
        self.model.tick = tick

    @precondition(has_living)
    @rule(number=picks, after=durations, then=durations)
    def schedule_a_touch_that_schedules_another(self, number: int, after: timedelta, then: timedelta) -> None:
        event = self.pick(number)
        touch = {"touch": {"events": [event]}}
        again = {"schedule": {"after": format_duration(then), "do": [touch]}}
        self.act({"schedule": {"after": format_duration(after), "do": [touch, again]}})
        self.model.schedule(after, touching(event, then))

    # How the CRM speaks

    @rule(
        exclusive=st.booleans(),
        retention=st.sampled_from([None, timedelta(milliseconds=3), HOUR]),
        precision=st.sampled_from(["millisecond", "millisecond", "second"]),
    )
    def set_dialect(self, exclusive: bool, retention: timedelta | None, precision: str) -> None:
        self.act(
            {
                "dialect": {
                    "since": "exclusive" if exclusive else "inclusive",
                    "tombstoneRetention": retention and format_duration(retention),
                    "expiredSince": "silent",
                    "timestampPrecision": precision,
                }
            }
        )
        self.model.exclusive, self.model.retention = exclusive, retention
        self.model.grain = timedelta(seconds=1) if precision == "second" else timedelta(milliseconds=1)
        # A walk's position is in shown stamps, which have just changed.
        self.world.walks.clear()

    # The whole state

    @rule()
    def reset(self) -> None:
        self.sandboxes.reset(self.world.sandbox)
        self.world.model = self.world.start.fork()
        self.world.walks.clear()

    @rule()
    def snapshot_out_and_in(self) -> None:
        before = dump_snapshot(self.world.sandbox.forked())
        self.sandboxes.restore(self.world.sandbox, load_snapshot(orjson.loads(orjson.dumps(before))))
        assert dump_snapshot(self.world.sandbox.forked()) == before
        self.world.start = self.model.fork()
        self.world.walks.clear()

    @rule()
    def fork_and_go_on_there(self) -> None:
        self.names += 1
        child = self.sandboxes.fork(self.world.sandbox, f"fork{self.names}")
        self.others = [*self.others[-2:], self.world]
        self.world = World(child, self.model.fork(), self.model.fork(), list(self.world.walks))

    @precondition(lambda self: self.others)
    @rule()
    def go_back_to_another(self) -> None:
        self.others.append(self.world)
        self.world = self.others.pop(0)

    # Walks, page by page, while writes go on

    @rule(
        since=st.none() | pasts.filter(lambda by: by is not None),
        start=st.none() | hours,
        both=st.booleans(),
        where=calendars,
    )
    def begin_a_walk(self, since: timedelta | None, start: datetime | None, both: bool, where: int) -> None:
        bound = None if since is None else self.model.now + since
        parameters = {"since": bound, "startAt": start, "showDeleted": both}
        asked = {name: value for name, value in parameters.items() if value is not None} | {"limit": 2}
        naive: dict[str, Any] = {"since": bound, "start": start, "kinds": (False, True) if both else (False,)}
        naive["calendar"] = self.calendars[where]
        walk = Walk(self.list_of(where), asked, naive, bound is not None, "", (datetime.min.replace(tzinfo=UTC), 0))
        self.check_page(walk, first=True)

    @precondition(lambda self: self.world.walks)
    @rule(number=picks)
    def go_on_with_a_walk(self, number: int) -> None:
        walk = self.world.walks.pop(number % len(self.world.walks))
        self.check_page(walk, first=False)

    def check_page(self, walk: Walk, *, first: bool) -> None:
        page = self.world.sandbox.page(walk.kind, walk.parameters if first else {"pageToken": walk.token})
        position = self.model.position(by_delta=walk.by_delta)
        rows = self.model.listed(**walk.naive)
        rest = rows if first else [row for row in rows if position(row) > walk.last]
        assert seqs(page.changes) == [row.seq for row in rest[:2]]
        assert (page.next_token is not None) == (len(rest) > 2)
        if page.next_token:
            walk.token, walk.last = page.next_token, position(rest[1])
            self.world.walks = [*self.world.walks[-3:], walk]

    # What always holds

    def look(self) -> None:
        """Look at the CRM until nothing is due: what a look runs ticks, and so may make the next thing due."""
        while True:
            with self.world.sandbox.open():
                self.model.advance(self.model.now)
            if not self.model.due(self.model.now):
                return

    @invariant()
    def everything_agrees(self) -> None:
        self.look()
        sandbox, model = self.world.sandbox, self.model
        with sandbox.open() as state:
            assert state.crm.clock.now() == model.now
            check_store(state.crm.store)
            assert [shown(change) for change in state.crm.store.changes(model.seqs)] == model.log
            assert state.crm.store.events.live_count() == len(model.ids(deleted=False))
        self.compare(ADMIN_EVENTS, {}, {"kinds": (False, True), "latest": True})
        for bound in (model.now, model.now - timedelta(milliseconds=2), MONDAY):
            self.compare(ADMIN_EVENTS, {"since": bound}, {"since": bound, "kinds": (False, True), "latest": True})
        for asked, window in WINDOWS:
            self.compare(ADMIN_EVENTS, asked, {**window, "kinds": (False, True), "latest": True})
        for where in range(len(self.calendars)):
            self.check_calendar(where)

    def list_of(self, where: int, of: ListName = EVENTS) -> ListName:
        return of._replace(calendar=self.calendars[where]) if where else of

    def check_calendar(self, where: int) -> None:
        model, calendar = self.model, self.calendars[where]
        events, deleted = self.list_of(where), self.list_of(where, DELETED_EVENTS)
        naive: dict[str, Any] = {"calendar": calendar}
        self.compare(events, {}, naive)
        self.compare(events, {"showDeleted": True}, {**naive, "kinds": (False, True)})
        self.compare(deleted, {}, {**naive, "kinds": (True,), "by_delta": True})
        for bound in (model.now, model.now - timedelta(milliseconds=2), MONDAY):
            self.compare(events, {"since": bound}, {**naive, "since": bound})
            self.compare(deleted, {"since": bound}, {**naive, "since": bound, "kinds": (True,)})
        for asked, window in WINDOWS:
            self.compare(events, asked, {**naive, **window})
            self.compare(events, {**asked, "since": MONDAY}, {**naive, **window, "since": MONDAY})
            self.compare(events, {**asked, "showDeleted": True}, {**naive, **window, "kinds": (False, True)})

    def compare(self, kind: ListName, asked: dict[str, Any], naive: dict[str, Any]) -> None:
        page = self.world.sandbox.page(kind, asked)
        assert seqs(page.changes) == [row.seq for row in self.model.listed(**naive)], (kind, asked)


def modifiers(delay: timedelta, stamp: timedelta | None) -> dict[str, Any]:
    how: dict[str, Any] = {"visibleAfter": format_duration(delay)} if delay else {}
    return how if stamp is None else how | {"stamp": format_duration(stamp)}


def touching(event: str, then: timedelta) -> Callable[[Model], None]:
    """What the model runs for a scheduled touch that schedules another; with the event gone, none of both happens."""

    def touch(model: Model) -> None:
        if model.versions(event) and not model.latest(event).deleted:
            model.again(event)

    def touch_and_schedule(model: Model) -> None:
        if model.versions(event) and not model.latest(event).deleted:
            model.again(event)
            model.schedule(then, touch)

    return touch_and_schedule


def seqs(changes: list[Change]) -> list[int]:
    return [change.seq for change in changes]


def shown(change: Change) -> Version:
    return Version(
        seq=change.seq,
        event=change.record.id,
        number=change.version,
        deleted=change.deleted,
        start=change.event.start,
        end=change.event.end,
        subject=change.event.subject,
        calendar=change.event.calendar_id or "",
        committed=change.committed_at,
        stamp=change.stamp,
        stamp_seq=change.stamp_seq,
        visible_at=change.visible_at,
    )


TestStoreAgainstModel = StoreAgainstModel.TestCase
TestStoreAgainstModel.settings = settings(
    max_examples=60, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)
