"""Calls functions that may wait, without keeping an event loop."""

import sys
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


async def in_thread(call: Callable[[], _Result]) -> _Result:
    """Call a function without keeping the event loop, which may have to bring requests to their end meanwhile.

    What it raises comes from here: a failed test shows nothing of threads.
    """
    results, errors = await _in_thread(partial(_outcome, call))
    for error in errors:
        raise error
    return results[0]


def _outcome(call: Callable[[], _Result]) -> tuple[list[_Result], list[BaseException]]:
    try:
        return [call()], []
    except BaseException as error:  # pytest's own failures are no `Exception`.
        return [], [error]


async def _in_thread(call: Callable[[], _Result]) -> _Result:
    import asyncio  # noqa: PLC0415  few tests need it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")
        if trio is not None and trio.lowlevel.in_trio_run():
            result: _Result = await trio.to_thread.run_sync(call)
            return result
        # Another library runs this coroutine, and its loop cannot wait for a thread.
        return call()
    return await asyncio.to_thread(call)


def awaited(method: Callable[_Arguments, _Result]) -> Callable[_Arguments, Coroutine[Any, Any, _Result]]:
    """The form of a method that a coroutine awaits, while the event loop goes on."""
    name = method.__name__

    @wraps(method)
    async def call(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        controls, *rest = arguments
        result: _Result = await in_thread(partial(getattr(controls, name), *rest, **options))
        return result

    call.__name__, call.__qualname__ = f"{name}_async", f"{method.__qualname__}_async"
    call.__doc__ = f"Like `{name}`, to be awaited: the event loop goes on while it waits."
    return call
