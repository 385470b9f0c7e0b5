"""The controls speak and listen plainly, whatever the dialect (contract, section 6), and give back what can be sent."""

from typing import Any

import pytest

from tests.refusals import nothing_changes
from tests.served import Crm, error

EVENT = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


@pytest.mark.parametrize(
    ("knobs", "fields"),
    [
        ({"unknownFields": "ignore"}, {"visibleafter": "1h"}),
        ({"timestampFormat": "epochMillis"}, {"startTime": 1767690000000}),
        ({"relatedToShape": "object"}, {"relatedTo": None}),
    ],
)
def test_a_dialect_excuses_nothing_in_the_controls(crm: Crm, knobs: dict[str, Any], fields: dict[str, Any]) -> None:
    crm.set_dialect(**knobs)
    with nothing_changes(crm):
        error(crm.admin("POST", "/events", EVENT | fields), 422, "event.invalid")


def test_the_controls_compare_whole_stamps(crm: Crm) -> None:
    crm.create()
    crm.set_dialect(timestampPrecision="second")
    stamp = crm.admin("GET", "/events").json()["records"][0]["lastModifiedAt"]
    assert stamp == "2026-01-05T09:00:00.001Z"
    assert crm.admin("GET", "/events", params={"since": stamp}).json()["length"] == 1
    assert crm.admin("GET", "/events", params={"since": "2026-01-05T09:00:00.002Z"}).json()["length"] == 0
    assert crm.events(since=stamp) == []


def test_what_the_controls_give_can_be_sent_back(crm: Crm) -> None:
    crm.admin("POST", "/events", EVENT | {"key": "kickoff"})
    read = crm.admin("GET", "/events/kickoff").json()
    written = crm.admin("PUT", "/events/kickoff", read | {"subject": "Moved"}).json()
    assert (written["subject"], written["version"], written["key"]) == ("Moved", 2, "kickoff")
    error(crm.admin("PATCH", "/events/kickoff", {"key": "other"}), 422, "action.invalid")


def test_the_controls_have_tags_and_heed_them(crm: Crm) -> None:
    made = crm.admin("POST", "/events", EVENT | {"key": "kickoff"})
    assert made.headers["ETag"] == crm.api("GET", f"/events/{made.json()['id']}").headers["ETag"]
    crm.admin("PATCH", "/events/kickoff", {"subject": "Moved"})
    stale = {"If-Match": made.headers["ETag"]}
    with nothing_changes(crm):
        error(crm.admin("PATCH", "/events/kickoff", {"subject": "Again"}, headers=stale), 412, "precondition.failed")
        error(crm.admin("DELETE", "/events/kickoff", headers=stale), 412, "precondition.failed")


def test_a_look_at_the_server_s_health_uses_up_no_number_of_the_controls(crm: Crm) -> None:
    first = crm.admin("GET", "/clock").headers["X-Request-Id"]
    assert crm.http.get(f"{crm.path}/health").headers["X-Request-Id"].startswith("o")
    second = crm.admin("GET", "/clock").headers["X-Request-Id"]
    assert int(second[1:]) == int(first[1:]) + 1


def test_results_name_keys_and_dialects(crm: Crm) -> None:
    crm.admin("POST", "/events", EVENT | {"key": "kickoff"})
    edited, touched, spoken = crm.act(
        {"edit": {"event": "kickoff", "set": {"subject": "x"}}}, {"touch": {"events": "all"}}, {"dialect": "aurinko"}
    )
    assert edited["key"] == touched["key"] == touched["changes"][0]["key"] == "kickoff"
    assert spoken == {"verb": "dialect", "name": "aurinko"}
