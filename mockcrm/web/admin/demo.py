"""`/admin/demo`: the demo that `mockcrm demo` plays, of which the application knows only what it must do."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from flask import Flask, Response, current_app
from marshmallow import fields

from mockcrm.base.schema.fields import Duration, Flag, Named, Number, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.lists.parameters import NoParameters, explained
from mockcrm.errors import DemoInvalid, DemoNotRunning, TourNotRunning, TourRunning
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.openapi.declare import declared
from mockcrm.web.representations.demo import LEAST_INTERVAL, MOST_INTERVAL, ColleagueJson, DemoJson, WholeTourJson
from mockcrm.web.requests import json_body, query_parameters
from mockcrm.web.responses import json_response

routes = RouteGroup()

MAX_TOUR_WAIT = timedelta(seconds=10)
"""The longest that one may wait until a tour stands."""
_DEMO = "mockcrm.demo"
"""The key under which an application's `extensions` have its `Demo`, if it plays one."""


class Demo(Protocol):
    """A demo that is playing. Every method may be called from any thread."""

    def status(self) -> DemoJson:
        """What there is to see of it."""

    def change(
        self, *, paused: bool | None = None, every: float | None = None, safeguards: Mapping[str, bool] | None = None
    ) -> None:
        """Pause its sync or let it go on, set the seconds between two rounds, switch safeguards on and off.

        Raises `DemoInvalid` for an unknown safeguard, `DemoNotRunning` where it does not sync, and `TourRunning`.
        """

    def sync(self) -> None:
        """Sync once, and wait for that, for some seconds at most.

        Raises `DemoNotRunning` where it does not sync, and `TourRunning`.
        """

    def reset(self) -> None:
        """Let CRM, mailbox and client begin anew. A tour that plays ends."""

    def colleague(self) -> ColleagueJson:
        """Have a colleague change an event in the CRM.

        Raises `DemoInvalid` where the controls refuse that, and `TourRunning`.
        """

    def tour(self, *, wait: float = 0) -> WholeTourJson:
        """All that there is to see of the tour that plays, once it stands at its card, or after so many seconds.

        Raises `TourNotRunning`.
        """

    def start_tour(self, *, name: str, playing: bool = False) -> None:
        """Start a tour, in place of one that plays.

        Raises `DemoInvalid` for an unknown name, and `DemoNotRunning` where the demo does not sync.
        """

    def steer_tour(self, *, card: int | None = None, playing: bool | None = None) -> None:
        """Go to a card, by its number from 1, and have the tour go on by itself or not.

        Raises `TourNotRunning`, and `DemoInvalid` for a card that it does not have.
        """

    def end_tour(self) -> None:
        """End the tour; CRM, mailbox and client of the demo begin anew. Raises `TourNotRunning`."""


def play(app: Flask, demo: Demo) -> None:
    """Have an application play a demo."""
    app.extensions[_DEMO] = demo


class DemoChangeSchema(Strict):
    """What is to change in the demo: pause its sync, set the seconds between two rounds, switch safeguards."""

    paused = Flag()
    every = Number(least=LEAST_INTERVAL, most=MOST_INTERVAL)
    safeguards = Named(fields.String(), Flag(), most=100)


class TourStartSchema(Strict):
    """Which tour is to start, and whether it goes on by itself from card to card."""

    name = fields.String(required=True)
    playing = Flag()


class TourChangeSchema(Strict):
    """What is to change in the tour: the card at which it is, and whether it goes on by itself."""

    card = Whole(least=1)
    playing = Flag()


@routes.get("/demo")
@declared(DemoJson)
def get_demo() -> Response:
    """The demo, if one is playing: its mailbox, its client, and how the sync goes."""
    return json_response(_shown())


@routes.patch("/demo")
@declared(DemoJson, body=DemoChangeSchema, refuses=(DemoNotRunning, TourRunning, DemoInvalid))
def change_demo() -> Response:
    """Pause the demo's sync, set its interval, or switch safeguards of its client."""
    _running().change(**DemoChangeSchema().check(json_body(), DemoInvalid, "The demo"))
    return json_response(_shown())


@routes.post("/demo/sync")
@declared(DemoJson, refuses=(DemoNotRunning, TourRunning))
def sync_demo() -> Response:
    """Sync once, even while the sync is paused. The answer comes when that is done, or after ten seconds."""
    _running().sync()
    return json_response(_shown())


@routes.post("/demo/reset")
@declared(DemoJson, refuses=(DemoNotRunning,))
def reset_demo() -> Response:
    """Start the CRM, the mailbox and the client over. A tour that is playing ends."""
    _running().reset()
    return json_response(_shown())


@routes.post("/demo/colleague")
@declared(ColleagueJson, refuses=(DemoNotRunning, TourRunning, DemoInvalid))
def have_colleague_edit() -> Response:
    """Have a colleague change one event in the CRM."""
    return json_response(_running().colleague())


class TourParameters(NoParameters):
    """How long to wait for the tour."""

    wait = Duration(
        least=timedelta(0),
        most=MAX_TOUR_WAIT,
        metadata=explained("How long to wait, at most, until the tour stands at its card, in the world's time.", "5s"),
    )


_TOUR_PARAMETERS = TourParameters()


@routes.get("/demo/tour")
@declared(WholeTourJson, query=TourParameters, refuses=(DemoNotRunning, TourNotRunning))
def get_tour() -> Response:
    """The tour that is playing: what its cards say, and how its runs have ended."""
    wait: timedelta = query_parameters(_TOUR_PARAMETERS).get("wait", timedelta(0))
    return json_response(_running().tour(wait=wait.total_seconds()))


@routes.post("/demo/tour")
@declared(DemoJson, body=TourStartSchema, refuses=(DemoNotRunning, DemoInvalid))
def start_tour() -> Response:
    """Start a tour, in place of one that is playing. The demo's own client stands still until it ends."""
    _running().start_tour(**TourStartSchema().check(json_body(), DemoInvalid, "The tour"))
    return json_response(_shown())


@routes.patch("/demo/tour")
@declared(DemoJson, body=TourChangeSchema, refuses=(DemoNotRunning, TourNotRunning, DemoInvalid))
def change_tour() -> Response:
    """Go to a card of the tour, the first for a replay; have it pause there, or go on by itself."""
    _running().steer_tour(**TourChangeSchema().check(json_body(), DemoInvalid, "The tour"))
    return json_response(_shown())


@routes.delete("/demo/tour")
@declared(DemoJson, refuses=(DemoNotRunning, TourNotRunning))
def end_tour() -> Response:
    """End the tour. The demo's CRM, mailbox and client start over."""
    _running().end_tour()
    return json_response(_shown())


def _shown() -> Any:
    return {"running": False} if (demo := current_app.extensions.get(_DEMO)) is None else demo.status()


def _running() -> Demo:
    demo: Demo | None = current_app.extensions.get(_DEMO)
    if demo is None:
        raise DemoNotRunning("No demo is running here: start `mockcrm demo`.")
    return demo
