"""The journal, as tests read it."""

from typing import Any

from tests.served import Crm


def journal(crm: Crm, **parameters: Any) -> list[Any]:
    response = crm.admin("GET", "/requests", params=parameters)
    assert response.status_code == 200, response.text
    assert response.json()["length"] == len(response.json()["requests"])
    entries: list[Any] = response.json()["requests"]
    return entries


def numbers(entries: list[Any]) -> list[int]:
    return [entry["number"] for entry in entries]


def last(crm: Crm) -> Any:
    """The entry of the latest request."""
    return journal(crm)[-1]


def delivered(crm: Crm) -> Any:
    """What the latest answer delivered: events and tombstones, each by its id with its version."""
    found = last(crm)["delivered"]
    return [[(each["id"], each["version"]) for each in found[kind]] for kind in ("events", "tombstones")]
