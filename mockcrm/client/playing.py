"""Calls of the client under test while a scenario is played: a client that is an object, or functions."""

import inspect
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from mockcrm.base.declaring import dataclass
from mockcrm.client.sync_client import apply_is_missing, methods_of

if TYPE_CHECKING:
    # A test that runs needs no types, and imports none.
    from mockcrm.client.types import MailboxAction

_ASYNC = "write `await crm.scenario.play_async(…)` in a test that is a coroutine."
_NO_FUNCTION = (
    "In this scenario users change the calendar on the other side: call play(sync, mailbox) with a function `mailbox` "
    "that makes these changes."
)

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""

Methods = Mapping[str, Callable[..., Any]]
"""A client's methods by their names. A function that does what `apply` does has the name `mailbox`."""


@dataclass(frozen=True)
class ClientCall:
    """A call of the client under test. If it is `limited`, it may send only so many requests."""

    name: str
    call: Callable[[], Any]
    limited: bool = True


ClientCalls = Generator[ClientCall, Any, None]


def methods_to_play(client: Any, mailbox: Callable[..., Any] | None) -> Methods:
    """The methods of a client that is an object, or those that functions stand for. Raises `TypeError` for neither.

    What can be called is a function, even if it has methods as well: a mock has any.
    """
    if callable(client):
        return {"sync": client} if mailbox is None else {"sync": client, "mailbox": mailbox}
    methods = methods_of(client)
    if mailbox is not None:
        raise TypeError("A client has a method `apply`, and no `mailbox` beside it: write play(client).")
    return methods


def mailbox_call(client: Any, methods: Methods, mailbox: "list[MailboxAction]") -> ClientCall:
    """The call that gives the client what users did. Raises `ValueError` if it has nothing that takes that."""
    name = next((each for each in ("apply", "mailbox") if each in methods), None)
    if name is not None:
        return ClientCall(name, lambda: methods[name](mailbox))
    raise ValueError(_NO_FUNCTION if callable(client) else apply_is_missing(client))


def following(calls: ClientCalls, result: Any) -> ClientCall | None:
    """The next call, from the result of the last one; None at the end."""
    try:
        return calls.send(result)
    except StopIteration:
        return None


def refuse_coroutine_functions(methods: Methods) -> None:
    """Raises `TypeError`."""
    for name, call in methods.items():
        if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__):
            raise TypeError(f"`{name}` is a coroutine function, and play does not await it: {_ASYNC}")


def refuse_awaitable(name: str, result: object) -> None:
    """Refuse what a call returned if it has to be awaited: the client has done nothing yet. Raises `TypeError`."""
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"`{name}` returned {type(result).__name__}, and play does not await it: {_ASYNC}")
    refuse_generator(name, result)


def refuse_generator(name: str, result: object) -> None:
    """Refuse a generator, which has done nothing yet, but as a copy of the events. Raises `TypeError`."""
    if inspect.isasyncgen(result) or (inspect.isgenerator(result) and name != "replica"):
        raise TypeError(f"`{name}` is a generator function, so nothing in it has run: remove its yield.")
