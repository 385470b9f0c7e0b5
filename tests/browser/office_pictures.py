"""An office for the pictures of the records: two calendars, contacts of which a client misses one, and meetings."""

from collections.abc import Callable
from typing import Any

from mockcrm import Crm

MONDAY = "2026-03-02T08:00:00Z"
PEOPLE = (
    ("wile", "Wile", "Coyote", None),
    ("roda", "Roda", "Runner", "Chief Courier"),
    ("bugs", "Bugs", "Bunny", None),
    ("elmer", "Elmer", "Fudd", "Gamekeeper"),
)
MEETINGS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Kickoff with Acme", "03T09:00", "03T10:30", {"attendees": [{"emailAddress": "WILE@acme.example"}, "ann"]}),
    ("Trap review", "04T13:00", "04T14:00", {"attendees": ["wile", "roda"], "calendarId": "projects"}),
    ("Courier planning", "05T11:00", "05T12:00", {"attendees": ["roda"], "ownerId": "ben"}),
    ("Contract with Acme", "06T10:00", "06T11:00", {"relatedTo": "wile", "ownerId": "ben"}),
)
"""Subject, start and end in March 2026, and what else is set."""


def live_through(crm: Crm, ask: Callable[[str, str | None], Any]) -> None:
    """`ask` is the client's request: for a path of the API, since an instant."""
    crm.clock.set(MONDAY, mode="frozen", tick="0s")
    crm.set_dialect(calendars="many")
    _create(crm, "user", "ann", name="Ann Baker", emailAddress="ann@ourcompany.example")
    _create(crm, "user", "ben", name="Ben Carter", emailAddress="ben@ourcompany.example")
    _create(crm, "calendar", "projects", name="Projects", ownerId="ben")
    _create(crm, "account", "acme", name="Acme", domain="acme.example", ownerId="ann")
    for key, first, last, title in PEOPLE:
        address = f"{first.lower()}@acme.example"
        names = {"firstName": first, "lastName": last, "jobTitle": title}
        _create(crm, "contact", key, emailAddress=address, accountId="acme", **names)
    for subject, start, end, more in MEETINGS:
        times = {"startTime": f"2026-03-{start}:00Z", "endTime": f"2026-03-{end}:00Z"}
        _create(crm, "event", subject.split()[0].lower(), subject=subject, **times, **more)
    crm.clock.set(tick="1ms")
    crm.clock.advance("1h")
    since = ask("/contacts", None)["asOf"]
    ask("/events", None)
    crm.clock.advance("5m")
    # Saved by a long transaction: the stamp is older than the client's watermark.
    crm.perform({"edit": {"kind": "contact", "record": "wile", "set": {"jobTitle": "Head of Traps"}, "stamp": "-10m"}})
    ask("/contacts", since)
    crm.clock.advance("5m")
    crm.perform({"edit": {"kind": "contact", "record": "elmer", "set": {"jobTitle": "Forester"}}})
    _create(crm, "contact", "daffy", firstName="Daffy", lastName="Duck", emailAddress="daffy@acme.example")


def _create(crm: Crm, kind: Any, key: str, **fields: Any) -> None:
    action: Any = {"create": {"kind": kind, "key": key, "set": fields}}
    crm.perform(action)
