"""A sandbox tells a thousand clients apart; whoever comes after them is counted, and not judged."""

from typing import Any

import click
import pytest
from flask import Flask

from mockcrm import Crm, Sandboxes, connect, create_app
from mockcrm.cli import junit
from mockcrm.client import report
from mockcrm.journal import journal
from mockcrm.journal.journal import OTHERS
from mockcrm.web.replay import replay

EVENT: dict[str, Any] = {"subject": "Lunch", "startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
ONE = "1 request came from clients beyond the number that the audit can distinguish, and was not judged."
LINE = "2 requests came from clients beyond the number that the audit can distinguish, and were not judged."


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A CRM that tells three clients apart, and has an event."""
    monkeypatch.setattr(journal, "MAX_CLIENTS", 3)
    app = create_app(Sandboxes())
    connect(app).clock.freeze("2026-01-05T09:00:00Z")
    connect(app).events.create(key="lunch", **EVENT)
    return app


@pytest.fixture
def crm(app: Flask) -> Crm:
    return connect(app)


def ask(app: Flask, client: str, query: str = "") -> Any:
    answer = app.test_client().get(f"/api/v1/events{query}", headers={"X-Mockcrm-Client": client})
    assert answer.status_code == 200
    return answer.json


def test_the_first_names_are_kept_and_further_ones_are_counted(app: Flask, crm: Crm) -> None:
    for name in ("a", "b", "c", "d", "b", "e"):
        ask(app, name)
    assert [each["client"] for each in crm.requests.all()] == ["a", "b", "c", OTHERS, "b", OTHERS]
    audit = crm.audit()
    assert [each["client"] for each in audit["clients"]] == ["a", "b", "c"]
    assert (audit["complete"], audit["requestsNotToldApart"]) == (False, 2)
    assert (audit["verdict"], audit["reasons"]) == ("inconclusive", [f"a, b, c: {LINE}"])
    assert {each["verdict"] for each in audit["clients"]} == {"inconclusive"}


def test_as_many_as_are_told_apart_make_an_audit_that_is_complete(app: Flask, crm: Crm) -> None:
    for name in ("a", "b", "c", "a"):
        ask(app, name)
    assert (crm.audit()["complete"], crm.audit()["requestsNotToldApart"]) == (True, 0)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_options_and_head_take_nobody_s_place(app: Flask, crm: Crm, method: str) -> None:
    for name in ("a", "b", "c", "d"):
        app.test_client().open("/api/v1/events", method=method, headers={"X-Mockcrm-Client": name})
    for name in ("d", "e", "f"):
        ask(app, name)
    assert [each["client"] for each in crm.audit()["clients"]] == ["d", "e", "f"]
    assert crm.audit()["requestsNotToldApart"] == 0


def test_no_client_is_called_as_those_are_who_are_not_told_apart(app: Flask, crm: Crm) -> None:
    ask(app, OTHERS)
    assert (crm.audit()["clients"], crm.audit()["requestsNotToldApart"]) == ([], 1)
    assert (crm.audit()["verdict"], crm.audit()["reasons"]) == ("inconclusive", [ONE])


def test_what_the_further_clients_do_is_nobodys_finding(app: Flask, crm: Crm) -> None:
    for name in ("a", "b", "c"):
        ask(app, name)
    ask(app, "d")
    crm.events.edit("lunch", location="Room 7")
    event = crm.events.get("lunch")["id"]
    headers = {"X-Mockcrm-Client": "e"}
    answer = app.test_client().patch(f"/api/v1/events/{event}", json={"location": "Room 2"}, headers=headers)
    assert answer.status_code == 200
    assert [each["findings"] for each in crm.audit()["clients"]] == [[], [], []]


def test_what_was_found_of_the_first_clients_still_stands(app: Flask, crm: Crm) -> None:
    ask(app, "a")
    crm.events.edit("lunch", location="Room 7", visible_after="1m")
    crm.clock.advance("10s")
    bound = ask(app, "a")["asOf"]
    crm.clock.advance("1h")
    ask(app, "a", f"?since={bound}")
    for name in ("b", "c", "d", "e"):
        ask(app, name)
    codes = [each["code"] for each in crm.audit()["clients"][0]["findings"]]
    assert codes == ["change.outOfReach"]


def test_the_reports_say_so(app: Flask, crm: Crm) -> None:
    for name in ("a", "b", "c", "d", "e"):
        ask(app, name)
    audit = crm.audit()
    assert [click.unstyle(line) for line in report.lines(audit)].count(f"  inconclusive: {LINE}") == 3
    assert report.message(audit).splitlines()[0] == f"Inconclusive: a, b, c: {LINE}"
    assert LINE.encode() in junit.document(audit)


def test_a_reset_tells_others_apart(app: Flask, crm: Crm) -> None:
    for name in ("a", "b", "c", "d"):
        ask(app, name)
    crm.reset()
    ask(app, "d")
    audit = crm.audit()
    assert ([each["client"] for each in audit["clients"]], audit["complete"]) == (["d"], True)


def test_they_are_played_again(app: Flask, crm: Crm) -> None:
    crm.reset(empty=True)
    for name in ("a", "b", "c", "d", "e"):
        ask(app, name)
    outcome = replay(crm.bundle())
    assert (outcome.divergences, outcome.same, outcome.audit["requestsNotToldApart"]) == ((), True, 2)


def test_any_number_of_names_makes_a_thousand_accounts() -> None:
    sandboxes = Sandboxes(journaled=100)
    app = create_app(sandboxes)
    client = app.test_client()
    for number in range(1_500):
        client.delete("/api/v1/events/none", headers={"X-Mockcrm-Client": f"client {number}"})
    sandbox = sandboxes.get("default")
    assert len(sandbox.books.get().clients) == journal.MAX_CLIENTS == 1_000
    audit = sandbox.audit()
    assert (len(audit.clients), audit.not_told_apart) == (1_000, 500)
    assert audit.judged().verdict == "inconclusive"
