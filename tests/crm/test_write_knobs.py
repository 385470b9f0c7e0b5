"""Knobs of writes: when they are seen, what they stamp, what becomes of what was sent, and what they answer."""

from typing import Any

import httpx
import pytest

from tests.crm.test_paged_reads import subjects
from tests.refusals import nothing_changes, refused
from tests.samples import ANN, FULL, TIMES, path_of
from tests.served import Crm, error
from tests.unchanged import delta, edited, made, tombstones, version

UPDATES = ["PATCH", "PUT"]


def tag(crm: Crm, event: Any) -> str:
    found: str = crm.api("GET", path_of(event)).headers["ETag"]
    return found


def last_entry(crm: Crm) -> Any:
    return crm.admin("GET", "/requests").json()["requests"][-1]


# indexLag


def test_a_write_is_read_by_id_at_once_and_listed_after_the_lag(crm: Crm) -> None:
    crm.set_dialect(indexLag="10s")
    event = crm.create(subject="a")
    assert crm.api("GET", path_of(event)).json() == event
    assert crm.events() == delta(crm) == []
    crm.advance("9s999ms")
    assert crm.events() == []
    crm.advance("1ms")
    assert crm.events() == delta(crm) == [event]
    assert event["lastModifiedAt"] == "2026-01-05T09:00:00.001Z"


def test_edits_and_deletions_lag_too_whoever_makes_them(crm: Crm) -> None:
    event, colleagues = crm.create(subject="a"), made(crm, subject="b")
    crm.set_dialect(indexLag="10s")
    crm.api("PATCH", path_of(event), {"subject": "A"})
    edited(crm, colleagues, subject="B")
    assert subjects(crm.events()) == "ab"
    crm.advance("10s")
    assert subjects(crm.events()) == "AB"
    crm.api("DELETE", path_of(event))
    crm.admin("DELETE", f"/events/{colleagues}")
    assert (subjects(crm.events()), tombstones(crm)) == ("AB", [])
    crm.advance("10s")
    assert (crm.events(), len(tombstones(crm))) == ([], 2)


@pytest.mark.parametrize(("said", "seen_after"), [("0s", "0s"), ("1s", "1s"), ("1m", "1m")])
def test_a_write_that_says_when_it_is_seen_does_not_lag(crm: Crm, said: str, seen_after: str) -> None:
    crm.set_dialect(indexLag="10s")
    made(crm, how={"visibleAfter": said}, subject="a")
    assert (subjects(crm.events()) == "a") is (said == "0s")
    crm.advance(seen_after)
    assert subjects(crm.events()) == "a"


def test_touch_and_churn_lag_and_seeding_does_not(crm: Crm) -> None:
    crm.set_dialect(indexLag="10s")
    crm.admin("POST", "/seed", {"count": 3, "seed": 1})
    before = delta(crm)
    assert len(before) == 3
    crm.act({"touch": {"events": "all"}}, {"churn": {"creates": 2, "seed": 1}})
    assert delta(crm) == before
    crm.advance("10s")
    assert len(delta(crm, since="2026-01-05T09:00:00.001Z")) == 5


def test_what_lags_already_is_not_hurried_by_another_dialect(crm: Crm) -> None:
    crm.set_dialect(indexLag="10s")
    crm.create(subject="a")
    crm.set_dialect(indexLag=None)
    crm.create(subject="b")
    assert subjects(crm.events()) == "b"
    crm.advance("10s")
    assert subjects(crm.events()) == "ab"


# unbumpedFields


@pytest.mark.parametrize("method", UPDATES)
@pytest.mark.parametrize("colleague", [False, True])
def test_an_edit_of_unbumped_fields_alone_keeps_the_stamp_and_the_place(crm: Crm, method: str, colleague: bool) -> None:
    crm.set_dialect(unbumpedFields=["attendees", "description"])
    event, other = crm.create(**FULL), crm.create()
    watermark, before = crm.api("GET", "/events").json()["asOf"], tag(crm, event)
    send = crm.admin if colleague else crm.api
    after = send(method, path_of(event), {**(FULL if method == "PUT" else {}), "attendees": [ANN, ANN]})
    assert after.json()["lastModifiedAt"] == event["lastModifiedAt"]
    shown = {**event, "attendees": [ANN, ANN]}
    assert delta(crm) == [shown, other]
    assert delta(crm, since=watermark) == [other]
    assert (version(crm, event["id"])["version"], tag(crm, event) == before) == (2, False)
    assert crm.changes()[-1]["committedAt"] > event["lastModifiedAt"]


@pytest.mark.parametrize(
    "fields", [{"attendees": [], "subject": "x"}, {"subject": "x"}, {}, {"attendees": [ANN]}], ids=str
)
def test_any_other_edit_is_stamped_also_one_that_changes_nothing(crm: Crm, fields: Any) -> None:
    crm.set_dialect(unbumpedFields=["attendees"])
    event, other = crm.create(**FULL), crm.create()
    after = crm.api("PATCH", path_of(event), fields).json()
    assert after["lastModifiedAt"] > other["lastModifiedAt"]
    assert delta(crm) == [other, after]


def test_a_stamp_that_is_told_wins_over_the_dialect(crm: Crm) -> None:
    crm.set_dialect(unbumpedFields=["subject"])
    event = made(crm, subject="a")
    edited(crm, event, {"stamp": "2026-01-05T08:00:00Z"}, subject="b")
    assert version(crm, event)["lastModifiedAt"] == "2026-01-05T08:00:00.000Z"
    edited(crm, event, subject="c")
    assert version(crm, event)["lastModifiedAt"] == "2026-01-05T08:00:00.000Z"


# normalization

ALL = ["trim", "lowerCaseAddresses", "crlf"]
SENT: dict[str, Any] = {
    "subject": "  Kick-off\t",
    "location": "\n",
    "description": " a\nb\r\nc\rd ",
    "attendees": [{"userId": "U-1", "emailAddress": "Ann@EXAMPLE.com"}, {"contactId": 7}],
}
KEPT: dict[str, dict[str, Any]] = {
    "trim": {"subject": "Kick-off", "location": ""},
    "lowerCaseAddresses": {"attendees": ["ann@example.com", None]},
    "crlf": {"description": " a\r\nb\r\nc\r\nd "},
}


def shown(event: Any) -> dict[str, Any]:
    """The fields that normalization is about, with the attendees' addresses alone."""
    found = {name: event[name] for name in SENT}
    return {**found, "attendees": [each.get("emailAddress") for each in found["attendees"]]}


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
@pytest.mark.parametrize("colleague", [False, True])
def test_what_is_written_is_kept_as_the_crm_likes_it(crm: Crm, method: str, colleague: bool) -> None:
    send = crm.admin if colleague else crm.api
    for words in ([], *([word] for word in ALL), ALL):
        crm.set_dialect(normalization=[])
        path = "/events" if method == "POST" else f"/events/{made(crm)}"
        crm.set_dialect(normalization=words)
        answer = send(method, path, {**TIMES, **SENT}).json()
        kept = shown(SENT)
        for word in words:
            kept |= KEPT[word]
        read = crm.api("GET", path_of(answer)).json()
        assert shown(answer) == shown(read) == shown(crm.changes()[-1]["after"]) == kept
        assert crm.events(since=answer["lastModifiedAt"]) == [read]
        assert "U-1" in [each["userId"] for each in read["attendees"]]


def test_an_edit_puts_the_fields_right_that_it_does_not_touch(crm: Crm) -> None:
    event = crm.create(**SENT)
    crm.set_dialect(normalization=ALL)
    assert crm.api("GET", path_of(event)).json() == event
    after = crm.api("PATCH", path_of(event), {"private": True}).json()
    assert shown(after) == {**KEPT["trim"], **KEPT["lowerCaseAddresses"], **KEPT["crlf"]}


def test_nothing_is_made_of_what_is_not_there(crm: Crm) -> None:
    crm.set_dialect(normalization=ALL)
    event = crm.create()
    assert shown(event) == {"subject": None, "location": None, "description": None, "attendees": []}


def test_a_repeat_is_known_by_what_was_sent_and_answers_with_what_was_kept(crm: Crm) -> None:
    crm.set_dialect(normalization=ALL)
    first, again = (crm.api("POST", "/events", {**TIMES, **SENT}, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    error(
        crm.api("POST", "/events", {**TIMES, **SENT, **KEPT["trim"]}, headers={"Idempotency-Key": "k"}),
        422,
        "idempotency.mismatch",
    )


# updateVerbs


@pytest.mark.parametrize(("spoken", "other"), [("PATCH", "PUT"), ("PUT", "PATCH")])
def test_a_crm_may_change_events_with_one_method_alone(crm: Crm, spoken: str, other: str) -> None:
    event = crm.create()
    crm.set_dialect(updateVerbs=spoken.lower())
    for path in (path_of(event), "/events/1x"):
        for body in (TIMES, {"startTime": 5}):
            with nothing_changes(crm):
                answer = crm.api(other, path, body)
            error(answer, 405, "method.notAllowed")
            assert answer.headers["Allow"].split(", ") == ["DELETE", "GET", "HEAD", "OPTIONS", spoken]
        for method in ("OPTIONS", "POST"):
            assert crm.api(method, path).headers["Allow"] == answer.headers["Allow"]
    assert crm.api(spoken, path_of(event), TIMES).status_code == 200
    assert crm.api("DELETE", path_of(event)).status_code == 204


@pytest.mark.parametrize("verb", ["patch", "put"])
@pytest.mark.parametrize("method", UPDATES)
def test_colleagues_change_events_as_they_like(crm: Crm, verb: str, method: str) -> None:
    crm.set_dialect(updateVerbs=verb)
    assert crm.admin(method, f"/events/{made(crm)}", TIMES).status_code == 200


# ifMatch

WRITES: list[tuple[str, Any]] = [("PATCH", {"subject": "x"}), ("PUT", TIMES), ("DELETE", None)]


@pytest.mark.parametrize(("method", "body"), WRITES)
@pytest.mark.parametrize("header", ['"stale"', "nonsense", "*", ""])
def test_a_crm_may_ignore_if_match(crm: Crm, method: str, body: Any, header: str) -> None:
    crm.set_dialect(ifMatch="ignored")
    answer = crm.api(method, path_of(crm.create()), body, headers={"If-Match": header})
    assert answer.status_code in (200, 204)


@pytest.mark.parametrize(("method", "body"), WRITES)
def test_a_crm_may_insist_on_if_match(crm: Crm, method: str, body: Any) -> None:
    crm.set_dialect(ifMatch="required")
    event, another = crm.create(), crm.create()
    refused(crm, 428, "precondition.required", method, path_of(event), body)
    refused(crm, 412, "precondition.failed", method, path_of(event), body, headers={"If-Match": '"stale"'})
    assert crm.api(method, path_of(event), body, headers={"If-Match": tag(crm, event)}).status_code in (200, 204)
    assert crm.api(method, path_of(another), body, headers={"If-Match": "*"}).status_code in (200, 204)


@pytest.mark.parametrize(("method", "body"), WRITES)
def test_what_is_not_there_is_said_before_if_match_is_asked_for(crm: Crm, method: str, body: Any) -> None:
    event = crm.create()
    crm.api("DELETE", path_of(event))
    crm.set_dialect(ifMatch="required")
    refused(crm, 404, "event.notFound", method, "/events/1x", body)
    refused(crm, 404, "event.deleted", method, path_of(event), body)


def test_neither_a_new_event_nor_a_colleague_needs_if_match(crm: Crm) -> None:
    crm.set_dialect(ifMatch="required")
    event = crm.create()
    assert crm.admin("PATCH", path_of(event), {"subject": "x"}).status_code == 200
    assert crm.admin("DELETE", path_of(event)).status_code == 204


def test_colleagues_are_heeded_where_clients_are_ignored(crm: Crm) -> None:
    crm.set_dialect(ifMatch="ignored")
    answer = crm.admin("PATCH", f"/events/{made(crm)}", {"subject": "x"}, headers={"If-Match": '"stale"'})
    error(answer, 412, "precondition.failed")


# writeAnswer


def answers(crm: Crm, spoken: str) -> dict[str, httpx.Response]:
    """The answer to each kind of write of an event that came into being in plain speech."""
    event = crm.create()
    crm.set_dialect(writeAnswer=spoken)
    once = {"headers": {"Idempotency-Key": "k"}}
    return {
        "POST": crm.api("POST", "/events", FULL, **once),
        "again": crm.api("POST", "/events", FULL, **once),
        "PATCH": crm.api("PATCH", path_of(event), {"subject": "x"}),
        "PUT": crm.api("PUT", path_of(event), {**TIMES, "subject": "y"}),
        "DELETE": crm.api("DELETE", path_of(event)),
    }


def as_plain(event: Any) -> Any:
    """An event of the change log without what only the controls show."""
    return event and {name: value for name, value in event.items() if name not in ("ownerId", "calendarId")}


STATUSES = {"POST": 201, "again": 201, "PATCH": 200, "PUT": 200, "DELETE": 204}


@pytest.mark.parametrize("spoken", ["event", "id", "nothing", "staleTag"])
def test_a_write_says_as_much_as_the_dialect_has_it_say(crm: Crm, spoken: str) -> None:
    given = answers(crm, spoken)
    silent = {"PATCH": 204, "PUT": 204} if spoken == "nothing" else {}
    assert {kind: answer.status_code for kind, answer in given.items()} == STATUSES | silent
    log = {change["seq"]: as_plain(change["after"]) for change in crm.changes()}
    for kind, seq in (("POST", 2), ("again", 2), ("PATCH", 3), ("PUT", 4)):
        body = {"id": {"id": log[seq]["id"]}, "nothing": None}.get(spoken, log[seq])
        assert (given[kind].json() if given[kind].content else None) == body
        assert ("Content-Type" in given[kind].headers) is (body is not None)
    assert given["DELETE"].content == b""
    assert given["again"].headers["Location"] == given["POST"].headers["Location"]
    assert crm.http.get(given["POST"].headers["Location"]).json() == log[2]


@pytest.mark.parametrize("spoken", ["event", "id", "nothing"])
@pytest.mark.parametrize("method", UPDATES)
def test_the_tag_of_an_answer_is_that_of_what_was_written(crm: Crm, spoken: str, method: str) -> None:
    crm.set_dialect(writeAnswer=spoken)
    made_by_client = crm.api("POST", "/events", TIMES)
    path = crm.http.get(made_by_client.headers["Location"]).json()
    assert made_by_client.headers["ETag"] == tag(crm, path)
    after = crm.api(method, path_of(path), TIMES, headers={"If-Match": made_by_client.headers["ETag"]})
    assert after.headers["ETag"] == tag(crm, path) != made_by_client.headers["ETag"]


@pytest.mark.parametrize("method", UPDATES)
def test_a_stale_tag_is_the_one_from_before_the_write(crm: Crm, method: str) -> None:
    event = crm.create()
    before = tag(crm, event)
    crm.set_dialect(writeAnswer="staleTag")
    answer = crm.api(method, path_of(event), {**TIMES, "subject": "x"})
    assert (answer.headers["ETag"], answer.json()["subject"]) == (before, "x")
    assert tag(crm, event) != before
    refused(crm, 412, "precondition.failed", method, path_of(event), TIMES, headers={"If-Match": before})


def test_a_new_event_s_tag_is_never_stale(crm: Crm) -> None:
    crm.set_dialect(writeAnswer="staleTag")
    answer = crm.api("POST", "/events", TIMES)
    assert answer.headers["ETag"] == tag(crm, answer.json())


def test_colleagues_are_told_all(crm: Crm) -> None:
    crm.set_dialect(writeAnswer="nothing")
    event = crm.admin("POST", "/events", TIMES).json()
    assert crm.admin("PATCH", path_of(event), {"subject": "x"}).json()["subject"] == "x"


@pytest.mark.parametrize("spoken", ["event", "id", "nothing", "staleTag"])
def test_the_journal_names_the_version_whatever_the_answer_says_of_it(crm: Crm, spoken: str) -> None:
    event = crm.create()
    crm.set_dialect(writeAnswer=spoken)
    for method, body, payload in (("PATCH", {}, "events"), ("PUT", TIMES, "events"), ("DELETE", None, "tombstones")):
        crm.api(method, path_of(event), body)
        entry = last_entry(crm)
        (delivered,) = entry["delivered"][payload]
        assert delivered == {"id": event["id"], "version": crm.changes()[-1]["version"]}
        assert entry["changes"] == [crm.changes()[-1]["seq"]]


def test_errors_are_told_in_full_where_writes_answer_with_nothing(crm: Crm) -> None:
    crm.set_dialect(writeAnswer="nothing")
    assert set(refused(crm, 422, "event.invalid", "POST", "/events", {})) == {"startTime", "endTime"}
