"""Runs work that a stranger's file could make endless, in a process of its own that ends when its time is up."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Returned = TypeVar("Returned")


class TimedOut(Exception):
    """The work did not end: its time was up, or its process died."""


def run_with_timeout(seconds: float, work: Callable[..., Returned], *arguments: Any) -> Returned:
    """Run `work`, and return or raise what it does. Everything must be picklable. Raises `TimedOut`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            raise TimedOut(f"it was not done after {seconds:g} seconds")
        done, outcome = ours.recv()
    except EOFError as error:
        raise TimedOut("its process died") from error
    finally:
        process.kill()
        process.join()
        ours.close()
    if not done:
        raise outcome
    result: Returned = outcome
    return result


def _do(ours: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    # Ctrl-C reaches both processes; the one that waits ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        outcome = (True, work(*arguments))
    except Exception as error:  # The waiting process raises it, whatever it is.
        outcome = (False, error)
    ours.send(outcome)
