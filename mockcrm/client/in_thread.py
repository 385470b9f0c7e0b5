"""Calls functions without keeping an event loop."""

from collections.abc import Callable
from typing import Any


async def in_thread(call: Callable[[], Any]) -> Any:
    """Call a function without keeping the event loop, which may have to bring requests to their end meanwhile."""
    import asyncio  # noqa: PLC0415  few tests need it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Another library runs this coroutine, and its loop cannot wait for a thread.
        return call()
    return await asyncio.to_thread(call)
