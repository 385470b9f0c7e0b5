"""A CRM without HTTP, for tests of what its records refer to."""

from datetime import UTC, datetime
from typing import Any

from mockcrm.crm import actions
from mockcrm.crm.actions import Result
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, changed
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import Cause, FakeCrm
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import shown_record
from mockcrm.errors import Refusal

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
TIMES = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
CRM, CLIENT = Cause("crm"), Cause("client", "1")


def crm_with(**knobs: Any) -> FakeCrm:
    """An empty CRM whose dialect has these knobs."""
    return FakeCrm(ClockSetting(MONDAY, running=False).start(), changed(PLAIN, knobs))


def speak(crm: FakeCrm, **knobs: Any) -> None:
    crm.set_dialect(changed(crm.dialect, knobs))


def kind(name: str) -> Kind:
    return KINDS[name]


def created(crm: FakeCrm, name: str, /, **fields: Any) -> Any:
    """The id of a new record."""
    body = {**TIMES, **fields} if name == "event" else fields
    return actions.create(crm, CRM, content=Draft(body, crm.dialect, kind=kind(name))).change.record.id


def edited(crm: FakeCrm, name: str, record: str, /, **fields: Any) -> Result:
    return actions.edit(crm, CRM, record=record, content=Draft(fields, crm.dialect, partial=True, kind=kind(name)))


def replaced(crm: FakeCrm, name: str, record: str, /, **fields: Any) -> Result:
    return actions.edit(crm, CRM, record=record, content=Draft(fields, crm.dialect, kind=kind(name)))


def deleted(crm: FakeCrm, name: str, record: str) -> Result:
    return actions.delete(crm, CRM, kind=kind(name), record=record)


def restored(crm: FakeCrm, name: str, record: str) -> Result:
    return actions.restore(crm, CRM, kind=kind(name), record=record)


def shown(crm: FakeCrm, name: str, record: str) -> Any:
    """A record as the controls show it."""
    return shown_record(crm.find(kind(name), record), names=crm.store.link_names)


def refusal_of(crm: FakeCrm, call: Any, /, *arguments: Any, **fields: Any) -> Refusal:
    """The refusal of a call, after which nothing has changed."""
    before = crm.store.last_seq, crm.clock.now(), dict(crm.names.given)
    try:
        call(crm, *arguments, **fields)
    except Refusal as refusal:
        assert (crm.store.last_seq, crm.clock.now(), dict(crm.names.given)) == before
        return refusal
    raise AssertionError("It was not refused.")
