"""Seeded data hang together: whatever an invented record refers to is there, and says so too (contract, section 8)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

from mockcrm.cli.main import main
from mockcrm.crm import actions
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.drafts import Draft
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.crm.ids import ID_FORMS
from mockcrm.crm.kinds.companies import ACCOUNT, OPPORTUNITY
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.people import CONTACT, LEAD, USER
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.record import Record
from mockcrm.crm.seeding.population import MAX_USUAL_NAME
from mockcrm.sandbox.scenario.fixture_file import load_scenario

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
SEEDABLE = [kind for kind in KINDS.values() if kind is EVENT or kind.invent]


def crm_of(id_form: str = "decimal", chance: int = 0) -> FakeCrm:
    dialect = read_dialect({"idForm": id_form}, PLAIN)
    return FakeCrm(ClockSetting(MONDAY, running=False).start(), dialect, chance)


@pytest.fixture
def crm() -> FakeCrm:
    return crm_of()


def seed(crm: FakeCrm, count: int, kind: Kind = EVENT, **order: Any) -> Mapping[str, int]:
    """Seed; how many records were made, by kind."""
    made: Mapping[str, int] = actions.seed(crm, COLLEAGUE, **{"count": count, "kind": kind, "seed": 7, **order}).more[
        "records"
    ]
    return made


def add(crm: FakeCrm, kind: Kind, **fields: Any) -> str:
    """A record that a client made; its id."""
    return actions.create(crm, COLLEAGUE, content=Draft(fields, PLAIN, kind=kind)).change.record.id


def all_of(crm: FakeCrm, kind: Kind) -> list[Any]:
    return [change.record for change in crm.store.of(kind).live()]


def events_of(crm: FakeCrm) -> list[Event]:
    return cast(list[Event], all_of(crm, EVENT))


def contents(crm: FakeCrm) -> list[Any]:
    return [change.record for change in crm.store.changes()]


Ref = tuple[str, str]
"""A kind by name, and an id."""


def links_of(record: Record) -> Iterator[Ref]:
    """Whatever a record refers to."""
    for name, field in kind_of(record).schema(PLAIN).fields.items():
        if (target := getattr(field, "target", None)) and (value := getattr(record, field.attribute or name)):
            yield from ((target, each) for each in (value if isinstance(value, tuple) else (value,)))
    links: Any = getattr(record, "related_to", ()) or getattr(record, "relatedTo", ())
    for link in links:
        yield link.type.lower(), link.id
    if isinstance(record, Event):
        yield from (("user", each.user_id) for each in record.attendees if each.user_id)
        yield from (("contact", str(each.contact_id)) for each in record.attendees if each.contact_id)
        if record.owner_id:
            yield "user", record.owner_id


def dangling(crm: FakeCrm) -> set[Ref]:
    """What records refer to that is not there."""
    there = {(kind.name, each.id) for kind in KINDS.values() for each in all_of(crm, kind)}
    return {ref for kind in KINDS.values() for each in all_of(crm, kind) for ref in links_of(each)} - there


def addresses(crm: FakeCrm) -> list[str]:
    return [each.emailAddress for kind in (USER, CONTACT, LEAD) for each in all_of(crm, kind)]


@pytest.mark.parametrize("id_form", ID_FORMS)
def test_every_link_of_ten_thousand_events_resolves(id_form: str) -> None:
    crm = crm_of(id_form)
    made = seed(crm, 10_000)
    assert made["event"] == 10_000
    assert {"user", "contact", "lead", "account", "opportunity"} < made.keys()
    assert not dangling(crm)
    as_named(crm)
    as_invited(crm, long=id_form in ("decimal", "beyond2to53"))
    at_their_companies(crm)


def as_named(crm: FakeCrm) -> None:
    """Links have the names that their targets have."""
    names = {
        (kind.name, each.id): kind.label(each)
        for kind in (CONTACT, LEAD, ACCOUNT, OPPORTUNITY)
        for each in all_of(crm, kind)
    }
    for event in events_of(crm):
        assert [link.name for link in event.related_to] == [
            names[link.type.lower(), link.id] for link in event.related_to
        ]


def as_invited(crm: FakeCrm, *, long: bool) -> None:
    """Attendees have their own addresses; a contact's id is a Long where ids are digits; the organizer is the owner."""
    users = {each.id: each.emailAddress for each in all_of(crm, USER)}
    contacts = {each.id: each.emailAddress for each in all_of(crm, CONTACT)}
    leads = {each.emailAddress for each in all_of(crm, LEAD)}
    for event in events_of(crm):
        assert event.owner_id == event.attendees[0].user_id
        for each in event.attendees:
            assert each.contact_id is None or isinstance(each.contact_id, int) is long
            if each.user_id:
                assert each.email_address == users[each.user_id]
            elif each.contact_id:
                assert each.email_address == contacts[str(each.contact_id)]
            else:
                assert each.email_address in leads


def at_their_companies(crm: FakeCrm) -> None:
    """People have addresses at the domains of their companies, which no two share."""
    accounts = {each.id: each for each in all_of(crm, ACCOUNT)}
    domains = {each.name: each.domain for each in accounts.values()}
    assert len(domains) == len(accounts) == len(set(domains.values()))
    assert all(each.emailAddress.endswith(f"@{accounts[each.accountId].domain}") for each in all_of(crm, CONTACT))
    assert all(each.emailAddress.endswith(f"@{domains[each.company]}") for each in all_of(crm, LEAD))
    assert all(each.name.startswith(accounts[each.accountId].name) for each in all_of(crm, OPPORTUNITY))


def test_only_those_are_added_whom_the_events_need(crm: FakeCrm) -> None:
    seed(crm, 5)
    needed = {ref for event in events_of(crm) for ref in links_of(event)}
    by_address = {each.email_address for event in events_of(crm) for each in event.attendees}
    for kind in (USER, CONTACT, ACCOUNT, OPPORTUNITY):
        assert {(kind.name, each.id) for each in all_of(crm, kind)} == {ref for ref in needed if ref[0] == kind.name}
    assert all(each.emailAddress in by_address for each in all_of(crm, LEAD))


@settings(max_examples=25, deadline=None)
@given(seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=3), count=st.integers(1, 60))
def test_whatever_the_seeds_links_resolve_and_nobody_is_there_twice(seeds: list[int], count: int) -> None:
    crm, other = crm_of(), crm_of(chance=1)
    for each in seeds:
        seed(crm, count, seed=each)
        seed(other, count, seed=each)
    assert contents(crm) == contents(other)
    assert not dangling(crm)
    assert Counter(addresses(crm)).total() == len(set(addresses(crm)))


def test_in_an_empty_crm_the_same_is_invented_whatever_its_ids_look_like() -> None:
    one, other = crm_of(), crm_of("guid", chance=5)
    seed(one, 300)
    seed(other, 300)
    for kind in (USER, CONTACT, LEAD, ACCOUNT):
        named = [[kind.label(each) for each in all_of(crm, kind)] for crm in (one, other)]
        assert sorted(map(str, named[0])) == sorted(map(str, named[1]))
    assert [each.subject for each in events_of(one)] != []
    assert sorted(str(each.subject) for each in events_of(one)) == sorted(
        str(each.subject) for each in events_of(other)
    )


def test_the_same_seed_again_needs_nobody_new(crm: FakeCrm) -> None:
    seed(crm, 500)
    assert seed(crm, 500) == {"event": 500}
    invited = [change.event.attendees for change in crm.store.changes_of(EVENT)]
    assert invited[:500] == invited[500:]


def test_another_seed_adds_only_who_is_missing(crm: FakeCrm) -> None:
    seed(crm, 40)
    few = len(addresses(crm))
    seed(crm, 2_000, seed=8)
    assert len(addresses(crm)) > few
    assert len(set(addresses(crm))) == len(addresses(crm))
    assert seed(crm, 2_000, seed=9).get("user", 0) == 0, "all colleagues are there by now"
    assert not dangling(crm)


def test_who_was_deleted_is_not_invited_again_under_the_old_id(crm: FakeCrm) -> None:
    seed(crm, 200)
    gone = all_of(crm, USER)[0].id
    actions.delete(crm, COLLEAGUE, kind=USER, record=gone)
    known = crm.store.last_seq
    seed(crm, 200)
    new = [change.event for change in crm.store.changes(known) if change.kind == "event"]
    assert not any(ref == ("user", gone) for event in new for ref in links_of(event))


# People of its own


def test_a_crm_with_people_of_its_own_keeps_to_them(crm: FakeCrm) -> None:
    ann = add(crm, USER, name="Ann", emailAddress="Ann@us.example", timezone="Europe/Vienna")
    bob = add(crm, USER, name="Bob", emailAddress="bob@us.example")
    acme = add(crm, ACCOUNT, name="Acme", domain="acme.example")
    add(crm, CONTACT, lastName="Coyote", firstName="Wile", emailAddress="wile@acme.example", accountId=acme)
    renewal = add(crm, OPPORTUNITY, name="Renewal 2027", accountId=acme)
    add(crm, LEAD, lastName="Runner", emailAddress="roda@road.example", company="Desert Road Works")
    assert seed(crm, 300) == {"event": 300}
    assert not dangling(crm)
    as_invited(crm, long=True)
    assert {each.user_id for event in events_of(crm) for each in event.attendees if each.user_id} == {ann, bob}
    assert {each.owner_id for each in events_of(crm)} == {ann, bob}
    assert ("opportunity", renewal) in {ref for event in events_of(crm) for ref in links_of(event)}
    subjects = {str(event.subject).partition(": ")[2] for event in events_of(crm) if event.related_to}
    assert subjects == {"Acme", "Runner"}
    assert any(event.location and event.location.startswith("Vienna, room") for event in events_of(crm))


def test_they_meet_their_own_even_if_some_are_invented(crm: FakeCrm) -> None:
    seed(crm, 100)
    made = len(addresses(crm))
    add(crm, USER, name="Ann", emailAddress="ann@us.example")
    add(crm, CONTACT, lastName="Coyote", emailAddress="wile@acme.example")
    assert seed(crm, 500, seed=8) == {"event": 500}
    invited = {each.email_address for event in events_of(crm) for each in event.attendees}
    assert {"ann@us.example", "wile@acme.example"} < invited
    assert len(invited) == made + 2


def test_a_colleague_who_is_alone_gets_company(crm: FakeCrm) -> None:
    ann = add(crm, USER, name="Ann", emailAddress="ann@us.example", timezone="Asia/Tokyo")
    assert seed(crm, 100)["user"] == 1
    assert {each.user_id for event in events_of(crm) for each in event.attendees} > {ann}
    assert not dangling(crm)


def test_a_company_without_people_gets_some(crm: FakeCrm) -> None:
    acme = add(crm, ACCOUNT, name="Acme", domain="acme.example")
    made = seed(crm, 100)
    assert "account" not in made
    contacts = all_of(crm, CONTACT)
    assert contacts
    assert all(each.accountId == acme and each.emailAddress.endswith("@acme.example") for each in contacts)


def test_those_who_cannot_be_invited_are_not(crm: FakeCrm) -> None:
    add(crm, USER, name="Gone", emailAddress="gone@us.example", active=False)
    add(crm, LEAD, lastName="Nobody knows where")
    long = "x" * (MAX_USUAL_NAME + 1)
    add(crm, USER, name=long, emailAddress="long@us.example")
    add(crm, CONTACT, lastName=long)
    add(crm, ACCOUNT, name=long)
    assert seed(crm, 50)["user"] > 1
    assert not any(long in str(event) or "gone@" in str(event) for event in events_of(crm))


def test_with_locales_only_invented_people_with_names_from_there_are_drawn_upon(crm: FakeCrm) -> None:
    add(crm, USER, name="Ann", emailAddress="ann@us.example")
    seed(crm, 100, locales=("uk_UA",))
    seed(crm, 100, locales=("ja_JP",))
    names = [each.name for each in all_of(crm, USER) if each.name != "Ann"]
    assert {ord(name[0]) >> 8 for name in names} >= {0x04, 0x5C}
    assert not any("ann@" in str(event.attendees) for event in events_of(crm))
    assert not dangling(crm)


def test_a_fixture_file_of_invented_events_has_whom_they_are_with(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    done = CliRunner().invoke(main, ["seed", "--count", "300", "--seed", "7", "--out", str(file)])
    assert done.exit_code == 0, done.output
    crm = load_scenario(file).start().crm
    assert len(events_of(crm)) == 300
    assert not dangling(crm)
    as_invited(crm, long=True)
    at_their_companies(crm)


# Churn


@pytest.mark.parametrize("seeded", [0, 20, 200])
def test_a_churn_makes_no_more_than_it_was_asked_for(crm: FakeCrm, seeded: int) -> None:
    seed(crm, seeded)
    before = crm.store.last_seq
    result = actions.churn(crm, COLLEAGUE, creates=50, edits=5, deletes=5, seed=1)
    assert [change.kind for change in result.changes] == ["event"] * 60
    assert crm.store.last_seq == before + 60
    assert not dangling(crm)


def test_whoever_a_churn_meets_and_the_crm_does_not_know_is_an_address_alone(crm: FakeCrm) -> None:
    add(crm, USER, name="Ann", emailAddress="ann@us.example")
    actions.churn(crm, COLLEAGUE, creates=50, edits=0, deletes=0, seed=1)
    met = {each.email_address: each.user_id for event in events_of(crm) for each in event.attendees}
    assert met.pop("ann@us.example") == all_of(crm, USER)[0].id
    assert len(met) > 1
    assert {*met.values()} == {None}


# Other kinds


@pytest.mark.parametrize("kind", SEEDABLE, ids=lambda kind: kind.name)
@pytest.mark.parametrize("id_form", ["decimal", "guid"])
def test_records_of_any_kind_are_invented_with_what_they_refer_to(kind: Kind, id_form: str) -> None:
    crm = crm_of(id_form)
    assert seed(crm, 500, kind)[kind.name] == 500
    assert seed(crm, 500, kind, seed=8)[kind.name] == 500
    assert len([each for each in all_of(crm, kind) if not getattr(each, "primary", False)]) == 1_000
    assert not dangling(crm)
    assert len(set(addresses(crm))) == len(addresses(crm))
    names = [each.name for each in all_of(crm, ACCOUNT)]
    assert len(set(names)) == len(names)


def test_contacts_have_accounts_and_events_then_draw_upon_them(crm: FakeCrm) -> None:
    made = seed(crm, 50, CONTACT)
    assert made["account"] > 5
    assert all(each.accountId for each in all_of(crm, CONTACT))
    at_their_companies(crm)
    assert {*seed(crm, 200)} <= {"event", "user"}


def test_every_kind_of_records_can_be_seeded() -> None:
    assert {*KINDS} == {kind.name for kind in SEEDABLE}
