"""The application leaves out what none of our views needs, and answers odd requests as Flask does."""

import pytest

from mockcrm import create_app
from tests.samples import TIMES


def test_nothing_waits_to_be_run_after_a_request() -> None:
    """It would wait for ever."""
    app = create_app()
    assert not app.after_request_funcs
    assert not app.teardown_request_funcs
    assert not app.teardown_appcontext_funcs


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
def test_a_host_that_no_name_can_be_is_refused(host: str) -> None:
    client = create_app().test_client()
    assert client.post("/api/v1/events", json=TIMES, headers={"Host": host}).status_code == 400
    assert client.get("/api/v1/events").get_json()["records"] == []


def test_no_view_opens_a_web_socket() -> None:
    client = create_app().test_client()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert client.get("/api/v1/events", headers=upgrade).status_code == 405


def test_an_address_has_the_host_that_was_called() -> None:
    client = create_app().test_client()
    for host in ("crm.example:8080", "crm.example", "[::1]:8080"):
        made = client.post("/api/v1/events", json=TIMES, headers={"Host": host})
        assert made.headers["Location"].startswith(f"http://{host}/api/v1/events/")
