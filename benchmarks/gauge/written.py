"""The events that rows hold: the same in every revision, whatever that invents, and nothing beside them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

QUARTER = timedelta(minutes=15)
NOTES = (None, "Please bring the new price list.", "Agenda: 1. where we stand 2. open questions 3. next steps\n" * 3)
STATUSES = ("Accepted", "Accepted", "NeedsAction", "Declined")


def bodies(count: int, first: datetime, days: int) -> Iterator[dict[str, Any]]:
    """So many events within some days, with one to four of 200 people, and half of them with a link."""
    chance = Random(1)
    for number in range(count):
        starts = first + chance.randrange(days * 96) * QUARTER
        yield {
            "subject": f"Check-in {number}: Acme",
            "startTime": f"{starts:%Y-%m-%dT%H:%M:%SZ}",
            "endTime": f"{starts + chance.randint(1, 6) * QUARTER:%Y-%m-%dT%H:%M:%SZ}",
            "description": chance.choice(NOTES),
            "location": chance.choice((None, "Berlin, room Hopper")),
            "attendees": [
                {"emailAddress": f"person{each}@acme.example", "status": chance.choice(STATUSES)}
                for each in chance.sample(range(200), chance.randint(1, 4))
            ],
            "relatedTo": [{"type": "Account", "id": f"9{chance.randrange(100)}"}] if number % 2 else [],
        }
