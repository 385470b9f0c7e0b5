"""A sync client in a web page of another origin, in a real browser."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from mockcrm import connect, create_app, serving

CLIENT = """
async ([url, since]) => {
    const json = { "Content-Type": "application/json", Authorization: "Bearer token", "X-Mockcrm-Client": "page" }
    const seen = { waits: [], events: {}, asOf: since }
    async function read(query) {
        const answer = await fetch(`${url}/events?${query}`, { headers: json })
        if (answer.status === 429) {
            seen.waits.push(answer.headers.get("Retry-After"))
            return read(query)
        }
        const page = await answer.json()
        for (const each of page.records) seen.events[each.id] = each.deleted ? null : each.subject
        return page
    }
    let query = since ? `since=${encodeURIComponent(since)}&showDeleted=true&limit=2` : "limit=2"
    for (let page = await read(query), first = page.asOf; ; page = await read(`pageToken=${page.nextPageToken}`)) {
        seen.asOf = first
        if (!page.nextPageToken) break
    }
    return seen
}
"""
WRITE = """
async (url) => {
    const times = { startTime: "2026-03-03T09:00:00Z", endTime: "2026-03-03T10:00:00Z" }
    const headers = { "Content-Type": "application/json", "X-Mockcrm-Client": "page" }
    const send = (method, address, own, body) =>
        fetch(address, { method, headers: { ...headers, ...own }, body: body && JSON.stringify(body) })
    const made = await send("POST", `${url}/events`, { "Idempotency-Key": "k1" }, times)
    const address = made.headers.get("Location"), tag = made.headers.get("ETag")
    const changed = await send("PATCH", address, { "If-Match": tag }, { subject: "Call" })
    const stale = await send("PATCH", address, { "If-Match": tag }, { subject: "Late" })
    const gone = await send("DELETE", address, { "If-Match": changed.headers.get("ETag") })
    return [made, changed, stale, gone].map((each) => each.status)
}
"""
TRY = "([url, options]) => fetch(url, options).then((answer) => answer.status, (error) => error.name)"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an empty page is served: another origin than the CRM's, as its port is another."""
    folder: Path = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>A client</title><link rel=icon href=data:,>")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def client(context: BrowserContext, origin: str) -> Iterator[Page]:
    """The page. The browser reports refused requests in its console, which is what some of these tests are about."""
    with context.new_page() as page:
        page.goto(origin)
        yield page


def test_a_page_of_another_origin_syncs_and_writes_and_sees_refusals(client: Page, origin: str) -> None:
    with serving(create_app(cors=origin)) as url, connect(url).create() as crm:
        crm.clock.freeze("2026-03-02T09:00:00Z")
        crm.seed(5, seed=1)
        crm.clock.advance("1m")
        first = client.evaluate(CLIENT, [crm.url, None])
        assert len(first["events"]) == 5
        moved, deleted = sorted(first["events"])[:2]
        crm.clock.advance("1m")
        crm.events.edit(moved, subject="Moved")
        crm.events.delete(deleted)
        crm.faults.add({"status": {"status": 429, "headers": {"Retry-After": "0"}}}, times=1)
        second = client.evaluate(CLIENT, [crm.url, first["asOf"]])
        assert second["events"] == {moved: "Moved", deleted: None}
        assert second["waits"] == ["0"]
        assert client.evaluate(WRITE, crm.url) == [201, 200, 412, 204]
        assert {each["method"] for each in crm.requests.all()} == {"GET", "POST", "PATCH", "DELETE"}
        assert {each["client"] for each in crm.requests.all()} == {"page"}
        crm.assert_clean()


def test_a_page_of_an_origin_that_is_not_allowed_gets_nothing_nor_does_any_page_of_the_controls(
    client: Page, origin: str
) -> None:
    patch = {"method": "PATCH", "headers": {"Content-Type": "application/json"}, "body": "{}"}
    with serving(create_app(cors="http://localhost:1")) as url:
        crm = connect(url)
        assert client.evaluate(TRY, [f"{crm.url}/events/1", patch]) == "TypeError"
        assert crm.requests.all() == []
        assert client.evaluate(TRY, [f"{crm.url}/events", {}]) == "TypeError"
    with serving(create_app(cors=origin)) as url:
        assert client.evaluate(TRY, [f"{url}/api/v1/events", {}]) == 200
        assert client.evaluate(TRY, [f"{url}/admin/clock", {}]) == "TypeError"
