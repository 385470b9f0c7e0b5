"""Sandboxes that are removed when nobody has used them for a while: those of test runs, which may be killed."""

import threading

import httpx
import pytest

from mockcrm import HttpxTransport, Refused, Sandboxes, connect, create_app

HOUR = 3600.0


class Server:
    """An application whose hours pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.app = create_app(Sandboxes(limit=5, real=lambda: self.seconds))
        self.crm = connect(self.app)

    def names(self) -> list[str]:
        return [each["name"] for each in self.crm.ask("GET", "/sandboxes")["sandboxes"]]


@pytest.fixture
def server() -> Server:
    return Server()


def test_what_a_killed_run_has_left_goes_and_what_a_person_made_stays(server: Server) -> None:
    server.crm.create("person")
    start = server.crm.create("start", expires_after="1h")
    start.fork("fork", expires_after="PT2H")
    start.fork("kept")
    with pytest.raises(Refused, match=r"sandbox\.limit"):
        server.crm.create("next")
    shown = {each["name"]: each["expiresAfter"] for each in server.crm.ask("GET", "/sandboxes")["sandboxes"]}
    assert shown == {"default": None, "person": None, "start": "PT1H", "fork": "PT2H", "kept": None}

    server.seconds += HOUR
    assert server.names() == ["default", "fork", "kept", "person"]
    with pytest.raises(Refused, match=r"404 sandbox\.notFound"):
        start.reset()
    server.seconds += HOUR
    server.crm.create("next")
    assert server.names() == ["default", "kept", "next", "person"]


def test_whatever_uses_a_sandbox_keeps_it(server: Server) -> None:
    crm = server.crm.create("run", expires_after="1h")
    with httpx.Client(transport=HttpxTransport(server.app), base_url=crm.url) as client:
        for use in (crm.clock.get, lambda: client.get("/events"), lambda: crm.fork("fork").delete(), crm.reset):
            server.seconds += HOUR - 1
            use()
    server.seconds += HOUR - 1
    assert server.names() == ["default", "run"]
    server.seconds += 1
    assert server.names() == ["default"]


def test_a_request_under_way_keeps_its_sandbox(server: Server) -> None:
    crm = server.crm.create("run", expires_after="2m")
    rule = crm.faults.add({"delay": "5m"})
    with httpx.Client(transport=HttpxTransport(server.app), base_url=crm.url) as client:
        asking = threading.Thread(target=client.get, args=["/events"])
        asking.start()
        crm.verify({"operation": "listEvents"}, timeout="20s")
        server.seconds += HOUR
        assert server.names() == ["default", "run"]
        crm.faults.remove(rule["id"])
        asking.join()
    server.seconds += HOUR
    assert server.names() == ["default"]


@pytest.mark.parametrize("idle", ["119s", "31d", "-1h", 3600, ""])
def test_nonsense_makes_no_sandbox(server: Server, idle: object) -> None:
    with pytest.raises(Refused, match=r"422 sandbox\.invalid") as refused:
        server.crm.ask("POST", "/sandboxes", {"name": "run", "expiresAfter": idle})
    assert [*refused.value.details] == ["expiresAfter"]
    assert server.names() == ["default"]
