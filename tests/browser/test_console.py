"""The page as a whole: it starts, says which sandbox it shows, and follows it."""

import httpx
from playwright.sync_api import expect

from tests.browser.console import Console, console, server

__all__ = ["console", "server"]


def test_a_person_opens_a_sandbox_and_sees_its_name_and_its_verdict(console: Console) -> None:
    page = console.open()
    expect(page.get_by_role("banner")).to_contain_text(console.crm.path.rpartition("/")[2])
    expect(page.get_by_role("link", name="Verdict: inconclusive")).to_be_visible()
    for panel in ("Traffic", "Changes", "Audit", "Scenario", "Faults", "Dialect", "Connect"):
        page.get_by_role("tab", name=panel).click()
        expect(page.get_by_role("tabpanel", name=panel)).to_be_visible()


def test_the_page_may_load_from_its_own_server_alone(console: Console) -> None:
    policy = httpx.get(f"{console.url}/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
