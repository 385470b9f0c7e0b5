"""Events that many tests send."""

from typing import Any

NINE, TEN = "2026-01-06T09:00:00.000Z", "2026-01-06T10:00:00.000Z"
TIMES: dict[str, Any] = {"startTime": NINE, "endTime": TEN}
"""The least that an event needs."""

LONGEST, SHORTEST = 2**63 - 1, -(2**63)
"""The bounds of a Long."""

ANN: dict[str, Any] = {"userId": "u-1", "emailAddress": "ann@example.com", "contactId": 7, "status": "Accepted"}
ACME: dict[str, Any] = {"type": "Account", "id": "A-1", "name": "Acme"}
JOAN: dict[str, Any] = {"type": "Lead", "id": "L-1", "name": None}
FULL: dict[str, Any] = {
    **TIMES,
    "subject": "Kick-off",
    "description": "Bring the plan.",
    "location": "Room 4",
    "allDay": False,
    "private": True,
    "attendees": [ANN],
    "parentId": 42,
    "relatedTo": [ACME, JOAN],
}
ALL_DAY: dict[str, Any] = {"allDay": True, "startTime": "2026-01-06", "endTime": "2026-01-08"}
DEFAULTS: dict[str, Any] = {
    "subject": None,
    "description": None,
    "location": None,
    "allDay": False,
    "private": False,
    "attendees": [],
    "parentId": None,
    "relatedTo": [],
}
"""What an event has that brings only its times."""


def path_of(event: Any) -> str:
    return f"/events/{event['id']}"
