"""What a sandbox makes when it is first needed: no start of a server imports the audit, or the feed of the page."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mockcrm.audit.books import Books
    from mockcrm.sandbox.feed import Feed

Made = TypeVar("Made")


class Late(Generic[Made]):
    """Something that whoever asks first makes. Any thread may ask, and all get the same."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Made | None = None

    def get(self) -> Made:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def new_books() -> "Books":
    """The books of the audit for one CRM."""
    from mockcrm.audit.books import Books  # noqa: PLC0415  fifty modules, which many tests never need

    return Books()


def new_feed() -> "Feed":
    """The feed of one sandbox."""
    from mockcrm.sandbox.feed import Feed  # noqa: PLC0415  only a page follows a sandbox

    return Feed()
