"""A demo for pictures of its page: around a Friday of March 2026, with a client that syncs when it is told to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from flask import Flask

from mockcrm import Crm, connect, create_app
from mockcrm.cli.demo.playing import PlayedDemo
from mockcrm.cli.demo.team import Fortnight
from mockcrm.client.transport import over_http
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes
from mockcrm.sandbox.state import State
from mockcrm.web.admin.demo import play

FRIDAY = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
TOUR = "late-commit"
SHOWN = {"stage": "zone=UTC", "lost": "zone=UTC", "kept": "zone=UTC"}
"""What each picture shows, as what stands behind `#`: the stage, and the tour at the end of either run."""


class March(Fortnight):
    """The calendar of the demo, always around the same day."""

    def start(self) -> State:
        return self.around(FRIDAY)


class PicturedDemo:
    """The demo and the `app` that serves it."""

    def __init__(self) -> None:
        self._sandboxes = Sandboxes(March())
        self.app: Flask = create_app(self._sandboxes)

    def start(self, url: str) -> None:
        """Let it sync when it is told to, by the address at which it is served."""
        paths = {DEFAULT: "/api/v1", MAILBOX: f"/sandboxes/{MAILBOX}/api/v1"}
        sends = {name: over_http(url + path, timeout=10) for name, path in paths.items()}
        demo = PlayedDemo(self._sandboxes, self.app, sends, chance=Random(4), breath=0)
        demo.change(paused=True)
        demo.start()
        play(self.app, demo)
        _sync_for_a_minute(connect(url))


def views(crm: Crm) -> Iterator[tuple[str, str]]:
    """The pictures to take of it, each when it can be seen."""
    yield "stage", SHOWN["stage"]
    crm.demo.start_tour(TOUR)
    texts = crm.demo.tour(wait="10s")["texts"]
    for view, run in (("lost", "careless"), ("kept", None)):
        last = max(number for number, text in enumerate(texts, 1) if text["run"] == run)
        crm.demo.steer_tour(card=last)
        crm.demo.tour(wait="10s")
        yield view, SHOWN[view]


def _sync_for_a_minute(crm: Crm) -> None:
    """Rounds of the client, and between them a colleague's edits. Both clocks stand still meanwhile."""
    mailbox = crm.sandbox(MAILBOX)
    for side in (crm, mailbox):
        side.clock.set(FRIDAY, mode="frozen")
    for _ in range(3):
        crm.demo.sync()
        for side in (crm, mailbox):
            side.clock.advance("20s")
        crm.demo.colleague()
    crm.demo.sync()
