"""No client passes a hazard without being judged: one that never comes, that asks elsewhere, or is only refused."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from mockcrm import Crm, connect, create_app
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.base.wsgi import App, NoAnswer, call_app
from mockcrm.client.transport import in_process
from mockcrm.reference_client.sync_client import ReferenceClient

EVERY = [hazard for group in HAZARD_GROUPS.values() for hazard in group]

Sync = Callable[[], object]


@pytest.fixture(scope="module")
def app() -> App:
    return create_app()


@pytest.fixture
def crm(app: App) -> Iterator[Crm]:
    with connect(app).create() as made:
        yield made


def nobody(app: App, crm: Crm) -> Sync:
    return lambda: None


def elsewhere(app: App, crm: Crm) -> Sync:
    """A careful client that syncs with the sandbox `default`."""
    return ReferenceClient(in_process(app), wait=lambda seconds: None).sync


def refused(status: int) -> Callable[[App, Crm], Sync]:
    def client(app: App, crm: Crm) -> Sync:
        crm.faults.add({"status": status})
        return lambda: in_process(app, f"{crm.path}/api/v1")("GET", "/events", {}, None, {})

    return client


def at_a_wrong_path(app: App, crm: Crm) -> Sync:
    return lambda: in_process(app, f"{crm.path}/api/v1")("GET", "/calendar/events", {}, None, {})


def with_a_form(app: App, crm: Crm) -> Sync:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def sync() -> None:
        # A hazard may break the connection.
        with suppress(NoAnswer):
            call_app(app, "POST", f"{crm.path}/api/v1/events", headers, b"subject=Lunch")

    return sync


def with_options(app: App, crm: Crm) -> Sync:
    return lambda: call_app(app, "OPTIONS", f"{crm.path}/api/v1/events", {}, b"")


CLIENTS: dict[str, Callable[[App, Crm], Sync]] = {
    "nobody": nobody,
    "elsewhere": elsewhere,
    "401": refused(401),
    "403": refused(403),
    "503": refused(503),
    "404": at_a_wrong_path,
    "415": with_a_form,
    "options": with_options,
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=list(CLIENTS))
@pytest.mark.parametrize("hazard", EVERY)
def test_no_hazard_is_passed_unjudged(app: App, crm: Crm, hazard: str, client: Any) -> None:
    crm.scenario.load(hazard)
    with pytest.raises(AssertionError):
        crm.scenario.play(client(app, crm), lambda actions: None)
    shown = crm.scenario.get()
    assert shown["verdict"] != "passed"
    assert shown["reasons"]
    if client in (nobody, elsewhere):
        assert (shown["verdict"], shown["passed"]) == ("inconclusive", None)
