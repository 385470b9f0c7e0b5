"""What a client knows: content that was delivered to it. A tag alone tells nothing of the content."""

import contextlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.served import Crm

WRITABLE = (
    "subject",
    "description",
    "startTime",
    "endTime",
    "location",
    "allDay",
    "private",
    "attendees",
    "parentId",
    "relatedTo",
)
REVIEW = {"subject": "Review", "startTime": "2026-03-04T09:00:00Z", "endTime": "2026-03-04T10:00:00Z"}


def plan(crm: Crm, **fields: Any) -> Any:
    """The event `review`, made by a colleague and read by the client in a list."""
    crm.act({"create": {"key": "review", "set": {**REVIEW, "location": "Room 2", **fields}}})
    (row,) = crm.events()
    return row


def edit(crm: Crm, **fields: Any) -> None:
    """A colleague edits the event."""
    crm.act({"edit": {"event": "review", "set": fields or {"location": "Room 7"}}})


def body(row: Any, **fields: Any) -> Any:
    return {**{name: row[name] for name in WRITABLE if name in row}, **fields}


def put(crm: Crm, row: Any, tag: str | None = None, **fields: Any) -> httpx.Response:
    return change(crm, "PUT", row, body(row, **fields), tag)


def patch(crm: Crm, row: Any, tag: str | None = None, **fields: Any) -> httpx.Response:
    return change(crm, "PATCH", row, fields, tag)


def change(crm: Crm, method: str, row: Any, payload: Any, tag: str | None = None) -> httpx.Response:
    headers = {"If-Match": tag} if tag else {}
    response = crm.api(method, f"/events/{row['id']}", payload, headers=headers)
    assert response.status_code in (200, 204), response.text
    return response


def look(crm: Crm, row: Any, **headers: str) -> httpx.Response:
    return crm.api("GET", f"/events/{row['id']}", headers=headers)


def tag_of(response: httpx.Response) -> str:
    return response.headers["ETag"]


def head(crm: Crm, row: Any) -> str:
    return tag_of(crm.api("HEAD", f"/events/{row['id']}"))


def findings(crm: Crm) -> list[Any]:
    (client,) = crm.admin("GET", "/audit").json()["clients"]
    found: list[Any] = client["findings"]
    return found


def codes(crm: Crm) -> list[str]:
    return [each["code"] for each in findings(crm)]


# A tag that came alone


def tag_by_head(crm: Crm, row: Any) -> str:
    edit(crm)
    return head(crm, row)


def tag_by_not_modified(crm: Crm, row: Any) -> str:
    edit(crm)
    response = look(crm, row, **{"If-None-Match": head(crm, row)})
    assert response.status_code == 304
    return tag_of(response)


def tag_beside_a_stale_get(crm: Crm, row: Any) -> str:
    edit(crm)
    stale = {"match": {"operation": "getEvent", "method": "GET"}, "effect": {"stale": {"changes": 1}}}
    crm.admin("POST", "/faults", stale)
    assert look(crm, row).json()["location"] == "Room 2"
    return head(crm, row)


def tag_of_an_answer_that_broke_off(crm: Crm, row: Any) -> str:
    edit(crm)
    crm.admin("POST", "/faults", {"match": {"operation": "getEvent"}, "effect": "truncate", "times": 1})
    tag = ""
    with contextlib.suppress(httpx.TransportError):
        response = look(crm, row)
        tag = tag_of(response)
    return tag or head(crm, row)


def tag_of_an_html_page(crm: Crm, row: Any) -> str:
    edit(crm)
    crm.admin("POST", "/faults", {"match": {"operation": "getEvent", "method": "GET"}, "effect": "html", "times": 1})
    look(crm, row)
    return head(crm, row)


def tag_after_a_refused_write(crm: Crm, row: Any) -> str:
    old = head(crm, row)
    edit(crm)
    refused = crm.api("PUT", f"/events/{row['id']}", body(row), headers={"If-Match": old})
    assert refused.status_code == 412
    return refused.headers.get("ETag") or head(crm, row)


def every_tag(crm: Crm, row: Any) -> str:
    edit(crm)
    return "*"


def tag_after_its_own_write(crm: Crm, row: Any) -> str:
    put(crm, row, head(crm, row), subject="Renamed")
    edit(crm)
    return head(crm, row)


def two_tags(crm: Crm, row: Any) -> str:
    old = head(crm, row)
    edit(crm)
    return f"{old}, {head(crm, row)}"


LONELY = [
    tag_by_head,
    tag_by_not_modified,
    tag_beside_a_stale_get,
    tag_of_an_answer_that_broke_off,
    tag_of_an_html_page,
    tag_after_a_refused_write,
    every_tag,
    tag_after_its_own_write,
    two_tags,
]


@pytest.mark.parametrize("fetch", LONELY, ids=lambda each: each.__name__)
def test_a_tag_without_the_content_is_no_knowledge(crm: Crm, fetch: Callable[[Crm, Any], str]) -> None:
    row = plan(crm)
    tag = fetch(crm, row)
    put(crm, row, tag, subject="Mine")
    (found,) = findings(crm)
    assert (found["code"], found["fields"]) == ("overwrite.blind", ["location"])


@pytest.mark.parametrize("fetch", LONELY, ids=lambda each: each.__name__)
def test_nor_is_it_when_the_event_is_deleted(crm: Crm, fetch: Callable[[Crm, Any], str]) -> None:
    row = plan(crm)
    tag = fetch(crm, row)
    crm.api("DELETE", f"/events/{row['id']}", headers={"If-Match": tag})
    (found,) = findings(crm)
    assert (found["code"], found["fields"]) == ("overwrite.deletion", ["location"])


def test_the_explanation_says_what_the_tag_was_worth(crm: Crm) -> None:
    row = plan(crm)
    put(crm, row, tag_by_head(crm, row))
    (found,) = findings(crm)
    assert "The latest delivered to this client was version 1, by request 1." in found["explanation"]
    assert found["explanation"].endswith("with the ETag of version 2. A tag alone says nothing of the content.")
    assert found["hazard"] == "tag-without-content"


@pytest.mark.parametrize("answer", ["nothing", "id"])
@pytest.mark.parametrize("tagged", [True, False])
def test_the_tag_of_ones_own_patch_tells_nothing_of_the_fields_beside_it(crm: Crm, answer: str, tagged: bool) -> None:
    crm.set_dialect(writeAnswer=answer)
    row = plan(crm)
    edit(crm)
    tag = tag_of(patch(crm, row, subject="Mine"))
    put(crm, row, tag if tagged else None, subject="Mine again")
    assert codes(crm) == ["overwrite.blind"]


@pytest.mark.parametrize("answer", ["event", "staleTag"])
def test_a_patch_that_was_answered_with_the_event_was_told_of_them(crm: Crm, answer: str) -> None:
    crm.set_dialect(writeAnswer=answer)
    row = plan(crm)
    edit(crm)
    patch(crm, row, subject="Mine")
    put(crm, row, subject="Mine again")
    assert codes(crm) == ["overwrite.reverted"]


def test_what_a_list_hides_is_not_known_by_the_tag(crm: Crm) -> None:
    crm.set_dialect(omittedFromLists=["description"])
    row = plan(crm, description="First")
    row = look(crm, row).json()
    edit(crm, description="Second")
    crm.events()
    patch(crm, row, head(crm, row), description="Mine")
    assert codes(crm) == ["overwrite.blind"]


def test_what_was_written_over_a_tag_alone_is_still_to_be_delivered(crm: Crm) -> None:
    crm.set_dialect(writeAnswer="nothing")
    row = plan(crm)
    edit(crm)
    patch(crm, row, head(crm, row), subject="Mine")
    (client,) = crm.admin("GET", "/audit").json()["clients"]
    assert (client["findings"], client["pending"]) == ([], 1)


# A careful client


def test_a_tag_with_its_content_is_knowledge(crm: Crm) -> None:
    row = plan(crm)
    edit(crm)
    fresh = look(crm, row)
    put(crm, fresh.json(), tag_of(fresh), location="Room 3")
    assert codes(crm) == []


@pytest.mark.parametrize("answer", ["event", "id", "nothing", "staleTag"])
def test_one_knows_ones_own_versions(crm: Crm, answer: str) -> None:
    crm.set_dialect(writeAnswer=answer)
    row = plan(crm)
    put(crm, row, head(crm, row), location="Room 3", description="Agenda")
    patch(crm, row, head(crm, row), location="Room 4")
    patch(crm, row, head(crm, row), description="Another")
    put(crm, row, head(crm, row), location="Room 5")
    crm.api("DELETE", f"/events/{row['id']}", headers={"If-Match": head(crm, row)})
    assert codes(crm) == []


@pytest.mark.parametrize("answer", ["event", "id", "nothing", "staleTag"])
def test_who_made_an_event_knows_it(crm: Crm, answer: str) -> None:
    crm.set_dialect(writeAnswer=answer)
    crm.events()
    response = crm.api("POST", "/events", {**REVIEW, "location": "Room 2"})
    row = {"id": response.headers["Location"].rpartition("/")[2]}
    put(crm, row, tag_of(response) if answer != "staleTag" else None, **REVIEW, location="Room 3")
    assert codes(crm) == []


def test_the_list_may_have_delivered_the_content_and_a_head_the_tag(crm: Crm) -> None:
    row = plan(crm)
    edit(crm)
    (row,) = crm.events()
    put(crm, row, head(crm, row), location="Room 3")
    assert codes(crm) == []


def test_a_read_by_id_shows_what_lists_hide(crm: Crm) -> None:
    crm.set_dialect(omittedFromLists=["description"], privateInLists="busy")
    row = plan(crm, description="First", private=True)
    edit(crm, description="Second")
    fresh = look(crm, row)
    crm.events()
    put(crm, fresh.json(), tag_of(fresh), description="Mine", location="Room 3")
    assert codes(crm) == []


def test_who_is_refused_and_reads_again_knows(crm: Crm) -> None:
    row = plan(crm)
    old = head(crm, row)
    edit(crm)
    refused = crm.api("PUT", f"/events/{row['id']}", body(row, subject="Mine"), headers={"If-Match": old})
    assert refused.status_code == 412
    fresh = look(crm, row)
    put(crm, fresh.json(), tag_of(fresh), subject="Mine")
    assert codes(crm) == []


def test_a_patch_of_other_fields_needs_no_content(crm: Crm) -> None:
    row = plan(crm)
    edit(crm)
    patch(crm, row, head(crm, row), subject="Mine")
    assert codes(crm) == []


def test_a_touch_changes_nothing_that_could_be_lost(crm: Crm) -> None:
    row = plan(crm)
    crm.act({"touch": {"events": "all"}})
    put(crm, row, head(crm, row), location="Room 3")
    assert codes(crm) == []
