"""A moment is what a sandbox was, whatever comes after it."""

from mockcrm.journal.entry import Entry
from tests.audit.audited import MONDAY, Crm


def arrived(crm: Crm, client: str = "client") -> Entry:
    """A request that waits for its answer."""
    entry = Entry(client, "GET", "/api/v1/events", "listEvents", "event", None, None, "", {}, MONDAY, 0.0)
    crm.sandbox.journal.open(entry)
    return entry


def test_what_is_answered_later_is_not_in_it() -> None:
    crm = Crm()
    crm.create()
    crm.read("one")
    under_way = arrived(crm, "two")
    moment = crm.sandbox.moment()
    crm.sandbox.journal.close(under_way, 200, MONDAY)
    crm.read("three")
    crm.delete("event1")
    assert {account.client: account.requests for account in moment.audit().clients} == {"one": 1, "two": 0}
    assert [account.client for account in crm.sandbox.audit().clients] == ["one", "three", "two"]
    assert [entry.completed is None for entry in moment.journal.entries()] == [False, True]


def test_it_can_be_asked_again_and_says_the_same() -> None:
    crm = Crm(journaled=2)
    crm.create()
    crm.edit("event1", visibleAfter="1m")
    for _ in range(4):
        since = crm.read()
    crm.wait(60)
    moment = crm.sandbox.moment()
    first = moment.audit()
    crm.sandbox.journal.clear()
    crm.read()
    assert since
    assert moment.audit() == first
    assert (first.clients[0].requests, first.complete) == (4, True)


def test_what_makes_room_later_is_not_in_its_books() -> None:
    crm = Crm(journaled=1)
    crm.create()
    crm.read("one")
    crm.read("two")
    moment = crm.sandbox.moment()
    crm.read("one")
    crm.read("three")
    assert {account.client: account.requests for account in moment.audit().clients} == {"one": 1, "two": 1}
    assert {account.client: account.requests for account in crm.sandbox.audit().clients} == {
        "one": 2,
        "two": 1,
        "three": 1,
    }


def test_its_clock_stands() -> None:
    crm = Crm()
    crm.act({"clock": {"mode": "running", "rate": 1_000_000}})
    moment = crm.sandbox.moment()
    assert moment.state.crm.clock.now() == moment.state.crm.clock.now()
    assert moment.state.crm.clock.running, "as a snapshot says"
