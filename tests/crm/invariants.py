"""What always holds of a store, whatever was written to it."""

from mockcrm.crm.change import Change
from mockcrm.crm.collection import Collection
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
    latest = {change.record.id: change for change in log if change.kind == records.kind.name}
    assert dict(records._latest.items()) == latest, "the latest version is the last in the log"
    check_rows(records._roll)
    alive = sorted(records._place(change) for change in latest.values() if not change.deleted)
    assert list(records._roll) == alive, "the roll has all that are live by their latest version"
    shown = {change for each in latest if (change := records.visible(each))}
    for index, deleted in ((records._live, False), (records._deleted, True)):
        expected = {change for change in shown if change.deleted is deleted}
        check_rows(index.delta)
        check_spans(index.spans)
        assert {row[-1] for row in index.delta} == expected, "the delta holds what is visible"
        assert len(index.delta) == len(expected)
        assert len(index.spans) == (len(expected) if records.kind.timed else 0), "and so do the intervals"
    return shown
