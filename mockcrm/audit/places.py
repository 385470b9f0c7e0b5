"""Which lists share nothing with others: those of one kind of records, and of events those of one calendar."""

from collections.abc import Iterator
from typing import NamedTuple

from mockcrm.crm.change import Change
from mockcrm.crm.collection import Collection
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.calendars import CALENDAR, PRIMARY
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.shelves import calendar_of
from mockcrm.journal.entry import Entry


class RecordPlace(NamedTuple):
    """A kind of records, by its name, and where they lie in calendars one of these; None for the primary."""

    kind_name: str = EVENT.name
    calendar: str | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.kind_name]

    def __str__(self) -> str:
        """Its records in words: `contacts`, `events of calendar 12`."""
        return self.kind.path if self.calendar is None else f"{self.kind.path} of calendar {self.calendar}"


def place_of(entry: Entry, crm: FakeCrm) -> RecordPlace | None:
    """Which records a request is about; None for those of no kind."""
    return None if entry.kind is None else _place(entry.kind, entry.calendar_id, crm)


def place_of_change(change: Change, crm: FakeCrm) -> RecordPlace:
    """Where a version of a record lies."""
    return _place(change.kind, calendar_of(change) if KINDS[change.kind].in_calendars else None, crm)


def _place(kind: str, calendar: str | None, crm: FakeCrm) -> RecordPlace:
    return RecordPlace(kind, None if calendar in (None, PRIMARY, crm.primary_id) else calendar)


class PlacedRecords:
    """The records of one place, as lists of it show them.

    Of an event that has moved away it has the tombstone that is left of it there.
    """

    def __init__(self, crm: FakeCrm, place: RecordPlace) -> None:
        self._records: Collection = crm.store.of(place.kind)
        self._calendars: Collection = crm.store.of(CALENDAR)
        self._calendar = (place.calendar or crm.primary_id) if place.kind.in_calendars else None

    @property
    def removed(self) -> Change | None:
        """The deletion of the calendar, after which no list shows what lay on it; None if it is there."""
        calendar = self._calendars.latest(self._calendar) if self._calendar else None
        return calendar if calendar and calendar.deleted else None

    def latest(self, record_id: str) -> Change | None:
        """The newest version of a record, visible or not; None if none was ever here."""
        change = self._records.latest(record_id)
        if change is None or self._calendar is None or calendar_of(change) == self._calendar:
            return change
        return self._records.left(record_id, self._calendar)

    def visible_all(self) -> Iterator[Change]:
        """The visible version of each record, in no order; none of a calendar that was deleted. Costs O(n)."""
        if self.removed:
            return iter(())
        if self._calendar is None:
            return self._records.visible_all()
        return self._in_calendar(self._calendar)

    def _in_calendar(self, calendar: str) -> Iterator[Change]:
        yield from (change for change in self._records.visible_all() if change.event.calendar_id == calendar)
        yield from self._records.departed(calendar)

    def unlisted(self) -> Iterator[Change]:
        """The latest version of each record of which lists show an earlier one, or none, in no order."""
        latest = (self.latest(change.record.id) for change in (() if self.removed else self._records.unlisted()))
        return (change for change in latest if change is not None)
