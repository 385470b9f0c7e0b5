"""What always holds of a store, whatever was written to it."""

from mockcrm.crm.change import Change
from mockcrm.crm.collection import Collection
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.store import Store
from tests.base.invariants import check_rows, check_spans


def check_store(store: Store) -> None:
    log = store.changes(0)
    assert [change.seq for change in log] == list(range(1, len(log) + 1)), "seq has no gaps"
    for change in log:
        assert change.version == (change.prior.version + 1 if change.prior else 1), "versions count up"
    shown = {change for collection in store.collections.values() for change in check_collection(collection, log)}
    check_rows(store._pending)
    for _, seq, change in store._pending:
        assert log[seq - 1] is change, "what is pending is in the log"
        assert change.delayed, "only delayed changes of the log are pending"
        assert store.revealed_place(seq) is None, "what is pending was not revealed"
    places = sorted(place for _, place in store._places.items())
    assert places == list(range(store.revealed)), "each that was revealed has a place of its own"
    delayed = {change for change in shown if change.delayed}
    assert all(store.revealed_place(change.seq) is not None for change in delayed), "what lists show was revealed"


def check_collection(records: Collection, log: list[Change]) -> set[Change]:
    """What holds of the records of one kind, given the log of all. What lists show of them."""
    given = [change for _, change in records._latest.items() if change.seq == 0]
    latest = {change.record.id: change for change in [*given, *log] if change.kind == records.kind.name}
    assert dict(records._latest.items()) == latest, "the latest version is the last in the log"
    check_rows(records._roll)
    alive = sorted(records._place(change) for change in latest.values() if not change.deleted)
    assert list(records._roll) == alive, "the roll has all that are live by their latest version"
    shown = {change for each in latest if (change := records.visible(each))}
    left = check_departures(records, shown, set(latest.values()))
    shelves = dict(records._shelves._shelves.items())
    assert {records._calendar(change) for change in shown | left} <= shelves.keys(), "each calendar has a shelf"
    for calendar, shelf in shelves.items():
        for index, expected in (
            (shelf.live, {change for change in shown if not change.deleted}),
            (shelf.deleted, {change for change in shown if change.deleted}),
            (shelf.left, left),
        ):
            here = {change for change in expected if records._calendar(change) == calendar}
            if index is None:
                assert not here, "nothing has left"
                continue
            check_rows(index.delta)
            check_spans(index.spans)
            assert {row[-1] for row in index.delta} == here, "the delta holds what is visible there"
            assert len(index.delta) == len(here)
            assert len(index.spans) == (len(here) if records.kind.timed else 0), "and so do the intervals"
    return shown


def check_departures(records: Collection, shown: set[Change], latest: set[Change]) -> set[Change]:
    """What holds of the tombstones that moves left behind. Those that lists show."""
    if records._departures is None:
        assert not any(last_moves(change) for change in latest), "what has moved has left"
        return set()
    departures = records._departures
    for found, versions in ((departures.shown, shown), (departures.latest, latest)):
        expected = {
            (change.record.id, calendar): move.seq
            for change in versions
            for calendar, move in last_moves(change).items()
        }
        assert {place: change.seq for place, change in found.items()} == expected, "one for each calendar that was left"
        for (record_id, calendar), change in found.items():
            assert change.deleted, "what is left behind is a tombstone"
            assert (change.record.id, change.event.calendar_id) == (record_id, calendar), "of the event as it was there"
    return {change for _, change in departures.shown.items()}


def last_moves(change: Change) -> dict[str | None, Change]:
    """The last move out of each calendar in which a version's event is no longer."""
    found: dict[str | None, Change] = {}
    if change.kind != EVENT.name:
        return found
    version, now = change, change.event.calendar_id
    while version.prior is not None:
        before = version.prior.event.calendar_id
        if before not in (version.event.calendar_id, now):
            found.setdefault(before, version)
        version = version.prior
    return found
