"""The whole CRM held against a naive model: all kinds of records, links, merges, calendars, child events, lists, forks.

`naive_crm.py` says what each write does, and `naive_lists.py` what each list has. After each step the two agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm import actions
from mockcrm.crm.change import Change
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import CONTROLS, PLAIN, changed, content_dialect
from mockcrm.crm.drafts import Draft
from mockcrm.crm.event import LINK_TYPES, STATUSES
from mockcrm.crm.fake_crm import NO_OPTIONS, Cause, FakeCrm, WriteOptions
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.lists.cursor import Lineage, ListName
from mockcrm.crm.lists.pages import read_page
from mockcrm.crm.merging import merge, remaining
from mockcrm.crm.rendering import rendered, shown_record
from mockcrm.crm.weights import CHANGE, weight_of
from mockcrm.errors import Refusal
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.sandbox.state import State
from tests.crm.invariants import check_store
from tests.crm.naive_crm import LINKS, TITLES, Content, Key, NaiveCrm, Outcome, Plan, Step, Version, child_key, long
from tests.crm.naive_lists import Asked, Position, listed, position

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR, SECOND, MOMENT = timedelta(hours=1), timedelta(seconds=1), timedelta(milliseconds=2)
NOWHERE = ["77", "88"]
"""Ids that are no record's at first; a colleague may give them to new ones."""
NAMES = ["ann", "bob", "cat"]
DIALECTS: list[tuple[str, Any]] = [
    *[("references", each) for each in ("accept", "refuse", "drop")],
    *[("onDelete", each) for each in ("leave", "drop", "block")],
    *[("merged", each) for each in ("deleted", "pointer", "follow")],
    *[("childEvents", each) for each in ("none", "users", "users")],
    *[("childOrder", each) for each in ("after", "before")],
    *[("childrenOnDelete", each) for each in ("delete", "leave")],
    *[("unbumpedFields", each) for each in ((), ("subject",), ("attendees",))],
    *[("since", each) for each in ("inclusive", "exclusive")],
    *[("tombstoneRetention", each) for each in (None, MOMENT, HOUR)],
    *[("expiredSince", each) for each in ("refuse", "empty", "silent")],
    *[("timestampPrecision", each) for each in ("millisecond", "second")],
    *[("indexLag", each) for each in (None, MOMENT, SECOND)],
    *[("deletions", each) for each in ("asked", "asked", "inline", "endpoint", "none")],
    *[("paging", each) for each in ("keyset", "offset", "snapshot")],
    *[("deltaOrder", each) for each in ("stamp", "reverse")],
    *[("me", each) for each in (None, "1002", "77")],
]
HOW = [
    NO_OPTIONS,
    NO_OPTIONS,
    WriteOptions(visible_after=MOMENT),
    WriteOptions(visible_after=HOUR),
    WriteOptions(stamp=-MOMENT, by="ann"),
    WriteOptions(stamp=SECOND),
]
WINDOWS: list[tuple[datetime | None, datetime | None]] = [
    (None, None),
    (MONDAY, MONDAY),
    (MONDAY, MONDAY + HOUR),
    (MONDAY - HOUR, None),
    (None, MONDAY),
]

kinds = st.sampled_from(["event", "event", "event", *KINDS])
ways = st.sampled_from(HOW)
edit_ways = st.sampled_from([*HOW, WriteOptions(bump=False)])
numbers = st.integers(0, 2**20)


@dataclass
class Paged:
    """A paged read under way: what it asks for, and where it stands. In a snapshot it has its rows from its first page."""

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


class Numbers(Random):
    """What is chosen in a step, all from one number: so a step takes Hypothesis few draws."""

    def below(self, bound: int) -> int:
        return self.randrange(bound)

    def one(self, of: Sequence[Any]) -> Any:
        return of[self.randrange(len(of))]


class WholeCrm(RuleBasedStateMachine):
    @initialize(
        knobs=st.lists(st.sampled_from(DIALECTS), max_size=3),
        form=st.sampled_from(["decimal", "decimal", "guid"]),
        children=st.sampled_from(["users", "users", "none"]),
        deletion=st.sampled_from(["drop", "drop", "block", "leave"]),
    )
    def begin(self, knobs: list[tuple[str, Any]], form: str, children: str, deletion: str) -> None:
        dialect = changed(PLAIN, {"eventOwner": "shown", "calendars": "many", "idForm": form})
        crm = FakeCrm(ClockSetting(MONDAY, running=False).start(), dialect)
        self.requests = self.turns = 0
        self.others: list[World] = []
        model = NaiveCrm(MONDAY, crm.primary_id)
        self.world = World(crm, model, Lineage("w", 1), (crm, model), [])
        self.seen: set[str] = {*KINDS}
        for name in NAMES:
            self.do_create("user", {"name": name, "emailAddress": f"{name}@our.example"}, client=False)
        for kind in ("account", "account", "contact", "contact", "lead", "calendar", "calendar"):
            self.do_create(kind, {TITLES[kind]: "Acme"}, client=False)
        for name, value in [("childEvents", children), ("onDelete", deletion), *knobs]:
            self.set_knob(name, value)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Have this as the start state, from which page tokens begin, too."""
        self.world.start = self.crm.branch(), self.model.fork()
        self.renew()

    def renew(self) -> None:
        self.world.lineage = self.world.lineage.renewed(self.world.lineage.number + 1000)
        self.world.reads = []

    @property
    def crm(self) -> FakeCrm:
        return self.world.crm

    @property
    def model(self) -> NaiveCrm:
        return self.world.model

    # What is written

    def a_link(self, to: str, of: Numbers) -> str:
        """The id of a record that lives, or was deleted, or is not there."""
        living, dead = self.model.living(to), self.model.dead(to)
        among = [*(each.id for each in living[-5:] * 2), *(each.id for each in dead[-2:]), *NOWHERE]
        found: str = of.one(among)
        return found

    def an_attendee(self, of: Numbers) -> Content:
        way, status = of.below(6), of.one(STATUSES)
        user = self.a_link("user", of) if way in (0, 1) else None
        contact = long(self.a_link("contact", of)) if way in (1, 2, 3) else None
        address = of.one(["ANN@our.example", "bob@our.example", "wile@acme.example"]) if way in (3, 4, 5) else None
        return {"userId": user, "emailAddress": address, "contactId": contact, "status": status}

    def a_typed_link(self, of: Numbers) -> Content:
        link_type = of.one(LINK_TYPES)
        named = self.a_link(link_type.lower(), of)
        return {"type": link_type, "id": named, "name": of.one([None, "Written", self.model.label((link_type.lower(), named))])}

    def a_body(self, kind: str, of: Numbers, *, whole: bool) -> Content:
        """What is sent: a title, and some of the fields by which the records of the kind refer to others."""
        body: Content = {TITLES[kind]: of.one(["Acme", "Umbrella", "Hooli"])}
        if kind == "user":
            body["emailAddress"] = f"{of.one(NAMES)}@our.example"
        if kind == "event" and (whole or of.below(3) == 0):
            start = MONDAY + of.below(4) * HOUR - HOUR
            body |= {"startTime": format_instant(start), "endTime": format_instant(start + of.below(3) * HOUR)}
        if kind == "event" and of.below(4) == 0:
            body["calendarId"] = of.one([*(each.id for each in self.model.living("calendar")), of.one([self.a_link("calendar", of), None])])
        for name, shape, target in LINKS[kind]:
            if of.below(4 if name in ("parentId", "ownerId") else 2) != 0:
                continue
            if shape == "one":
                found = of.one([self.a_link(target, of), None])
                body[name] = long(found) if found is not None and name == "parentId" else found
            elif shape == "many":
                body[name] = [self.a_link(target, of) for _ in range(of.below(3))]
            elif shape == "typed":
                body[name] = [self.a_typed_link(of) for _ in range(of.below(3))]
            else:
                body[name] = [self.an_attendee(of) for _ in range(of.below(4))]
        return body

    def a_record(self, kind: str, of: Numbers) -> str | None:
        """Mostly one that lives."""
        living, dead = self.model.living(kind), self.model.dead(kind)
        among = [each.id for each in (dead if of.below(12) == 0 else living) or dead][-8:]
        if self.model.primary in among[1:] and of.below(4):
            among.remove(self.model.primary)
        return of.one(among) if among else None

    def cause(self, client: bool) -> Cause:
        self.requests += 1
        return Cause("client" if client else "crm", str(self.requests), None)

    def draft(self, kind: str, body: Content, *, partial: bool = False) -> Draft:
        return Draft(body, content_dialect(self.crm.dialect), partial=partial, kind=KINDS[kind])

    def a_calendar_of(self, kind: str, record: str, of: Numbers, *, client: bool) -> str | None:
        """The calendar in whose path a client finds an event; sometimes another one."""
        if kind != "event" or not client:
            return None
        version = self.model.newest((kind, record))
        assert version
        return self.model.primary if of.below(12) == 0 else version.calendar

    def do_create(self, kind: str, body: Content, *, client: bool, how: WriteOptions = NO_OPTIONS, within: str | None = None) -> None:
        given = None if client else body.get("id")
        record = given or self.crm.next_id(KINDS[kind])
        said = {name: value for name, value in body.items() if name != "id"}
        self.look()
        outcome = self.model.create((kind, record), said, brought=given is not None, within=within)
        cause = self.cause(client)
        self.act(
            outcome,
            lambda: actions.create(
                self.crm, cause, content=self.draft(kind, body), options=how, calendar=within
            ),
            cause,
            how,
        )

    @rule(kind=kinds, number=numbers, client=st.booleans(), how=ways)
    def create(self, kind: str, number: int, client: bool, how: WriteOptions) -> None:
        of = Numbers(number)
        body = self.a_body(kind, of, whole=True)
        if not client and of.below(6) == 0:
            body["id"] = of.one(NOWHERE)
            if self.crm.dialect.id_form != "decimal":
                return
            if kind == "event" and of.below(2) == 0:
                body["parentId"] = int(body["id"])
        calendars = self.model.living("calendar")
        within = of.one(calendars).id if client and kind == "event" else None
        self.do_create(kind, body, client=client, how=how, within=within)

    @rule(number=numbers, client=st.booleans(), how=ways)
    def invite(self, number: int, client: bool, how: WriteOptions) -> None:
        """Create a meeting with several people, some of whom are users."""
        of = Numbers(number)
        body = self.a_body("event", of, whole=True) | {"attendees": [self.an_attendee(of) for _ in range(3)]}
        body.pop("parentId", None)
        within = of.one(self.model.living("calendar")).id if client else None
        self.do_create("event", body, client=client, how=how, within=within)

    @rule(kind=kinds, number=numbers, client=st.booleans(), whole=st.booleans(), how=edit_ways)
    def edit(self, kind: str, number: int, client: bool, whole: bool, how: WriteOptions) -> None:
        of = Numbers(number)
        if (record := self.a_record(kind, of)) is None:
            return
        calendar = self.a_calendar_of(kind, record, of, client=client)
        self.do_edit(kind, record, self.a_body(kind, of, whole=whole), client, whole, calendar, how)

    def do_edit(
        self, kind: str, record: str, body: Content, client: bool, whole: bool, calendar: str | None, how: WriteOptions
    ) -> None:
        self.look()
        outcome = self.model.edit(
            (kind, record), body, whole=whole, calendar=calendar, bump=how.bump, stamped=how.stamp is not None
        )
        cause = self.cause(client)
        content = self.draft(kind, body, partial=not whole)
        self.act(
            outcome,
            lambda: actions.edit(self.crm, cause, record=record, content=content, options=how, calendar=calendar),
            cause,
            how,
        )

    @rule(number=numbers, client=st.booleans(), status=st.sampled_from(STATUSES), how=edit_ways)
    def send_an_event_back(self, number: int, client: bool, status: str, how: WriteOptions) -> None:
        """As it was shown, but for an attendee's answer."""
        of = Numbers(number)
        children = [event for event in self.model.living("event") if event.content["parentId"] is not None]
        if not (events := (children if of.below(2) else []) or self.model.living("event")):
            return
        event = of.one(events)
        body = self.model.named("event", event.content)
        if body["attendees"]:
            first, *others = body["attendees"]
            body = {**body, "attendees": [{**first, "status": status}, *others]}
        self.do_edit("event", event.id, body, client, bool(of.below(2)), event.calendar, how)

    @rule(number=numbers, client=st.booleans(), how=ways)
    def move(self, number: int, client: bool, how: WriteOptions) -> None:
        of = Numbers(number)
        if (record := self.a_record("event", of)) is not None:
            body = {"calendarId": of.one(self.model.living("calendar")).id}
            self.do_edit("event", record, body, client, False, self.a_calendar_of("event", record, of, client=client), how)

    @rule(kind=st.sampled_from([*KINDS, "contact", "user"]), number=numbers, client=st.booleans(), how=ways)
    def delete(self, kind: str, number: int, client: bool, how: WriteOptions) -> None:
        of = Numbers(number)
        if (record := self.a_record(kind, of)) is None:
            return
        calendar = self.a_calendar_of(kind, record, of, client=client)
        self.look()
        cause = self.cause(client)
        self.act(
            self.model.delete((kind, record), calendar),
            lambda: actions.delete(
                self.crm, cause, kind=KINDS[kind], record=record, options=how, calendar=calendar
            ),
            cause,
            how,
        )

    @rule(kind=kinds, number=numbers, how=ways)
    def restore(self, kind: str, number: int, how: WriteOptions) -> None:
        of = Numbers(number)
        among = self.model.dead(kind)[-8:] if of.below(12) else self.model.living(kind)
        if not among:
            return
        record = of.one(among).id
        self.look()
        cause = self.cause(False)
        self.act(
            self.model.restore((kind, record)),
            lambda: actions.restore(self.crm, cause, kind=KINDS[kind], record=record, options=how),
            cause,
            how,
        )

    @rule(kind=kinds, number=numbers, everything=st.booleans(), how=ways)
    def touch(self, kind: str, number: int, everything: bool, how: WriteOptions) -> None:
        of = Numbers(number)
        found = [self.a_record(kind, of)]
        if everything:
            found = [each.id for each in self.in_order(kind)]
        elif found == [None] or not self.model.lives((kind, str(found[0]))):
            return
        self.look()
        cause = self.cause(False)
        records = None if everything else [str(each) for each in found]
        result = actions.touch(self.crm, cause, records=records, kind=KINDS[kind], options=how)
        left = iter(result.changes)
        for record in found:
            plan = self.model.touch((kind, str(record)))
            if isinstance(plan, Plan):
                self.take([*islice(left, len(plan))], plan, cause, how)
        assert not [*left]

    def in_order(self, kind: str) -> list[Version]:
        """The living records, in the order in which all are touched."""
        living = self.model.living(kind)
        return sorted(living, key=lambda each: (each.content["startTime"], each.id)) if kind == "event" else living

    @rule(
        kind=st.sampled_from(["contact", "contact", "contact", "account", "account", "account", "lead", "user"]),
        number=numbers,
        repoint=st.sampled_from(["bump", "silent", "none"]),
        how=ways,
    )
    def merge(self, kind: str, number: int, repoint: Any, how: WriteOptions) -> None:
        of = Numbers(number)
        ids = [record for _ in range(3) if (record := self.a_record(kind, of)) is not None]
        if of.below(6):
            ids = [*dict.fromkeys(ids)]
        if len(ids) < 2:
            return
        into, *losers = ids
        self.look()
        cause = self.cause(False)
        self.act(
            self.model.merge(kind, into, losers, repoint),
            lambda: merge(self.crm, cause, kind=KINDS[kind], into=into, losers=losers, repoint=repoint, options=how),
            cause,
            how,
        )

    # Held against the model

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
        holding, weight = self.crm.holding, 0
        while holding is not None:
            weight, holding = weight + holding.weight, holding._before
        return weight

    def take(self, changes: list[Change], plan: Plan, cause: Cause, how: WriteOptions, own: Change | None = None) -> None:
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
        calendars = [each.id for each in model.versions if each.kind == "calendar" and each.op == "created"] if kind == "event" else []
        calendar = calendars[turn % len(calendars)] if calendars else None
        asked = Asked(kind, "records", calendar, since, start and format_instant(start), end and format_instant(end), show_deleted, filters)
        self.check_list(asked)
        self.check_list(replace(asked, role="admin", calendar=None))
        self.check_list(Asked(kind, "deleted", calendar, since))

    def a_filter(self, kind: str, turn: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        names = [*KINDS[kind].filters]
        if not names or turn % 2:
            return ()
        name = names[turn // 2 % len(names)]
        values = {"ownerId": ["me", "1001"], "emailAddress": ["ANN@our.example", "bob@our.example"], "domain": ["Our.example"]}
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

    # Paged reads, while writes go on

    @rule(kind=kinds, number=numbers)
    def begin_a_paged_read(self, kind: str, number: int) -> None:
        self.look()
        of = Numbers(number)
        role = of.one(["records", "records", "deleted", "admin"])
        calendar = of.one(self.model.living("calendar")).id if kind == "event" and role != "admin" else None
        since = of.one([None, self.model.now - of.below(4) * MOMENT, MONDAY])
        start = format_instant(MONDAY) if kind == "event" and role != "deleted" and of.below(2) else None
        asked = Asked(kind, role, calendar, since, start, None, of.one([None, True]) if role != "deleted" else None)
        if isinstance(rows := listed(self.model, asked), list):
            name = ListName(KINDS[kind], role, calendar)
            paged = Paged(name, asked, "", (None, None), 0, rows)
            self.check_page(paged, self.page(name, parameters(asked) | {"limit": 2}), rows)

    @precondition(lambda self: self.world.reads)
    @rule(number=numbers)
    def go_on_with_a_paged_read(self, number: int) -> None:
        self.look()
        paged = self.world.reads.pop(number % len(self.world.reads))
        if paged.asked.calendar is not None and not self.model.lives(("calendar", paged.asked.calendar)):
            return
        rows, way = listed(self.model, paged.asked), self.model.knobs["paging"] if paged.asked.role != "admin" else "keyset"
        if isinstance(rows, type):
            rows = listed(self.model, replace(paged.asked, since=None)) if False else rows
        if way == "snapshot":
            rest: Any = paged.snapshot[paged.served :]
        elif isinstance(rows, type):
            return
        elif way == "offset":
            rest = rows[paged.served :]
        else:
            at, back = position(self.model, paged.asked), self.model.knobs["deltaOrder"] == "reverse"
            back = back and paged.asked.by_delta and paged.asked.role != "admin"
            rest = [row for row in rows if (at(row) < paged.last if back else at(row) > paged.last)]
        self.check_page(paged, self.page(paged.name, {"pageToken": paged.token}), rest)

    def check_page(self, paged: Paged, page: Any, rest: list[Version]) -> None:
        assert told(page.changes) == [(row.seq, row.deleted) for row in rest[:2]], paged
        assert (page.next_token is not None) == (len(rest) > 2)
        if page.next_token:
            last = position(self.model, paged.asked)(rest[1])
            more = replace(paged, token=page.next_token, last=last, served=paged.served + 2)
            self.world.reads = [*self.world.reads[-3:], more]

    # Time, and how the CRM speaks

    @rule(by=st.sampled_from([-HOUR, -MOMENT, MOMENT, SECOND, HOUR]), tick=st.sampled_from([0, 1, 1, 1000, None, None]))
    def go_on(self, by: timedelta, tick: int | None) -> None:
        self.look()
        self.model.now += by
        self.crm.clock.set(self.model.now)
        if tick is not None:
            self.model.tick = timedelta(milliseconds=tick)
            self.crm.clock.adjust(tick=self.model.tick)

    @rule(knob=st.sampled_from(DIALECTS), other=st.sampled_from(DIALECTS))
    def speak_otherwise(self, knob: tuple[str, Any], other: tuple[str, Any]) -> None:
        for name, value in (knob, other):
            self.set_knob(name, value)

    def set_knob(self, name: str, value: Any) -> None:
        self.model.knobs[name] = value
        self.crm.set_dialect(changed(self.crm.dialect, {name: value}))
        # Where a paged read stands is said in the terms of the dialect before.
        self.world.reads = []

    # The whole state

    @rule(what=st.sampled_from(["snapshot", "reset", "fork", "fork", "another", "another"]))
    def replace_the_whole(self, what: str) -> None:
        self.seen = {*KINDS}
        if what == "snapshot":
            self.put_a_snapshot_in()
        elif what == "reset":
            crm, model = self.world.start
            self.world.crm, self.world.model = crm.branch(), model.fork()
            self.renew()
        elif what == "fork":
            self.fork_and_go_on_there()
        elif self.others:
            self.others.append(self.world)
            self.world = self.others.pop(0)

    def put_a_snapshot_in(self) -> None:
        before = dump_snapshot(State(self.crm))
        state = load_snapshot(orjson.loads(orjson.dumps(before)))
        assert dump_snapshot(state) == before
        self.world.crm = state.crm
        self.begin_anew()

    def fork_and_go_on_there(self) -> None:
        world = self.world
        crm, model = world.crm.branch(), world.model.fork()
        self.others = [*self.others[-1:], world]
        number = world.lineage.number + 1
        reads = [] if model.knobs["paging"] == "snapshot" else [*world.reads]
        self.world = World(crm, model, world.lineage.fork(f"fork{number}", number), (crm.branch(), model.fork()), reads)

    def teardown(self) -> None:
        if not getattr(self, "sound", False):
            return
        for self.world in [*self.others, self.world]:
            self.look()
            check_store(self.crm.store)
            assert [seen(change) for change in self.crm.store.changes()] == [replace(each, group=0) for each in self.model.versions[1:]]
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
    found = {**interval, "since": asked.since, "showDeleted": asked.show_deleted, **{n: list(v) for n, v in asked.filters}}
    return {name: value for name, value in found.items() if value is not None}


TestWholeCrm = WholeCrm.TestCase
TestWholeCrm.settings = settings(
    derandomize=True,
    deadline=None,
    max_examples=400,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
