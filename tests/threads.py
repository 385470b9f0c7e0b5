"""Two threads, in a test that comes out the same each time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def another_thread(does: Callable[[], object]) -> Iterator[None]:
    """Do something at each call and return within the block: another thread's turn may come at any of them."""
    sys.setprofile(lambda *_: does())
    try:
        yield
    finally:
        sys.setprofile(None)
