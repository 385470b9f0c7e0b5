"""`mockcrm demo` as people start it: a process, a page's calls over a socket, and Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockcrm import connect
from tests.processes import COMMAND, Served, run, started

WITHIN = 8.0
"""How many seconds a test waits for the end after Ctrl-C: fewer than the ten that the client waits for an answer."""


def demo(*options: str) -> list[str]:
    return [*COMMAND, "demo", "--port", "0", *options]


@pytest.fixture
def running() -> Iterator[Served]:
    with started(demo(), os.environ) as found:
        yield found


def test_an_edit_of_either_side_is_on_the_other_after_a_round_and_ctrl_c_ends_it(running: Served) -> None:
    calls = f"{running.url}/admin/demo"
    crm = connect(running.url)
    mailbox = crm.sandbox("mailbox")
    shown: Any = httpx.patch(calls, json={"paused": True}).json()
    assert (shown["mailbox"], shown["client"]["engine"]) == ("mailbox", "reference")
    httpx.post(f"{calls}/sync", timeout=30)
    assert len(mailbox.events.all()) == len(crm.events.all()) == 40
    event = crm.events.all()[0]
    crm.events.edit(event["id"], subject="Seen from the mailbox")
    mailbox.events.create(subject="Seen from the CRM", startTime="2030-01-07T09:00:00Z", endTime="2030-01-07T10:00:00Z")
    httpx.post(f"{calls}/sync", timeout=30)
    httpx.post(f"{calls}/sync", timeout=30)
    for side in (crm, mailbox):
        assert {"Seen from the mailbox", "Seen from the CRM"} <= {each["subject"] for each in side.events.all()}
    (client,) = crm.audit()["clients"]
    assert (client["names"], client["verdict"]) == (["reference"], "passed")

    # A round that waits for an answer keeps nothing alive.
    crm.faults.add({"delay": "1m"})
    httpx.patch(calls, json={"paused": False, "every": 0.5})
    asked = {"requests": [{"operation": "listEvents", "query": {"since": {"matches": "^2"}}}], "timeout": "30s"}
    httpx.post(f"{running.url}/admin/verify", json=asked, timeout=40)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(WITHIN) == 0


@pytest.mark.parametrize("options", [(), ("--admin-token", "secret")], ids=["open", "with a token"])
def test_a_tour_plays_over_the_network_and_ctrl_c_ends_it_where_it_stands(options: tuple[str, ...]) -> None:
    headers = {"Authorization": "Bearer secret"} if options else {}
    with started(demo(*options), os.environ) as found, httpx.Client(headers=headers, timeout=30) as http:
        url = f"{found.url}/admin/demo/tour"
        if options:
            assert httpx.post(url, json={"name": "late-commit"}).status_code == 401
        http.post(url, json={"name": "late-commit"}).raise_for_status()
        for card in (6, 3):
            http.patch(url, json={"card": card}).raise_for_status()
            while (tour := http.get(url, params={"wait": "10s"}).json())["moving"]:
                pass
            assert (tour["card"], tour["problem"]) == (card, None)
        outcomes = {run: each["outcome"] for run, each in tour["runs"].items()}
        assert outcomes == {"careless": "failed", "careful": "passed"}
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(WITHIN) == 0


def test_it_says_where_it_plays_and_who_syncs() -> None:
    with started(demo("--client", "none", "--host", "0.0.0.0", "--admin-token", "secret"), os.environ) as found:
        text = found.said
        assert found.process.stdout
        text += "".join(found.process.stdout.readline() for _ in range(4))
        url = found.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/admin/demo").status_code == 401
        token = {"Authorization": "Bearer secret"}
        assert httpx.get(f"{url}/admin/demo", headers=token).json()["client"]["engine"] == "none"
        last = httpx.get(f"{url}/admin/changes", headers=token).json()["lastSeq"]
        assert httpx.post(f"{url}/admin/demo/colleague", headers=token).json()["seq"] == last + 1
        assert httpx.get(f"{url}/sandboxes/mailbox/api/v1/events").json()["length"] == 0
    for line in (
        "mockcrm plays a demo at",
        "/api/v1/events",
        "/sandboxes/mailbox/api/v1/events",
        "yours",
        "with the admin token",
    ):
        assert line in text


def test_a_client_that_there_is_none_of_is_refused_in_words() -> None:
    done = run("demo", "--client", "cautious")
    assert (done.returncode, "'reference', 'careless', 'none'" in done.stderr) == (2, True)


def test_a_variable_that_no_option_reads_is_named() -> None:
    with started(demo("--client", "none"), os.environ | {"MOCKCRM_ADMIN_TOKN": "secret"}) as found:
        assert "MOCKCRM_ADMIN_TOKN has no effect" in found.said
        assert "Did you mean MOCKCRM_ADMIN_TOKEN?" in found.said
