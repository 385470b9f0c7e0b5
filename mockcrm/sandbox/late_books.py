"""The books of the audit for one CRM, made when they are first needed: no start of a server imports the audit."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcrm.audit.books import Books


class LateBooks:
    """Books that whoever asks first makes. Any thread may ask, and all get the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Books | None = None

    def get(self) -> "Books":
        with self._lock:
            if self._made is None:
                from mockcrm.audit.books import Books  # noqa: PLC0415  fifty modules, which many tests never need

                self._made = Books()
            return self._made
