"""Draws where events lie and whose they are, for random scenarios: other calendars than the primary, and child events.

All of this reaches a client that reads the events of the primary calendar: an event that moves to another calendar is a
tombstone there, and a child event is one more event.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from mockcrm.base.declaring import dataclass
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.filters import PRIMARY
from mockcrm.crm.kinds.people import USER
from mockcrm.trials.random_records import RecordDrawing

FAMILY_KNOBS: Mapping[str, Sequence[Any]] = {"childOrder": ["before"], "childrenOnDelete": ["leave"]}
"""Knobs that matter where meetings have child events."""
PLACES_CHANCE = 0.15
"""In how many scenarios events move between calendars; in as many there are child events."""

Places = Literal["", "calendars", "children"]


def places_of(seed: int) -> Places:
    """Whether the scenario of a seed has other calendars, or child events. It takes nothing from the other draws."""
    chance = random.Random(f"{seed} places").random()
    if chance < PLACES_CHANCE:
        return "calendars"
    return "children" if chance < 2 * PLACES_CHANCE else ""


def users_of_families(draw: random.Random, modifiers: Callable[[], Mapping[str, Any]]) -> RecordDrawing:
    """The users to invite, where no others are drawn."""
    return RecordDrawing(draw, [USER], modifiers)


@dataclass
class CalendarDrawing:
    """The calendars of a scenario while it is drawn, and the events `elsewhere`, each with its calendar's key."""

    records: RecordDrawing
    elsewhere: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, draw: random.Random, modifiers: Callable[[], Mapping[str, Any]]) -> "CalendarDrawing":
        return cls(RecordDrawing(draw, [CALENDAR], modifiers))

    def change(self) -> Iterator[Mapping[str, Any]]:
        """Something happens to a calendar. One that is deleted takes its events with it."""
        for step in self.records.draw.choice(self.records.actions)():
            if "delete" in step:
                gone = step["delete"]["record"]
                self.elsewhere = {event: key for event, key in self.elsewhere.items() if key != gone}
            yield step

    def away(self, event: str) -> Mapping[str, Any] | None:
        """An event moves to another calendar, if there is one."""
        if not self.records.living:
            return None
        key = self.records.draw.choice(self.records.living).key
        self.elsewhere[event] = key
        return {"edit": {"event": event, "set": {"calendarId": key}}}

    def back(self) -> tuple[str, Mapping[str, Any]] | None:
        """An event that comes back, and the step."""
        if not self.elsewhere:
            return None
        event = self.records.draw.choice([*self.elsewhere])
        del self.elsewhere[event]
        return event, {"edit": {"event": event, "set": {"calendarId": PRIMARY}}}
