"""Verifications of a sandbox's requests: one that answers at once, and one that waits."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.served import Crm


def verified(crm: Crm, *requests: Any, **more: Any) -> Any:
    response = crm.admin("POST", "/verify", {"requests": list(requests), **more})
    assert response.status_code == 200, response.text
    return response.json()


@contextmanager
def waiting(crm: Crm, *requests: Any, **more: Any) -> Iterator["Future[Any]"]:
    """A verification that has arrived in another thread, and waits."""
    with ThreadPoolExecutor(1) as pool:
        number = control_number(crm)
        future = pool.submit(verified, crm, *requests, **{"timeout": "30s", **more})
        # The controls count their requests: when there is one more than these, it is the verification.
        while (now := control_number(crm)) == number + 1:
            number = now
        assert not future.done()
        yield future


def control_number(crm: Crm) -> int:
    return int(crm.admin("GET", "/dialect").headers["X-Request-Id"].removeprefix("a"))
