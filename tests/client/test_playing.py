"""Scenarios played by the control client: it raises unless the client under test was judged, and passed."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import anyio
import pytest

from mockcrm import Crm, connect, create_app
from mockcrm.client.transport import Send, in_process, over_http
from tests.samples import TIMES

_names = (f"played{number}" for number in itertools.count(1))

SCENARIO: Any = {
    "events": [{"key": "call", **TIMES}],
    "steps": ["sync", {"edit": {"event": "call", "set": {"subject": "Talk"}}}, "sync"],
}
WALK: Any = SCENARIO | {"expect": {"events": [{"event": "call", "has": {"subject": "Walk"}}]}}


@dataclass
class World:
    """A CRM, and a client that reads all events at each sync."""

    crm: Crm
    send: Send

    def sync(self) -> list[Any]:
        rows: list[Any] = self.send("GET", "/events", {}, None, {}).json["records"]
        return rows

    async def sync_async(self) -> list[Any]:
        await asyncio.sleep(0)
        return self.sync()


@pytest.fixture(params=["server", "app"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    to = request.getfixturevalue("server") if request.param == "server" else create_app()
    with connect(to).create(next(_names)) as crm:
        crm.clock.freeze("2026-01-05T09:00:00Z")
        send = over_http(crm.url) if request.param == "server" else in_process(to, f"{crm.path}/api/v1")
        yield World(crm, send)


Play = Callable[..., None]


def play(crm: Crm, *arguments: Any) -> None:
    crm.scenario.play(*arguments)


def play_async(crm: Crm, *arguments: Any) -> None:
    asyncio.run(crm.scenario.play_async(*arguments))


@pytest.fixture(params=[play, play_async])
def played(request: pytest.FixtureRequest) -> Play:
    way: Play = request.param
    return way


def test_a_scenario_is_played_with_a_sync_wherever_it_wants_one(world: World, played: Play) -> None:
    seen: list[list[str | None]] = []
    world.crm.scenario.load(SCENARIO)
    played(world.crm, lambda: seen.append([event["subject"] for event in world.sync()]))
    assert seen == [[None], ["Talk"]]


def test_what_does_not_hold_at_the_end_is_raised(world: World, played: Play) -> None:
    world.crm.scenario.load(WALK)
    with pytest.raises(AssertionError, match=r'^events\[0\]: call has subject "Talk", not "Walk"\.\nThe audit passed'):
        played(world.crm, world.sync)


def test_a_client_that_never_came_is_raised(world: World, played: Play) -> None:
    world.crm.scenario.load(SCENARIO)
    with pytest.raises(AssertionError, match=r"^Inconclusive: No client has made a request\.\n"):
        played(world.crm, lambda: None)


def test_what_was_not_judged_is_said_before_what_does_not_hold(world: World, played: Play) -> None:
    syncs: Iterator[Callable[[], object]] = iter([world.sync, lambda: None])

    def sync() -> object:
        return next(syncs)()

    world.crm.scenario.load(WALK)
    with pytest.raises(AssertionError) as raised:
        played(world.crm, sync)
    assert str(raised.value).splitlines()[:3] == [
        "Inconclusive: No request came at sync 2.",
        "client has not read 1 change yet that lists showed before the last sync.",
        'events[0]: call has subject "Talk", not "Walk".',
    ]


def test_what_a_scenario_has_users_do_is_handed_over(world: World, played: Play) -> None:
    user = {"mailbox": {"edit": {"event": "call", "set": {"subject": "Talk"}}}}
    world.crm.scenario.load(SCENARIO | {"steps": ["sync", user, "sync"]})
    with pytest.raises(ValueError, match="users change the calendar"):
        played(world.crm, world.sync)
    world.crm.reset()
    done: list[Any] = []
    played(world.crm, world.sync, done.extend)
    assert [each["edit"]["set"] for each in done] == [{"subject": "Talk"}]
    world.crm.scenario.load(SCENARIO | {"steps": ["sync", user]})
    with pytest.raises(ValueError, match="users change the calendar"):
        played(world.crm, world.sync)


def test_a_scenario_that_has_been_played_is_not_played_again_on_the_quiet(world: World, played: Play) -> None:
    world.crm.scenario.load(SCENARIO)
    played(world.crm, world.sync)
    with pytest.raises(ValueError, match="has been played to its end"):
        played(world.crm, world.sync)
    world.crm.reset()
    played(world.crm, world.sync)


def test_a_replica_is_handed_in(world: World) -> None:
    world.crm.scenario.load(SCENARIO)
    world.crm.scenario.play(lambda: world.crm.scenario.replica(world.sync()))
    world.crm.reset()
    with pytest.raises(AssertionError, match=r"^replica of client: replica\.missing: "):
        world.crm.scenario.play(lambda: (world.sync(), world.crm.scenario.replica([], client="client")))
    window: Any = {"startAt": "2027-01-01T00:00:00Z", "endAt": "2027-02-01T00:00:00Z"}
    assert world.crm.scenario.replica([], client="client", window=window)["inSync"] is True
    assert world.crm.scenario.get()["verdict"] == "passed"


# Coroutines


async def coroutine(*_: object) -> None:
    pytest.fail("Nobody may run this halfway.")


class Caller:
    async def __call__(self) -> None:
        await coroutine()


NEVER: dict[str, Any] = {
    "a function": coroutine,
    "a part of one": partial(coroutine, 1),
    "a caller": Caller(),
    "a mock": AsyncMock(),
}


@pytest.mark.parametrize("sync", NEVER.values(), ids=list(NEVER))
def test_play_refuses_coroutine_functions_before_anything_happens(world: World, sync: Any) -> None:
    world.crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match=r"`sync` is a coroutine function.*await crm\.scenario\.play_async"):
        world.crm.scenario.play(sync)
    with pytest.raises(TypeError, match=r"`mailbox` is a coroutine function.*await crm\.scenario\.play_async"):
        world.crm.scenario.play(world.sync, sync)
    assert world.crm.scenario.get()["place"] == 0


async def _generated() -> AsyncIterator[int]:
    yield 1


def test_play_refuses_what_would_have_to_be_awaited(world: World) -> None:
    world.crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match=r"`sync` returned coroutine, .*await crm\.scenario\.play_async"):
        world.crm.scenario.play(lambda: coroutine(world))
    world.crm.reset()

    async def within() -> None:
        with pytest.raises(TypeError, match=r"`sync` returned Task, "):
            world.crm.scenario.play(lambda: asyncio.ensure_future(world.sync_async()))

    asyncio.run(within())


@pytest.mark.parametrize("sync", [lambda: (each for each in [1]), _generated], ids=["generator", "async generator"])
def test_a_generator_function_has_not_synced(world: World, played: Play, sync: Any) -> None:
    world.crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match="`sync` is a generator function, so nothing in it has run"):
        played(world.crm, sync)


def test_a_coroutine_function_is_awaited(world: World) -> None:
    users: list[Any] = []

    async def mailbox(actions: list[Any]) -> None:
        await asyncio.sleep(0)
        users.extend(actions)

    user = {"mailbox": {"edit": {"event": "call", "set": {"subject": "Talk"}}}}
    world.crm.scenario.load(SCENARIO | {"steps": ["sync", user, "sync"]})
    play_async(world.crm, world.sync_async, mailbox)
    assert (len(users), world.crm.requests.count({})) == (1, 2)
    world.crm.reset()
    play_async(world.crm, lambda: asyncio.gather(world.sync_async(), world.sync_async()), mailbox)
    assert world.crm.requests.count({}) == 4


def test_another_loop_awaits_it_as_well(world: World) -> None:
    async def sync() -> None:
        await anyio.sleep(0)
        world.sync()

    world.crm.scenario.load(SCENARIO)
    anyio.run(world.crm.scenario.play_async, sync, backend="asyncio")
    world.crm.reset()
    running = world.crm.scenario.play_async(world.sync)
    with pytest.raises(StopIteration):
        # A loop that is not asyncio's, of which no step has to wait.
        running.send(None)
    assert world.crm.requests.count({}) == 2
