"""What the controls refuse, which must have changed nothing; and what the tests of the controls do all the time."""

from typing import Any

from tests.refusals import nothing_changes
from tests.served import Crm, error

EVENT: dict[str, Any] = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
"""The least that an event needs."""

ALWAYS = "2000-01-01T00:00:00Z"
"""A `since` before everything."""


def declined(crm: Crm, status: int, code: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
    """The details of a refusal by the controls."""
    with nothing_changes(crm):
        return error(crm.admin(method, path, body, **options), status, code)


def not_done(crm: Crm, status: int, code: str, *actions: Any) -> Any:
    """The details of the refusal of a list of actions."""
    return declined(crm, status, code, "POST", "/actions", list(actions))


def made(crm: Crm, key: str | None = None, how: dict[str, Any] | None = None, **fields: Any) -> str:
    """The id of an event made by a colleague. `how` are its modifiers."""
    action = {"set": EVENT | fields} | ({"key": key} if key else {}) | (how or {})
    (result,) = crm.act({"create": action})
    event_id: str = result["eventId"]
    return event_id


def edited(crm: Crm, event: str, how: dict[str, Any] | None = None, **fields: Any) -> None:
    crm.act({"edit": {"event": event, "set": fields, **(how or {})}})


def subjects(events: list[Any]) -> list[Any]:
    return [event["subject"] for event in events]


def ids(events: list[Any]) -> list[str]:
    return [event["id"] for event in events]


def delta(crm: Crm, since: str = ALWAYS, **parameters: Any) -> list[Any]:
    """What a sync engine would be told, asking once."""
    return crm.events(since=since, **parameters)


def tombstones(crm: Crm) -> list[Any]:
    response = crm.api("GET", "/deletedEvents")
    assert response.status_code == 200, response.text
    records: list[Any] = response.json()["records"]
    return records


def version(crm: Crm, event: str) -> Any:
    """An event as the controls show it."""
    response = crm.admin("GET", f"/events/{event}")
    assert response.status_code == 200, response.text
    return response.json()


def set_clock(crm: Crm, **settings: Any) -> Any:
    response = crm.admin("PUT", "/clock", settings)
    assert response.status_code == 200, response.text
    return response.json()
