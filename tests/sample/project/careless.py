"""The same client with the mistakes that are easily made, one at a time."""

from datetime import timedelta
from typing import Any

from calendarsync import CalendarSync, Event, instant


class LooksNoFurtherBack(CalendarSync):
    """Asks from the CRM's time at the last sync, for what more can there be?"""

    overlap = timedelta()


class GoesByTheNewestStamp(CalendarSync):
    """Asks from the newest stamp that it has seen."""

    def read_changes(self) -> None:
        super().read_changes()
        self.since["/events"] = max(instant(event["lastModifiedAt"]) for event in self.events.values())


class ReadsNoDeletions(CalendarSync):
    """Takes in what has changed; what has been deleted does not come up there."""

    def read_deletions(self) -> None:
        pass


class WritesUnseen(CalendarSync):
    """Writes without a look at what is there."""

    def change(self, event_id: str, **fields: Any) -> None:
        self.take(self.ask("PATCH", f"/events/{event_id}", json=fields).json())


class MakesTwins(CalendarSync):
    """Repeats a lost request as it would any other."""

    def create(self, **fields: Any) -> str:
        made: Event = self.ask("POST", "/events", json=fields).json()
        self.take(made)
        return str(made["id"])
