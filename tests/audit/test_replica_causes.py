"""Why a replica differs: what the client's reads will bring, what they never will, and what the client overlooked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from mockcrm.audit.findings import Finding
from mockcrm.audit.replica import replica_of
from mockcrm.crm.rendering import rendered
from tests.audit.audited import MONDAY, Crm, at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK: dict[str, Any] = {"startAt": MONDAY, "endAt": MONDAY + 7 * DAY}
FAR = {"startTime": "2026-06-01T09:00:00Z", "endTime": "2026-06-01T10:00:00Z"}


@pytest.fixture
def crm() -> Crm:
    return Crm()


class Client:
    """A client that keeps what lists return, and nothing else: it drops no record but for its tombstone."""

    def __init__(self, crm: Crm, name: str = "client") -> None:
        self.crm, self.name, self.records = crm, name, dict[str, Any]()

    def read(self, **parameters: Any) -> datetime:
        as_of = at(self.crm.read(self.name, **parameters))
        while True:
            self._store()
            if not self.crm.token:
                return as_of
            self.crm.read(self.name, pageToken=self.crm.token)

    def _store(self) -> None:
        with self.crm.sandbox.open() as state:
            *_, entry = self.crm.sandbox.journal.entries()
            shown = [orjson.loads(row) for row in rendered(entry.delivered, state.crm.dialect, listed=True)]
        for row in shown:
            self.records[row["id"]] = row
            if row.get("deleted"):
                del self.records[row["id"]]

    def forget(self, *names: str) -> None:
        for name in names:
            self.records.pop(self.crm.id_of(name), None)

    def differences(self, **options: Any) -> list[Finding]:
        payload = {"replica": [*self.records.values()], "client": self.name, **options}
        return self.crm.sandbox.audit(replica_of(payload)).differences

    def difference(self, **options: Any) -> Finding:
        (found,) = self.differences(**options)
        return found


@pytest.fixture
def client(crm: Crm) -> Client:
    return Client(crm)


def shown(window: dict[str, Any]) -> dict[str, str]:
    return {name: instant.isoformat() for name, instant in window.items()}


def sliding(crm: Crm, days: int = 7) -> Iterator[dict[str, Any]]:
    """A window of thirty days that moves with the clock, five times."""
    start = MONDAY
    for _ in range(5):
        yield {"startAt": start - 7 * DAY, "endAt": start + 30 * DAY}
        crm.wait(days * 24 * 60)
        start += days * DAY


# Reconciliation


def test_who_reads_an_interval_again_and_keeps_what_it_no_longer_has_did_not_reconcile(
    crm: Crm, client: Client
) -> None:
    gone, _ = crm.create(), crm.create()
    client.read(**WEEK)
    crm.delete(gone)
    assert client.difference(window=shown(WEEK)).kind.code == "replica.pending"
    client.read(**WEEK)
    for options in ({}, {"window": shown(WEEK)}):
        found = client.difference(**options)
        assert (found.kind.code, found.requests) == ("replica.phantom", (2,))
        assert "Request 2 read the interval from 2026-01-05T09:00:00.000Z to 2026-01-12" in found.explanation
        assert found.advice.startswith("After a complete read of an interval, compare its rows")
    client.forget(gone)
    assert client.differences() == []


def test_who_reads_everything_again_and_keeps_what_is_no_longer_there_did_not_reconcile(
    crm: Crm, client: Client
) -> None:
    gone = crm.create()
    client.read()
    crm.delete(gone)
    client.read()
    found = client.difference()
    assert (found.kind.code, found.requests) == ("replica.phantom", (2,))
    assert found.explanation.endswith("and the event was not there. The client kept its record.")
    assert found.advice == "After a read of everything, remove each record that it did not return."


def test_a_tombstone_that_another_read_will_return_is_awaited(crm: Crm, client: Client) -> None:
    gone = crm.create()
    since = client.read()
    for turn in range(3):
        client.read(**WEEK)
        since = client.read(since=since, showDeleted=True)
        if turn == 1:
            crm.delete(gone)
    # The delta brought it.
    assert client.differences() == []
    client.read(**WEEK)
    other = crm.create()
    client.read(**WEEK)
    crm.delete(other)
    client.read(**WEEK)
    assert [found.kind.code for found in client.differences()] == ["replica.pending"]


def test_a_moving_window_that_no_longer_has_an_event_says_that_it_is_gone(crm: Crm, client: Client) -> None:
    gone = crm.create({"startTime": "2026-01-30T09:00:00Z", "endTime": "2026-01-30T10:00:00Z"})
    for turn, window in enumerate(sliding(crm, days=1)):
        client.read(**window)
        if turn == 2:
            crm.delete(gone)
    found = client.difference()
    assert (found.kind.code, found.requests) == ("replica.phantom", (5,))


def test_who_drops_what_an_interval_no_longer_has_may_await_it_in_another(crm: Crm, client: Client) -> None:
    june: dict[str, Any] = {"startAt": at("2026-06-01T00:00:00Z"), "endAt": at("2026-06-08T00:00:00Z")}
    moved = crm.create()
    for _ in range(2):
        client.read(**june)
        client.read(**WEEK)
    client.read(**june)
    crm.act({"edit": {"event": moved, "set": FAR}})
    client.read(**WEEK)
    client.forget(moved)
    assert client.difference().kind.code == "replica.pending"
    client.read(**june)
    assert client.differences() == []


def test_who_drops_what_a_full_read_no_longer_has_may_await_its_return(crm: Crm, client: Client) -> None:
    name = crm.create()
    client.read()
    crm.delete(name)
    client.read()
    client.forget(name)
    assert client.differences() == []
    crm.act({"restore": {"event": name}})
    assert client.difference().kind.code == "replica.pending"


# Never asked for


def test_a_first_read_with_a_floor_leaves_out_what_is_older(crm: Crm, client: Client) -> None:
    old = crm.create(stamp="-900d")
    crm.create()
    since = client.read(since=MONDAY - 700 * DAY, showDeleted=True)
    assert client.difference().kind.code == "replica.pending"
    for _ in range(3):
        crm.wait(60)
        since = client.read(since=since, showDeleted=True)
    found = client.difference()
    assert (found.kind.code, found.event_id, found.requests) == ("replica.missing", crm.id_of(old), (4,))
    assert "the client has never read everything" in found.explanation
    assert found.advice == "Begin with a read of everything, without `since`."
    crm.edit(old)
    client.read(since=since, showDeleted=True)
    assert client.differences() == []


def test_the_careful_client_reads_everything_first(crm: Crm, client: Client) -> None:
    crm.create(stamp="-900d")
    since = client.read()
    crm.wait(60)
    client.read(since=since, showDeleted=True)
    assert client.differences() == []


def test_who_looks_back_to_the_stamp_may_yet_be_given_it(crm: Crm, client: Client) -> None:
    crm.wait(60)
    since = client.read(since=MONDAY + HOUR)
    crm.create(stamp="-30m", visibleAfter="1m")
    crm.wait(2)
    for _ in range(2):
        client.read(since=since - HOUR)
    assert client.differences() == []


def test_what_lies_outside_the_interval_is_missing_only_for_a_replica_of_everything(crm: Crm, client: Client) -> None:
    crm.create()
    since = client.read(**WEEK, showDeleted=True)
    crm.create(FAR)
    for _ in range(3):
        crm.wait(60)
        since = client.read(**WEEK, since=since, showDeleted=True)
    assert client.differences(window=shown(WEEK)) == []
    found = client.difference()
    assert (found.kind.code, found.requests) == ("replica.missing", (4,))
    assert "to 2026-01-12T09:00:00.000Z, where the event does not lie" in found.explanation


def test_what_a_window_reaches_after_the_watermark_is_missing(crm: Crm, client: Client) -> None:
    crm.create()
    far = crm.create({"startTime": "2026-02-15T09:00:00Z", "endTime": "2026-02-15T10:00:00Z"})
    since: dict[str, Any] = {}
    for window in sliding(crm):
        since = {"since": client.read(**window, **since, showDeleted=True)}
    found = client.difference(window=shown(window))
    assert (found.kind.code, found.event_id) == ("replica.missing", crm.id_of(far))
    assert found.advice.startswith("When the window moves, read the part that is new without a watermark")


def test_what_a_window_will_reach_without_a_watermark_is_awaited(crm: Crm, client: Client) -> None:
    crm.create()
    crm.create(FAR)
    for window in sliding(crm):
        client.read(**window)
    assert client.difference().kind.code == "replica.pending"
    assert client.differences(window=shown(window)) == []


@pytest.mark.parametrize("deleted", [False, True])
def test_what_moves_out_of_the_window_of_a_delta_is_a_phantom_in_it(crm: Crm, client: Client, deleted: bool) -> None:
    moved, _ = crm.create(), crm.create()
    since = client.read(**WEEK, showDeleted=True)
    crm.act({"edit": {"event": moved, "set": FAR}})
    if deleted:
        crm.delete(moved)
    for _ in range(3):
        crm.wait(60)
        since = client.read(**WEEK, since=since, showDeleted=True)
    found = client.difference(window=shown(WEEK))
    assert (found.kind.code, found.hazard) == ("replica.phantom", "moved-out-of-window")
    assert client.difference().kind.code == ("replica.phantom" if deleted else "replica.stale")


@pytest.mark.parametrize("moves", [FAR, {"startTime": "2026-01-08T09:00:00Z", "endTime": "2026-01-08T10:00:00Z"}])
def test_who_follows_the_delta_of_everything_is_given_what_moves(crm: Crm, client: Client, moves: Any) -> None:
    name = crm.create()
    since = client.read(**WEEK)
    crm.act({"edit": {"event": name, "set": moves}})
    since = client.read(since=since, showDeleted=True)
    client.read(since=since, showDeleted=True)
    assert client.differences() == []


def test_what_moves_into_the_window_of_a_delta_is_given(crm: Crm, client: Client) -> None:
    name = crm.create(FAR)
    since = client.read(**WEEK, showDeleted=True)
    crm.act({"edit": {"event": name, "set": {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}}})
    for _ in range(2):
        crm.wait(60)
        since = client.read(**WEEK, since=since, showDeleted=True)
    assert client.differences() == []


# The same question again


def test_more_rows_of_one_stamp_than_the_crm_returns_stay_away_for_ever(crm: Crm, client: Client) -> None:
    names = [crm.create() for _ in range(7)]
    since = client.read()
    crm.wait(60)
    crm.act(
        {"dialect": {"resultCap": 3}},
        {"clock": {"tick": "0s"}},
        *({"edit": {"event": name, "set": {"location": "Batch"}}} for name in names),
    )
    crm.wait(60)
    for turn in range(4):
        client.read(since=since, showDeleted=True)
        if turn < 2:
            assert {found.kind.code for found in client.differences()} == {"replica.pending"}
        since = MONDAY + HOUR + timedelta(milliseconds=7)
    found = client.differences()[0]
    assert (found.kind.code, found.hazard) == ("replica.stale", "result-cap")
    assert "The CRM returns no more rows than these." in found.explanation


def test_who_goes_on_from_the_last_row_of_a_capped_list_is_given_all(crm: Crm, client: Client) -> None:
    names = [crm.create() for _ in range(7)]
    since = client.read()
    crm.wait(60)
    crm.act({"dialect": {"resultCap": 3}}, *({"edit": {"event": name, "set": {"location": "Batch"}}} for name in names))
    for _ in range(5):
        client.read(since=since, showDeleted=True)
        since = max(at(row["lastModifiedAt"]) for row in client.records.values())
        assert {found.kind.code for found in client.differences()} <= {"replica.pending"}
    assert client.differences() == []


# Who asks in more than one way


def test_who_reads_everything_from_time_to_time_may_await_that(crm: Crm, client: Client) -> None:
    name = crm.create()
    for night in range(3):
        since = client.read()
        for hour in range(3):
            crm.wait(8 * 60)
            since = client.read(since=since, showDeleted=True)
            if (night, hour) == (2, 0):
                crm.edit(name, bump=False)
    assert client.difference().kind.code == "replica.pending"
    client.read()
    assert client.differences() == []


def test_readers_of_several_windows_are_in_sync(crm: Crm, client: Client) -> None:
    june: dict[str, Any] = {"startAt": at("2026-06-01T00:00:00Z"), "endAt": at("2026-06-08T00:00:00Z")}
    names = [crm.create(), crm.create(FAR)]
    for _ in range(4):
        for window in (WEEK, june):
            client.read(**window)
        assert client.differences() == []
        crm.wait(60)
        for name in names:
            crm.edit(name)
        assert {found.kind.code for found in client.differences()} == {"replica.pending"}


def test_what_a_client_wrote_and_then_passed_with_its_watermark_is_stale(crm: Crm, client: Client) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    client.read()
    crm.wait(1)
    crm.write("PATCH", name, {"subject": "Mine"})
    for _ in range(3):
        crm.wait(1)
        client.read(since=crm.sandbox.clock_reading())
    assert client.difference().kind.code == "replica.stale"


def test_an_id_that_no_event_ever_had_was_not_the_crms(crm: Crm, client: Client) -> None:
    client.read()
    client.records["made-up"] = {"id": "made-up"}
    found = client.difference()
    assert (found.kind.code, found.explanation) == ("replica.phantom", "No event ever had this id.")
    assert found.advice.startswith("Keep each record under the id that the CRM returned")
