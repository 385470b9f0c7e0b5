"""A proxy in the environment that takes requests to this machine as well."""

import pytest

from mockcrm.base.loopback import swallowing_proxy

PROXY = "http://user:secret@proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("url", "variable", "host"),
    [
        ("http://127.0.0.1:8080", "HTTP_PROXY", "127.0.0.1"),
        ("http://localhost:8080/api/v1", "http_proxy", "localhost"),
        ("http://[::1]:8080", "ALL_PROXY", "::1"),
        ("https://127.0.0.1:8443", "HTTPS_PROXY", "127.0.0.1"),
    ],
)
def test_the_variable_and_its_remedy_are_named_and_no_password(
    url: str, variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, PROXY)
    said = swallowing_proxy(url) or ""
    assert said.startswith(f"{variable} is set")
    assert said.endswith(f"Set NO_PROXY={host}.")
    assert "secret" not in said
    monkeypatch.setenv("NO_PROXY", f"intern.example,{host}")
    assert swallowing_proxy(url) is None


def test_a_proxy_that_concerns_another_scheme_or_another_machine_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert swallowing_proxy("http://127.0.0.1:8080") is None
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert swallowing_proxy("http://127.0.0.1:8080") is None
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert swallowing_proxy("http://crm.example:8080") is None
    monkeypatch.setenv("NO_PROXY", "*")
    assert swallowing_proxy("http://127.0.0.1:8080") is None
