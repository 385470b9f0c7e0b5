"""The feed of a sandbox: marks, and an audit that all who follow it share. Without HTTP."""

import time
from datetime import timedelta
from typing import Any

import pytest

from mockcrm.errors import RecordNotFound
from mockcrm.sandbox import feed as feeds
from mockcrm.sandbox.feed import AUDIT_AGE, Feed, Mark, News
from mockcrm.sandbox.moment import Moment
from tests.audit.audited import TIMES, Crm, at
from tests.sandbox.test_moment import arrived

ROWS = 100


@pytest.fixture
def crm() -> Crm:
    made = Crm()
    made.create()
    return made


def ask(crm: Crm, after: int | None = None) -> tuple[int, News]:
    """What is new, and the number to ask with next."""
    feed = crm.sandbox.feed.get()
    feed.judge(crm.sandbox)
    news = feed.since(crm.sandbox, after, ROWS)
    return feed.number(news.present, after), news


def test_fifty_tabs_that_ask_for_what_is_not_there_cost_one_audit(crm: Crm, audits: list[Moment]) -> None:
    crm.read()
    numbers = {ask(crm)[0] for _ in range(50)}
    (number,) = numbers
    for _ in range(50):
        again, news = ask(crm, number)
        assert (again, news.restarted, news.changes, news.requests, news.findings, news.audit, news.behind) == (
            number,
            False,
            [],
            [],
            [],
            None,
            False,
        )
    assert len(audits) == 1


def test_a_request_is_told_when_it_arrives_and_again_when_it_is_answered(crm: Crm) -> None:
    number, _ = ask(crm)
    entry = arrived(crm)
    number, news = ask(crm, number)
    assert [(each.entry.number, each.entry.completed) for each in news.requests] == [(1, None)]
    crm.sandbox.journal.close(entry, 200, entry.arrived)
    number, news = ask(crm, number)
    assert [(each.entry.number, each.entry.status) for each in news.requests] == [(1, 200)]
    assert ask(crm, number)[1].requests == []


ARRANGED: list[Any] = [
    {"schedule": {"after": "1h", "do": {"touch": {"events": "all"}}}},
    {"fault": {"effect": {"status": 503}}},
    {"clearFaults": {}},
    {"dialect": {"deltaOrder": "reverse"}},
    {"clock": {"rate": 60}},
    {"clock": {"tick": "1s"}},
    {"clock": {"now": "2030-01-01T00:00:00Z"}},
    {"clock": {"mode": "running"}},
]


@pytest.mark.parametrize("action", ARRANGED, ids=str)
def test_what_is_arranged_without_any_change_or_request_gives_another_number_once(crm: Crm, action: Any) -> None:
    number, _ = ask(crm)
    crm.act(action)
    later, news = ask(crm, number)
    assert (later > number, news.changes, news.requests, news.restarted) == (True, [], [], False)
    assert ask(crm, later)[0] == later


def test_what_the_clock_has_come_to_is_gone_from_the_agenda_with_another_number(crm: Crm) -> None:
    crm.act({"clock": {"mode": "running"}}, {"schedule": {"after": "1h", "do": []}})
    crm.edit("event1", visibleAfter="2h")
    number, _ = ask(crm)
    for _ in range(2):
        crm.wait(60)
        later, news = ask(crm, number)
        assert (later > number, news.changes) == (True, [])
        number = later


def test_the_time_of_a_running_clock_gives_no_other_number(crm: Crm) -> None:
    crm.act({"clock": {"mode": "running", "rate": 1000}})
    number, _ = ask(crm)
    crm.wait(1)
    assert ask(crm, number)[0] == number


def test_what_is_refused_as_a_whole_gives_no_other_number(crm: Crm) -> None:
    number, _ = ask(crm)
    with pytest.raises(RecordNotFound):
        crm.act({"fault": {"effect": {"status": 503}}}, {"delete": {"event": "gone"}})
    assert ask(crm, number)[0] == number


@pytest.mark.parametrize("happens", ["a reset", "an unknown mark", "no mark"])
def test_who_has_no_mark_of_this_life_starts_again(crm: Crm, happens: str) -> None:
    number, _ = ask(crm)
    if happens == "a reset":
        crm.sandbox.reset(crm.sandbox.lineage.renewed(99))
    asked = {"a reset": number, "an unknown mark": number + 1, "no mark": None}[happens]
    later, news = ask(crm, asked)
    assert (news.restarted, news.start.seq, later >= number) == (True, 0, True)
    assert len(news.changes) == news.present.seq


def test_the_marks_of_two_sandboxes_are_told_apart() -> None:
    one, other = Crm(), Crm()
    number, _ = ask(one)
    ask(other)
    assert ask(other, number)[1].restarted


def test_marks_beyond_the_last_ten_thousand_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_MARKS", 3)
    feed = Feed(begin=7)
    numbers = [feed.number(Mark(1, seq), None) for seq in (1, 2, 2, 3, 4)]
    assert numbers == [7, 8, 8, 9, 10]
    # A mark that is forgotten is never taken for another.
    assert [feed.number(Mark(1, 2), asked) for asked in (8, 7)] == [8, 11]


def test_a_finding_keeps_its_number_while_it_says_the_same(crm: Crm) -> None:
    as_of = crm.read()
    number, before = ask(crm)
    crm.edit("event1", stamp="-1h")
    crm.read(since=at(as_of))
    number, news = ask(crm, number)
    assert (before.findings, [each.finding.kind.code for each in news.findings]) == ([], ["change.outOfReach"])
    crm.create()
    number, later = ask(crm, number)
    assert later.findings == []
    assert later.numbers == news.numbers


def test_a_delayed_change_that_is_shown_without_any_request_is_news_of_the_audit(
    crm: Crm, audits: list[Moment]
) -> None:
    crm.read()
    crm.edit("event1", visibleAfter="1h")
    number, before = ask(crm)
    crm.wait(60)
    number, news = ask(crm, number)
    assert [each.audit and [client.pending for client in each.audit.clients] for each in (before, news)] == [[0], [1]]
    assert (news.changes, news.requests, news.behind, len(audits)) == ([], [], False, 2)
    assert ask(crm, number)[0] == number


@pytest.mark.parametrize(
    "happens",
    [{"advance": {"by": "1h"}}, {"dialect": {"deltaOrder": "reverse"}}, {"create": {"set": TIMES}}],
)
def test_what_may_change_the_audit_has_it_made_anew_at_once_even_on_a_running_clock(
    crm: Crm, audits: list[Moment], happens: Any
) -> None:
    crm.sandbox.seconds = lambda: 1000.0
    crm.edit("event1", visibleAfter="1h")
    crm.act({"clock": {"mode": "running"}})
    ask(crm)
    crm.act(happens)
    assert not ask(crm)[1].behind
    assert len(audits) == 2


def test_the_time_of_a_running_clock_alone_has_the_audit_made_anew_every_five_seconds(
    crm: Crm, audits: list[Moment]
) -> None:
    crm.act({"clock": {"mode": "running"}})
    world = [1000.0]
    crm.sandbox.seconds = lambda: world[0]
    for _ in range(10):
        assert not ask(crm)[1].behind
        world[0] += 1
    assert len(audits) == 2
    assert timedelta(seconds=5) == AUDIT_AGE


def test_audits_take_their_share_of_the_time_and_no_more(
    crm: Crm, audits: list[Moment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 155 ms here. After two of them the credit of 200 ms is used up, and a second gives back 20."""
    cpu, world = [0.0], [1000.0]

    def thread_time() -> float:
        cpu[0] += 0.155
        return cpu[0]

    monkeypatch.setattr(time, "thread_time", thread_time)
    crm.sandbox.seconds = lambda: world[0]
    number, behind = None, []
    for _ in range(20):
        crm.read()
        number, news = ask(crm, number)
        assert len(news.requests) == 1
        behind.append(news.behind)
        world[0] += 1
    assert [second for second in range(20) if not behind[second]] == [0, 1, 6, 14]
    assert len(audits) == 4


def test_who_asks_while_the_audit_is_made_does_not_wait_for_it(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[News] = []
    audit = Moment.audit

    def slow(moment: Moment, *rest: Any, **more: Any) -> Any:
        found.append(ask(crm)[1])
        return audit(moment, *rest, **more)

    monkeypatch.setattr(Moment, "audit", slow)
    _, news = ask(crm)
    assert [each.behind for each in found] == [True]
    assert (found[0].audit, found[0].present.seq, news.behind) == (None, 1, False)


def test_an_audit_that_a_reset_has_overtaken_is_not_told(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.read()
    audit = Moment.audit

    def overtaken(moment: Moment, *rest: Any, **more: Any) -> Any:
        crm.sandbox.reset(crm.sandbox.lineage.renewed(99))
        return audit(moment, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Moment, "audit", overtaken)
        number, news = ask(crm)
    assert (news.audit, news.behind) == (None, True)
    _, news = ask(crm, number)
    assert news.audit is not None
    assert (news.audit.clients, news.behind, news.restarted) == ([], False, False)
