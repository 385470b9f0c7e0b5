"""A CRM beside its naive model: what is done to both, and how they are held against each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant

from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.fake_crm import Cause, FakeCrm, WriteOptions
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.lists.cursor import Lineage, ListName
from mockcrm.crm.lists.pages import read_page
from mockcrm.crm.memory import Holding
from mockcrm.crm.merging import remaining
from mockcrm.crm.rendering import rendered, shown_record
from mockcrm.crm.weights import CHANGE, weight_of
from mockcrm.errors import Refusal
from mockcrm.sandbox.snapshot import dump_snapshot
from mockcrm.sandbox.state import State
from tests.crm.choices import HOUR, MONDAY
from tests.crm.invariants import check_store
from tests.crm.naive_crm import NaiveCrm
from tests.crm.naive_lists import Asked, Position, listed, position
from tests.crm.naive_records import Key, Outcome, Plan, Version, child_key

MOMENT = timedelta(milliseconds=2)
WINDOWS: list[tuple[datetime | None, datetime | None]] = [
    (None, None),
    (MONDAY, MONDAY),
    (MONDAY, MONDAY + HOUR),
    (MONDAY - HOUR, None),
    (None, MONDAY),
]


@dataclass
class Paged:
    """A paged read under way: what it asks for, and where it stands. `snapshot` has the rows of its first page on."""

    name: ListName
    asked: Asked
    token: str
    last: Position
    served: int
    snapshot: list[Version]


@dataclass
class World:
    """A CRM with its model, and the start state of both."""

    crm: FakeCrm
    model: NaiveCrm
    lineage: Lineage
    start: tuple[FakeCrm, NaiveCrm]
    reads: list[Paged]


class BesideModel(RuleBasedStateMachine):
    """The ground on which the rules stand. `seen` are the kinds of which something was written since the last look."""

    world: World
    others: list[World]
    requests = 0
    turns = 0
    sound = False
    seen: set[str]

    @property
    def crm(self) -> FakeCrm:
        return self.world.crm

    @property
    def model(self) -> NaiveCrm:
        return self.world.model

    def act(self, outcome: Outcome, call: Callable[[], Any], cause: Cause, how: WriteOptions) -> None:
        """Do what the model says is done, or is refused and then changes nothing."""
        if isinstance(outcome, Plan):
            result = call()
            self.take(list(result.changes), outcome, cause, how, own=result.own)
            return
        before = self.everything()
        with pytest.raises(Refusal) as caught:
            call()
        assert type(caught.value) is outcome or isinstance(caught.value, outcome)
        assert self.everything() == before

    def everything(self) -> Any:
        """All that a refused write must leave alone; a whole snapshot now and then, because that takes long."""
        crm = self.crm
        whole = dump_snapshot(State(crm)) if self.requests % 4 == 0 else None
        return whole, crm.store.last_seq, crm.clock.now(), dict(crm.names.given), self.weight(), crm.store.pending()

    def weight(self) -> int:
        weight = 0
        holding: Holding | None = self.crm.holding
        while holding is not None:
            weight, holding = weight + holding.weight, holding._before
        return weight

    def take(
        self, changes: list[Change], plan: Plan, cause: Cause, how: WriteOptions, own: Change | None = None
    ) -> None:
        """Hold what was written against the plan, and have the model write it in that order."""
        entries = [(self.planned(change, plan), change) for change in changes]
        assert {key for key, _ in entries} == plan.keys()
        assert len(entries) == len(plan), "each record is written once"
        steps = [((change.kind, change.record.id), plan[key]) for key, change in entries]
        bump = plan.bump and how.bump
        delay = (self.model.knobs["indexLag"] or timedelta(0)) if how.visible_after is None else how.visible_after
        stamp = how.stamp if isinstance(how.stamp, timedelta) else None
        first = len(self.model.versions)
        self.model.write(steps, bump=bump, delay=delay, stamp=stamp)
        for (key, change), version in zip(entries, self.model.versions[first:], strict=True):
            assert seen(change) == replace(version, group=0)
            whose = cause if key == plan.main else replace(cause, origin="crm")
            assert (change.origin, change.request_id, change.by) == (whose.origin, whose.request_id, how.by or whose.by)
        places = {key: change.seq for key, change in entries}
        assert own is None or own.seq == places[plan.main]
        for child, parent in plan.families:
            assert (places[child] > places[parent]) == (self.model.knobs["childOrder"] == "after")
        self.seen |= {change.kind for change in changes}

    def planned(self, change: Change, plan: Plan) -> Key:
        key = change.kind, change.record.id
        if key in plan:
            return key
        assert not self.model.newest(key), "a new record has an id of its own"
        return child_key(str(change.event.parent_id), str(change.event.owner_id))

    def look(self) -> None:
        self.sound = False
        self.crm.store.reveal(self.crm.clock.now())
        self.model.reveal()

    @invariant()
    def the_crm_is_as_the_model_has_it(self) -> None:
        self.look()
        crm, model = self.crm, self.model
        self.turns += 1
        assert (crm.clock.now(), crm.store.last_seq) == (model.now, len(model.versions) - 1)
        assert crm.store.pending() == [each.seq for each in model.versions if each.seq not in model.shown]
        if self.turns % 4 == 0:
            log = crm.store.changes()
            assert self.weight() == sum(CHANGE if each.deleted else weight_of(each.record) for each in log)
        latest = model.latest()
        assert crm.store.known_count() - (0 if "calendar" in crm.store.collections else -1) == len(latest)
        for name, kind in KINDS.items():
            assert crm.store.of(kind).live_count() == len(model.living(name))
        self.check_a_record([*latest.values()])
        for name in {*self.seen, [*KINDS][self.turns % len(KINDS)]}:
            self.check_lists(name, self.turns)
        self.seen, self.sound = set(), True

    def check_a_record(self, latest: list[Version]) -> None:
        """One record as it is read by id, with the present names of its links."""
        version = latest[self.turns % len(latest)]
        change = self.crm.find(KINDS[version.kind], version.id)
        assert change.seq == version.seq
        content = shown_record(change, names=self.crm.store.link_names)
        del content["id"], content["lastModifiedAt"]
        assert content == self.model.named(version.kind, version.content)
        survivor, knob = version, self.model.knobs["merged"]
        passed = [survivor.id]
        while knob == "follow" and survivor.merged_into and survivor.merged_into not in passed:
            passed.append(survivor.merged_into)
            survivor = self.model.newest((version.kind, survivor.merged_into)) or survivor
        assert remaining(self.crm, change).seq == survivor.seq
        if version.deleted:
            (json,) = rendered([change], self.crm.dialect)
            pointer = version.merged_into if knob == "pointer" else None
            assert orjson.loads(json).get("mergedInto") == pointer

    def check_lists(self, kind: str, turn: int) -> None:
        model = self.model
        sinces = [None, model.now, model.now - MOMENT, MONDAY, None]
        start, end = WINDOWS[turn % len(WINDOWS)] if kind == "event" else (None, None)
        since, show_deleted = sinces[turn // 2 % len(sinces)], [None, True, False][turn // 3 % 3]
        filters = () if KINDS[kind].timed else self.a_filter(kind, turn)
        calendars = (
            [each.id for each in model.versions if each.kind == "calendar" and each.op == "created"]
            if kind == "event"
            else []
        )
        calendar = calendars[turn % len(calendars)] if calendars else None
        asked = Asked(
            kind,
            "records",
            calendar,
            since,
            format_instant(start) if start else None,
            format_instant(end) if end else None,
            show_deleted,
            filters,
        )
        self.check_list(asked)
        self.check_list(replace(asked, role="admin", calendar=None))
        self.check_list(Asked(kind, "deleted", calendar, since))

    def a_filter(self, kind: str, turn: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        names = [*KINDS[kind].filters]
        if not names or turn % 2:
            return ()
        name = names[turn // 2 % len(names)]
        values = {
            "ownerId": ["me", "1001"],
            "emailAddress": ["ANN@our.example", "bob@our.example"],
            "domain": ["Our.example"],
        }
        values |= {"closed": ["false"], "name": ["Acme"], "rfc822MsgId": ["x"]}
        found = values.get(name) or [each.id for each in self.model.living(name.removesuffix("Id"))[:2]]
        return ((name, tuple(found)),) if found else ()

    def check_list(self, asked: Asked) -> None:
        calendar = asked.calendar
        if calendar is not None and not self.model.lives(("calendar", calendar)):
            return
        rows = listed(self.model, asked)
        name = ListName(KINDS[asked.kind], asked.role, calendar)  # type: ignore[arg-type]
        if not isinstance(rows, list):
            with pytest.raises(rows):
                self.page(name, parameters(asked))
            return
        page = self.page(name, parameters(asked))
        assert told(page.changes) == [(row.seq, row.deleted) for row in rows], asked
        assert page.next_token is None

    def page(self, name: ListName, asked: dict[str, Any]) -> Any:
        self.requests += 1
        return read_page(self.crm, self.world.lineage, name, asked, str(self.requests))

    def check_page(self, paged: Paged, page: Any, rest: list[Version]) -> None:
        assert told(page.changes) == [(row.seq, row.deleted) for row in rest[:2]], paged
        assert (page.next_token is not None) == (len(rest) > 2)
        if page.next_token:
            last = position(self.model, paged.asked)(rest[1])
            more = replace(paged, token=page.next_token, last=last, served=paged.served + 2)
            self.world.reads = [*self.world.reads[-3:], more]

    def teardown(self) -> None:
        if not getattr(self, "sound", False):
            return
        for world in [*self.others, self.world]:
            self.world = world
            self.look()
            check_store(self.crm.store)
            assert [seen(change) for change in self.crm.store.changes()] == [
                replace(each, group=0) for each in self.model.versions[1:]
            ]
            latest = [*self.model.latest().values()]
            for self.turns in range(max(30, len(latest))):
                self.check_a_record(latest)
                self.check_lists([*KINDS][self.turns % len(KINDS)], self.turns)


def seen(change: Change) -> Version:
    """A change as a version of the model."""
    content = kind_of(change.record).schema(CONTROLS).show(change.record)
    record = content.pop("id")
    return Version(
        change.seq,
        change.kind,
        record,
        change.version,
        change.op,
        content,
        0,
        change.committed_at,
        change.stamp,
        change.stamp_seq,
        change.visible_at,
        change.merged_into,
    )


def told(changes: list[Change]) -> list[tuple[int, bool]]:
    return [(change.seq, change.deleted) for change in changes]


def parameters(asked: Asked) -> dict[str, Any]:
    """What is asked for, as a query has it."""
    interval = {"startAt": asked.start and parse_instant(asked.start), "endAt": asked.end and parse_instant(asked.end)}
    found = {
        **interval,
        "since": asked.since,
        "showDeleted": asked.show_deleted,
        **{n: list(v) for n, v in asked.filters},
    }
    return {name: value for name, value in found.items() if value is not None}
