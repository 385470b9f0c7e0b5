"""All kinds of records. A new one is declared, and named here."""

from collections.abc import Mapping

from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.companies import ACCOUNT, OPPORTUNITY
from mockcrm.crm.kinds.emails import EMAIL
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.people import CONTACT, LEAD, USER
from mockcrm.crm.record import Record

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (EVENT, USER, CONTACT, LEAD, ACCOUNT, OPPORTUNITY, CALENDAR, EMAIL)
}
"""Every kind, by its name. Events come first."""


def kind_of(record: Record) -> Kind:
    """The kind of a record."""
    return KINDS[record.kind]
