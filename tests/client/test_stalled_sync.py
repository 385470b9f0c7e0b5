"""A sync that does not end while a scenario is played is stopped, and `play` says why."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mockcrm import Crm, connect, create_app
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import in_process, over_http
from tests.samples import TIMES

_names = (f"stalled{number}" for number in itertools.count(1))

SCENARIO: Any = {
    "events": [{"key": key, "subject": key, **TIMES} for key in "abc"],
    "dialect": {"pageSize": 1},
    "steps": ["sync", {"edit": {"event": "a", "set": {"subject": "New"}}}, "sync"],
}
LOOPING: Any = SCENARIO | {"faults": [{"effect": {"repeatToken": 1}}]}


@dataclass
class World:
    """A CRM, and how a client under test asks it: `ask(method, path, query, body)`."""

    crm: Crm
    ask: Callable[..., Response]

    def follow_all_tokens(self) -> None:
        token: str | None = None
        while True:
            page = self.ask("GET", "/events", {"pageToken": token} if token else {}).json
            token = page["nextPageToken"]
            if token is None:
                return


@pytest.fixture(params=["server", "app"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    app = create_app()
    to = request.getfixturevalue("server") if request.param == "server" else app
    with connect(to).create(next(_names)) as crm:
        send = over_http(crm.url) if request.param == "server" else in_process(app, f"{crm.path}/api/v1")
        yield World(crm, lambda method, path, query=None, body=None: send(method, path, query or {}, body, {}))


def stopped(world: World, sync: Callable[[], object], scenario: Any = LOOPING, most: int = 30) -> str:
    """What `play` says of a sync that it had to stop."""
    world.crm.scenario.load(scenario)
    with pytest.raises(AssertionError) as failed:
        world.crm.scenario.play(sync, max_requests=most)
    assert len(world.crm.requests.all()) > most
    assert world.crm.faults.all() == []
    return str(failed.value)


def test_a_client_that_follows_a_page_token_which_repeats(world: World) -> None:
    message = stopped(world, world.follow_all_tokens)
    assert message.startswith("`sync` was stopped after 30 requests.\n")
    assert "warning pageToken.loop [token-loop]: The client asks for the same page again and again" in message
    assert "came to the same page 29 times" in message


def test_a_client_that_is_awaited(world: World) -> None:
    async def sync() -> None:
        await asyncio.sleep(0)
        world.follow_all_tokens()

    world.crm.scenario.load(LOOPING)
    with pytest.raises(AssertionError, match=r"`sync` was stopped after 10 requests.*\n(.*\n)*.*pageToken\.loop"):
        asyncio.run(world.crm.scenario.play_async(sync, max_requests=10))
    assert world.crm.faults.all() == []


def test_a_mailbox_that_does_not_end(world: World) -> None:
    def mailbox(_: Any) -> None:
        world.follow_all_tokens()

    user = {"mailbox": {"edit": {"event": "a", "set": {"subject": "New"}}}}
    world.crm.scenario.load(LOOPING | {"steps": [user, "sync"]})
    with pytest.raises(AssertionError, match="`mailbox` was stopped after 10 requests"):
        world.crm.scenario.play(lambda: None, mailbox, max_requests=10)


def test_a_client_that_repeats_a_refused_write(world: World) -> None:
    def sync() -> None:
        while world.ask("POST", "/events", body={"subject": "No times"}).status >= 400:
            pass

    assert "request.futile" in stopped(world, sync, SCENARIO)


def test_a_client_that_reads_the_same_capped_list(world: World) -> None:
    def sync() -> None:
        while len(world.ask("GET", "/events").json["records"]) < 3:
            pass

    assert "read.capped" in stopped(world, sync, SCENARIO | {"dialect": {"resultCap": 2}})


def test_a_client_that_swallows_the_error(world: World) -> None:
    def sync() -> None:
        try:
            world.follow_all_tokens()
        except NoAnswer:
            return

    assert "pageToken.loop" in stopped(world, sync)


def test_the_limit_holds_for_each_sync(world: World) -> None:
    def sync() -> None:
        for _ in range(20):
            world.ask("GET", "/events")
        world.follow_all_tokens()

    world.crm.scenario.load(SCENARIO)
    world.crm.scenario.play(sync, max_requests=25)
    assert len(world.crm.requests.all()) == 46
    assert world.crm.faults.all() == []


def test_an_error_of_the_client_s_own_is_its_own(world: World) -> None:
    def sync() -> None:
        world.ask("GET", "/events")
        raise ZeroDivisionError

    world.crm.scenario.load(SCENARIO)
    with pytest.raises(ZeroDivisionError):
        world.crm.scenario.play(sync)
    assert world.crm.faults.all() == []


def test_whoever_presses_ctrl_c_gets_out(world: World) -> None:
    def sync() -> None:
        try:
            world.follow_all_tokens()
        except NoAnswer:
            raise KeyboardInterrupt from None

    world.crm.scenario.load(LOOPING)
    with pytest.raises(KeyboardInterrupt):
        world.crm.scenario.play(sync, max_requests=10)
    assert world.crm.faults.all() == []


def test_a_sync_may_remove_all_fault_rules(world: World) -> None:
    def sync() -> None:
        world.crm.faults.clear()
        world.follow_all_tokens()

    world.crm.scenario.load(LOOPING)
    world.crm.scenario.play(sync)
