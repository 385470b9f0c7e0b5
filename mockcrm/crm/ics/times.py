"""The instants of a calendar's dates and times (RFC 5545, sections 3.3.4 and 3.3.5)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import DAY, midnight
from mockcrm.crm.ics.parsing import Component


@dataclass(frozen=True)
class CalendarTimes:
    """Reads the times of one calendar. Those that name no zone are in `zone`."""

    zone: ZoneInfo

    def instant(self, when: date) -> datetime:
        """The instant of a date, or of a date-time with or without a zone."""
        if not isinstance(when, datetime):
            return midnight(when)
        return (when if when.tzinfo else when.replace(tzinfo=self.zone)).astimezone(UTC)

    def span(self, event: Component) -> tuple[datetime, datetime]:
        """When an event starts and ends. Raises `KeyError` without a `DTSTART`, or anything that icalendar raises."""
        begins = event["DTSTART"].dt
        if "DTEND" in event:
            ends = event["DTEND"].dt
        elif "DURATION" in event:
            ends = begins + event["DURATION"].dt
        else:
            ends = begins if isinstance(begins, datetime) else begins + DAY
        return self.instant(begins), self.instant(ends)
