"""What a client knows of each event, from the audit: up to date, pending, out of reach, or never asked for."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from mockcrm.audit.auditor import ClientVerdict
from mockcrm.audit.knowledge import LackedVersion
from mockcrm.crm.change import Change
from mockcrm.crm.kinds.registry import KINDS
from tests.audit.audited import MINUTE, MONDAY, Crm, at

JANUARY: dict[str, Any] = {"startAt": MONDAY, "endAt": MONDAY + timedelta(days=20)}
MAY = {"startTime": "2026-05-05T09:00:00Z", "endTime": "2026-05-05T10:00:00Z"}
NEVER = "never asked for"
UP_TO_DATE = "up to date"


@pytest.fixture
def crm() -> Crm:
    made = Crm()
    made.create()
    return made


def verdict_on(crm: Crm, client: str = "client") -> ClientVerdict:
    (verdict,) = [each for each in crm.sandbox.audit().clients if each.client == client]
    return verdict


def known(crm: Crm, event: str = "event1", client: str = "client") -> str | LackedVersion:
    knowledge, event_id = verdict_on(crm, client).knowledge, crm.id_of(event)
    assert not knowledge.up_to_date & knowledge.lacking.keys()
    return knowledge.lacking.get(event_id) or (UP_TO_DATE if event_id in knowledge.up_to_date else NEVER)


def test_what_was_delivered_is_known_until_it_changes(crm: Crm) -> None:
    crm.look("event1")
    crm.create()
    assert [known(crm), known(crm, "event2")] == [UP_TO_DATE, NEVER]
    as_of = crm.read()
    assert [known(crm), known(crm, "event2")] == [UP_TO_DATE, UP_TO_DATE]
    crm.edit("event1")
    assert [known(crm), known(crm, "event2")] == [LackedVersion("pending", 1), UP_TO_DATE]
    crm.read(since=at(as_of))
    assert known(crm) == UP_TO_DATE


def test_a_new_event_is_pending_where_everything_is_asked_for(crm: Crm) -> None:
    crm.read()
    crm.create()
    assert known(crm, "event2") == LackedVersion("pending", None)


def test_what_a_watermark_has_passed_is_out_of_reach_and_says_by_which_request(crm: Crm) -> None:
    as_of = crm.read()
    crm.edit("event1", stamp="-1h")
    crm.read(since=at(as_of))
    assert known(crm) == LackedVersion("outOfReach", 1, passed_by=2)


def test_an_answer_that_broke_off_tells_nothing(crm: Crm) -> None:
    crm.read(whole=False)
    assert known(crm) != UP_TO_DATE


def test_ones_own_version_is_known(crm: Crm) -> None:
    crm.read()
    crm.write("PATCH", "event1", {"location": "Room 7"}, tag=1)
    assert known(crm) == UP_TO_DATE


def test_an_old_version_that_no_list_of_the_client_will_replace_is_not_up_to_date(crm: Crm) -> None:
    crm.look("event1")
    crm.edit("event1")
    assert known(crm) == NEVER


def test_an_event_outside_the_window_is_never_asked_for(crm: Crm) -> None:
    crm.create(MAY)
    crm.read(**JANUARY)
    assert [known(crm), known(crm, "event2")] == [UP_TO_DATE, NEVER]


@pytest.mark.parametrize("had", [True, False])
def test_a_deletion_is_known_to_who_has_its_tombstone_and_to_who_never_had_the_event(crm: Crm, had: bool) -> None:
    if not had:
        crm.delete("event1")
    as_of = crm.read()
    if had:
        crm.delete("event1")
        assert known(crm) == LackedVersion("pending", 1)
        crm.read(since=at(as_of), showDeleted=True)
    assert known(crm) == UP_TO_DATE


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("all", LackedVersion("pending", 1, listed=False)),
        ("window", LackedVersion("pending", 1, listed=False)),
        ("elsewhere", NEVER),
        ("by id", NEVER),
    ],
)
def test_a_version_that_lists_do_not_show_yet_is_pending_for_who_asks_for_such_events(
    crm: Crm, client: str, expected: Any
) -> None:
    ask: dict[str, Any] = {
        "all": crm.read,
        "window": lambda who: crm.read(who, **JANUARY),
        "elsewhere": lambda who: crm.read(who, startAt=MONDAY + timedelta(days=90)),
        "by id": lambda who: crm.look("event1", who),
    }
    ask[client](client)
    crm.edit("event1", visibleAfter="10m")
    assert known(crm, client=client) == expected
    assert verdict_on(crm, client).pending == 0


def test_a_new_event_that_lists_do_not_show_yet_is_known_to_who_read_it_by_id(crm: Crm) -> None:
    for client in ("ann", "ben"):
        crm.read(client)
    crm.create(visibleAfter="10m")
    crm.look("event2", "ann")
    assert known(crm, "event2", "ann") == UP_TO_DATE
    assert known(crm, "event2", "ben") == LackedVersion("pending", None, listed=False)


def test_what_is_out_of_reach_stays_so_though_a_later_version_is_to_come(crm: Crm) -> None:
    as_of = crm.read()
    crm.edit("event1", stamp="-1h")
    crm.read(since=at(as_of))
    crm.edit("event1", visibleAfter="10m")
    assert known(crm) == LackedVersion("outOfReach", 1, passed_by=2)


# Whatever happens

EVENTS = ["event1", "event2", "event3"]
HOW = [{}, {"visibleAfter": "5m"}, {"stamp": "-30m"}, {"bump": False}]
STEPS = strategies.one_of(
    strategies.just(("create",)),
    strategies.tuples(strategies.just("edit"), strategies.sampled_from(EVENTS), strategies.sampled_from(HOW)),
    strategies.tuples(strategies.just("delete"), strategies.sampled_from(EVENTS), strategies.sampled_from(HOW[:3])),
    strategies.tuples(strategies.just("restore"), strategies.sampled_from(EVENTS)),
    strategies.tuples(strategies.just("wait"), strategies.sampled_from([1, 10])),
    strategies.tuples(strategies.just("follow"), strategies.booleans(), strategies.booleans()),
    strategies.just(("read everything",)),
    strategies.just(("read a window",)),
    strategies.tuples(strategies.just("look"), strategies.sampled_from(EVENTS)),
)


class World:
    """Events, colleagues, and clients: "all" reads everything and follows the delta, and keeps what it is given."""

    def __init__(self) -> None:
        self.crm = Crm()
        self.as_of: datetime | None = None
        self.has: dict[str, Change] = {}

    def take(self, step: Any) -> None:
        self.colleague_does(step)
        self.client_does(step)

    def colleague_does(self, step: Any) -> None:
        match step:
            case ("create",) if len(self.versions()) < len(EVENTS):
                self.crm.create()
            case ("edit", event, how) if self.is_live(event):
                self.crm.edit(event, **how)
            case ("delete", event, how) if self.is_live(event):
                self.crm.delete(event, **how)
            case ("restore", event) if self.is_live(event) is False:
                self.crm.act({"restore": {"event": event}})
            case ("wait", minutes):
                self.crm.wait(minutes)

    def client_does(self, step: Any) -> None:
        match step:
            case ("follow", whole, deletions) if self.as_of is not None:
                asked: dict[str, Any] = {"showDeleted": True} if deletions else {}
                as_of = at(self.crm.read("all", since=self.as_of, whole=whole, **asked))
                if whole:
                    self.keep(as_of)
            case ("read everything",):
                as_of = at(self.crm.read("all"))
                self.has.clear()
                self.keep(as_of)
            case ("read a window",):
                self.crm.read("window", **JANUARY)
            case ("look", event) if self.is_live(event):
                self.crm.look(event, "by id")

    def keep(self, as_of: datetime) -> None:
        self.as_of = as_of
        self.has |= {change.record.id: change for change in self.crm.changes}

    def versions(self) -> list[tuple[Change, Change | None]]:
        """Of each event the latest version, and the one that lists show."""
        with self.crm.sandbox.open() as state:
            store = state.crm.store
            latest = {change.record.id: change for change in store.changes()}
            return [(change, store.events.visible(event_id)) for event_id, change in latest.items()]

    def is_live(self, event: str) -> bool | None:
        with self.crm.sandbox.open() as state:
            change = state.crm.store.events.latest(state.crm.resolve(KINDS["event"], event))
            return None if change is None else not change.deleted

    def knows(self, version: Change) -> bool:
        """Whether the replica of "all" shows of an event what this version shows."""
        had = self.has.get(version.record.id)
        if had is None or had.deleted:
            return version.deleted
        return had.version >= version.version or (
            not version.deleted and (had.event, had.stamp) == (version.event, version.stamp)
        )


@settings(max_examples=150)
@given(strategies.lists(STEPS, max_size=25))
def test_whatever_happens_it_says_what_the_audit_says_and_what_the_client_has(steps: list[Any]) -> None:
    world = World()
    for step in [("create",), ("create",), ("read everything",), *steps]:
        world.take(step)
    versions = world.versions()
    for verdict in world.crm.sandbox.audit().clients:
        lacking = verdict.knowledge.lacking
        assert {*lacking} | verdict.knowledge.up_to_date <= {latest.record.id for latest, _ in versions}
        assert sum(each.state == "pending" and each.listed for each in lacking.values()) == verdict.pending
        for event_id, lacked in lacking.items():
            told = [each for each in verdict.findings if event_id in (*each.event_ids, each.event_id)]
            if lacked.state == "outOfReach":
                assert any(lacked.passed_by in each.requests for each in told if each.kind.is_grave)
            else:
                assert not any(each.kind.code in ("change.outOfReach", "deletion.outOfReach") for each in told)
        if verdict.client == "all":
            agrees = {
                latest.record.id
                for latest, visible in versions
                if world.knows(latest) and (visible is None or world.knows(visible))
            }
            assert verdict.knowledge.up_to_date == agrees


def test_the_lookback_of_a_careful_client_leaves_nothing_out_of_reach(crm: Crm) -> None:
    as_of = at(crm.read())
    crm.edit("event1", visibleAfter="5m")
    crm.wait(10)
    crm.read(since=as_of - 10 * MINUTE)
    assert known(crm) == UP_TO_DATE
