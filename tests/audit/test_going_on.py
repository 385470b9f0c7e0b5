"""An audit goes on from where the one before it stopped, and says the same as one that starts anew."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from mockcrm.audit.auditor import Audit
from mockcrm.audit.books import Bookmark, Books
from mockcrm.journal.entry import Entry
from mockcrm.sandbox.moment import Moment
from tests.audit.audited import Crm, at


def anew(moment: Moment) -> Audit:
    """The audit of a moment that no other audit has prepared."""
    return replace(moment, books=Books()).audit()


def bookmark(crm: Crm) -> Bookmark:
    found = crm.sandbox.books.get().bookmark
    assert found is not None
    return found


def test_what_was_entered_once_is_not_entered_again() -> None:
    crm = Crm()
    crm.create()
    for _ in range(3):
        crm.read()
    crm.sandbox.audit()
    assert bookmark(crm).last == 3
    crm.read("two")
    moment = crm.sandbox.moment()
    final, others = moment.journal.final_and_others(bookmark(crm).last)
    assert ([each.number for each in final], others) == ([4], [])
    assert moment.audit() == anew(moment)


def test_it_goes_on_from_the_first_request_that_may_still_change() -> None:
    crm = Crm()
    name = crm.create()
    crm.read()
    slow = crm.begin("slow", "PATCH", name, {"location": "Room Lovelace"})
    crm.read()
    crm.sandbox.audit()
    assert bookmark(crm).last == 1
    crm.do(slow, name, {"location": "Room Lovelace"})
    crm.end(slow)
    moment = crm.sandbox.moment()
    assert moment.audit() == anew(moment)
    assert bookmark(crm).last == 3


def test_an_answer_that_is_still_being_sent_is_judged_again() -> None:
    crm = Crm()
    crm.create()
    crm.read()
    (sent,) = crm.sandbox.journal.entries()
    sent.final = False
    assert crm.sandbox.audit().clients[0].pending == 0
    sent.whole, sent.final = False, True
    assert crm.sandbox.audit().clients[0].events == 0


def test_a_request_that_was_dropped_before_its_answer_has_its_place_in_the_order() -> None:
    crm = Crm(journaled=2)
    name = crm.create()
    slow = crm.begin("slow", "PATCH", name, {"location": "Room Lovelace"})
    for _ in range(3):
        crm.read()
    crm.sandbox.audit()
    crm.do(slow, name, {"location": "Room Lovelace"})
    crm.end(slow)
    moment = crm.sandbox.moment()
    assert not bookmark(crm).leads_to(moment.journal, moment.state.crm.dialect)
    assert moment.audit() == anew(moment)


def test_an_earlier_moment_learns_nothing_of_what_came_after_it() -> None:
    crm = Crm()
    crm.create()
    crm.read("one")
    crm.begin("two", "GET", "event1")
    earlier = crm.sandbox.moment()
    (_, under_way) = crm.sandbox.journal.entries()
    crm.fetch(under_way, "event1")
    crm.end(under_way)
    crm.sandbox.audit()
    assert {each.client: each.requests for each in earlier.audit().clients} == {"one": 1, "two": 0}


def test_another_dialect_is_judged_anew() -> None:
    crm = Crm()
    name = crm.create()
    since = crm.read()
    crm.delete(name)
    crm.read(since=at(since))
    crm.sandbox.audit()
    crm.act({"dialect": {"tombstoneRetention": "10m", "expiredSince": "silent"}})
    crm.wait(60)
    moment = crm.sandbox.moment()
    assert not bookmark(crm).leads_to(moment.journal, moment.state.crm.dialect)
    assert moment.audit() == anew(moment)


class _Story:
    """Clients that read and write in any order, while colleagues do, and audits in between."""

    def __init__(self, journaled: int) -> None:
        self.crm = Crm(journaled=journaled)
        self.names: list[str] = []
        self.since: dict[tuple[str, str], str] = {}
        self.under_way: list[tuple[Entry, str, Any]] = []

    def tell(self, what: str, client: str, pick: int) -> None:
        tell: Callable[[str, int], None] = getattr(self, what)
        tell(client, pick)

    def create(self, client: str, pick: int) -> None:
        self.names.append(self.crm.create(**({"visibleAfter": "2m"} if pick % 3 == 0 else {})))

    def edit(self, client: str, pick: int) -> None:
        if name := self._one(pick):
            self.crm.edit(name, bump=pick % 4 != 0)

    def delete(self, client: str, pick: int) -> None:
        if name := self._one(pick):
            self.names.remove(name)
            self.crm.delete(name)

    def wait(self, client: str, pick: int) -> None:
        self.crm.wait(1 + pick % 5)

    def read(self, client: str, pick: int) -> None:
        self._read(client, "events", pick)

    def read_deleted(self, client: str, pick: int) -> None:
        self._read(client, "deleted", pick)

    def _read(self, client: str, kind: str, pick: int) -> None:
        since = self.since.get((client, kind))
        bound = {"since": at(since)} if since and pick % 5 else {}
        self.since[client, kind] = self.crm.read(client, kind, whole=pick % 7 != 0, limit=1 + pick % 4, **bound)

    def write(self, client: str, pick: int) -> None:
        if name := self._one(pick):
            self.crm.write("PATCH", name, {"location": f"Room {pick}"}, client=client, answer=None if pick % 6 else 200)

    def add(self, client: str, pick: int) -> None:
        self.crm.write("POST", payload={"subject": f"Lunch {pick % 3}", **_TIMES}, client=client)

    def begin(self, client: str, pick: int) -> None:
        if name := self._one(pick):
            payload = {"location": f"Room {pick}"}
            self.under_way.append((self.crm.begin(client, "PATCH", name, payload), name, payload))

    def end(self, client: str, pick: int) -> None:
        if self.under_way:
            entry, name, payload = self.under_way.pop(pick % len(self.under_way))
            if name in self.names:
                self.crm.do(entry, name, payload)
            self.crm.end(entry, 200 if name in self.names else 404)

    def clear(self, client: str, pick: int) -> None:
        self.crm.sandbox.journal.clear()

    def dialect(self, client: str, pick: int) -> None:
        retention = f"{5 * (pick % 3)}m" if pick % 3 else None
        self.crm.act({"dialect": {"tombstoneRetention": retention, "expiredSince": "silent"}})

    def audit(self, client: str, pick: int) -> None:
        moment = self.crm.sandbox.moment()
        assert moment.audit() == anew(moment)

    def _one(self, pick: int) -> str | None:
        return self.names[pick % len(self.names)] if self.names else None


_TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
_DEEDS = [
    *("create", "edit", "delete", "wait", "read", "read", "read_deleted", "write", "add", "begin", "end"),
    *("audit", "audit", "clear", "dialect"),
]
_STEPS = st.tuples(
    st.sampled_from(_DEEDS), st.sampled_from(["ann", "token-00000001", "token-00000002"]), st.integers(0, 99)
)


@given(st.sampled_from([1, 2, 5, 10_000]), st.lists(_STEPS, min_size=20, max_size=80))
def test_it_says_the_same_as_an_audit_that_starts_anew(journaled: int, steps: list[tuple[str, str, int]]) -> None:
    story = _Story(journaled)
    for step in steps:
        story.tell(*step)
    story.audit("ann", 0)
