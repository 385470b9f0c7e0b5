"""The whole CRM held against a naive model: all kinds of records, links, merges, calendars, child events, lists, forks.

`naive_crm.py` says what each write does, and `naive_lists.py` what each list has. After each step the two agree.
"""

from datetime import timedelta
from itertools import islice
from typing import Any

import orjson
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import initialize, precondition, rule

from mockcrm.base.times import format_instant
from mockcrm.crm import actions
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, changed, content_dialect
from mockcrm.crm.drafts import Draft
from mockcrm.crm.event import STATUSES
from mockcrm.crm.fake_crm import NO_OPTIONS, Cause, FakeCrm, WriteOptions
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import Lineage, ListName
from mockcrm.crm.merging import merge
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.sandbox.state import State
from tests.crm.beside_model import MOMENT, BesideModel, Paged, World, parameters
from tests.crm.choices import HOUR, MONDAY, NAMES, NOWHERE, Choices
from tests.crm.naive_crm import NaiveCrm
from tests.crm.naive_lists import Asked, listed, position
from tests.crm.naive_records import TITLES, Content, Plan, Version

SECOND = timedelta(seconds=1)
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
TERMS = ("since", "timestampPrecision", "deletions", "paging", "deltaOrder")
"""In the terms of these knobs it is said where a paged read stands: it does not go on once they change."""

kinds = st.sampled_from(["event"] * 6 + ["contact", "account", *KINDS])
ways = st.sampled_from(HOW)
edit_ways = st.sampled_from([*HOW, WriteOptions(bump=False)])
numbers = st.integers(0, 2**20)


class WholeCrm(BesideModel):
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

    def chosen(self, number: int) -> Choices:
        """What is chosen in this step. It depends on what came before: Hypothesis repeats steps."""
        return Choices(f"{number} {self.crm.store.last_seq} {self.turns}", self.model)

    # What is written

    def cause(self, client: bool) -> Cause:
        self.requests += 1
        return Cause("client" if client else "crm", str(self.requests), None)

    def draft(self, kind: str, body: Content, *, partial: bool = False) -> Draft:
        return Draft(body, content_dialect(self.crm.dialect), partial=partial, kind=KINDS[kind])

    def do_create(
        self, kind: str, body: Content, *, client: bool, how: WriteOptions = NO_OPTIONS, within: str | None = None
    ) -> None:
        given = None if client else body.get("id")
        record = given or self.crm.next_id(KINDS[kind])
        said = {name: value for name, value in body.items() if name != "id"}
        self.look()
        outcome = self.model.create((kind, record), said, brought=given is not None, within=within)
        cause = self.cause(client)
        self.act(
            outcome,
            lambda: actions.create(self.crm, cause, content=self.draft(kind, body), options=how, calendar=within),
            cause,
            how,
        )

    @rule(kind=kinds, number=numbers, client=st.booleans(), how=ways)
    def create(self, kind: str, number: int, client: bool, how: WriteOptions) -> None:
        of = self.chosen(number)
        body = of.a_body(kind, whole=True)
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
        of = self.chosen(number)
        body = of.a_body("event", whole=True) | {"attendees": [of.an_attendee() for _ in range(3)]}
        body.pop("parentId", None)
        within = of.one(self.model.living("calendar")).id if client else None
        self.do_create("event", body, client=client, how=how, within=within)

    @rule(kind=kinds, number=numbers, client=st.booleans(), whole=st.booleans(), how=edit_ways)
    def edit(self, kind: str, number: int, client: bool, whole: bool, how: WriteOptions) -> None:
        of = self.chosen(number)
        if (record := of.a_record(kind)) is None:
            return
        calendar = of.a_calendar_of(kind, record, client=client)
        self.do_edit(kind, record, of.a_body(kind, whole=whole), client, whole, calendar, how)

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
        of = self.chosen(number)
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
        of = self.chosen(number)
        if (record := of.a_record("event")) is not None:
            body = {"calendarId": of.one(self.model.living("calendar")).id}
            self.do_edit("event", record, body, client, False, of.a_calendar_of("event", record, client=client), how)

    @rule(
        kind=st.sampled_from(["event"] * 4 + [*KINDS, "contact", "user"]),
        number=numbers,
        client=st.booleans(),
        how=ways,
    )
    def delete(self, kind: str, number: int, client: bool, how: WriteOptions) -> None:
        of = self.chosen(number)
        if (record := of.a_record(kind)) is None:
            return
        self.do_delete(kind, record, client, of.a_calendar_of(kind, record, client=client), how)

    def do_delete(self, kind: str, record: str, client: bool, calendar: str | None, how: WriteOptions) -> None:
        self.look()
        cause = self.cause(client)
        self.act(
            self.model.delete((kind, record), calendar),
            lambda: actions.delete(self.crm, cause, kind=KINDS[kind], record=record, options=how, calendar=calendar),
            cause,
            how,
        )

    @rule(kind=kinds, number=numbers, how=ways)
    def restore(self, kind: str, number: int, how: WriteOptions) -> None:
        of = self.chosen(number)
        among = self.model.dead(kind)[-8:] if of.below(12) else self.model.living(kind)
        if among:
            self.do_restore(kind, of.one(among).id, how)

    @rule(number=numbers, client=st.booleans(), how=ways)
    def call_a_meeting_off_and_on_again(self, number: int, client: bool, how: WriteOptions) -> None:
        of = self.chosen(number)
        events = self.model.living("event")
        named = {str(event.content["parentId"]) for event in events}
        if not (meetings := [event for event in events if event.id in named]):
            return
        meeting = of.one(meetings)
        self.do_delete("event", meeting.id, client, meeting.calendar, how)
        self.do_restore("event", meeting.id, how)

    def do_restore(self, kind: str, record: str, how: WriteOptions) -> None:
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
        of = self.chosen(number)
        found = [of.a_record(kind)]
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
        of = self.chosen(number)
        ids = [record for _ in range(3) if (record := of.a_record(kind)) is not None]
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

    # Paged reads, while writes go on

    @rule(kind=kinds, number=numbers)
    def begin_a_paged_read(self, kind: str, number: int) -> None:
        self.look()
        of = self.chosen(number)
        role = of.one(["records", "records", "deleted", "admin"])
        calendar = of.one(self.model.living("calendar")).id if kind == "event" and role != "admin" else None
        since = of.one([None, self.model.now - of.below(4) * MOMENT, MONDAY])
        start = format_instant(MONDAY) if kind == "event" and role != "deleted" and of.below(2) else None
        asked = Asked(kind, role, calendar, since, start, None, of.one([None, True]) if role != "deleted" else None)
        if isinstance(rows := listed(self.model, asked), list):
            name = ListName(KINDS[kind], role, calendar)
            paged = Paged(name, asked, "", (None, None), 0, rows, of.one([1, 1, 2]))
            self.check_page(paged, self.page(name, parameters(asked) | {"limit": paged.size}), rows)

    @precondition(lambda self: self.world.reads)
    @rule(number=numbers)
    def go_on_with_a_paged_read(self, number: int) -> None:
        self.look()
        paged = self.world.reads.pop(number % len(self.world.reads))
        if paged.asked.calendar is not None and not self.model.lives(("calendar", paged.asked.calendar)):
            return
        rows = listed(self.model, paged.asked, resumed=True)
        assert isinstance(rows, list)
        way = self.model.knobs["paging"] if paged.asked.role != "admin" else "keyset"
        at, back = position(self.model, paged.asked), self.model.knobs["deltaOrder"] == "reverse"
        back = back and paged.asked.by_delta and paged.asked.role != "admin"
        if way == "keyset":
            rest = [row for row in rows if (at(row) < paged.last if back else at(row) > paged.last)]
        else:
            rest = (paged.snapshot if way == "snapshot" else rows)[paged.served :]
        self.check_page(paged, self.page(paged.name, {"pageToken": paged.token}), rest)

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
        if name in TERMS:
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


STEPS = settings(
    derandomize=True,
    deadline=None,
    max_examples=400,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Twenty thousand steps, always the same ones."""

TestWholeCrm = WholeCrm.TestCase
TestWholeCrm.settings = STEPS
