"""What a refusal is: the right answer, and a CRM in which nothing has changed (contract, section 5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.served import Crm, error


@contextmanager
def nothing_changes(crm: Crm) -> Iterator[None]:
    """Hold the whole state after the block against the one before it: events, log, clock, chance."""
    before = crm.everything()
    yield
    assert crm.everything() == before


def refused(crm: Crm, status: int, code: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
    """The details of a refusal of the client's request, which must have changed nothing."""
    with nothing_changes(crm):
        return error(crm.api(method, path, body, **options), status, code)
