"""Clients that read the same rows again and again while others wait, and those that wait for nothing."""

from typing import Any

import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.audit import repeated_reads
from mockcrm.audit.repeated_reads import RepeatedReads
from mockcrm.client.transport import in_process
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.crm.lists.cursor import EVENTS
from mockcrm.journal.entry import Entry
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.client_call import Call
from tests.audit import audited
from tests.audit.test_refused_again import codes, findings
from tests.served import Crm

SEVEN = "abcdefg"


def seven_events(crm: Crm, day: str = "2026-01-06") -> None:
    """Seven events of a colleague's, all with one stamp."""
    crm.admin("PUT", "/clock", {"tick": "0s"})
    crm.act(*(create(key, hour, day) for hour, key in enumerate(SEVEN, 8)))


def create(key: str, hour: int, day: str = "2026-01-06") -> Any:
    times = {"startTime": f"{day}T{hour:02}:00:00Z", "endTime": f"{day}T{hour:02}:30:00Z"}
    return {"create": {"set": {"subject": key.upper(), **times}, "key": key}}


def id_of(crm: Crm, key: str) -> str:
    event_id: str = crm.admin("GET", f"/events/{key}").json()["id"]
    return event_id


def touch_all(crm: Crm) -> None:
    crm.act(*({"edit": {"event": key, "set": {"location": "batch"}}} for key in SEVEN))


def walk(crm: Crm, path: str = "/events", pages: int = 100, **query: Any) -> tuple[list[Any], str]:
    """The rows of a paged read, and its asOf."""
    rows: list[Any] = []
    as_of = ""
    for _ in range(pages):
        page = crm.api("GET", path, params=query).json()
        rows, as_of = rows + page["records"], as_of or page["asOf"]
        if page["nextPageToken"] is None:
            break
        query = {"pageToken": page["nextPageToken"]}
    return rows, as_of


def largest(rows: list[Any]) -> str:
    return str(max(row["lastModifiedAt"] for row in rows))


# A cap


def test_more_rows_on_one_stamp_than_the_crm_returns(crm: Crm) -> None:
    crm.set_dialect(resultCap=3, pageSize=2)
    seven_events(crm)
    rows, _ = walk(crm)
    for _ in range(20):
        rows, _ = walk(crm, since=largest(rows), showDeleted="true")
        assert len(rows) == 3
    (found,) = findings(crm)
    assert (found["code"], found["severity"], found["hazard"]) == ("read.capped", "warning", "cap-on-one-stamp")
    assert (found["count"], found["requests"]) == (20, list(range(23, 43, 2)))
    assert "returned the same 3 rows 20 times in a row, cut short by the CRM" in found["explanation"]
    assert "Meanwhile 4 other events wait, among them event" in found["explanation"]


def test_a_batch_that_touches_all_after_a_read_without_a_cap(crm: Crm) -> None:
    seven_events(crm)
    _, watermark = walk(crm)
    crm.advance("1h")
    crm.set_dialect(resultCap=3, pageSize=2)
    touch_all(crm)
    crm.advance("1h")
    for _ in range(20):
        rows, _ = walk(crm, since=watermark, showDeleted="true")
        watermark = largest(rows)
        crm.advance("10m")
    (found,) = findings(crm)
    assert (found["code"], found["count"]) == ("read.capped", 19)


def test_who_goes_on_without_the_rest_of_a_stamp(crm: Crm) -> None:
    walk(crm)
    crm.advance("1m")
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    crm.advance("1m")
    rows, as_of = walk(crm, since="2026-01-05T08:00:00Z")
    assert codes(crm) == []
    walk(crm, since=largest(rows))
    crm.advance("1m")
    walk(crm, since=as_of)
    (found,) = findings(crm)
    assert (found["code"], found["hazard"], len(found["recordIds"])) == ("change.outOfReach", "cap-on-one-stamp", 4)
    assert "all that it returned has the stamp that the client asked from" in found["explanation"]


@pytest.mark.parametrize("query", [{}, {"since": "1970-01-01T00:00:00Z"}])
def test_a_full_read_that_is_cut_short_each_time(crm: Crm, query: Any) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    for count in range(3):
        assert codes(crm) == [], count
        walk(crm, **query)
    assert codes(crm) == ["read.capped"]


def test_an_interval_that_is_cut_short_each_time(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    for _ in range(4):
        walk(crm, startAt="2026-01-05T00:00:00Z", endAt="2026-01-12T00:00:00Z")
    assert codes(crm) == ["read.capped"]


def test_a_window_that_slides_over_rows_that_stay_the_same(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm, "2026-01-20")
    for day in range(5, 10):
        walk(crm, startAt=f"2026-01-0{day}T00:00:00Z", endAt=f"2026-02-0{day}T00:00:00Z")
        crm.advance("1d")
    assert [(found["code"], found["count"]) for found in findings(crm)] == [("read.capped", 5)]


def test_a_capped_list_of_tombstones(crm: Crm) -> None:
    seven_events(crm)
    _, watermark = walk(crm)
    crm.act(*({"delete": {"event": key}} for key in SEVEN))
    crm.set_dialect(deletions="endpoint", resultCap=3)
    for _ in range(4):
        walk(crm, "/deletedEvents", since=watermark)
    assert codes(crm) == ["read.capped"]


def test_own_changes_are_no_progress(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    for number in range(4):
        walk(crm)
        crm.create(start="2026-05-01T09:00:00Z", end="2026-05-01T10:00:00Z", subject=f"Mine {number}")
    assert codes(crm) == ["read.capped"]


# Pages that are never asked for


def test_the_first_page_of_several_again_and_again(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    for _ in range(4):
        walk(crm, pages=1)
    (found,) = findings(crm)
    assert (found["code"], found["count"], found["requests"]) == ("read.futile", 4, [1, 2, 3, 4])
    assert "the same 2 rows 4 times in a row, and the client never read its next page" in found["explanation"]


def test_a_client_that_stops_after_two_pages(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    for _ in range(4):
        walk(crm, pages=2)
    assert [(found["code"], found["requests"]) for found in findings(crm)] == [("read.futile", [1, 3, 5, 7])]


def test_one_event_that_waits_is_told_by_name(crm: Crm) -> None:
    crm.set_dialect(pageSize=6)
    seven_events(crm)
    for _ in range(3):
        walk(crm, pages=1)
    (found,) = findings(crm)
    assert "“G”, waits." in found["explanation"]


# Careful clients


def test_a_poll_that_returns_the_same_row_with_nothing_waiting(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    crm.act(create("a", 8), create("b", 9))
    for _ in range(20):
        walk(crm, since="2026-01-01T00:00:00Z", showDeleted="true")
    crm.act(create("c", 10))
    assert codes(crm) == []


def test_a_cap_that_cuts_off_what_the_client_has_from_elsewhere(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    crm.act(*(create(key, hour) for hour, key in enumerate(SEVEN, 8)))
    for _ in range(5):
        rows, _ = walk(crm)
        for _ in range(5):
            rows, _ = walk(crm, since=largest(rows))
    assert codes(crm) == []


def test_a_change_that_came_after_the_last_read_but_two(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    crm.act(*(create(key, hour) for hour, key in enumerate("abcd", 8)))
    for _ in range(4):
        walk(crm)
        crm.api("GET", f"/events/{id_of(crm, 'd')}")
    crm.act(create("e", 12))
    for _ in range(2):
        walk(crm)
        assert codes(crm) == []
    walk(crm)
    assert codes(crm) == ["read.capped"]


def test_deletions_that_come_one_by_one_in_another_way(crm: Crm) -> None:
    seven_events(crm)
    _, watermark = walk(crm)
    crm.act(*({"delete": {"event": key}} for key in SEVEN))
    crm.set_dialect(deletions="endpoint", resultCap=3)
    for key in "defg":
        walk(crm, "/deletedEvents", since=watermark)
        assert codes(crm) == []
        crm.api("GET", f"/events/{id_of(crm, key)}")


def test_a_tombstone_that_has_expired_is_not_waited_for(crm: Crm) -> None:
    crm.act(*(create(key, hour) for hour, key in enumerate("abcdx", 8)))
    _, watermark = walk(crm)
    crm.act({"delete": {"event": "x"}})
    crm.advance("20d")
    crm.act(*({"delete": {"event": key}} for key in "abcd"))
    crm.set_dialect(deletions="endpoint", resultCap=3, tombstoneRetention="14d", expiredSince="silent")
    for _ in range(4):
        walk(crm, "/deletedEvents", since=watermark)
        crm.api("GET", f"/events/{id_of(crm, 'd')}")
    assert "read.capped" not in codes(crm)


def test_what_another_read_is_on_its_way_to(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    for _ in range(3):
        walk(crm)
    assert codes(crm) == ["read.capped"]
    crm.set_dialect(resultCap=None, pageSize=2)
    walk(crm, pages=1, startAt="2026-01-05T00:00:00Z", endAt="2026-01-12T00:00:00Z")
    assert codes(crm) == []


def test_reads_at_the_same_time_are_no_repetition() -> None:
    crm = audited.Crm()
    for _ in range(3):
        crm.create()
    crm.act({"dialect": {"resultCap": 2}})
    journal = crm.sandbox.journal
    entries = [
        Entry(
            "client",
            "GET",
            "/api/v1/events",
            "listEvents",
            "event",
            None,
            None,
            "",
            {},
            crm.sandbox.clock_reading(),
            0.0,
        )
        for _ in range(4)
    ]
    for entry in entries:
        journal.open(entry)
    for entry in entries:
        Call(crm.sandbox, journal, entry, PLAIN).page(EVENTS, {})
        entry.whole = True
        journal.close(entry, 200, crm.sandbox.clock_reading())
    assert crm.codes() == []
    for _ in range(2):
        crm.read()
    assert crm.codes() == ["read.capped"]


def test_a_backlog_that_shrinks_by_other_reads(crm: Crm) -> None:
    crm.set_dialect(resultCap=1, since="exclusive")
    crm.act(*(create(key, hour) for hour, key in enumerate(SEVEN, 8)))
    rows, _ = walk(crm)
    for _ in range(5):
        walk(crm)
        (row,), _ = walk(crm, since=largest(rows))
        rows.append(row)
        assert "read.capped" not in codes(crm)
    for _ in range(3):
        walk(crm)
    assert "read.capped" in codes(crm), "now nothing comes any more"


def test_a_read_whose_second_page_fails_each_time(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    crm.admin("POST", "/faults", {"match": {"page": 2}, "effect": {"status": 503}})
    for _ in range(5):
        token = crm.api("GET", "/events").json()["nextPageToken"]
        assert crm.api("GET", "/events", params={"pageToken": token}).status_code == 503
    assert codes(crm) == []


@pytest.mark.parametrize("effect", [{"stale": {"by": "1h"}}, {"repeatToken": 1}, {"shortPage": {}}])
def test_a_crm_that_says_what_is_not_so(crm: Crm, effect: Any) -> None:
    crm.set_dialect(pageSize=2)
    crm.advance("2h")
    seven_events(crm)
    crm.admin("POST", "/faults", {"effect": effect})
    for _ in range(5):
        walk(crm, pages=3)
    assert [code for code in codes(crm) if code.startswith("read.")] == []


def test_a_probe_of_one_row_before_each_read(crm: Crm) -> None:
    seven_events(crm)
    crm.act(create("later", 9, "2026-05-05"))
    for _ in range(5):
        walk(crm, pages=1, limit=1)
        walk(crm, startAt="2026-01-05T00:00:00Z", endAt="2026-01-12T00:00:00Z")
    assert codes(crm) == []


def test_a_probe_of_one_row_before_each_delta(crm: Crm) -> None:
    seven_events(crm)
    _, watermark = walk(crm)
    for number in range(5):
        crm.advance("1m")
        crm.act({"edit": {"event": "g", "set": {"location": f"Room {number}"}}})
        crm.advance("1m")
        walk(crm, pages=1, limit=1)
        assert codes(crm) == []
        _, watermark = walk(crm, since=watermark, showDeleted="true")
    assert codes(crm) == []


def test_a_read_that_is_under_way(crm: Crm) -> None:
    crm.set_dialect(pageSize=2)
    seven_events(crm)
    walk(crm, pages=1)
    walk(crm, pages=1)
    token = crm.api("GET", "/events").json()["nextPageToken"]
    assert codes(crm) == ["read.futile"]
    while token:
        token = crm.api("GET", "/events", params={"pageToken": token}).json()["nextPageToken"]
    assert codes(crm) == []


def test_each_client_waits_for_itself(crm: Crm) -> None:
    crm.set_dialect(resultCap=3)
    seven_events(crm)
    for name in ("ann", "bob", "ann", "bob"):
        crm.api("GET", "/events", headers={"X-Mockcrm-Client": name})
    assert [findings(crm, name) for name in ("ann", "bob")] == [[], []]


# What the audit remembers


def test_a_small_journal_and_a_short_memory_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_reads, "MAX_REPEATED", 4)
    sandboxes = Sandboxes(journaled=2)
    sandbox = sandboxes.get("default")
    sandbox.perform(read_actions([create(key, hour) for hour, key in enumerate(SEVEN, 8)]), COLLEAGUE)
    send = in_process(create_app(sandboxes))
    for _ in range(12):
        send("GET", "/events", {"limit": "2"}, None, {})
    for _ in range(2):
        (found,) = sandbox.audit().findings
        assert (found.kind.code, found.count, found.requests) == ("read.futile", 12, (9, 10, 11, 12))


def test_neither_side_of_a_copy_sees_what_the_other_reads() -> None:
    crm = audited.Crm()
    for _ in range(3):
        crm.create()
    crm.act({"dialect": {"resultCap": 2}})
    for _ in range(2):
        crm.read()
    first, second = crm.sandbox.journal.entries()
    reads = RepeatedReads()
    reads.enter(first)
    copy = reads.copy()
    copy.enter(second)
    assert ([*reads.partial], [*copy.partial]) == (["1"], ["1", "2"])
