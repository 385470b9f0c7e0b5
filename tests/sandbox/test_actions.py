"""The verbs, their results, and lists of them that happen as a whole or not at all (contract, section 6)."""

from typing import Any

import pytest

from tests.served import Crm
from tests.unchanged import EVENT, declined, made, not_done, subjects, version

MEANINGLESS: list[Any] = [None, [], "all", 5, {"colour": "red"}]
MISSING: list[Any] = [
    {"edit": {"event": "nobody", "set": {}}},
    {"delete": {"event": "nobody"}},
    {"restore": {"event": "nobody"}},
    {"touch": {"events": ["nobody"]}},
]


# Each verb and its result


def test_create_tells_id_seq_version_and_key(crm: Crm) -> None:
    (result,) = crm.act({"create": {"set": EVENT | {"subject": "Kickoff"}, "key": "kickoff"}})
    (event,) = crm.events()
    assert event["subject"] == "Kickoff"
    assert (
        result.items()
        >= {
            "verb": "create",
            "eventId": event["id"],
            "seq": 1,
            "version": 1,
            "key": "kickoff",
        }.items()
    )


def test_edit_changes_what_it_names_and_leaves_the_rest(crm: Crm) -> None:
    event_id = made(crm, subject="Kickoff", location="Berlin")
    (result,) = crm.act({"edit": {"event": event_id, "set": {"subject": "Moved", "location": None}}})
    assert result.items() >= {"verb": "edit", "eventId": event_id, "seq": 2, "version": 2}.items()
    (event,) = crm.events()
    assert (event["subject"], event["location"]) == ("Moved", None)


def test_an_edit_of_nothing_is_still_a_write(crm: Crm) -> None:
    event_id = made(crm)
    crm.act({"edit": {"event": event_id, "set": {}}})
    assert (version(crm, event_id)["version"], crm.now()) == (2, "2026-01-05T09:00:00.002Z")


def test_delete_leaves_a_tombstone_and_restore_brings_the_event_back_as_it_was(crm: Crm) -> None:
    event_id = made(crm, subject="Kickoff", attendees=[{"userId": "u1"}])
    (before,) = crm.events()
    (deleted,) = crm.act({"delete": {"event": event_id}})
    assert deleted.items() >= {"verb": "delete", "eventId": event_id, "seq": 2, "version": 2}.items()
    assert crm.events() == []
    (restored,) = crm.act({"restore": {"event": event_id}})
    assert restored.items() >= {"verb": "restore", "eventId": event_id, "seq": 3, "version": 3}.items()
    assert crm.events() == [before | {"lastModifiedAt": "2026-01-05T09:00:00.003Z"}]


def test_touch_gives_a_new_stamp_and_the_same_content(crm: Crm) -> None:
    first, second, third = (made(crm, subject=letter) for letter in "abc")
    before = {event["id"]: event for event in crm.events()}
    crm.act({"touch": {"events": [third, first]}})
    assert [(change["eventId"], change["op"]) for change in crm.changes()[3:]] == [
        (third, "updated"),
        (first, "updated"),
    ]
    assert {event["id"]: event for event in crm.events()} == {
        first: before[first] | {"lastModifiedAt": "2026-01-05T09:00:00.005Z"},
        second: before[second],
        third: before[third] | {"lastModifiedAt": "2026-01-05T09:00:00.004Z"},
    }


def test_touch_all_touches_every_event_that_lives_once(crm: Crm) -> None:
    living = [made(crm), made(crm, "kickoff")]
    crm.act({"delete": {"event": made(crm)}})
    (result,) = crm.act({"touch": {"events": "all"}})
    assert result["verb"] == "touch"
    assert sorted(change["eventId"] for change in crm.changes()[4:]) == sorted(living)
    assert len(crm.changes()) == 6


def test_touching_nothing_changes_nothing(crm: Crm) -> None:
    crm.act({"touch": {"events": []}}, {"touch": {"events": "all"}})
    assert crm.changes() == []


def test_dialect_changes_how_the_crm_speaks(crm: Crm) -> None:
    (result,) = crm.act({"dialect": {"deletedStatus": 410}})
    assert result["verb"] == "dialect"
    event_id = made(crm)
    crm.act({"delete": {"event": event_id}})
    assert crm.api("GET", f"/events/{event_id}").status_code == 410


def test_an_action_speaks_plainly_whatever_the_dialect(crm: Crm) -> None:
    crm.set_dialect(timestampFormat="epochMillis", listShape="array", deletedStatus=410)
    event_id = made(crm, "kickoff")
    assert crm.changes()[0]["stamp"] == "2026-01-05T09:00:00.001Z"
    assert crm.act({"advance": {"by": "1s"}})[0]["now"] == "2026-01-05T09:00:01.001Z"
    crm.act({"delete": {"event": event_id}})
    not_done(crm, 404, "event.deleted", {"delete": {"event": event_id}})


# Lists


def test_one_action_needs_no_list(crm: Crm) -> None:
    response = crm.admin("POST", "/actions", {"create": {"set": EVENT}})
    assert response.status_code == 200
    assert [result["verb"] for result in response.json()["results"]] == ["create"]


def test_no_action_at_all_is_fine(crm: Crm) -> None:
    assert crm.act() == []


def test_a_list_happens_in_order_and_each_sees_what_came_before(crm: Crm) -> None:
    results = crm.act(
        {"create": {"set": EVENT | {"subject": "Kickoff"}, "key": "kickoff"}},
        {"advance": {"by": "1h"}},
        {"edit": {"event": "kickoff", "set": {"subject": "Moved"}}},
        {"delete": {"event": "kickoff"}},
        {"restore": {"event": "kickoff"}},
    )
    assert [result["verb"] for result in results] == ["create", "advance", "edit", "delete", "restore"]
    assert subjects(crm.events()) == ["Moved"]
    assert crm.now() == "2026-01-05T10:00:00.004Z"


@pytest.mark.parametrize(
    ("last", "status", "code"),
    [
        ({"delete": {"event": "nobody"}}, 404, "event.notFound"),
        ({"delete": {"event": "gone"}}, 404, "event.deleted"),
        ({"restore": {"event": "kickoff"}}, 409, "event.notDeleted"),
        ({"create": {"set": EVENT, "key": "new"}}, 409, "key.exists"),
        ({"create": {"set": {}}}, 422, "event.invalid"),
        ({"advance": {"by": "P3000000D"}}, 422, "clock.invalid"),
        ({"churn": {"deletes": 100}}, 422, "action.invalid"),
        ({"touch": {"events": ["kickoff", "gone"]}}, 404, "event.deleted"),
        ({"explode": {}}, 422, "action.invalid"),
    ],
    ids=str,
)
def test_a_list_with_one_refusal_does_not_happen_at_all(crm: Crm, last: Any, status: int, code: str) -> None:
    made(crm, "kickoff")
    crm.act({"delete": {"event": made(crm, "gone")}}, {"schedule": {"after": "1m", "do": [{"create": {"set": EVENT}}]}})
    not_done(
        crm,
        status,
        code,
        {"create": {"set": EVENT, "key": "new"}},
        {"edit": {"event": "kickoff", "set": {"subject": "x"}, "visibleAfter": "1s"}},
        {"churn": {"creates": 2, "edits": 2, "deletes": 1}},
        {"advance": {"by": "5m"}},
        {"clock": {"now": "2020-01-01T00:00:00Z", "tick": "1h"}},
        {"dialect": {"since": "exclusive"}},
        {"schedule": {"after": "1m", "do": [{"touch": {"events": "all"}}]}},
        last,
    )


def test_a_refusal_says_which_action_it_was(crm: Crm) -> None:
    details = not_done(crm, 422, "event.invalid", {"create": {"set": EVENT}}, {"create": {"set": {"endTime": 5}}})
    assert set(details) == {"1"}
    assert set(details["1"]["create"]) == {"startTime", "endTime"}


def test_a_list_that_did_not_happen_can_be_put_right_and_sent_again(crm: Crm) -> None:
    first = {"create": {"set": EVENT, "key": "kickoff"}}
    not_done(crm, 404, "event.notFound", first, {"delete": {"event": "nobody"}})
    assert crm.act(first)[0]["seq"] == 1


# What is no action


@pytest.mark.parametrize(
    "body",
    [{}, [{}], 5, "touch", True, [[]], [None], ["touch"], {"touch": {"events": "all"}, "advance": {"by": "1m"}}],
    ids=str,
)
def test_an_action_is_an_object_with_one_key_its_verb(crm: Crm, body: Any) -> None:
    declined(crm, 422, "action.invalid", "POST", "/actions", body)


@pytest.mark.parametrize("verb", ["explode", "Create", "", "seed", "update"])
def test_a_verb_that_does_not_exist_is_refused(crm: Crm, verb: str) -> None:
    declined(crm, 422, "action.invalid", "POST", "/actions", {verb: {}})
    not_done(crm, 422, "action.invalid", {"create": {"set": EVENT}}, {verb: {}})


@pytest.mark.parametrize(
    "action",
    [
        {verb: arguments}
        for verb in ("create", "edit", "delete", "restore", "touch", "churn", "advance", "clock", "dialect", "schedule")
        for arguments in MEANINGLESS
    ],
    ids=str,
)
def test_the_arguments_of_a_verb_are_an_object_of_what_it_knows(crm: Crm, action: Any) -> None:
    not_done(crm, 422, "action.invalid", action)


@pytest.mark.parametrize(
    "action",
    [
        {"create": {}},
        {"create": {"set": EVENT, "by": 5}},
        {"create": {"set": None}},
        {"edit": {"event": "kickoff"}},
        {"edit": {"set": {}}},
        {"edit": {"event": 1001, "set": {}}},
        {"edit": {"event": "kickoff", "set": {}, "key": "other"}},
        {"delete": {}},
        {"delete": {"event": None}},
        {"delete": {"event": ["kickoff"]}},
        {"delete": {"event": "kickoff", "set": {}}},
        {"restore": {}},
        {"touch": {}},
        {"touch": {"events": "kickoff"}},
        {"touch": {"events": [1001]}},
        {"touch": {"events": None}},
        {"advance": {}},
        {"advance": {"by": "-1s"}},
        {"clock": {"rate": 0}},
        {"dialect": {"since": "sometimes"}},
    ],
    ids=str,
)
def test_arguments_that_are_missing_or_of_another_type_are_refused(crm: Crm, action: Any) -> None:
    made(crm, "kickoff")
    not_done(crm, 422, "action.invalid", action)


@pytest.mark.parametrize("content", [[], "x", {"colour": "red"}, {"startTime": "x"}, {"subject": 5}], ids=str)
def test_what_is_set_must_be_an_event(crm: Crm, content: Any) -> None:
    made(crm, "kickoff")
    not_done(crm, 422, "event.invalid", {"create": {"set": content}})
    not_done(crm, 422, "event.invalid", {"edit": {"event": "kickoff", "set": content}})


@pytest.mark.parametrize("action", MISSING, ids=str)
def test_an_event_that_was_never_there_is_not_found(crm: Crm, action: Any) -> None:
    not_done(crm, 404, "event.notFound", action)


def test_a_deleted_event_is_not_written_but_restored(crm: Crm) -> None:
    crm.act({"delete": {"event": made(crm, "gone")}})
    for action in ({"edit": {"event": "gone", "set": {}}}, {"delete": {"event": "gone"}}):
        not_done(crm, 404, "event.deleted", action)
    not_done(crm, 404, "event.deleted", {"touch": {"events": ["gone"]}})
