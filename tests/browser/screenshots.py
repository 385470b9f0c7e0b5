"""Pictures of the page, for the documentation: `python -m tests.browser.screenshots` writes them.

The same page gives the same pictures: the sandbox's clock stands still, its events are invented from a seed, and what
differs from one run to the next is made alike.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from werkzeug.wrappers import Response

from mockcrm import Crm, connect, create_app, serving
from tests.browser import chromium
from tests.browser.console import LAPTOP, PHONE

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "console"
MOST_BYTES = 150_000
ADDRESS = "localhost:8080"
"""What the pictures show as the address of the server, which has any free port."""

MONDAY = "2026-03-02T08:00:00Z"
VIEWS = {
    "calendar": "",
    "month": "view=month",
    "traffic": "panel=traffic&open=request:3",
    "changes": "panel=changes&open=event:1001",
    "audit": "panel=audit&open=finding:1",
    "scenario": "panel=scenario",
    "faults": "panel=faults",
    "dialect": "panel=dialect",
    "connect": "panel=connect",
    "axis": "area=axis",
}
"""What each picture shows, as in the page's address."""
ON_A_PHONE = ("calendar", "traffic", "audit", "axis", "connect")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> int:
    """Write all pictures. The status is 1 if one is too large for the documentation."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _sandbox() as (url, crm):
        live_through_a_morning(crm)
        with _browser(url) as browser:
            for scheme in SCHEMES:
                _photograph(browser, crm.path, LAPTOP, scheme, "laptop", tuple(VIEWS)[:-1])
                _photograph(browser, crm.path, PHONE, scheme, "phone", ON_A_PHONE)
    large = [file.name for file in sorted(FOLDER.glob("*.png")) if file.stat().st_size > MOST_BYTES]
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}.\n")
    sys.stdout.writelines(f"{name} is too large.\n" for name in large)
    return 1 if large else 0


def live_through_a_morning(crm: Crm) -> None:
    """A team's week, a client that syncs every five minutes, a change that it misses, and an outage of a second."""
    crm.clock.freeze(MONDAY)
    crm.events.create(
        key="kickoff",
        subject="Kickoff with Acme",
        startTime="2026-03-03T09:00:00Z",
        endTime="2026-03-03T10:30:00Z",
        location="Room Turing",
        attendees=[{"emailAddress": "ann@ourcompany.example", "status": "Accepted"}, {"contactId": 7001}],
        relatedTo={"type": "Account", "id": "5001", "name": "Acme"},
    )
    crm.events.create(key="offsite", subject="Team offsite", allDay=True, startTime="2026-03-05", endTime="2026-03-07")
    crm.events.create(
        key="dentist",
        subject="Dentist",
        private=True,
        startTime="2026-03-04T13:00:00Z",
        endTime="2026-03-04T14:00:00Z",
    )
    crm.seed(24, seed=11, from_="2026-03-02T00:00:00Z", to="2026-03-07T00:00:00Z")
    crm.clock.advance("1h")
    since = _sync(crm, None)
    crm.clock.advance("5m")
    crm.events.edit("kickoff", location="Room Hopper", by="ann")
    since = _sync(crm, since)
    # Saved by a long transaction: it is stamped now, and lists show it after the client's next two syncs.
    crm.events.edit(
        "dentist", startTime="2026-03-04T15:00:00Z", endTime="2026-03-04T16:00:00Z", by="ben", visible_after="7m"
    )
    for _ in range(2):
        crm.clock.advance("5m")
        since = _sync(crm, since)
    crm.events.delete("offsite", by="ann")
    crm.faults.add({"status": 503}, match={"operation": "listEvents"}, times=1)
    crm.clock.advance("5m")
    _ask(crm, since)
    crm.clock.advance("1s")
    _sync(crm, since)
    crm.clock.advance("4m")
    crm.events.create(
        subject="Pipeline review", startTime="2026-03-04T10:00:00Z", endTime="2026-03-04T11:00:00Z", by="ben"
    )


def _sync(crm: Crm, since: str | None) -> str:
    as_of = _ask(crm, since)["asOf"]
    assert isinstance(as_of, str)
    return as_of


def _ask(crm: Crm, since: str | None) -> Any:
    """A client's request. It is alike in every run: it says nothing of its library, or of the server's port."""
    query = {} if since is None else {"since": since, "showDeleted": "true"}
    headers = {"Host": ADDRESS, "X-Mockcrm-Client": "brightsync", "User-Agent": "brightsync/1.0", "Accept": "*/*"}
    return httpx.get(f"{crm.url}/events", params=query, headers=headers).json()


@contextmanager
def _sandbox() -> Iterator[tuple[str, Crm]]:
    """An empty sandbox, and the address of its server. Every request takes as long as the others."""
    inner, outer = create_app(), Flask(__name__)

    def alike(environ: dict[str, Any], start_response: Any) -> Any:
        answer = Response.from_app(inner, environ)
        if answer.mimetype == "application/json":
            answer.set_data(re.sub(r'"tookMs":[0-9.]+', '"tookMs":3.2', answer.get_data(as_text=True)))
        return answer(environ, start_response)

    outer.wsgi_app = alike  # type: ignore[method-assign]  # As Flask recommends.
    with serving(outer) as url, connect(url).create("sales") as crm:
        yield url, crm


@contextmanager
def _browser(url: str) -> Iterator[Browser]:
    path = chromium.path() or sys.exit(chromium.ADVICE)
    mapped = f"--host-resolver-rules=MAP {ADDRESS} {url.removeprefix('http://')}"
    # A part of a picture that is drawn again differs by a hair from one drawn at once.
    args = [mapped, "--disable-partial-raster", "--disable-gpu", "--num-raster-threads=1", "--force-color-profile=srgb"]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=args) as browser:
        yield browser


def _photograph(
    browser: Browser,
    path: str,
    size: ViewportSize | dict[str, int],
    scheme: Literal["light", "dark"],
    device: str,
    views: tuple[str, ...],
) -> None:
    with browser.new_page(
        viewport=size,  # type: ignore[arg-type]  # Two whole numbers.
        color_scheme=scheme,
        timezone_id="UTC",
        locale="en-GB",
        reduced_motion="reduce",
    ) as page:
        for view in views:
            page.goto(f"http://{ADDRESS}{path}/#{VIEWS[view]}")
            page.reload()
            _settle(page)
            page.screenshot(path=FOLDER / f"{view}-{device}-{scheme}.png", animations="disabled", caret="hide")


def _settle(page: Page) -> None:
    """Wait until the page has all that it shows."""
    page.locator("main.screen").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


if __name__ == "__main__":
    sys.exit(main())
