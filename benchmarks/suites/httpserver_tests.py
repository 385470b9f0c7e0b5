"""pytest-httpserver, which clears its one server after each test: a list is told anew, as bytes made before."""

import json
from typing import Any

import pytest

from benchmarks.suites import events, every_test

LIST = json.dumps({"records": events()})


@pytest.fixture
def crm(httpserver: Any) -> Any:
    httpserver.expect_request("/events").respond_with_data(LIST, content_type="application/json")
    return httpserver


@every_test
def test_nothing(crm: Any, number: int) -> None:
    pass
