"""Who calls, and who owns an event (contract, section 8)."""

from typing import Any

import orjson
import pytest

from mockcrm.sandbox.snapshot import load_snapshot
from tests.samples import TIMES
from tests.served import Crm, error
from tests.unchanged import made, version


def user(crm: Crm, name: str) -> str:
    response = crm.admin("POST", "/users", {"name": name, "emailAddress": f"{name}@ourcompany.example"})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def me(crm: Crm) -> Any:
    response = crm.api("GET", "/users/me")
    assert response.status_code == 200, response.text
    return response.json()["name"]


def owner(crm: Crm, event: str) -> Any:
    return version(crm, event)["ownerId"]


def test_nobody_calls_a_crm_without_users(crm: Crm) -> None:
    error(crm.api("GET", "/users/me"), 404, "user.notFound")
    error(crm.admin("GET", "/users/me"), 404, "user.notFound")
    assert owner(crm, made(crm)) is None


def test_the_caller_is_the_first_user_created_who_is_still_there(crm: Crm) -> None:
    first = [user(crm, name) for name in ("zoe", "ann", "bob")]
    assert me(crm) == "zoe"
    crm.admin("DELETE", f"/users/{first[0]}")
    assert me(crm) == "ann"
    crm.admin("POST", f"/users/{first[0]}/restore")
    assert me(crm) == "zoe"
    assert crm.admin("GET", "/users/me").json()["name"] == "zoe"


def test_the_dialect_says_who_calls_by_id_or_by_key(crm: Crm) -> None:
    user(crm, "ann")
    bob = user(crm, "bob")
    crm.set_dialect(me=bob)
    assert me(crm) == "bob"
    crm.act({"create": {"kind": "user", "key": "cid", "set": {"name": "cid", "emailAddress": "c@ourcompany.example"}}})
    crm.set_dialect(me="cid")
    assert me(crm) == "cid"
    crm.act({"delete": {"kind": "user", "record": "cid"}})
    error(crm.api("GET", "/users/me"), 404, "user.notFound")


def test_the_caller_may_change_its_own_record(crm: Crm) -> None:
    user(crm, "ann")
    assert crm.api("PATCH", "/users/me", {"name": "Ann"}).status_code == 200
    assert me(crm) == "Ann"


def test_a_list_knows_what_belongs_to_the_caller(crm: Crm) -> None:
    ann, bob = user(crm, "ann"), user(crm, "bob")
    for name, owned_by in (("Acme", ann), ("Zeta", bob), ("Nobody", None)):
        crm.admin("POST", "/accounts", {"name": name, "ownerId": owned_by})

    def names(**query: Any) -> list[str]:
        return [each["name"] for each in crm.api("GET", "/accounts", params=query).json()["records"]]

    assert names(ownerId="me") == ["Acme"]
    assert names(ownerId=["me", bob]) == ["Acme", "Zeta"]
    crm.set_dialect(me=bob)
    assert names(ownerId="me") == ["Zeta"]
    crm.set_dialect(me="nobody")
    assert names(ownerId="me") == []


def test_a_page_token_says_me_and_no_id(crm: Crm) -> None:
    ann, bob = user(crm, "ann"), user(crm, "bob")
    for name, owned_by in (("A", ann), ("B", ann), ("C", bob), ("D", bob)):
        crm.admin("POST", "/accounts", {"name": name, "ownerId": owned_by})
    first = crm.api("GET", "/accounts", params={"ownerId": "me", "limit": 1}).json()
    crm.set_dialect(me=bob)
    second = crm.api("GET", "/accounts", params={"ownerId": "me", "pageToken": first["nextPageToken"]}).json()
    assert [each["name"] for each in second["records"]] == ["C"]


# Owners of events


def test_who_makes_an_event_owns_it(crm: Crm) -> None:
    ann, bob = user(crm, "ann"), user(crm, "bob")
    assert owner(crm, crm.create()["id"]) == ann
    assert owner(crm, made(crm)) == ann
    assert owner(crm, made(crm, ownerId=bob)) == bob
    assert owner(crm, made(crm, ownerId=None)) == ann
    crm.admin("POST", "/seed", {"count": 2, "seed": 1})
    crm.act({"churn": {"creates": 1}})
    found = crm.admin("GET", "/events").json()["records"]
    assert len(found) == 7
    assert None not in {each["ownerId"] for each in found}


def test_clients_see_no_owner_unless_the_dialect_shows_it(crm: Crm) -> None:
    ann, bob = user(crm, "ann"), user(crm, "bob")
    event = crm.create()
    assert "ownerId" not in event
    error(crm.api("PATCH", f"/events/{event['id']}", {"ownerId": bob}), 422, "event.invalid")
    crm.set_dialect(unknownFields="ignore")
    crm.api("PATCH", f"/events/{event['id']}", {"ownerId": bob})
    assert owner(crm, event["id"]) == ann
    crm.set_dialect(eventOwner="shown")
    assert crm.events()[0]["ownerId"] == ann
    assert crm.api("PATCH", f"/events/{event['id']}", {"ownerId": bob}).json()["ownerId"] == bob
    assert crm.create(ownerId=bob)["ownerId"] == bob


@pytest.mark.parametrize("shown", ["hidden", "shown"])
def test_a_replacement_leaves_the_owner_unless_it_names_one(crm: Crm, shown: str) -> None:
    user(crm, "ann")
    bob = user(crm, "bob")
    crm.set_dialect(eventOwner=shown)
    event = made(crm, ownerId=bob)
    assert crm.api("PUT", f"/events/{event}", TIMES).status_code == 200
    assert crm.admin("PUT", f"/events/{event}", TIMES).status_code == 200
    assert owner(crm, event) == bob
    crm.admin("PUT", f"/events/{event}", {**TIMES, "ownerId": None})
    assert owner(crm, event) is None


def test_a_new_owner_is_an_edit_like_any_other(crm: Crm) -> None:
    user(crm, "ann")
    bob, event = user(crm, "bob"), crm.create()
    crm.advance("1m")
    crm.admin("PATCH", f"/events/{event['id']}", {"ownerId": bob})
    (changed,) = crm.events(since=event["lastModifiedAt"])
    assert changed["lastModifiedAt"] > event["lastModifiedAt"]
    crm.set_dialect(unbumpedFields=["ownerId"])
    crm.admin("PATCH", f"/events/{event['id']}", {"ownerId": None})
    assert crm.events()[0]["lastModifiedAt"] == changed["lastModifiedAt"]
    assert owner(crm, event["id"]) is None


def test_a_crm_that_keeps_unknown_fields_keeps_none_by_the_name_of_a_hidden_one(crm: Crm) -> None:
    crm.set_dialect(unknownFields="keep")
    assert "ownerId" in error(crm.api("POST", "/events", {**TIMES, "ownerId": "7"}), 422, "event.invalid")
    crm.set_dialect(eventOwner="shown")
    assert crm.api("POST", "/events", {**TIMES, "ownerId": "7"}).status_code == 201


def test_a_snapshot_has_the_owners_and_an_older_one_has_none(crm: Crm) -> None:
    ann = user(crm, "ann")
    event = made(crm)
    saved = crm.controls.snapshot()
    assert load_snapshot(saved).crm.store.events.live()[0].event.owner_id == ann
    crm.admin("PUT", "/snapshot", saved)
    assert owner(crm, event) == ann
    older = orjson.loads(orjson.dumps(saved))
    for change in older["changes"]:
        if change["kind"] == "event":
            del change["record"]["ownerId"]
    crm.admin("PUT", "/snapshot", older)
    assert owner(crm, event) is None
