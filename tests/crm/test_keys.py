"""Keys, by which people call events (contract, section 6)."""

from typing import Any

import pytest

from tests.served import Crm, error
from tests.unchanged import EVENT, declined, edited, ids, made, not_done, version


def test_an_event_is_called_by_its_id_or_its_key(crm: Crm) -> None:
    event_id = made(crm, "kickoff")
    crm.act(
        {"edit": {"event": "kickoff", "set": {"subject": "x"}}},
        {"touch": {"events": ["kickoff", event_id]}},
        {"delete": {"event": "kickoff"}},
    )
    assert version(crm, event_id)["version"] == 5


def test_a_client_knows_nothing_of_keys(crm: Crm) -> None:
    made(crm, "kickoff")
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", EVENT), ("DELETE", None)):
        error(crm.api(method, "/events/kickoff", body), 404, "event.notFound")


def test_a_key_is_used_once_and_outlives_its_event(crm: Crm) -> None:
    event_id = made(crm, "kickoff")
    not_done(crm, 409, "key.exists", {"create": {"set": EVENT, "key": "kickoff"}})
    declined(crm, 409, "key.exists", "POST", "/events", EVENT | {"key": "kickoff"})
    crm.act({"delete": {"event": "kickoff"}})
    not_done(crm, 409, "key.exists", {"create": {"set": EVENT, "key": "kickoff"}})
    crm.act({"restore": {"event": "kickoff"}})
    assert ids(crm.events()) == [event_id]


def test_a_key_is_used_once_within_a_list_as_well(crm: Crm) -> None:
    create = {"create": {"set": EVENT, "key": "kickoff"}}
    not_done(crm, 409, "key.exists", create, create)


def test_keys_are_told_apart_by_case(crm: Crm) -> None:
    assert made(crm, "kickoff") != made(crm, "Kickoff")
    edited(crm, "Kickoff", subject="upper")
    assert version(crm, "kickoff")["subject"] is None


@pytest.mark.parametrize("key", ["1st", "_x", "-x", ".x", "", " x", "a b", "ä", "42", 42, None, True, ["x"]], ids=str)
def test_a_key_begins_with_a_letter(crm: Crm, key: Any) -> None:
    not_done(crm, 422, "action.invalid", {"create": {"set": EVENT, "key": key}})
    declined(crm, 422, "action.invalid", "POST", "/events", EVENT | {"key": key})
