"""A demo at full speed before a browser, for a long time: `python -m tests.browser.long_demo [MINUTES]`.

It prints each few minutes how much memory the server and the page take, and at the end what the browser complained of,
in which case the status is 1. The client syncs twice a second, a colleague and the user edit every other second, and
each quarter of the time ends with a tour that plays to its end. It takes Linux, which says what a process weighs.
"""

import itertools
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mockcrm import Crm, Refused, connect
from tests.browser import chromium
from tests.browser.console import LAPTOP
from tests.processes import COMMAND, started

MINUTES = 60.0
_EVERY, _EDITS_EVERY, _TOLD_EVERY = 0.5, 2.0, 300.0
"""Seconds between two rounds, between two edits on each side, and between two lines."""
_QUARTERS = 4
_MIB = 2**20


def main(minutes: float) -> int:
    """Play it, and return the process's status."""
    complaints: list[str] = []
    with started([*COMMAND, "demo", "--port", "0"], dict(os.environ)) as server, _page(complaints) as page:
        crm = connect(server.url)
        page.goto(server.url)
        page.locator("header.top").wait_for()
        crm.demo.change(every=_EVERY)
        _say("minute", "rounds", "server MiB", "page MiB", "nodes", "complaints")
        began = time.monotonic()
        tours = itertools.cycle(each["name"] for each in crm.demo.get()["tours"])
        for quarter in range(1, _QUARTERS + 1):
            _edit_until(began + minutes * 60 * quarter / _QUARTERS, crm, page, server.process.pid, complaints, began)
            _tour(crm, next(tours))
        _tell(began, crm, page, server.process.pid, complaints)
    for complaint in complaints[:20]:
        _say(complaint[:300])
    return 1 if complaints else 0


@contextmanager
def _page(complaints: list[str]) -> Iterator[Page]:
    """A page whose browser notes what it complains of."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"])
        page = browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]  # Two whole numbers.
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()


def _edit_until(end: float, crm: Crm, page: Page, server: int, complaints: list[str], began: float) -> None:
    told, mailbox = time.monotonic(), crm.sandbox(crm.demo.get()["mailbox"])
    for number in itertools.count(1):
        if time.monotonic() >= end:
            return
        crm.demo.colleague()
        _edit_mailbox(mailbox, number)
        # The page's events are heard while it waits.
        page.wait_for_timeout(_EDITS_EVERY * 1000)
        if time.monotonic() - told >= _TOLD_EVERY:
            told = time.monotonic()
            _tell(began, crm, page, server, complaints)


def _edit_mailbox(mailbox: Crm, number: int) -> None:
    """The user moves one of the meetings to another place, unless it was deleted meanwhile."""
    events = mailbox.events.all()
    if events:
        try:
            mailbox.events.edit(events[number % len(events)]["id"], location=f"Room {number}")
        except Refused:
            return


def _tour(crm: Crm, name: str) -> None:
    """Play a tour card by card to its end, as fast as it goes."""
    crm.demo.start_tour(name, playing=False)
    for card in range(1, crm.demo.tour(wait="10s")["cards"] + 1):
        crm.demo.steer_tour(card=card)
        crm.demo.tour(wait="10s")
    crm.demo.end_tour()


def _tell(began: float, crm: Crm, page: Page, server: int, complaints: list[str]) -> None:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    _say(
        f"{(time.monotonic() - began) / 60:.0f}",
        crm.demo.get()["client"]["rounds"],
        f"{_resident(server) / _MIB:.0f}",
        f"{metrics['JSHeapUsedSize'] / _MIB:.1f}",
        int(metrics["Nodes"]),
        len(complaints),
    )


def _resident(process: int) -> int:
    """How many bytes of memory a process has."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _say(*values: object) -> None:
    sys.stdout.write("\t".join(map(str, values)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES))
