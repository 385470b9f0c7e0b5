"""Pictures of the page: `python -m tests.browser.screenshots` takes those that the documentation shows.

With a folder it takes all there, of each view in light and dark. The same page gives the same pictures: the sandbox's
clock stands still, and what differs from one run to the next is made alike.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Literal

import httpx
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.wrappers import Response

from mockcrm import Crm, connect, create_app, serving
from tests.browser import chromium, demo_pictures, office_pictures
from tests.browser.console import LAPTOP, PHONE
from tests.docs.pages import DOCS, PAGES

FOLDER = DOCS / "images" / "console"
MOST_BYTES = 220_000
ADDRESS = "localhost:8080"
"""What the pictures show as the address of the server, which has any free port."""
SIZES = {"laptop": LAPTOP, "phone": PHONE}

MONDAY = "2026-03-02T08:00:00Z"
CLIENT = "brightsync"
LATE_COMMIT = "late-commit-visibility"
VIEWS = {
    "overview": ("sales", ""),
    "calendar": ("sales", "open=event:1003"),
    "month": ("sales", "view=month"),
    "axis": ("sales", "panel=changes&open=change:14&area=axis"),
    "traffic": ("sales", "panel=traffic&open=request:4"),
    "changes": ("sales", "panel=changes"),
    "audit": ("sales", "panel=audit&open=finding:1"),
    "records": ("office", "panel=records&record=contact"),
    "person": ("office", "panel=records&record=contact:1001&open=event:1001"),
    "scenario": ("hazard", "panel=scenario"),
    "faults": ("sales", "panel=faults"),
    "dialect": ("sales", "panel=dialect"),
    "connect": ("sales", "panel=connect"),
}
"""What each picture shows: a sandbox, and what stands behind `#` in the page's address."""
DEVICES: dict[str, tuple[str, ...]] = {
    "laptop": tuple(VIEWS),
    "phone": ("overview", "traffic", "audit", "axis", "records", "person", "connect"),
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

WEEK = (
    ("Team stand-up", "02T08:30", "02T08:45", "Room Hopper"),
    ("Pipeline review", "02T10:00", "02T11:30", "Room Turing"),
    ("Discovery call: Globex", "02T13:00", "02T13:45", "https://meet.example/globex"),
    ("Deal desk", "03T13:00", "03T14:00", "Room Hopper"),
    ("1:1 Ann and Ben", "03T13:30", "03T14:30", "Canteen"),
    ("Demo: Initech", "05T09:00", "05T10:30", "https://meet.example/initech"),
    ("Forecast call", "05T11:30", "05T12:00", None),
    ("Technical deep dive: Acme", "06T10:00", "06T12:00", "Room Lovelace"),
    ("Retrospective", "06T14:00", "06T15:00", "Room Hopper"),
)
"""A team's week: subject, start and end in March 2026, and location."""


def main(folder: Path | None = None) -> int:
    """Take the pictures. The status is 1 if one is too large for the documentation."""
    wanted = shown_in_pages() if folder is None else {*every_picture()}
    to = folder or FOLDER
    to.mkdir(parents=True, exist_ok=True)
    with _server(create_app()) as url, _browser(url) as browser:
        sandboxes = connect(url)
        live_through_a_morning(sandboxes.create("sales"))
        play_late_commit(sandboxes.create("hazard", scenario=LATE_COMMIT))
        office = sandboxes.create("office")
        office_pictures.live_through(office, partial(_ask_for, office))
        for device, scheme in product(SIZES, SCHEMES):
            _photograph(browser, device, scheme, to, wanted)
    photograph_demo(to, wanted)
    large = [name for name in sorted(wanted) if (to / name).stat().st_size > MOST_BYTES]
    sys.stdout.write(f"{len(wanted)} pictures in {to}.\n")
    sys.stdout.writelines(f"{name} is too large.\n" for name in large)
    return 1 if large else 0


def every_picture() -> Iterator[str]:
    """The names of all pictures that can be taken."""
    for device, views in DEVICES.items():
        yield from (f"{view}-{device}-{scheme}.png" for view, scheme in product(views, SCHEMES))
    yield from (f"{view}-laptop-{scheme}.png" for view, scheme in product(demo_pictures.SHOWN, SCHEMES))


def shown_in_pages() -> set[str]:
    """The names of the pictures that pages of the documentation show."""
    return {name for page in PAGES for name in re.findall(r"images/console/([\w-]+\.png)", page.read_text("utf-8"))}


def photograph_demo(folder: Path, wanted: set[str]) -> None:
    """Take those pictures of a demo that are wanted."""
    demo = demo_pictures.PicturedDemo()
    with _server(demo.app) as url, _browser(url) as browser:
        demo.start(url)
        for view, shown in demo_pictures.views(connect(url)):
            for scheme in SCHEMES:
                if (name := f"{view}-laptop-{scheme}.png") in wanted:
                    with _page(browser, "laptop", scheme) as page:
                        _take(page, f"/#{shown}", folder / name)


def live_through_a_morning(crm: Crm) -> None:
    """A team's week, a client that syncs every five minutes, a change that it misses, and an outage of a second."""
    crm.clock.set(MONDAY, mode="frozen", tick="0s")
    _plan_the_week(crm)
    crm.clock.set(tick="1ms")
    crm.clock.advance("1h")
    since = _sync(crm, None)
    crm.clock.advance("5m")
    crm.events.edit("kickoff", location="Room Hopper", by="ann")
    since = _sync(crm, since)
    # Saved by a long transaction: it is stamped now, and lists show it after the client's next two syncs.
    crm.events.edit(
        "dentist", startTime="2026-03-04T10:00:00Z", endTime="2026-03-04T11:00:00Z", by="ben", visible_after="7m"
    )
    for _ in range(2):
        crm.clock.advance("5m")
        since = _sync(crm, since)
    crm.events.delete("offsite", by="ann")
    crm.faults.add({"status": 503}, name="Outage", match={"operation": "listEvents"}, times=1)
    crm.clock.advance("5m")
    _ask(crm, since)
    crm.clock.advance("1s")
    _sync(crm, since)
    crm.clock.advance("4m")
    crm.faults.add({"rateLimit": {"requests": 5, "per": "1m"}}, name="Rate limit", match={"client": CLIENT})
    crm.events.create(
        subject="Contract with Acme", startTime="2026-03-04T13:00:00Z", endTime="2026-03-04T14:00:00Z", by="ben"
    )


def _plan_the_week(crm: Crm) -> None:
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
        startTime="2026-03-04T08:00:00Z",
        endTime="2026-03-04T09:00:00Z",
    )
    for subject, start, end, location in WEEK:
        crm.events.create(
            subject=subject, location=location, startTime=f"2026-03-{start}:00Z", endTime=f"2026-03-{end}:00Z"
        )


def play_late_commit(crm: Crm) -> None:
    """A scenario to its end, with a client that has no lookback."""
    since = None
    while not crm.scenario.next()["done"]:
        since = _sync(crm, since)


def _sync(crm: Crm, since: str | None) -> str:
    as_of = _ask(crm, since)["asOf"]
    assert isinstance(as_of, str)
    return as_of


def _ask(crm: Crm, since: str | None) -> Any:
    """A client's request. It is alike in every run: it says nothing of its library, or of the server's port."""
    return _ask_for(crm, "/events", since)


def _ask_for(crm: Crm, path: str, since: str | None) -> Any:
    query = {} if since is None else {"since": since, "showDeleted": "true"}
    headers = {"Host": ADDRESS, "X-Mockcrm-Client": CLIENT, "User-Agent": f"{CLIENT}/1.0", "Accept": "*/*"}
    return httpx.get(f"{crm.url}{path}", params=query, headers=headers).json()


@contextmanager
def _server(inner: Flask) -> Iterator[str]:
    """The address of a server of an application. Every request takes as long as the others."""
    outer = Flask(__name__)

    def alike(environ: dict[str, Any], start_response: Any) -> Any:
        answer = Response.from_app(inner, environ)
        if answer.mimetype == "application/json":
            answer.set_data(re.sub(r'"tookMs":[0-9.]+', '"tookMs":3.2', answer.get_data(as_text=True)))
        return answer(environ, start_response)

    outer.wsgi_app = alike  # type: ignore[method-assign]  # As Flask recommends.
    with serving(outer) as url:
        yield url


@contextmanager
def _browser(url: str) -> Iterator[Browser]:
    path = chromium.path() or sys.exit(chromium.ADVICE)
    mapped = f"--host-resolver-rules=MAP {ADDRESS} {url.removeprefix('http://')}"
    # A part of a picture that is drawn again differs by a hair from one drawn at once.
    args = [mapped, "--disable-partial-raster", "--disable-gpu", "--num-raster-threads=1", "--force-color-profile=srgb"]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=args) as browser:
        yield browser


def _photograph(
    browser: Browser, device: str, scheme: Literal["light", "dark"], folder: Path, wanted: set[str]
) -> None:
    """Take those of a device's pictures that are wanted."""
    with _page(browser, device, scheme) as page:
        for view in DEVICES[device]:
            name = f"{view}-{device}-{scheme}.png"
            if name in wanted:
                sandbox, shown = VIEWS[view]
                _take(page, f"/sandboxes/{sandbox}/#{shown}", folder / name)


def _page(browser: Browser, device: str, scheme: Literal["light", "dark"]) -> Page:
    return browser.new_page(
        viewport=SIZES[device],  # type: ignore[arg-type]  # Two whole numbers.
        color_scheme=scheme,
        timezone_id="UTC",
        locale="en-GB",
        reduced_motion="reduce",
    )


def _take(page: Page, shown: str, picture: Path) -> None:
    """Take a picture of what stands at a path of the server."""
    page.goto(f"http://{ADDRESS}{shown}")
    page.reload()
    _settle(page)
    page.screenshot(path=picture, animations="disabled", caret="hide")


def _settle(page: Page) -> None:
    """Wait until the page has all that it shows."""
    page.locator("main.screen").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
