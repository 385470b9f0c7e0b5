"""The headers of every response: when it was sent by the sandbox's clock, and its number (contract, section 3)."""

from typing import Any

import httpx
import pytest

from tests.refusals import nothing_changes
from tests.samples import TIMES
from tests.served import Crm, error


def dates(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("Date")


# X-Request-Id


def test_the_clients_requests_are_counted(crm: Crm) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/events", None),
        ("POST", "/events", TIMES),
        ("POST", "/events", {}),
        ("GET", "/events/1", None),
        ("GET", "/nothing", None),
        ("DELETE", "/events", None),
        ("GET", "/events?x=1", None),
        ("GET", "/deletedEvents", None),
    ]
    numbers = [crm.api(method, path, body).headers["X-Request-Id"] for method, path, body in calls]
    assert numbers == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_the_controls_are_counted_apart(crm: Crm) -> None:
    first = int(crm.admin("GET", "/clock").headers["X-Request-Id"].removeprefix("a"))
    assert crm.api("GET", "/events").headers["X-Request-Id"] == "1"
    assert crm.admin("GET", "/nothing").headers["X-Request-Id"] == f"a{first + 1}"
    assert crm.admin("PUT", "/clock", {"now": 1}).headers["X-Request-Id"] == f"a{first + 2}"
    assert crm.api("GET", "/events").headers["X-Request-Id"] == "2"


def test_a_change_tells_which_request_made_it(crm: Crm) -> None:
    crm.api("GET", "/events")
    number = crm.api("POST", "/events", TIMES).headers["X-Request-Id"]
    assert [(change["requestId"], change["origin"]) for change in crm.changes()] == [(number, "client")]


def test_every_sandbox_counts_for_itself_and_a_reset_begins_anew(crm: Crm) -> None:
    crm.api("GET", "/events")
    name = crm.path.removeprefix("/sandboxes/")
    crm.admin("POST", "/sandboxes", {"name": f"{name}-fork", "from": name})
    fork = Crm(crm.http, f"{crm.path}-fork")
    assert fork.api("GET", "/events").headers["X-Request-Id"] == "1"
    assert crm.api("GET", "/events").headers["X-Request-Id"] == "2"
    crm.http.delete(f"/admin/sandboxes/{name}-fork")
    crm.admin("POST", "/reset")
    assert crm.api("GET", "/events").headers["X-Request-Id"] == "1"


# Date


def test_every_response_has_one_date_by_the_sandboxs_clock(crm: Crm) -> None:
    event = f"/events/{crm.create()['id']}"
    tag = crm.api("GET", event).headers["ETag"]
    crm.set_dialect(credentials=None, pageSize=1)
    crm.act({"clock": {"now": "2031-12-31T23:59:59.900Z", "tick": "0s"}})
    answers = [
        crm.api("GET", "/events"),
        crm.api("GET", event, headers={"If-None-Match": tag}),
        crm.api("POST", "/events", TIMES),
        crm.api("PATCH", event, {}, headers={"If-Match": '"x"'}),
        crm.api("DELETE", event),
        crm.api("GET", event),
        crm.api("GET", "/events?x=1"),
        crm.api("PROPFIND", "/events"),
        crm.api("POST", "/events", content=b"x" * 2_000_000, headers={"Content-Type": "application/json"}),
        crm.http.get(f"{crm.path}/nowhere"),
        crm.http.get(f"{crm.path}/health"),
        crm.http.get(f"{crm.path}/version"),
        crm.admin("GET", "/clock"),
        *(crm.http.get(f"{crm.path}{path}") for path in ("/", "/console/main.js", "/calendar.ics")),
        crm.http.get(f"{crm.path}/", headers={"If-None-Match": crm.http.get(f"{crm.path}/").headers["ETag"]}),
    ]
    statuses = [200, 304, 201, 412, 204, 404, 400, 405, 413, 404, 200, 200, 200, 200, 200, 200, 304]
    assert [answer.status_code for answer in answers] == statuses
    assert [dates(answer) for answer in answers] == [["Wed, 31 Dec 2031 23:59:59 GMT"]] * len(answers)
    assert all(len(answer.headers.get_list("X-Request-Id")) == 1 for answer in answers)


def test_the_date_is_that_of_the_answer_and_not_of_the_question(crm: Crm) -> None:
    crm.act({"clock": {"tick": "1h"}})
    assert dates(crm.api("POST", "/events", TIMES)) == ["Mon, 05 Jan 2026 10:00:00 GMT"]
    assert dates(crm.admin("POST", "/clock/advance", {"by": "1d"})) == ["Tue, 06 Jan 2026 10:00:00 GMT"]


@pytest.mark.parametrize(
    ("now", "date"),
    [
        ("0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT"),
        ("9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)
def test_the_date_may_be_any_in_the_calendar(crm: Crm, now: str, date: str) -> None:
    assert crm.admin("PUT", "/clock", {"now": now}).status_code == 200
    assert dates(crm.api("GET", "/events")) == [date]
    assert crm.api("GET", "/events").json()["records"] == []


def test_at_the_end_of_the_calendar_writes_are_refused_and_nothing_breaks(crm: Crm) -> None:
    crm.admin("PUT", "/clock", {"now": "9999-12-31T23:59:59.999Z"})
    with nothing_changes(crm):
        assert error(crm.api("POST", "/events", TIMES), 422, "clock.invalid") is not None


def test_an_unknown_sandbox_has_one_date_and_a_number_too(http: httpx.Client) -> None:
    answer = http.get("/sandboxes/nobody/api/v1/events")
    assert len(dates(answer)) == 1
    assert answer.headers["X-Request-Id"]
