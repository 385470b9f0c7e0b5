"""Knobs of what lists show: deletions, tombstones, private events, fields left out; and that no bytes get mixed up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.crm.test_paged_reads import subjects
from tests.making import Make, making, name_of
from tests.samples import ANN, DEFAULTS, FULL, NINE, TEN, path_of
from tests.served import MONDAY, Crm, error
from tests.unchanged import version

SINCE = {"since": MONDAY}
WINDOW = {"startAt": NINE, "endAt": TEN}
SHOW = {"showDeleted": "true"}


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


@pytest.fixture
def living(crm: Crm) -> Any:
    """A private event, in a CRM that has deleted another."""
    event = crm.create(**FULL)
    crm.api("DELETE", path_of(crm.create(subject="gone")))
    return event


def asked(crm: Crm, path: str, parameters: dict[str, str]) -> str:
    """A list in short: its rows' subjects, a dagger for a tombstone, or the status of a refusal."""
    answer = crm.api("GET", path, params=parameters)
    return subjects(answer.json()["records"]) if answer.status_code == 200 else str(answer.status_code)


# deletions

EVENTS = "/events"
TELLINGS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    # The list, and what it has where deletions are: asked, inline, endpoint, none
    (EVENTS, {}, {"asked": "a", "inline": "a", "endpoint": "a", "none": "a"}),
    (EVENTS, WINDOW, {"asked": "a", "inline": "a", "endpoint": "a", "none": "a"}),
    (EVENTS, SHOW, {"asked": "a†", "inline": "a†", "endpoint": "400", "none": "400"}),
    (EVENTS, WINDOW | SHOW, {"asked": "a†", "inline": "a†", "endpoint": "400", "none": "400"}),
    (EVENTS, SINCE, {"asked": "a", "inline": "a†", "endpoint": "a", "none": "a"}),
    (EVENTS, SINCE | WINDOW, {"asked": "a", "inline": "a†", "endpoint": "a", "none": "a"}),
    (EVENTS, SINCE | SHOW, {"asked": "a†", "inline": "a†", "endpoint": "400", "none": "400"}),
    (EVENTS, SINCE | {"showDeleted": "false"}, {"asked": "a", "inline": "a†", "endpoint": "a", "none": "a"}),
    ("/deletedEvents", {}, {"asked": "†", "inline": "404", "endpoint": "†", "none": "404"}),
    ("/deletedEvents", SINCE, {"asked": "†", "inline": "404", "endpoint": "†", "none": "404"}),
]


@pytest.mark.parametrize("deletions", ["asked", "inline", "endpoint", "none"])
def test_deletions_are_told_in_one_way_and_no_other(crm: Crm, deletions: str) -> None:
    crm.create(subject="a")
    crm.api("DELETE", path_of(crm.create(subject="b")))
    crm.set_dialect(deletions=deletions)
    payload = [asked(crm, path, parameters) for path, parameters, _ in TELLINGS]
    assert payload == [expected[deletions] for _, _, expected in TELLINGS]


@pytest.mark.parametrize("deletions", ["asked", "inline", "endpoint", "none"])
def test_however_deletions_are_told_reads_by_id_and_colleagues_know_them(crm: Crm, living: Any, deletions: str) -> None:
    crm.set_dialect(deletions=deletions)
    crm.api("DELETE", path_of(living))
    error(crm.api("GET", path_of(living)), 404, "event.deleted")
    assert [event["deleted"] for event in crm.admin("GET", "/events").json()["records"]] == [True, True]


@pytest.mark.parametrize("deletions", ["endpoint", "none"])
def test_who_asks_for_what_a_crm_does_not_tell_is_told_so(crm: Crm, deletions: str) -> None:
    crm.set_dialect(deletions=deletions)
    assert set(error(crm.api("GET", "/events?showDeleted=true"), 400, "query.invalid")) == {"showDeleted"}
    crm.set_dialect(deletions="none")
    error(crm.api("GET", "/deletedEvents"), 404, "path.notFound")


# tombstones


@pytest.mark.usefixtures("living")
def test_a_tombstone_may_be_an_id_and_nothing_more(crm: Crm) -> None:
    (full,) = crm.api("GET", "/deletedEvents").json()["records"]
    crm.set_dialect(tombstones="idOnly", omittedFromLists=["subject", "startTime"], privateInLists="busy")
    bare = {"id": full["id"], "deleted": True}
    assert crm.api("GET", "/deletedEvents").json()["records"] == [bare]
    assert [row for row in crm.events(**SHOW) if "deleted" in row] == [bare]
    assert crm.events(**SINCE, **SHOW)[-1] == bare
    assert version(crm, full["id"])["deletedAt"] == full["deletedAt"]


@pytest.mark.usefixtures("living")
def test_a_tombstone_has_its_place_by_the_stamp_that_it_does_not_show(crm: Crm) -> None:
    (full,) = crm.api("GET", "/deletedEvents").json()["records"]
    crm.set_dialect(tombstones="idOnly", deletions="inline")
    assert crm.events(since=full["deletedAt"]) == [{"id": full["id"], "deleted": True}]
    assert crm.events(since=crm.advance("1s")["now"]) == []


# expiredSince


@pytest.mark.parametrize("deletions", ["asked", "inline", "endpoint"])
def test_a_since_that_is_too_old_is_refused_swallowed_or_passed_over(crm: Crm, deletions: str) -> None:
    crm.set_dialect(tombstoneRetention="1h", deletions=deletions)
    event = crm.create(subject="b")
    crm.api("DELETE", path_of(event))
    crm.advance("2h")
    crm.create(subject="a")
    path, parameters = ("/deletedEvents", SINCE) if deletions == "endpoint" else (EVENTS, dict(SINCE))
    if deletions == "asked":
        parameters |= SHOW
    left = "" if deletions == "endpoint" else "a"
    for expired, found in (("refuse", "410"), ("empty", ""), ("silent", left)):
        crm.set_dialect(expiredSince=expired)
        assert asked(crm, path, parameters) == found
        assert asked(crm, path, {**parameters, "since": crm.now()}) == left


def test_a_list_that_swallows_says_that_it_is_complete_as_of_now(crm: Crm) -> None:
    crm.set_dialect(tombstoneRetention="1h", expiredSince="empty", deletions="inline", pageSize=1)
    for _ in range(2):
        crm.create()
    crm.advance("2h")
    payload = crm.api("GET", "/events", params=SINCE).json()
    assert payload == {"records": [], "length": 0, "nextPageToken": None, "asOf": crm.now()}


def test_a_list_without_tombstones_knows_no_expiry(crm: Crm) -> None:
    crm.set_dialect(tombstoneRetention="1h")
    crm.create(subject="a")
    crm.advance("2h")
    for deletions in ("asked", "endpoint", "none"):
        crm.set_dialect(deletions=deletions)
        assert asked(crm, EVENTS, SINCE) == "a"


# privateInLists


def test_lists_say_no_more_of_a_private_event_than_that_somebody_is_busy_and_when(crm: Crm, living: Any) -> None:
    crm.set_dialect(privateInLists="busy")
    times = {name: living[name] for name in ("id", "startTime", "endTime", "lastModifiedAt", "private")}
    busy = {**DEFAULTS, **times, "subject": "Busy"}
    assert crm.events() == crm.events(**SINCE) == crm.events(**WINDOW) == [busy]
    assert crm.api("GET", path_of(living)).json() == living
    assert version(crm, living["id"])["attendees"] == [ANN]


def test_neither_do_they_tell_of_fields_that_the_crm_keeps(crm: Crm) -> None:
    crm.set_dialect(privateInLists="busy", unknownFields="keep", relatedToShape="object")
    event = crm.create(**FULL, diagnosis="measles")
    (busy,) = crm.events()
    assert (event["diagnosis"], "diagnosis" in busy, busy["relatedTo"]) == ("measles", False, None)


def test_an_event_that_is_private_no_longer_is_shown(crm: Crm, living: Any) -> None:
    crm.set_dialect(privateInLists="busy")
    shown = crm.api("PATCH", path_of(living), {"private": False}).json()
    assert (shown["subject"], crm.events()) == ("Kick-off", [shown])


# omittedFromLists


def test_lists_leave_fields_out_and_reads_by_id_do_not(crm: Crm, living: Any) -> None:
    crm.set_dialect(omittedFromLists=["attendees", "startTime"], tombstones="full")
    less = {name: value for name, value in living.items() if name not in ("attendees", "startTime")}
    assert crm.events() == crm.events(**SINCE) == crm.events(**WINDOW) == [less]
    assert crm.api("GET", path_of(living)).json() == living
    assert set(crm.events(**SHOW)[1]) == {"id", "deleted", "deletedAt", "lastModifiedAt"}


def test_an_event_of_which_all_is_left_out_has_its_id_and_stamp(crm: Crm, living: Any) -> None:
    crm.set_dialect(omittedFromLists=sorted(FULL), privateInLists="busy")
    assert crm.events() == [{"id": living["id"], "lastModifiedAt": living["lastModifiedAt"]}]


# Bytes

DIALECTS: list[dict[str, Any]] = [
    {},
    {"privateInLists": "busy"},
    {"omittedFromLists": ["subject"]},
    {"omittedFromLists": ["subject"], "privateInLists": "busy", "tombstones": "idOnly"},
    {"timestampFormat": "epochMillis"},
    {"timestampFormat": "epochMillis", "relatedToShape": "object", "tombstones": "idOnly"},
    {"timestampPrecision": "minute"},
]


def bytes_of(crm: Crm, event: Any) -> list[bytes]:
    return [crm.api("GET", path).content for path in ("/events?showDeleted=true", path_of(event))]


def test_a_dialect_that_comes_back_shows_the_same_bytes_as_before(crm: Crm, living: Any) -> None:
    def spoken(knobs: dict[str, Any]) -> list[bytes]:
        assert crm.admin("PUT", "/dialect", knobs).status_code == 200
        return bytes_of(crm, living)

    first = [spoken(knobs) for knobs in DIALECTS]
    assert len({each[0] for each in first}) == len(DIALECTS)
    assert [spoken(knobs) for knobs in reversed(DIALECTS)] == first[::-1]
    assert [spoken(knobs) for knobs in DIALECTS] == first


def test_forks_of_different_dialects_show_what_they_share_each_in_its_own(crm: Crm, make: Make, living: Any) -> None:
    crm.admin("POST", "/seed", {"count": 60, "seed": 1})
    alone, parent = make(), make()
    for each in (alone, parent):
        each.admin("PUT", "/snapshot", crm.everything())
    expected = []
    for knobs in DIALECTS:
        alone.admin("PUT", "/dialect", knobs)
        expected.append(bytes_of(alone, living))
    # Nobody has been shown these versions yet, and all forks are asked at the same time.
    forks = [make(**{"from": name_of(parent), "dialect": knobs}) for knobs in DIALECTS]
    with ThreadPoolExecutor(len(forks)) as pool:
        for _ in range(3):
            assert list(pool.map(lambda fork: bytes_of(fork, living), forks)) == expected


@pytest.mark.parametrize("knobs", DIALECTS)
def test_the_journal_names_what_was_delivered_whatever_of_it_was_shown(
    crm: Crm, living: Any, knobs: dict[str, Any]
) -> None:
    crm.admin("PUT", "/dialect", knobs)
    rows = crm.events(**SHOW)
    (payload,) = crm.admin("GET", "/requests").json()["requests"][-1:]
    assert payload["delivered"]["events"] == [{"id": living["id"], "version": 1}]
    assert payload["delivered"]["tombstones"] == [{"id": rows[1]["id"], "version": 2}]
