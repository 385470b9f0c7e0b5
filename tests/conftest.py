"""How Hypothesis runs here, and what the test runs in a test are told of the world."""

import pytest
from hypothesis import settings

from tests.served import crm, http, process, server

__all__ = ["crm", "http", "process", "server"]

# These machines are noisy, so no example is judged by how long it takes.
settings.register_profile("mockcrm", deadline=None)
settings.load_profile("mockcrm")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test run at somebody's desk: in CI pytest says in its summary again all that it has said of a failure."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return pytester
