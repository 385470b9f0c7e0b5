"""A version's JSON is kept in as many styles as one CRM shows it in, and in no more."""

from datetime import UTC, datetime
from itertools import combinations

from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import FIELDS, Event
from mockcrm.crm.rendering import MAX_OTHERS, rendered

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_dialects_that_come_and_go_leave_nothing_behind() -> None:
    event = Event("1", MONDAY, MONDAY, "Lunch")
    change = Change(1, 1, "created", event, MONDAY, MONDAY, 1, MONDAY, "crm", None, None, None)
    for omitted in combinations([*FIELDS][:6], 2):
        dialect = Dialect(omitted_from_lists=omitted)
        (listed,) = rendered([change], dialect, listed=True)
        assert rendered([change], dialect, listed=True) == [listed]
        assert not any(name.encode() in listed for name in omitted)
    assert len(change.others or {}) == MAX_OTHERS
