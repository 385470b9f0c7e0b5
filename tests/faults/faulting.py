"""What tests of faults do all the time: give a rule, and look at what the journal says of the last request."""

from collections.abc import Iterator
from typing import Any

from tests.served import Crm
from tests.unchanged import EVENT

CALLS: dict[str, tuple[str, str, Any]] = {
    "listEvents": ("GET", "/events", None),
    "listDeletedEvents": ("GET", "/deletedEvents", None),
    "getEvent": ("GET", "/events/{id}", None),
    "createEvent": ("POST", "/events", EVENT),
    "updateEvent": ("PATCH", "/events/{id}", {"subject": "Moved"}),
    "replaceEvent": ("PUT", "/events/{id}", EVENT),
    "deleteEvent": ("DELETE", "/events/{id}", None),
}
"""Each operation: its method, its path, and a body."""
OPS = {"createEvent": "created", "updateEvent": "updated", "replaceEvent": "updated", "deleteEvent": "deleted"}
"""What the writes among them are called in the change log."""


def add_fault(crm: Crm, effect: Any, match: Any = None, **more: Any) -> str:
    """The id of a new rule."""
    rule = {"effect": effect, **({} if match is None else {"match": match}), **more}
    response = crm.admin("POST", "/faults", rule)
    assert response.status_code == 201, response.text
    rule_id: str = response.json()["id"]
    return rule_id


def counts(crm: Crm, rule_id: str) -> tuple[int, int]:
    """How many requests a rule has seen and applied to."""
    rule = crm.admin("GET", f"/faults/{rule_id}").json()
    return rule["seen"], rule["applied"]


def journal(crm: Crm) -> list[Any]:
    entries: list[Any] = crm.admin("GET", "/requests").json()["requests"]
    return entries


def last(crm: Crm) -> Any:
    return journal(crm)[-1]


def lists(crm: Crm) -> list[Any]:
    """What the journal says of lists of events."""
    return [entry for entry in journal(crm) if entry["operation"] == "listEvents"]


def noted(crm: Crm) -> dict[str, Any]:
    """What the journal says of the last request, in short; `delivered` are ids."""
    entry = last(crm)
    delivered = entry["delivered"]
    return {
        "status": entry["status"],
        "faults": [each["effect"] for each in entry["faults"]],
        "changes": entry["changes"],
        "delivered": [each["id"] for each in (*delivered["events"], *delivered["tombstones"])],
        "whole": delivered["whole"],
    }


def note(status: int | None, *faults: str, changes: Any = (), delivered: Any = (), whole: bool = False) -> Any:
    """The same as it should be."""
    return {
        "status": status,
        "faults": list(faults),
        "changes": list(changes),
        "delivered": list(delivered),
        "whole": whole,
    }


def call(crm: Crm, operation: str, event_id: str = "", **options: Any) -> Any:
    """One request of an operation."""
    method, path, body = CALLS[operation]
    return crm.api(method, path.format(id=event_id), body, **options)


def ops(crm: Crm) -> list[str]:
    """The change log in one word each."""
    return [change["op"] for change in crm.changes()]


def statuses(crm: Crm, times: int, **options: Any) -> list[int]:
    """What so many lists are answered with."""
    return [crm.api("GET", "/events", **options).status_code for _ in range(times)]


def five(crm: Crm) -> list[str]:
    """The ids of five events, one hour after the other, in the order of lists."""
    return [crm.create(f"2026-01-06T{hour:02}:00:00Z", f"2026-01-06T{hour:02}:30:00Z")["id"] for hour in range(9, 14)]


def page(crm: Crm, path: str = "/events", **parameters: Any) -> Any:
    response = crm.api("GET", path, params=parameters)
    assert response.status_code == 200, response.text
    assert response.json()["length"] == len(response.json()["records"])
    return response.json()


def pages(crm: Crm, path: str = "/events", **parameters: Any) -> Iterator[Any]:
    """The pages of a paged read, twenty at most."""
    found = page(crm, path, **parameters)
    yield found
    for _ in range(19):
        if found["nextPageToken"] is None:
            break
        found = page(crm, path, pageToken=found["nextPageToken"])
        yield found


def rows(found: Any) -> list[str]:
    """The ids on a page."""
    return [record["id"] for record in found["records"]]


def read_pages(crm: Crm, path: str = "/events", **parameters: Any) -> list[list[str]]:
    """The ids of a paged read, page by page."""
    return [rows(found) for found in pages(crm, path, **parameters)]
