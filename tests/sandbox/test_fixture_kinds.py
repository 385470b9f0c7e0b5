"""`start_records`: a fixture file has a section for each kind of records, which refer to each other by their keys."""

from itertools import permutations
from typing import Any

import pytest

from mockcrm.base.strict_yaml import in_blocks
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import shown_record
from mockcrm.errors import ScenarioInvalid
from mockcrm.sandbox.scenario import schema
from mockcrm.sandbox.scenario.fixture_file import read_scenario, scenario_of
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.state import State
from tests.served import Crm

TIMES = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}
TEAM: dict[str, list[dict[str, Any]]] = {
    "events": [
        {"key": "child", **TIMES, "parentId": "kickoff"},
        {"key": "kickoff", "subject": "Kickoff", **TIMES, "attendees": ["ann", "wile"], "relatedTo": ["acme", "deal"]},
    ],
    "emails": [{"key": "mail", "subject": "Hello", "relatedTo": ["wile"]}],
    "opportunities": [{"key": "deal", "name": "New", "accountId": "acme", "contactIds": ["wile"], "ownerId": "ann"}],
    "leads": [{"key": "roda", "set": {"lastName": "Runner", "convertedContactId": "wile"}}],
    "contacts": [{"key": "wile", "lastName": "Coyote", "emailAddress": "wile@acme.example", "accountId": "acme"}],
    "accounts": [{"key": "acme", "name": "Acme", "ownerId": "ann"}],
    "users": [{"key": "ann", "name": "Ann Baker", "emailAddress": "ann@our.example"}],
}
"""A team whose records all refer to others, which come later in the file."""
_PEOPLE = {"users": TEAM["users"]}


def started(document: Any) -> State:
    return scenario_of(document).start()


def record(state: State, kind: str, key: str) -> Any:
    crm = state.crm
    return shown_record(crm.find(KINDS[kind], crm.resolve(KINDS[kind], key)), names=crm.store.link_names)


def complaints(text: str) -> list[str]:
    with pytest.raises(ScenarioInvalid) as refusal:
        read_scenario(text, "f.yaml")
    return refusal.value.message.splitlines()


def test_there_is_a_section_for_each_kind() -> None:
    for kind in KINDS.values():
        section = {kind.path: [{"key": "one", **kind.sample}, {"key": "two", "set": kind.sample}]}
        state = started(section)
        names = {"id", "lastModifiedAt"}
        one, two = (record(state, kind.name, key) for key in ("one", "two"))
        assert {name: each for name, each in one.items() if name not in names} == {
            name: each for name, each in two.items() if name not in names
        }
        assert state.crm.store.of(kind).live_count() == 2 + started({}).crm.store.of(kind).live_count()


@pytest.mark.parametrize("references", ["accept", "refuse"])
def test_keys_lead_from_one_kind_to_another_whatever_comes_first(references: str) -> None:
    state = started({"dialect": {"references": references}, **TEAM})
    ids = {key: name.id for key, name in state.crm.names.keys.items()}
    assert record(state, "account", "acme")["ownerId"] == ids["ann"]
    assert record(state, "contact", "wile")["accountId"] == ids["acme"]
    assert record(state, "lead", "roda")["convertedContactId"] == ids["wile"]
    deal = record(state, "opportunity", "deal")
    assert (deal["accountId"], deal["contactIds"], deal["ownerId"]) == (ids["acme"], [ids["wile"]], ids["ann"])
    assert record(state, "event", "child")["parentId"] == int(ids["kickoff"])
    kickoff = record(state, "event", "kickoff")
    assert [each["emailAddress"] for each in kickoff["attendees"]] == ["ann@our.example", "wile@acme.example"]
    assert [each["name"] for each in kickoff["relatedTo"]] == ["Acme", "New"]
    assert record(state, "email", "mail")["relatedTo"][0]["name"] == "Coyote"


def test_the_order_of_sections_changes_nothing() -> None:
    """However the sections stand, the same records are loaded in the same order, so one start says it for all."""
    loaded = {}
    for order in permutations(TEAM.items()):
        scenario: Scenario = schema.scenario_schema().load(dict(order))
        records = [(each.kind.name, each.place, each.key, each.content.body) for each in scenario.records]
        loaded[repr(records)] = order
    assert len(loaded) == 1
    orders = (TEAM.items(), reversed(TEAM.items()), *loaded.values())
    assert len({repr(sorted(started(dict(order)).crm.names.keys.items())) for order in orders}) == 1


def test_a_record_comes_after_those_it_refers_to_and_else_in_the_order_of_the_file() -> None:
    events = [{"key": key, **TIMES, "parentId": parent} for key, parent in (("a", None), ("b", "d"), ("c", None))]
    state = started({"events": [*events, {"key": "d", **TIMES}]})
    ids = {key: name.id for key, name in state.crm.names.keys.items()}
    assert sorted(ids, key=lambda key: int(ids[key])) == ["a", "d", "b", "c"]


def test_records_that_refer_to_each_other_are_loaded_all_the_same() -> None:
    leads = [{"key": f"l{n}", "lastName": "x", "convertedContactId": "late"} for n in range(3)]
    state = started({"contacts": [{"key": "late", "lastName": "y", "accountId": "late"}], "leads": leads})
    assert record(state, "contact", "late")["accountId"] == "late"
    around = [{"key": key, "set": {**TIMES}, "visibleAfter": "0s"} for key in "ab"]
    chain = [{"key": f"k{n}", **TIMES, "parentId": f"k{n + 1}"} for n in range(3_000)]
    state = started({"events": [*around, *chain, {"key": "k3000", **TIMES}]})
    assert record(state, "event", "k0")["parentId"] == int(record(state, "event", "k1")["id"])
    (complaint,) = complaints(in_blocks({"events": [{"key": "a", **TIMES, "parentId": "a"}]}))
    assert complaint == "f.yaml:5: events[0].parentId: There is no event with the key 'a'."


def test_a_mistake_has_its_line_and_field_in_every_section() -> None:
    text = """\
users:
  - {key: ann, name: Ann}
contacts:
  - {key: wile, lastName: Coyote, emailAdress: x}
accounts:
  - {key: ann, name: Acme}
  - {key: acme, name: Acme, ownerId: ann}
events:
  - key: kickoff
    startTime: 2026-01-06T09:00:00Z
    endTime: 2026-01-06T10:00:00Z
    attendees: [ann, bob, {contactId: wile}]
"""
    assert complaints(text) == [
        "f.yaml:2: users[0].emailAddress: Missing data for required field.",
        "f.yaml:4: contacts[0].emailAdress: No such field. Did you mean emailAddress?",
    ]
    mended = text.replace("name: Ann}", "name: Ann, emailAddress: ann@x.example}").replace("emailAdress", "jobTitle")
    assert complaints(mended) == [
        "f.yaml:6: accounts[0]: The key 'ann' already stands for user 1001.",
        "f.yaml:12: events[0].attendees[1]: There is no key 'bob'.",
    ]


def test_a_section_has_records_of_its_kind_alone() -> None:
    for text in ("{kind: lead, lastName: x}", "{kind: lead, set: {lastName: x}}"):
        (complaint,) = complaints(f"contacts:\n- {text}\n")
        assert complaint.startswith("f.yaml:2: contacts[0].kind: No such field.")


def test_the_limit_counts_the_records_of_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_SCENARIO_EVENTS", 8)
    assert started(TEAM)
    more = {**TEAM, "users": [*TEAM["users"], {"name": "Bob", "emailAddress": "bob@our.example"}]}
    assert complaints(in_blocks(more)) == ["f.yaml:1: Must have at most 8 records in all."]


def test_steps_call_records_of_all_kinds_by_key(crm: Crm) -> None:
    steps = [
        {"create": {"kind": "contact", "key": "roda", "set": {"lastName": "Runner", "accountId": "acme"}}},
        {"edit": {"event": "kickoff", "set": {"attendees": ["ann", "roda"]}}},
        {"after": "1m", "do": {"edit": {"kind": "account", "record": "acme", "set": {"ownerId": None}}}},
        {"advance": {"by": "2m"}},
    ]
    team = {each: TEAM[each] for each in TEAM if each != "leads"}
    answer = crm.admin("PUT", "/scenario", {**team, "steps": steps})
    assert answer.status_code == 200, answer.text
    crm.admin("POST", "/scenario/next")
    roda = crm.admin("GET", "/contacts/roda").json()
    assert roda["accountId"] == crm.admin("GET", "/accounts/acme").json()["id"]
    assert crm.admin("GET", "/accounts/acme").json()["ownerId"] is None
    assert crm.admin("GET", "/events/kickoff").json()["attendees"][1]["contactId"] == int(roda["id"])


@pytest.mark.parametrize("references", ["accept", "refuse"])
def test_an_event_is_in_the_calendar_and_with_the_owner_that_keys_name(references: str) -> None:
    calendars = [{"key": "team", "name": "Team", "ownerId": "ann"}]
    events = [{"key": "plan", **TIMES, "calendarId": "team", "ownerId": "ann"}, {"key": "lunch", **TIMES}]
    state = started({"dialect": {"references": references}, "events": events, "calendars": calendars, **_PEOPLE})
    ids = {key: name.id for key, name in state.crm.names.keys.items()}
    plan, lunch = (state.crm.store.events.latest(ids[key]).event for key in ("plan", "lunch"))  # type: ignore[union-attr]
    assert (plan.calendar_id, plan.owner_id) == (ids["team"], ids["ann"])
    assert (lunch.calendar_id, lunch.owner_id) == (state.crm.primary_id, ids["ann"])
    assert record(state, "calendar", "team")["ownerId"] == ids["ann"]
    (complaint,) = complaints(in_blocks({"events": [{"key": "plan", **TIMES, "calendarId": "tame"}]}))
    assert complaint == "f.yaml:5: events[0].calendarId: There is no such calendar."


def test_records_that_refer_to_later_ones_by_their_ids_are_loaded_after_them() -> None:
    """The CRM refuses dangling links, and a file that was saved from one has ids in place of keys."""
    state = started(
        {
            "dialect": {"references": "refuse"},
            "events": [
                {"id": "1001", "key": "child", **TIMES, "parentId": 1002, "attendees": [{"contactId": 1001}]},
                {"id": "1002", **TIMES, "relatedTo": [{"type": "Opportunity", "id": "1002"}]},
            ],
            "contacts": [{"id": "1001", "lastName": "Coyote", "accountId": "1003"}],
            "accounts": [{"id": "1003", "name": "Acme"}],
            "opportunities": [{"id": "1002", "name": "Deal", "contactIds": ["1001"]}],
        }
    )
    assert record(state, "event", "child")["parentId"] == 1002


def test_no_record_is_given_an_id_that_a_later_one_brings() -> None:
    """The child event of the first, and what has no id, stand before a record that has the next one."""
    people = enumerate(("ann", "ben"), 1001)
    users = [{"id": str(number), "name": name, "emailAddress": f"{name}@x.example"} for number, name in people]
    state = started(
        {
            "dialect": {"childEvents": "users"},
            "users": users,
            "events": [
                {"id": "1001", **TIMES, "ownerId": "1001", "attendees": [{"userId": "1002", "status": "Accepted"}]},
                {"subject": "Without an id", **TIMES},
                {"id": "1002", "subject": "Review", **TIMES},
            ],
        }
    )
    ids = [change.record.id for change in state.crm.store.of(KINDS["event"]).live()]
    assert sorted(ids) == ["1001", "1002", "1003", "1004"]
    assert record(state, "event", "1002")["subject"] == "Review"
