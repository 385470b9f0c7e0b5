"""Every knob, and each of its values, can be seen from outside: none is a word that does nothing.

A story plays the same calls whatever the knob says, and tells what a client saw. Closer tests of single knobs are in
`test_list_knobs`, `test_paging_knobs`, `test_time_knobs` and `test_write_knobs`, and beside what they concern.
"""

from collections.abc import Callable
from typing import Any

import pytest

from mockcrm.crm.dialect.knobs import KNOBS, Choice, Names
from mockcrm.crm.event import FIELDS
from tests.crm.test_paged_reads import subjects
from tests.crm.test_paging import walked
from tests.faults.faulting import page
from tests.samples import ACME, FULL, JOAN, TIMES, path_of
from tests.served import MONDAY, Crm
from tests.unchanged import made, set_clock

Story = Callable[[Crm], Any]

SAMPLES: dict[str, list[Any]] = {
    "dateSkew": ["PT0S", "PT5M", "-PT5M"],
    "indexLag": [None, "PT10S", "PT1M"],
    "tombstoneRetention": [None, "PT30M", "PT90M"],
    "pageSize": [None, 1, 2, 1000],
    "pageTokenLife": [None, "PT1H"],
    "resultCap": [None, 1, 2],
    "credentials": [None, "sesame", "barley"],
    "me": [None, "1001", "1002"],
}
"""Some values of the knobs that take too many to try them all."""


OTHER: dict[str, Any] = {
    "subject": "other",
    "description": "other",
    "startTime": "2026-01-06T09:30:00Z",
    "endTime": "2026-01-06T11:00:00Z",
    "location": "other",
    "allDay": True,
    "private": False,
    "attendees": [],
    "parentId": None,
    "relatedTo": [],
    "ownerId": "other",
    "calendarId": "other",
}
"""For each field a value that it did not have; an event turns into an all-day one with its times."""


def values_of(name: str) -> list[Any]:
    """A knob's values as JSON has them."""
    match KNOBS[name].values:
        case Choice(words=words):
            return list(words)
        case Names(words=words):
            return [[], *([word] for word in words)]
        case _:
            return SAMPLES[name]


def named(crm: Crm, names: str) -> list[Any]:
    return [crm.create(subject=name) for name in names]


def status_and_rows(crm: Crm, path: str, **parameters: Any) -> Any:
    answer = crm.api("GET", path, params=parameters)
    return answer.status_code, answer.json().get("records")


# The stories


def since(crm: Crm) -> Any:
    return [crm.events(since=event["lastModifiedAt"]) for event in named(crm, "ab")]


def delta_order(crm: Crm) -> Any:
    named(crm, "abcdef")
    return subjects(crm.events(since=MONDAY))


def timestamp_precision(crm: Crm) -> Any:
    set_clock(crm, now="2026-01-05T09:01:02.003Z")
    return crm.create()["lastModifiedAt"], page(crm)["asOf"]


def timestamp_rounding(crm: Crm) -> Any:
    crm.set_dialect(timestampPrecision="second")
    stamps = []
    for now in ("2026-01-05T09:00:00.200Z", "2026-01-05T09:00:00.700Z"):
        set_clock(crm, now=now, tick="0s")
        stamps.append(crm.create()["lastModifiedAt"])
    return stamps


def timestamp_format(crm: Crm) -> Any:
    return crm.create(), page(crm)["asOf"]


def date_skew(crm: Crm) -> Any:
    return crm.api("GET", "/events").headers["Date"]


def index_lag(crm: Crm) -> Any:
    crm.create(subject="a")
    seen = [subjects(crm.events())]
    for _ in range(2):
        crm.advance("10s")
        seen.append(subjects(crm.events()))
    return seen


def unbumped_fields(crm: Crm) -> Any:
    crm.set_dialect(eventOwner="shown", calendars="many")
    crm.act({"create": {"kind": "calendar", "key": "other", "set": {"name": "Other"}}})
    return [bumps(crm, name) for name in FIELDS]


def bumps(crm: Crm, name: str) -> bool:
    midnight = {"startTime": "2026-01-06T00:00:00Z", "endTime": "2026-01-07T00:00:00Z"}
    before = crm.create(**{**FULL, **(midnight if name == "allDay" else {}), "parentId": 42})
    after = crm.admin("PATCH", path_of(before), {name: OTHER[name]}).json()
    assert after[name] != before[name]
    return bool(after["lastModifiedAt"] != before["lastModifiedAt"])


def deletions(crm: Crm) -> Any:
    crm.api("DELETE", path_of(crm.create()))
    return [
        status_and_rows(crm, "/events", since=MONDAY),
        status_and_rows(crm, "/events", showDeleted="true"),
        status_and_rows(crm, "/deletedEvents"),
    ]


def tombstones(crm: Crm) -> Any:
    crm.api("DELETE", path_of(crm.create()))
    return crm.events(showDeleted="true")


def tombstone_retention(crm: Crm) -> Any:
    seen = []
    for _ in range(3):
        crm.api("DELETE", path_of(crm.create()))
        crm.advance("40m")
        seen.append(len(crm.events(showDeleted="true")))
    return seen


def expired_since(crm: Crm) -> Any:
    crm.set_dialect(tombstoneRetention="1h")
    crm.create()
    crm.advance("2h")
    return status_and_rows(crm, "/events", since=MONDAY, showDeleted="true")


def deleted_status(crm: Crm) -> Any:
    event = crm.create()
    crm.api("DELETE", path_of(event))
    return [crm.api(method, path_of(event)).status_code for method in ("GET", "DELETE")]


def page_size(crm: Crm) -> Any:
    named(crm, "abc")
    return page(crm)["length"]


def paging(crm: Crm) -> Any:
    first = named(crm, "abcdef")[0]
    token = page(crm, since=MONDAY, limit=2)["nextPageToken"]
    crm.api("PATCH", path_of(first), {"subject": "A"})
    return subjects(walked(crm, pageToken=token))


def page_token_life(crm: Crm) -> Any:
    named(crm, "ab")
    token = page(crm, limit=1)["nextPageToken"]
    crm.advance("2h")
    return crm.api("GET", "/events", params={"pageToken": token}).status_code


def result_cap(crm: Crm) -> Any:
    named(crm, "abc")
    return subjects(walked(crm, limit=1))


def list_shape(crm: Crm) -> Any:
    return type(crm.api("GET", "/events").json())


def omitted_from_lists(crm: Crm) -> Any:
    crm.set_dialect(eventOwner="shown", calendars="many")
    crm.create(**FULL)
    return set(crm.events()[0])


def private_in_lists(crm: Crm) -> Any:
    crm.create(**FULL)
    return crm.events()


def related_to_shape(crm: Crm) -> Any:
    return crm.create(relatedTo=[ACME, JOAN])["relatedTo"]


def id_form(crm: Crm) -> Any:
    return crm.create()["id"]


def unknown_fields(crm: Crm) -> Any:
    answer = crm.api("POST", "/events", TIMES | {"colour": "red"})
    return answer.status_code, answer.json().get("colour")


def normalization(crm: Crm) -> Any:
    return crm.create(subject=" a ", description="a\nb", attendees=[{"emailAddress": "A@EXAMPLE.COM"}])


def update_verbs(crm: Crm) -> Any:
    event = crm.create()
    return [crm.api(method, path_of(event), TIMES).status_code for method in ("PATCH", "PUT")]


def if_match(crm: Crm) -> Any:
    event = crm.create()
    headers: list[dict[str, str]] = [{}, {"If-Match": '"stale"'}]
    return [crm.api("PATCH", path_of(event), {}, headers=each).status_code for each in headers]


def references(crm: Crm) -> Any:
    answer = crm.api("POST", "/events", {**TIMES, "parentId": 7})
    return answer.status_code, answer.json().get("parentId")


def people(crm: Crm) -> tuple[str, str]:
    """The ids of two contacts."""
    one, other = (crm.act({"create": {"kind": "contact", "set": {"lastName": name}}})[0] for name in "ab")
    return one["recordId"], other["recordId"]


def on_delete(crm: Crm) -> Any:
    one, _ = people(crm)
    event = made(crm, attendees=[{"contactId": int(one), "emailAddress": "a@b.example"}])
    status = crm.api("DELETE", f"/contacts/{one}").status_code
    return status, crm.api("GET", f"/events/{event}").json()["attendees"][0]["contactId"]


def merged(crm: Crm) -> Any:
    one, other = people(crm)
    crm.act({"merge": {"kind": "contact", "into": one, "from": [other]}})
    answer = crm.api("GET", f"/contacts/{other}")
    return answer.status_code, answer.json().get("mergedInto"), answer.json().get("id")


def write_answer(crm: Crm) -> Any:
    answer = crm.api("PATCH", f"/events/{made(crm)}", {"subject": "x"})
    return answer.status_code, answer.content, answer.headers["ETag"][:2]


def credentials(crm: Crm) -> Any:
    sent = [{"Authorization": f"Bearer {token}"} for token in ("sesame", "barley")]
    return [crm.api("GET", "/events", headers=headers).status_code for headers in ({}, *sent)]


def invitation(crm: Crm) -> Any:
    """A meeting with a user who does not own it."""
    for name in ("ann", "bob"):
        crm.act({"create": {"kind": "user", "set": {"name": name, "emailAddress": f"{name}@ourcompany.example"}}})
    return crm.create(attendees=[{"emailAddress": "Bob@OurCompany.example"}])


def child_events(crm: Crm) -> Any:
    meeting = invitation(crm)["id"]
    return [each["parentId"] == int(meeting) for each in crm.events()]


def child_order(crm: Crm) -> Any:
    crm.set_dialect(childEvents="users")
    meeting = invitation(crm)["id"]
    return [each["parentId"] == int(meeting) for each in crm.events(since=MONDAY)]


def children_on_delete(crm: Crm) -> Any:
    crm.set_dialect(childEvents="users")
    crm.api("DELETE", f"/events/{invitation(crm)['id']}")
    return len(crm.events())


def me(crm: Crm) -> Any:
    users = [{"name": name, "emailAddress": f"{name}@ourcompany.example"} for name in ("ann", "bob")]
    crm.act(*({"create": {"kind": "user", "set": user}} for user in users[::-1]))
    crm.admin("DELETE", "/users/1001")
    seen = crm.api("GET", "/users/me").json().get("name")
    crm.admin("POST", "/users/1001/restore")
    return seen, crm.api("GET", "/users/me").json()["name"]


def event_owner(crm: Crm) -> Any:
    return "ownerId" in crm.create()


def calendars(crm: Crm) -> Any:
    return "calendarId" in crm.create()


STORIES: dict[str, Story] = {
    "since": since,
    "deltaOrder": delta_order,
    "timestampPrecision": timestamp_precision,
    "timestampRounding": timestamp_rounding,
    "timestampFormat": timestamp_format,
    "dateSkew": date_skew,
    "indexLag": index_lag,
    "unbumpedFields": unbumped_fields,
    "deletions": deletions,
    "tombstones": tombstones,
    "tombstoneRetention": tombstone_retention,
    "expiredSince": expired_since,
    "deletedStatus": deleted_status,
    "pageSize": page_size,
    "paging": paging,
    "pageTokenLife": page_token_life,
    "resultCap": result_cap,
    "listShape": list_shape,
    "omittedFromLists": omitted_from_lists,
    "privateInLists": private_in_lists,
    "relatedToShape": related_to_shape,
    "idForm": id_form,
    "unknownFields": unknown_fields,
    "normalization": normalization,
    "references": references,
    "onDelete": on_delete,
    "merged": merged,
    "updateVerbs": update_verbs,
    "ifMatch": if_match,
    "writeAnswer": write_answer,
    "childEvents": child_events,
    "childOrder": child_order,
    "childrenOnDelete": children_on_delete,
    "credentials": credentials,
    "me": me,
    "eventOwner": event_owner,
    "calendars": calendars,
}


def observed(crm: Crm, knob: str, value: Any) -> Any:
    """What the knob's story tells in an empty CRM that stands at `MONDAY`."""
    assert crm.admin("POST", "/reset", {"to": "empty"}).status_code == 200
    set_clock(crm, now=MONDAY, mode="frozen")
    crm.set_dialect(**{knob: value})
    return STORIES[knob](crm)


def test_every_knob_has_its_story() -> None:
    assert list(STORIES) == list(KNOBS)


@pytest.mark.parametrize("knob", STORIES)
def test_each_of_a_knob_s_values_can_be_seen(crm: Crm, knob: str) -> None:
    values = values_of(knob)
    seen = [observed(crm, knob, value) for value in values]
    for place, value in enumerate(values):
        for other in range(place):
            alike = knob == "pageSize" and {values[other], value} == {None, 1000}
            assert (seen[place] == seen[other]) is alike, (values[other], value, seen[place])


@pytest.mark.parametrize("knob", STORIES)
def test_a_story_is_the_same_each_time_and_a_knob_s_default_is_what_a_new_crm_does(crm: Crm, knob: str) -> None:
    shown = crm.admin("GET", "/dialect").json()[knob]
    assert shown in values_of(knob)
    unspoken = STORIES[knob](crm)
    assert observed(crm, knob, shown) == unspoken


@pytest.mark.parametrize(
    ("knob", "words"),
    [(knob.name, knob.values.words) for knob in KNOBS.values() if isinstance(knob.values, Names)],
    ids=lambda payload: payload if isinstance(payload, str) else "",
)
def test_the_order_in_which_names_are_given_means_nothing(crm: Crm, knob: str, words: tuple[str, ...]) -> None:
    seen = []
    for given in (words, words[::-1]):
        crm.set_dialect(**{knob: given})
        seen.append(crm.admin("GET", "/dialect").json()[knob])
    assert seen == [[*words]] * 2
