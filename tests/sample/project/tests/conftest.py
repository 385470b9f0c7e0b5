from collections.abc import Iterator

import httpx
import pytest

from mockcrm import Crm


@pytest.fixture
def http(crm: Crm) -> Iterator[httpx.Client]:
    """The way to the test's CRM, for the client under test."""
    with httpx.Client(base_url=crm.url) as client:
        yield client


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
