"""How Hypothesis runs here, and the environment of the processes and the test runs that a test starts."""

import os

import pytest
import trustme  # noqa: F401  a test run within a test forgets what it has imported, and cryptography is imported once only
from hypothesis import settings

from tests.audits import audits
from tests.served import crm, http, process, server

__all__ = ["audits", "crm", "http", "process", "server"]

# These machines are noisy, so no example is judged by how long it takes.
settings.register_profile("mockcrm", deadline=None)
settings.load_profile("mockcrm")


# Hundreds of processes start here. Each would compile all modules again if it might not keep them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test run at somebody's desk: in CI pytest's summary repeats each failure in full.

    It does without the plugin of schemathesis, which takes longer to import than all the rest.
    """
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis")
    return pytester
