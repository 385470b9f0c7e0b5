"""Ends a trial early, so that its report says what there is."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""The signals that end a trial, as far as the system has them, and unless they are ignored, as by `nohup`."""
_SAID = b"\nInterrupted. The report covers what was played. To end at once, interrupt again.\n"
_TIME_TO_KILL = 0.3
"""How many seconds the commands that run have to be killed, after which the process may end without them."""


@contextlib.contextmanager
def interruptible(stopping: threading.Event) -> Iterator[None]:
    """Have a signal set `stopping` while the block runs. A second one ends the process, whatever it does.

    Nothing is raised in the block, as the report is still to be written.
    """
    first: list[float] = []

    def end(number: int, frame: FrameType | None) -> None:
        if first:
            time.sleep(max(0.0, first[0] + _TIME_TO_KILL - time.monotonic()))
            os._exit(128 + number)
        first.append(time.monotonic())
        stopping.set()
        # A stream may be in the middle of printing something else.
        with contextlib.suppress(OSError):
            os.write(2, _SAID)

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
