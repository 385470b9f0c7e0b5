"""A CRM whose meetings have child events, and what its tests do all the time. It knows no HTTP."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mockcrm.crm.change import Change
from mockcrm.crm.clock import Clock, ClockSetting
from mockcrm.crm.consequences import written
from mockcrm.crm.dialect.knobs import PLAIN, changed
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.fake_crm import COLLEAGUE, NO_OPTIONS, Cause, FakeCrm, Write, WriteOptions
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.people import USER
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.state import State

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLIENT = Cause("client", "7", "engine")
ANN, BOB, CAT = (Attendee(email_address=f"{name}@ourcompany.example") for name in ("ann", "bob", "cat"))
GUEST = Attendee(email_address="wile@acme.example")
ANN_ID, BOB_ID, CAT_ID = "1001", "1002", "1003"


def with_children(**knobs: Any) -> FakeCrm:
    """A CRM with three users, Ann, Bob and Cat, whose dialect makes child events."""
    crm = FakeCrm(Clock(ClockSetting(MONDAY, running=False)), changed(PLAIN, {"childEvents": "users", **knobs}))
    act(crm, *(user(name) for name in ("ann", "bob", "cat")))
    return crm


def user(name: str) -> dict[str, Any]:
    return {"create": {"kind": "user", "set": {"name": name, "emailAddress": f"{name}@ourcompany.example"}}}


def act(crm: FakeCrm, *steps: dict[str, Any]) -> list[Any]:
    return State(crm).perform(read_actions(list(steps)), COLLEAGUE)


def meeting(*attendees: Attendee, event_id: str = "500", **fields: Any) -> Event:
    """Ann's meeting, of an hour."""
    return Event(
        event_id,
        **{"start": MONDAY, "end": MONDAY + HOUR, "subject": "Demo", "owner_id": ANN_ID, **fields},
        attendees=attendees,
    )


def create(crm: FakeCrm, event: Event, cause: Cause = CLIENT, options: WriteOptions = NO_OPTIONS) -> list[Change]:
    """Have an event created. All changes, in the order of the log."""
    return [*written(crm, Write("created", event), cause, options)[1]]


def update(
    crm: FakeCrm, event_id: str, cause: Cause = CLIENT, options: WriteOptions = NO_OPTIONS, **fields: Any
) -> list[Change]:
    prior = crm.living(EVENT, event_id)
    return [*written(crm, Write("updated", replace(prior.event, **fields), prior), cause, options)[1]]


def delete(crm: FakeCrm, event_id: str, options: WriteOptions = NO_OPTIONS) -> list[Change]:
    prior = crm.living(EVENT, event_id)
    return [*written(crm, Write("deleted", prior.record, prior), CLIENT, options)[1]]


def restore(crm: FakeCrm, event_id: str) -> list[Change]:
    prior = crm.find(EVENT, event_id)
    return [*written(crm, Write("restored", prior.record, prior), CLIENT)[1]]


def children(crm: FakeCrm, event_id: str = "500") -> dict[str, Event]:
    """The living children of an event, by owner."""
    found = [change.event for change in crm.store.events.live() if str(change.event.parent_id) == event_id]
    assert len({child.owner_id for child in found}) == len(found), "each has an owner of its own"
    return {str(child.owner_id): child for child in found}


def child(crm: FakeCrm, owner: str = BOB_ID) -> str:
    return children(crm)[owner].id


def event(crm: FakeCrm, event_id: str = "500") -> Event:
    return crm.living(EVENT, event_id).event


def told(changes: Iterable[Change]) -> list[str]:
    """Changes in brief, such as `created 500`."""
    return [f"{change.op} {change.record.id}" for change in changes]


def statuses(of: Event) -> list[str]:
    return [each.status for each in of.attendees]


def check_families(crm: FakeCrm) -> None:
    """What always holds, worked out without any index: each parent has its children, and they say what it says."""
    living = [change.event for change in crm.store.events.live()]
    users = [change.record for change in crm.store.of(USER).live()]
    for parent in living:
        expected = _expected(parent, users) if parent.parent_id is None else {}
        found = [each for each in living if str(each.parent_id) == parent.id and each.owner_id]
        assert {each.owner_id: each.attendees for each in found} == expected, f"the children of {parent.id}"
        assert len(found) == len(expected)
        for each in found:
            of: dict[str, Any] = {
                "id": each.id,
                "parent_id": each.parent_id,
                "owner_id": each.owner_id,
                "attendees": each.attendees,
            }
            assert each == replace(parent, **of)


def _expected(parent: Event, users: list[Any]) -> dict[str, tuple[Attendee, ...]]:
    expected: dict[str, tuple[Attendee, ...]] = {}
    for attendee in parent.attendees:
        named = [user.id for user in users if user.id == attendee.user_id]
        address = (attendee.email_address or "").lower()
        named += [user.id for user in users if user.emailAddress.lower() == address]
        if named and named[0] != parent.owner_id:
            expected.setdefault(named[0], (attendee,))
    return expected
