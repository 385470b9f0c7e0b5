"""Every kind of records over the wire (contract, section 8): one story, told of each kind from one table."""

from typing import Any

import pytest

from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.journal.operations import OPERATIONS_OF
from tests.refusals import refused
from tests.served import Crm, error
from tests.unchanged import ALWAYS, declined, not_done

KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
OTHER_KIND = pytest.mark.parametrize("kind", [each for each in KINDS.values() if each is not EVENT], ids=repr)

CONTRACT: dict[str, tuple[str, dict[str, Any]]] = {
    "user": ("/users", {"orgId": None, "name": "Ann", "emailAddress": "a@x.example", "timezone": None, "active": True}),
    "contact": (
        "/contacts",
        {
            "firstName": None,
            "lastName": "Coyote",
            "emailAddress": None,
            "otherEmailAddresses": [],
            "phone": None,
            "jobTitle": None,
            "accountId": None,
            "ownerId": None,
        },
    ),
    "lead": (
        "/leads",
        {
            "firstName": None,
            "lastName": None,
            "emailAddress": "wile@acme.example",
            "otherEmailAddresses": [],
            "phone": None,
            "jobTitle": None,
            "company": None,
            "convertedContactId": None,
            "ownerId": None,
        },
    ),
    "account": ("/accounts", {"name": "Acme", "domain": None, "industry": None, "ownerId": None}),
    "opportunity": (
        "/opportunities",
        {
            "name": "Renewal",
            "stage": None,
            "amount": None,
            "currency": None,
            "closed": False,
            "closeDate": None,
            "accountId": None,
            "contactIds": [],
            "ownerId": None,
        },
    ),
    "email": (
        "/emails",
        {
            **dict.fromkeys(
                ("msgId", "syncThreadId", "inReplyTo", "rfc822MsgId", "subject", "fromAddress", "fromName"), None
            ),
            **dict.fromkeys(("textBody", "htmlBody", "receivedAt"), None),
            **{name: [] for name in ("toAddresses", "ccAddresses", "bccAddresses", "attachments", "relatedTo")},
        },
    ),
}
"""The fields of each kind, with the values that they have where a body leaves them out, or the least that it needs."""

WRONG: dict[str, list[tuple[str, Any]]] = {
    "user": [
        ("name", None),
        ("name", ""),
        ("emailAddress", None),
        ("timezone", "Europe"),
        ("timezone", "localtime"),
        ("active", 1),
    ],
    "contact": [("otherEmailAddresses", "a@x.example"), ("otherEmailAddresses", [1]), ("phone", 49), ("nickname", "W")],
    "lead": [("company", ["Acme"]), ("accountId", "1001"), ("otherEmailAddresses", [None])],
    "account": [("name", 5), ("name", None), ("domain", {})],
    "opportunity": [
        ("amount", "12"),
        ("amount", True),
        ("closeDate", "30.6.2026"),
        ("closeDate", "2026-02-30"),
        ("contactIds", "1001"),
    ],
    "email": [("receivedAt", "yesterday"), ("receivedAt", "2026-03-05"), ("toAddresses", [1]), ("relatedTo", "Acme")],
}
"""Fields with values that are refused."""


def made(crm: Crm, kind: Kind, **fields: Any) -> Any:
    answer = crm.api("POST", f"/{kind.path}", {**kind.sample, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(crm: Crm, kind: Kind, **parameters: Any) -> list[Any]:
    return without_primary(crm.api("GET", f"/{kind.path}", params=parameters).json()["records"])


def without_primary(records: list[Any]) -> list[Any]:
    """Records without the calendar that every CRM has."""
    return [each for each in records if not each.get("primary")]


def test_the_contract_has_these_kinds() -> None:
    assert {kind.name: f"/{kind.path}" for kind in KINDS.values() if kind.name in CONTRACT} == {
        name: path for name, (path, _) in CONTRACT.items()
    }


@pytest.mark.parametrize("name", CONTRACT)
def test_a_record_has_the_fields_of_the_contract(crm: Crm, name: str) -> None:
    path, fields = CONTRACT[name]
    least = {field: value for field, value in fields.items() if value not in (None, [], True, False)}
    record = crm.api("POST", path, least).json()
    assert record == {"id": record["id"], **fields, "lastModifiedAt": record["lastModifiedAt"]}


@pytest.mark.parametrize(("name", "field", "value"), [(name, *pair) for name in WRONG for pair in WRONG[name]])
def test_a_wrong_value_is_refused_and_named(crm: Crm, name: str, field: str, value: Any) -> None:
    kind = KINDS[name]
    record = made(crm, kind)
    body = {**kind.sample, field: value}
    details = refused(crm, 422, f"{name}.invalid", "POST", f"/{kind.path}", body)
    assert [*details] == [field]
    patched = error(crm.api("PATCH", f"/{kind.path}/{record['id']}", {field: value}), *(422, f"{name}.invalid"))
    assert [*patched] == [field]


@pytest.mark.parametrize("name", ["contact", "lead"])
def test_a_person_has_a_last_name_or_an_address(crm: Crm, name: str) -> None:
    kind = KINDS[name]
    refused(crm, 422, f"{name}.invalid", "POST", f"/{kind.path}", {"firstName": "Wile"})
    record = crm.api("POST", f"/{kind.path}", {"lastName": "Coyote"}).json()
    refused(crm, 422, f"{name}.invalid", "PATCH", f"/{kind.path}/{record['id']}", {"lastName": None})
    kept = crm.api("PATCH", f"/{kind.path}/{record['id']}", {"lastName": None, "emailAddress": "w@acme.example"})
    assert (kept.status_code, kept.json()["emailAddress"]) == (200, "w@acme.example")


@KIND
def test_a_record_is_made_read_changed_replaced_and_deleted(crm: Crm, kind: Kind) -> None:
    (field, value), *_ = kind.sample.items()
    created = crm.api("POST", f"/{kind.path}", {**kind.sample})
    record, path = created.json(), f"/{kind.path}/{created.json()['id']}"
    assert created.headers["Location"].endswith(f"/api/v1{path}")
    read = crm.api("GET", path)
    assert (read.json(), read.headers["ETag"]) == (record, created.headers["ETag"])
    assert crm.api("GET", path, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    patched = crm.api("PATCH", path, {field: f"{value}!"}, headers={"If-Match": read.headers["ETag"]})
    assert patched.json() == {**record, field: f"{value}!", "lastModifiedAt": patched.json()["lastModifiedAt"]}
    refused(crm, 412, "precondition.failed", "PUT", path, {**kind.sample}, headers={"If-Match": read.headers["ETag"]})
    replaced = crm.api("PUT", path, {**kind.sample}).json()
    assert {**replaced, "lastModifiedAt": ""} == {**record, "lastModifiedAt": ""}
    assert crm.api("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", {**kind.sample}), ("DELETE", None)):
        refused(crm, 404, f"{kind.name}.deleted", method, path, body)
        refused(crm, 404, f"{kind.name}.notFound", method, f"/{kind.path}/nobody", body)


@KIND
def test_a_delta_has_what_changed_and_what_is_gone(crm: Crm, kind: Kind) -> None:
    kept, changed, gone = (made(crm, kind) for _ in range(3))
    bound = crm.api("GET", f"/{kind.path}").json()["asOf"]
    crm.admin("POST", "/clock/advance", {"by": "1s"})
    crm.api("PATCH", f"/{kind.path}/{changed['id']}", {})
    crm.api("DELETE", f"/{kind.path}/{gone['id']}")
    assert [each["id"] for each in listed(crm, kind, since=bound)] == [changed["id"]]
    both = listed(crm, kind, since=bound, showDeleted="true")
    assert [(each["id"], each.get("deleted", False)) for each in both] == [(changed["id"], False), (gone["id"], True)]
    deleted = crm.api("GET", f"/deleted{kind.titles}", params={"since": bound}).json()["records"]
    assert deleted == [both[1]]
    assert {each["id"] for each in listed(crm, kind)} == {kept["id"], changed["id"]}


@KIND
def test_a_list_is_read_page_by_page_while_others_write(crm: Crm, kind: Kind) -> None:
    ids = [made(crm, kind)["id"] for _ in range(5)]
    page = crm.api("GET", f"/{kind.path}", params={"limit": 2}).json()
    found = without_primary(page["records"])
    crm.admin("POST", f"/{kind.path}", {**kind.sample})
    while token := page["nextPageToken"]:
        page = crm.api("GET", f"/{kind.path}", params={"pageToken": token}).json()
        found += without_primary(page["records"])
    assert {*ids} <= {each["id"] for each in found}
    assert len(found) == 6
    other = "users" if kind.path != "users" else "contacts"
    first = crm.api("GET", f"/{kind.path}", params={"limit": 2}).json()["nextPageToken"]
    refused(crm, 400, "pageToken.invalid", "GET", f"/{other}", params={"pageToken": first})


@KIND
def test_a_creation_is_repeated_without_harm(crm: Crm, kind: Kind) -> None:
    headers = {"Idempotency-Key": "once"}
    first = crm.api("POST", f"/{kind.path}", {**kind.sample}, headers=headers).json()
    assert crm.api("POST", f"/{kind.path}", {**kind.sample}, headers=headers).json() == first
    assert [each["id"] for each in listed(crm, kind)] == [first["id"]]


def test_an_idempotency_key_is_for_one_kind(crm: Crm) -> None:
    headers = {"Idempotency-Key": "once"}
    crm.api("POST", "/accounts", {"name": "Acme"}, headers=headers)
    opportunity = crm.api("POST", "/opportunities", {"name": "Acme"}, headers=headers)
    assert "stage" in opportunity.json(), "a client that makes an opportunity got an account"
    assert crm.api("POST", "/contacts", {"lastName": "Ann"}, headers=headers).status_code == 201
    assert crm.api("POST", "/opportunities", {"name": "Acme"}, headers=headers).json() == opportunity.json()


@KIND
def test_the_controls_do_behind_the_clients_back_what_they_do_with_events(crm: Crm, kind: Kind) -> None:
    (field, value), *_ = kind.sample.items()
    path = f"/{kind.path}"
    created = crm.admin("POST", path, {"key": "it", **kind.sample, "by": "ann", "stamp": "-1h"}).json()
    assert (created["key"], created["origin"], created["version"], created["deleted"]) == ("it", "crm", 1, False)
    edited = crm.admin("PATCH", f"{path}/it", {field: f"{value}!", "visibleAfter": "5m"}).json()
    assert [each[field] for each in listed(crm, kind)] == [value]
    assert crm.api("GET", f"{path}/{created['id']}").json()[field] == f"{value}!"
    assert crm.admin("GET", f"{path}/it").json() == edited
    assert crm.admin("PUT", f"{path}/it", {**kind.sample}).json()[field] == value
    assert crm.admin("DELETE", f"{path}/it").status_code == 204
    declined(crm, 409, f"{kind.name}.exists", "POST", path, {**kind.sample, "id": created["id"]})
    assert crm.admin("POST", f"{path}/it/restore").json()["version"] == 5
    declined(crm, 409, f"{kind.name}.notDeleted", "POST", f"{path}/it/restore")
    (row,) = without_primary(crm.admin("GET", path).json()["records"])
    assert (row["id"], row["version"], row["key"]) == (created["id"], 5, "it")


@KIND
def test_actions_name_a_kind_and_a_record(crm: Crm, kind: Kind) -> None:
    (field, value), *_ = kind.sample.items()
    named = {"kind": kind.name, "record": "it"}
    results = crm.act(
        {"create": {"kind": kind.name, "set": {**kind.sample}, "key": "it"}},
        {"edit": {**named, "set": {field: f"{value}!"}}},
        {"touch": {"kind": kind.name, "records": ["it"]}},
        {"delete": named},
        {"restore": named},
    )
    record_id = results[0]["recordId"]
    assert [(each["kind"], each["recordId"], each["op"], each["version"]) for each in results] == [
        (kind.name, record_id, op, number)
        for number, op in enumerate(("created", "updated", "updated", "deleted", "restored"), start=1)
    ]
    changes = crm.admin("GET", "/changes").json()["changes"]
    assert [(each["kind"], each["recordId"]) for each in changes] == [(kind.name, record_id)] * 5
    assert {each["eventId"] for each in changes} == {record_id if kind is EVENT else None}
    not_done(crm, 404, f"{kind.name}.notFound", {"edit": {**named, "record": "nobody", "set": {}}})


@OTHER_KIND
def test_only_an_event_is_named_by_event(crm: Crm, kind: Kind) -> None:
    crm.act({"create": {"kind": kind.name, "set": {**kind.sample}, "key": "it"}})
    not_done(crm, 422, "action.invalid", {"delete": {"kind": kind.name, "event": "it"}})
    not_done(crm, 422, "action.invalid", {"delete": {"kind": kind.name}})
    not_done(crm, 422, "action.invalid", {"touch": {"kind": kind.name, "events": "all"}})
    not_done(crm, 422, "action.invalid", {"create": {"kind": "nothing", "set": {**kind.sample}}})
    not_done(crm, 404, "event.notFound", {"delete": {"event": "it"}})


@KIND
def test_the_journal_says_which_record_a_request_was_about(crm: Crm, kind: Kind) -> None:
    names = OPERATIONS_OF[kind.name]
    record = made(crm, kind)
    path = f"/{kind.path}/{record['id']}"
    crm.api("GET", f"/{kind.path}")
    crm.api("GET", f"/deleted{kind.titles}")
    crm.api("GET", path)
    crm.api("PATCH", path, {})
    crm.api("PUT", path, {**kind.sample})
    crm.api("DELETE", path)
    requests = crm.admin("GET", "/requests").json()["requests"]
    assert [each["operation"] for each in requests] == [
        names.create,
        names.list,
        names.list_deleted,
        names.get,
        names.update,
        names.replace,
        names.delete,
    ]
    assert {each["kind"] for each in requests} == {kind.name}
    assert [each["recordId"] for each in requests] == [None] * 3 + [record["id"]] * 4
    assert [each["eventId"] for each in requests] == [None] * 3 + [record["id"] if kind is EVENT else None] * 4
    of_kind = crm.admin("POST", "/requests/count", {"kind": kind.name, "recordId": record["id"]}).json()
    assert of_kind["count"] == 4


@KIND
def test_a_fault_strikes_one_kind_alone(crm: Crm, kind: Kind) -> None:
    crm.admin("POST", "/faults", {"match": {"kind": kind.name}, "effect": {"status": 503}})
    assert crm.api("GET", f"/{kind.path}").status_code == 503
    other = next(each for each in KINDS.values() if each is not kind)
    assert crm.api("GET", f"/{other.path}").status_code == 200


def test_each_kind_counts_its_own_ids(crm: Crm) -> None:
    ids = {kind.name: made(crm, kind)["id"] for kind in KINDS.values()}
    assert ids == {**dict.fromkeys(KINDS, "1001"), "calendar": "1002"}, "the primary calendar is there from the start"


def test_each_kind_has_a_prefix_of_its_own_where_ids_have_18_characters(crm: Crm) -> None:
    crm.admin("PATCH", "/dialect", {"idForm": "alphanumeric18"})
    ids = {kind.name: made(crm, kind)["id"] for kind in KINDS.values()}
    assert {name: made_id[:3] for name, made_id in ids.items()} == {kind.name: kind.prefix for kind in KINDS.values()}
    assert len({kind.prefix for kind in KINDS.values()}) == len(KINDS)


def test_a_key_is_given_once_whatever_the_kind(crm: Crm) -> None:
    crm.admin("POST", "/contacts", {"lastName": "Coyote", "key": "wile"})
    declined(crm, 409, "key.exists", "POST", "/leads", {"lastName": "Coyote", "key": "wile"})
    declined(crm, 404, "lead.notFound", "GET", "/leads/wile")


def test_addresses_and_domains_compare_without_case_and_any_value_will_do(crm: Crm) -> None:
    def found(**parameters: Any) -> list[str]:
        return [each["lastName"] for each in listed(crm, KINDS["contact"], **parameters)]

    for name, address in (("Coyote", "Wile@Acme.example"), ("Runner", "rr@desert.example"), ("Nobody", None)):
        crm.api("POST", "/contacts", {"lastName": name, "emailAddress": address, "ownerId": "7", "accountId": name})
    assert found(emailAddress="wile@acme.EXAMPLE") == ["Coyote"]
    assert found(emailAddress=["WILE@acme.example", "rr@desert.example"]) == ["Coyote", "Runner"]
    assert found(domain="ACME.example") == ["Coyote"]
    assert found(domain="acme.example", emailAddress="rr@desert.example") == []
    assert found(ownerId=["7", "8"]) == ["Coyote", "Runner", "Nobody"]
    assert found(accountId="Nobody") == ["Nobody"]
    first = crm.api("GET", "/contacts", params={"ownerId": "7", "limit": 2}).json()
    rest = crm.api("GET", "/contacts", params={"pageToken": first["nextPageToken"]}).json()
    assert [each["lastName"] for each in first["records"] + rest["records"]] == ["Coyote", "Runner", "Nobody"]
    changed = {"pageToken": first["nextPageToken"], "ownerId": "8"}
    refused(crm, 400, "pageToken.invalid", "GET", "/contacts", params=changed)


def test_opportunities_are_found_by_whom_and_whether_they_are_closed(crm: Crm) -> None:
    def found(**parameters: Any) -> list[str]:
        return [each["name"] for each in listed(crm, KINDS["opportunity"], **parameters)]

    crm.api("POST", "/opportunities", {"name": "open", "contactIds": ["1", "2"], "accountId": "9"})
    crm.api("POST", "/opportunities", {"name": "won", "contactIds": ["2"], "closed": True, "amount": 5})
    assert (found(contactId="1"), found(contactId=["1", "2"])) == (["open"], ["open", "won"])
    assert (found(closed="true"), found(closed=["true", "false"]), found(accountId="9")) == (
        ["won"],
        ["open", "won"],
        ["open"],
    )
    refused(crm, 400, "query.invalid", "GET", "/opportunities", params={"closed": "yes"})
    refused(crm, 400, "query.invalid", "GET", "/opportunities", params={"stage": "Proposal"})
    refused(crm, 400, "query.invalid", "GET", "/opportunities", params={"startAt": ALWAYS})


def test_an_email_is_found_by_its_message_id(crm: Crm) -> None:
    made(crm, KINDS["email"])
    assert len(listed(crm, KINDS["email"], rfc822MsgId="<demo-1@acme.example>")) == 1
    assert listed(crm, KINDS["email"], rfc822MsgId="<demo-2@acme.example>") == []


def test_a_snapshot_and_a_fork_hold_every_kind(crm: Crm) -> None:
    for kind in KINDS.values():
        crm.admin("POST", f"/{kind.path}", {"key": f"the-{kind.name}", **kind.sample})
        crm.api("DELETE", f"/{kind.path}/{made(crm, kind)['id']}")
    snapshot = crm.admin("GET", "/snapshot").json()
    everything = {kind.name: crm.admin("GET", f"/{kind.path}").json()["records"] for kind in KINDS.values()}
    crm.admin("POST", "/reset", {"to": "empty"})
    assert all(listed(crm, kind) == [] for kind in KINDS.values())
    crm.admin("PUT", "/snapshot", snapshot)
    assert {kind.name: crm.admin("GET", f"/{kind.path}").json()["records"] for kind in KINDS.values()} == everything
    assert crm.admin("GET", "/snapshot").json() == snapshot


@KIND
def test_a_delayed_change_is_not_listed_until_its_time(crm: Crm, kind: Kind) -> None:
    crm.admin("POST", f"/{kind.path}", {**kind.sample, "visibleAfter": "10m"})
    assert listed(crm, kind) == []
    crm.admin("POST", "/clock/advance", {"by": "10m"})
    assert len(listed(crm, kind)) == 1
