"""Scenarios played with a client that is an object: what is asked of it, in which order, and what it may leave out."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from mockcrm import Crm, SyncClient, connect, create_app, types
from mockcrm.client.sync_client import replica_arguments
from mockcrm.client.transport import Send, in_process
from tests.samples import TIMES

USER: Any = {"mailbox": {"edit": {"event": "call", "set": {"subject": "Talk"}}}}
SCENARIO: Any = {
    "events": [{"key": "call", **TIMES}],
    "steps": ["sync", {"edit": {"event": "call", "set": {"location": "Room 7"}}}, "sync"],
}
FORGETFUL = r"^replica of client: replica\.missing: "


class Reader:
    """Reads all events at each sync, and notes what it was asked to do."""

    def __init__(self, send: Send) -> None:
        self.send, self.events, self.asked = send, dict[str, Any](), list[str]()

    def sync(self) -> None:
        self.asked.append("sync")
        rows = self.send("GET", "/events", {}, None, {}).json["records"]
        self.events = {row["id"]: row for row in rows}

    def replica(self) -> Any:
        self.asked.append("replica")
        return self.events

    def close(self) -> None:
        self.asked.append("close")


class Carrier(Reader):
    """Carries over what users do as well."""

    def apply(self, mailbox: list[types.MailboxAction]) -> None:
        self.asked.append("apply")
        for action in mailbox:
            edit = action["edit"]
            self.send("PATCH", f"/events/{edit['id']}", {}, edit["set"], {})


class AsyncCarrier:
    """The same client, of coroutine functions alone. All of them must be awaited in the same loop."""

    def __init__(self, send: Send) -> None:
        self.client, self.loops = Carrier(send), set[Any]()

    async def _do(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self.loops.add(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return call(*arguments)

    async def sync(self) -> None:
        await self._do(self.client.sync)

    async def apply(self, mailbox: list[types.MailboxAction]) -> None:
        await self._do(self.client.apply, mailbox)

    async def replica(self) -> Any:
        return await self._do(self.client.replica)

    async def close(self) -> None:
        await self._do(self.client.close)

    @property
    def asked(self) -> list[str]:
        return self.client.asked


@pytest.fixture(scope="module")
def app() -> Any:
    return create_app()


@pytest.fixture
def crm(app: Any) -> Iterator[Crm]:
    with connect(app).create() as made:
        made.clock.freeze("2026-01-05T09:00:00Z")
        yield made


@pytest.fixture
def send(app: Any, crm: Crm) -> Send:
    return in_process(app, f"{crm.path}/api/v1")


def play(crm: Crm, client: Any, **options: Any) -> None:
    crm.scenario.play(client, **options)


def play_async(crm: Crm, client: Any, **options: Any) -> None:
    asyncio.run(crm.scenario.play_async(client, **options))


WAYS = {"play": (play, Carrier), "play_async": (play_async, Carrier), "awaited": (play_async, AsyncCarrier)}


@pytest.mark.parametrize(("played", "make"), WAYS.values(), ids=[*WAYS])
def test_a_client_is_asked_for_all_that_it_can_do_in_order(crm: Crm, send: Send, played: Any, make: Any) -> None:
    crm.scenario.load(SCENARIO | {"steps": ["sync", USER, "sync"], "expect": {"audit": "any"}})
    client = make(send)
    played(crm, client)
    assert client.asked == ["sync", "apply", "sync", "replica", "close"]
    assert crm.events.get("call")["subject"] == "Talk"


@pytest.mark.parametrize("played", [play, play_async])
def test_its_copy_counts_for_the_verdict(crm: Crm, send: Send, played: Any) -> None:
    class Forgetful(Reader):
        def replica(self) -> Any:
            return []

    crm.scenario.load(SCENARIO)
    with pytest.raises(AssertionError, match=FORGETFUL):
        played(crm, Forgetful(send))
    assert crm.scenario.get()["verdict"] == "failed"


def test_its_copy_is_held_against_the_crm_as_it_was_at_the_last_sync(crm: Crm, send: Send) -> None:
    """What happens after the last sync is in nobody's copy."""
    crm.scenario.load(SCENARIO | {"steps": [*SCENARIO["steps"], {"delete": {"event": "call"}}]})
    crm.scenario.play(Reader(send))
    assert crm.scenario.get()["verdict"] == "passed"


class Coroutines(AsyncCarrier):
    """A client with some other methods than these."""

    def __init__(self, send: Send, name: str) -> None:
        super().__init__(send)
        for each in {"sync", "apply", "replica", "close"} - {name}:
            setattr(self, each, getattr(self.client, each))


@pytest.mark.parametrize("name", ["sync", "apply", "replica", "close"])
def test_play_refuses_coroutine_functions_before_anything_happens(crm: Crm, send: Send, name: str) -> None:
    crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match=rf"^`{name}` is a coroutine function.*await crm\.scenario\.play_async"):
        crm.scenario.play(Coroutines(send, name))
    assert crm.scenario.get()["place"] == 0


def test_play_refuses_a_copy_that_would_have_to_be_awaited(crm: Crm, send: Send) -> None:
    class Odd(Reader):
        def replica(self) -> Any:
            return AsyncCarrier(self.send).replica()

    crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match=r"^`replica` returned coroutine, "):
        crm.scenario.play(Odd(send))


@pytest.mark.parametrize("played", [play, play_async])
def test_a_scenario_with_a_mailbox_needs_a_client_that_applies_it(crm: Crm, send: Send, played: Any) -> None:
    crm.scenario.load(SCENARIO | {"steps": ["sync", USER, "sync"]})
    client = Reader(send)
    with pytest.raises(ValueError, match=r"users change the calendar on the other side.*Reader has no method `apply`"):
        played(crm, client)
    assert client.asked[-1] == "close"


@pytest.mark.parametrize("played", [play, play_async])
def test_a_client_is_closed_whatever_comes_of_it(crm: Crm, send: Send, played: Any) -> None:
    class Failing(Reader):
        def sync(self) -> None:
            raise ZeroDivisionError

    crm.scenario.load(SCENARIO)
    client = Failing(send)
    with pytest.raises(ZeroDivisionError):
        played(crm, client)
    assert client.asked == ["close"]


def test_apply_is_stopped_if_it_does_not_end(crm: Crm, send: Send) -> None:
    class Endless(Carrier):
        def apply(self, mailbox: Any) -> None:
            while True:
                super().apply(mailbox)

    crm.scenario.load(SCENARIO | {"steps": ["sync", USER, "sync"]})
    with pytest.raises(AssertionError, match=r"^`apply` was stopped after 10 requests"):
        crm.scenario.play(Endless(send), max_requests=10)


def test_a_mailbox_beside_a_client_is_a_mistake(crm: Crm, send: Send) -> None:
    crm.scenario.load(SCENARIO)
    both: Any = crm.scenario.play
    with pytest.raises(TypeError, match="A client has a method `apply`, and no `mailbox` beside it"):
        both(Carrier(send), print)
    assert crm.scenario.get()["place"] == 0


@pytest.mark.parametrize("played", [play, play_async])
def test_what_is_no_client_is_named(crm: Crm, played: Any) -> None:
    crm.scenario.load(SCENARIO)
    with pytest.raises(TypeError, match=r"^int is not a client under test: it has no method `sync`"):
        played(crm, 5)


def test_whatever_can_be_called_is_a_function(crm: Crm, send: Send) -> None:
    """A mock has every method, and is called all the same."""
    function = Mock(side_effect=Reader(send).sync)
    crm.scenario.load(SCENARIO)
    crm.scenario.play(function)
    assert (function.call_count, function.sync.call_count, function.replica.call_count) == (2, 0, 0)


WINDOW = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"}
RECORD = {"id": "1001"}


@pytest.mark.parametrize(
    ("found", "arguments"),
    [
        (None, None),
        ([], [{"records": []}]),
        ([RECORD], [{"records": [RECORD]}]),
        (["1001"], [{"records": ["1001"]}]),
        ({}, [{"records": []}]),
        ({"1001": RECORD}, [{"records": [RECORD]}]),
        ({"1001": RECORD}.values(), [{"records": [RECORD]}]),
        ({"replica": [RECORD], "window": WINDOW}, [{"records": [RECORD], "window": WINDOW}]),
        ({"replica": {"1001": RECORD}, "client": "ann"}, [{"records": [RECORD], "client": "ann"}]),
        ({"replica": [RECORD], "kind": "contact"}, [{"records": [RECORD], "kind": "contact"}]),
        (
            {"events": {"replica": [RECORD], "window": WINDOW}, "contacts": {"1001": RECORD}, "leads": []},
            [
                {"records": [RECORD], "window": WINDOW, "kind": "event"},
                {"records": [RECORD], "kind": "contact"},
                {"records": [], "kind": "lead"},
            ],
        ),
    ],
)
def test_a_copy_has_one_of_several_forms(found: Any, arguments: Any) -> None:
    assert replica_arguments(found) == arguments


def test_no_copy_is_not_an_empty_one(crm: Crm, send: Send) -> None:
    class Shy(Reader):
        def replica(self) -> Any:
            return None

    crm.scenario.load(SCENARIO)
    crm.scenario.play(Shy(send))


def test_a_client_is_recognised() -> None:
    assert isinstance(Reader(Mock()), SyncClient)
    assert not isinstance(5, SyncClient)
