"""A client's replica held against the CRM, without HTTP: what differs, and who lost it."""

from typing import Any

import orjson
import pytest

from mockcrm.audit.findings import Finding
from mockcrm.audit.replica import replica_of
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.rendering import rendered
from mockcrm.errors import AuditInvalid
from tests.audit.audited import MINUTE, MONDAY, TIMES, Crm, at


@pytest.fixture
def crm() -> Crm:
    return Crm()


def shown(crm: Crm) -> dict[str, Any]:
    """What lists show, by the names of the events."""
    with crm.sandbox.open() as state:
        living = [change for change in state.crm.store.events.visible_all() if not change.deleted]
        rows = map(orjson.loads, rendered(living, state.crm.dialect, listed=True))
        return {state.crm.key_of(KINDS["event"], row["id"]) or row["id"]: row for row in rows}


def held(crm: Crm, *records: Any, **payload: Any) -> list[Finding]:
    audit = crm.sandbox.audit(replica_of({"replica": list(records), **payload}))
    assert audit.in_sync is not bool(audit.differences)
    return audit.differences


def codes(found: list[Finding]) -> list[str]:
    return [each.kind.code for each in found]


def test_what_was_given_and_kept_is_in_sync(crm: Crm) -> None:
    for _ in range(3):
        crm.create()
    crm.read()
    assert held(crm, *shown(crm).values()) == []


def test_an_event_that_was_given_and_dropped_is_the_clients_own_loss(crm: Crm) -> None:
    kept, dropped = crm.create(), crm.create()
    crm.read()
    (found,) = held(crm, shown(crm)[kept])
    assert (found.kind.code, found.kind.severity) == ("replica.missing", "error")
    assert (found.title, found.requests, found.changes) == (f"“{dropped}” is not in the replica", (1,), (2,))
    assert "Request 1 delivered version 1, and the client lost it" in found.explanation


def test_an_event_that_was_never_given_is_explained_by_the_audit_of_reading(crm: Crm) -> None:
    kept = crm.create()
    crm.wait(1)
    crm.read()
    crm.create(stamp="-5m")
    crm.read(since=MONDAY + MINUTE)
    (found,) = held(crm, shown(crm)[kept])
    assert (found.kind.code, found.hazard) == ("replica.missing", "server-clock-backwards")
    assert "was created, and the change is out of this client's reach" in found.explanation
    assert found.requests == (1, 2)
    assert "longer than the largest error of the CRM's clocks" in found.advice


def test_what_the_client_may_yet_be_given_is_pending(crm: Crm) -> None:
    edited, deleted = crm.create(), crm.create()
    crm.read()
    before = shown(crm)
    crm.create()
    crm.edit(edited)
    crm.delete(deleted)
    (found,) = held(crm, *before.values())
    assert (found.kind.code, found.kind.severity, found.count) == ("replica.pending", "note", 3)
    assert crm.sandbox.audit().clean


def test_what_was_there_before_the_client_came_is_pending_until_it_reads_everything(crm: Crm) -> None:
    crm.create()
    crm.wait(1)
    crm.read(since=MONDAY + MINUTE)
    (found,) = held(crm)
    assert (found.kind.code, "has not read everything" in found.explanation) == ("replica.pending", True)


def test_a_record_of_an_older_version_is_stale_in_the_fields_that_differ(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    before = shown(crm)[name]
    crm.edit(name)
    crm.read(since=MONDAY)
    (found,) = held(crm, before)
    assert (found.kind.code, found.fields, found.requests) == ("replica.stale", ("lastModifiedAt", "location"), (2,))
    assert "The replica has version 1." in found.explanation
    assert "Request 2 delivered version 2" in found.explanation


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"subject": "event1"}, ()),
        ({"subject": "Another"}, ("subject",)),
        ({"startTime": "2026-01-06T10:00:00+01:00", "lastModifiedAt": "2026-01-05T09:00:00.001000Z"}, ()),
        ({"startTime": "soon", "allDay": True}, ("allDay", "startTime")),
        ({"allDay": 0}, ("allDay",)),
        ({"startTime": 1767690000000}, ()),
        ({"startTime": 1767690000001, "subject": None}, ("startTime", "subject")),
        ({"startTime": "2026-01-06"}, ("startTime",)),
        ({"lastModifiedAt": "2026-01-05T09:00:00.000Z"}, ("lastModifiedAt",)),
    ],
)
def test_only_the_fields_that_a_record_has_are_compared(crm: Crm, record: Any, fields: tuple[str, ...]) -> None:
    name = crm.create()
    crm.read()
    found = held(crm, {"id": crm.id_of(name), **record})
    assert [each.fields for each in found] == ([fields] if fields else [])


def test_of_what_is_within_only_the_members_that_a_record_has_are_compared(crm: Crm) -> None:
    day = {"allDay": True, "startTime": "2026-01-06", "endTime": "2026-01-07"}
    name = crm.create({**day, "attendees": [{"emailAddress": "ada@example.com", "status": "Accepted"}]})
    crm.read()
    record = {"id": crm.id_of(name), **day, "attendees": [{"emailAddress": "ada@example.com"}]}
    assert held(crm, record) == []
    (found,) = held(crm, {**record, "attendees": [{"emailAddress": "ben@example.com"}], "endTime": "2026-01-08"})
    assert found.fields == ("attendees", "endTime")


def test_an_id_alone_says_that_the_event_is_there(crm: Crm) -> None:
    names = [crm.create(), crm.create()]
    crm.read()
    assert held(crm, *map(crm.id_of, names)) == []
    assert codes(held(crm, crm.id_of(names[0]))) == ["replica.missing"]


def test_a_record_may_speak_the_dialect_or_plainly(crm: Crm) -> None:
    crm.act({"dialect": {"timestampFormat": "epochMillis", "privateInLists": "busy"}})
    name = crm.create({"private": True})
    crm.read()
    assert shown(crm)[name]["subject"] == "Busy"
    assert held(crm, shown(crm)[name]) == []
    assert held(crm, {"id": crm.id_of(name), "subject": name, "startTime": "2026-01-06T09:00:00Z"}) == []
    assert held(crm, {"id": crm.id_of(name), "subject": name, "startTime": shown(crm)[name]["startTime"]}) == []


def test_what_lists_leave_out_the_client_cannot_have(crm: Crm) -> None:
    crm.act({"dialect": {"omittedFromLists": ["description"]}})
    name = crm.create({"description": "Agenda"})
    crm.read()
    assert held(crm, shown(crm)[name]) == []
    (found,) = held(crm, {**shown(crm)[name], "description": None})
    assert (found.fields, "Lists do not show this" in found.explanation) == (("description",), True)
    crm.look(name)
    (found,) = held(crm, {**shown(crm)[name], "description": None})
    assert "Request 2 delivered version 1" in found.explanation


def test_it_says_which_version_a_record_is_if_it_is_any(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    before = shown(crm)[name]
    for subject in ("Second", "Third"):
        crm.act({"edit": {"event": name, "set": {"subject": subject}}})
    crm.read()
    for record, payload in ((before, True), ({**before, "subject": "Fourth"}, False)):
        (found,) = held(crm, record)
        assert ("The replica has version 1." in found.explanation) is payload


def test_who_writes_and_is_not_answered_may_yet_be_shown_what_came_of_it(crm: Crm) -> None:
    crm.act({"dialect": {"writeAnswer": "nothing"}})
    name = crm.create()
    crm.read()
    crm.write("PATCH", name, {"subject": "Mine"})
    (found,) = held(crm, {"id": crm.id_of(name), "subject": name})
    assert (found.kind.code, "wrote version 2 itself" in found.explanation) == ("replica.pending", True)
    crm.write("PATCH", name, {"subject": "Again"}, answer=503)
    assert codes(held(crm, {"id": crm.id_of(name), "subject": name})) == ["replica.pending"]


# What is there no more


def test_a_deletion_that_was_told_of_and_not_carried_out(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read(showDeleted=True)
    (found,) = held(crm, crm.id_of(name))
    assert (found.kind.code, found.requests) == ("replica.phantom", (2,))
    assert "Request 2 delivered the tombstone, and the client lost it" in found.explanation
    assert held(crm) == []


def test_what_is_restored_may_be_missing_until_that_is_told(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read(showDeleted=True)
    crm.act({"restore": {"event": name}})
    assert codes(held(crm)) == ["replica.pending"]


def test_a_restored_event_that_lists_do_not_show_yet_may_be_there(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.act({"restore": {"event": name, "visibleAfter": "1m"}})
    crm.look(name)
    assert held(crm, {"id": crm.id_of(name), "subject": name}) == []
    assert held(crm) == []


def test_what_was_deleted_before_lists_showed_it_is_a_phantom(crm: Crm) -> None:
    crm.act({"dialect": {"indexLag": "1m"}})
    name = crm.create()
    crm.look(name)
    crm.write("DELETE", name)
    (found,) = held(crm, crm.id_of(name))
    assert (found.kind.code, found.requests) == ("replica.phantom", (2,))


def test_nobody_can_have_what_was_deleted_before_it_came(crm: Crm) -> None:
    name = crm.create()
    crm.delete(name)
    crm.read(since=MONDAY + MINUTE)
    (found,) = held(crm, crm.id_of(name))
    assert (found.kind.code, "before the client's first request" in found.explanation) == (
        "replica.phantom",
        True,
    )


def test_a_client_that_has_kept_its_replica_is_told_of_deletions_by_its_next_poll(crm: Crm) -> None:
    name = crm.create()
    crm.wait(1)
    crm.read(since=MONDAY + MINUTE, showDeleted=True)
    crm.delete(name)
    assert codes(held(crm, crm.id_of(name))) == ["replica.pending"]


def test_an_absence_tells_of_a_deletion_too(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read()
    (found,) = held(crm, crm.id_of(name))
    assert (found.kind.code, "Request 2 read everything" in found.explanation) == ("replica.phantom", True)


def test_a_deletion_that_the_client_never_asks_for(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read()
    crm.delete(name)
    crm.read(since=at(bound))
    (found,) = held(crm, crm.id_of(name))
    assert (found.kind.code, "asks neither for deletions" in found.explanation) == ("replica.phantom", True)


def test_a_record_that_says_it_was_deleted_is_none(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    assert codes(held(crm, {"id": crm.id_of(name), "deleted": True})) == ["replica.missing"]
    crm.delete(name)
    crm.read(showDeleted=True)
    assert held(crm, {"id": crm.id_of(name), "deleted": True}) == []


def test_both_values_are_shown(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    (found,) = held(crm, {"id": crm.id_of(name), "subject": "x" * 100})
    assert f'subject is "{"x" * 40}…" in the replica, and "{name}" in the CRM.' in found.explanation


PEOPLE = [{"emailAddress": f"someone{number}@with-a-long-name.example"} for number in range(5)]


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (
            lambda people: people[3].update(status="Declined"),
            'attendees[3].status is "Declined" in the replica, and "NeedsAction" in the CRM.',
        ),
        (
            lambda people: people.__delitem__(1),
            'attendees[1] is nothing in the replica, and {"emailAddress": "someone1@with-a-long-n… in the CRM.',
        ),
        (
            lambda people: people.insert(0, people[4]),
            'attendees[0] is {"emailAddress": "someone4@with-a-long-n… in the replica, and nothing in the CRM.',
        ),
        (
            lambda people: people.__setitem__(slice(None), [{"emailAddress": PEOPLE[2]["emailAddress"]}]),
            'attendees[0] is nothing in the replica, and {"emailAddress": "someone0@with-a-long-n… in the CRM.',
        ),
    ],
)
def test_of_a_list_the_member_is_shown_that_differs(crm: Crm, spoiled: Any, words: str) -> None:
    name = crm.create({"attendees": PEOPLE})
    crm.read()
    record = shown(crm)[name]
    spoiled(record["attendees"])
    (found,) = held(crm, record)
    assert words in found.explanation


def test_of_a_long_text_the_part_is_shown_that_differs(crm: Crm) -> None:
    name = crm.create({"description": "Agenda\n" * 30 + "Room 1"})
    crm.read()
    record = shown(crm)[name]
    (found,) = held(crm, {**record, "description": record["description"][:-1] + "2"})
    assert 'Room 2" in the replica' in found.explanation
    assert 'Room 1" in the CRM' in found.explanation


def test_what_never_was_and_what_is_there_twice(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    found = held(crm, {"id": crm.id_of(name), "subject": "Wrong"}, shown(crm)[name], "nobody" * 100)
    assert sorted(codes(found)) == ["replica.duplicate", "replica.phantom"]
    assert {len(each.title) < 120 for each in found} == {True}


def test_only_what_lies_in_the_window_is_compared(crm: Crm) -> None:
    inside, outside = crm.create(), crm.create({"startTime": "2026-06-01T09:00:00Z", "endTime": "2026-06-01T10:00:00Z"})
    crm.read()
    week = {"startAt": "2026-01-05T00:00:00Z", "endAt": "2026-01-12T00:00:00Z"}
    assert held(crm, shown(crm)[inside], window=week) == []
    assert held(crm, *shown(crm).values(), window=week) == []
    (found,) = held(crm, {**shown(crm)[outside], **TIMES}, shown(crm)[inside], window=week)
    assert (found.kind.code, found.event_id) == ("replica.phantom", crm.id_of(outside))
    assert "outside the window" in found.explanation


def test_an_assertion_says_all_that_differs(crm: Crm) -> None:
    kept, dropped = crm.create(), crm.create()
    crm.read()
    crm.sandbox.assert_in_sync(shown(crm).values())
    with pytest.raises(AssertionError, match="Request 1 delivered version 1, and the client lost it") as failed:
        crm.sandbox.assert_in_sync([shown(crm)[kept], {"id": "7"}], "client")
    assert f"replica.missing: “{dropped}” is not in the replica." in str(failed.value)
    assert "replica.phantom: “7” is in the replica" in str(failed.value)


# Who can know what


def test_what_the_client_wrote_may_be_ahead_of_lists(crm: Crm) -> None:
    crm.act({"dialect": {"indexLag": "1m"}})
    edited, deleted = crm.create(), crm.create()
    crm.wait(5)
    crm.read()
    rows = shown(crm)
    crm.write("PATCH", edited, {"subject": "Mine"})
    crm.write("DELETE", deleted)
    made = crm.write("POST", payload={**rows[edited], "subject": "Made"})
    mine = {**rows[edited], "subject": "Mine", "lastModifiedAt": "2026-01-05T09:05:00.003Z"}
    assert held(crm, mine, {"id": made, "subject": "Made"}) == []
    (found,) = held(crm, mine, {"id": made, "subject": "Another"})
    assert (found.kind.code, found.fields) == ("replica.stale", ("subject",))
    crm.wait(5)
    assert held(crm, mine, {"id": made, "subject": "Made"}) == []


def test_each_client_has_a_replica_of_its_own(crm: Crm) -> None:
    name = crm.create()
    crm.read("one")
    crm.read("other", since=MONDAY + MINUTE)
    with pytest.raises(AuditInvalid, match="one, other"):
        held(crm)
    (found,) = held(crm, client="one")
    assert "Request 1 delivered" in found.explanation
    assert codes(held(crm, client="other")) == ["replica.pending"]
    with pytest.raises(AuditInvalid, match="No client called 'nobody' has sent a request: there are one, other"):
        held(crm, crm.id_of(name), client="nobody")


def test_a_replica_may_be_shown_before_anybody_has_asked(crm: Crm) -> None:
    name = crm.create()
    assert held(crm, crm.id_of(name)) == []
    (found,) = held(crm)
    assert (found.kind.code, "has made a request" in found.explanation) == ("replica.pending", True)


def test_who_lost_it_is_known_after_the_journal_was_cleared(crm: Crm) -> None:
    crm.create()
    crm.read()
    crm.sandbox.journal.clear()
    crm.read()
    (found,) = held(crm)
    assert found.explanation == "Request 1 delivered version 1, and the client lost it."


def test_a_field_that_no_event_has_is_refused(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    with pytest.raises(AuditInvalid) as refused:
        held(crm, {"id": crm.id_of(name), "subjcet": "x"})
    assert refused.value.details == {"replica": {"0": {"subjcet": ["No such field."]}}}
    crm.act({"dialect": {"unknownFields": "keep"}}, {"edit": {"event": name, "set": {"dealStage": "Offer"}}})
    crm.read()
    assert held(crm, {"id": crm.id_of(name), "dealStage": "Offer"}) == []
    (found,) = held(crm, {"id": crm.id_of(name), "dealStage": "Lost", "other": 1})
    assert found.fields == ("dealStage", "other")
