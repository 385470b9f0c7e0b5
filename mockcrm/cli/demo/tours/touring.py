"""Plays a tour in the CRM and the mailbox of a demo: the run of the careless client, and that of the careful one."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mockcrm.base.wsgi import App, NoAnswer, Response
from mockcrm.cli.demo.session import Lives
from mockcrm.cli.demo.team import new_mailbox
from mockcrm.cli.demo.tours.client import PacedClient
from mockcrm.cli.demo.tours.pace import BREATH, Pace
from mockcrm.cli.demo.tours.tour import Card, Tour
from mockcrm.client.connection import Connection, Refused
from mockcrm.client.crm import IN_PROCESS, Crm
from mockcrm.client.transport import Send, SentQuery, in_process
from mockcrm.errors import DemoInvalid, Refusal
from mockcrm.sandbox.sandboxes import DEFAULT, MAILBOX, Sandboxes
from mockcrm.sandbox.scenario.fixture_file import scenario_of
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.trials.hazards import hazards
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.play import Play, PlayAbandoned
from mockcrm.web.representations.demo import (
    MOST_OF_EARLIER_RUN,
    EarlierRunJson,
    TourClient,
    TourJson,
    TourRunJson,
    TourTextJson,
    WholeTourJson,
)

_MAX_REQUESTS = 100
"""After how many requests a sync is stopped. Those of the tours send a handful."""
_SHORTLY, _PATIENCE = 0.5, 10.0
"""How many seconds one waits for a run to end: at first, and once requests that were delayed are broken."""


class TourStage:
    """Where tours play: the CRM and the mailbox among `sandboxes`, whose APIs the transports in `sends` reach.

    `app` serves them, and `headers` are what its controls demand.
    """

    def __init__(self, sandboxes: Sandboxes, app: App, sends: Mapping[str, Send], headers: Mapping[str, str]) -> None:
        self.sandboxes, self.sends, self.headers = sandboxes, sends, headers
        self.controls = in_process(app, mount="")

    def set(self, scenario: Scenario) -> None:
        """Begin anew, with the scenario in the CRM, and with an empty mailbox at the same time."""
        self.sandboxes.load(self.sandboxes.get(DEFAULT), scenario)
        new_mailbox(self.sandboxes, replace(scenario.clock, tick=timedelta(0)))

    def clear(self) -> None:
        """Empty the CRM, and the mailbox if there is one. This breaks requests that are being delayed."""
        for sandbox in self.sandboxes.all():
            if sandbox.name in (DEFAULT, MAILBOX):
                self.sandboxes.load(sandbox, Scenario())


class PlayedTour:
    """A tour that plays from its creation until `end`, in a thread of its own. Any thread may call it."""

    def __init__(self, tour: Tour, stage: TourStage, *, playing: bool = False, breath: float = BREATH) -> None:
        self._tour, self._stage = tour, stage
        (hazard,) = hazards(tour.hazard)
        document = {**hazard.document, "steps": [*tour.lead, *hazard.document["steps"]]}
        self._hazard, self._scenario = replace(hazard, own_document=document), scenario_of(document)
        self._pace = Pace(tour, playing=playing, breath=breath)
        self._done: dict[TourClient, TourRunJson] = {}
        self._earlier: EarlierRunJson | None = None
        self._thread = threading.Thread(target=self._perform, name="tour", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._tour.name

    def steer(self, card: int | None, playing: bool | None) -> None:
        """Go to a card, and have the tour go on by itself or not. Raises `DemoInvalid` for a card that it lacks."""
        if card is not None and card > len(self._tour.cards):
            message = f"The tour has {len(self._tour.cards)} cards, and none with the number {card}."
            raise DemoInvalid(message, {"card": ["Unknown card."]})
        if self._pace.steer(card, playing):
            # The run that follows may be about to begin; then it notices, and begins anew.
            self._stage.clear()

    def end(self) -> None:
        """End it. Nothing that its run sends reaches what comes after it."""
        self._pace.end()
        self._thread.join(_SHORTLY)
        if self._thread.is_alive():
            self._stage.clear()
            self._thread.join(_PATIENCE)

    def shown(self) -> TourJson:
        """Where it stands."""
        return self._pace.shown()

    def whole(self, wait: float) -> WholeTourJson:
        """All there is to see of it, once it stands at its card, or after so many seconds."""
        self._pace.wait(wait)
        shown = self._pace.shown()
        return {
            **shown,
            "texts": [_text_json(card) for card in self._tour.cards],
            "runs": {"careless": self._done.get("careless"), "careful": self._done.get("careful")},
            "earlier": self._earlier if shown["run"] == "careful" else None,
        }

    def _perform(self) -> None:
        while run := self._pace.next_run(careless_done="careless" in self._done):
            try:
                self._play(run)
            except PlayAbandoned:
                self._pace.hurry()
            except (Refused, NoAnswer, Refusal) as error:
                self._pace.fail(str(error))
            except Exception as error:  # Whatever it is, somebody can still steer the tour, and end it.
                self._pace.fail(f"The tour crashed: {type(error).__name__}: {error}")
            else:
                self._pace.finish()

    def _play(self, run: TourClient) -> None:
        """Play a run to its end. Raises `PlayAbandoned`, and what keeps it from being played."""
        self._stage.set(self._scenario)
        lives, stage = Lives(self._stage.sandboxes), self._stage

        def guarded(send: Send, headers: Mapping[str, str]) -> Send:
            def send_on(method: str, path: str, query: SentQuery, body: Any, own: Mapping[str, str]) -> Response:
                self._pace.check()
                if lives.are_over:
                    raise PlayAbandoned("Somebody has reset the CRM or the mailbox.")
                return send(method, path, query, body, {**headers, **own})

            return send_on

        sends = {name: guarded(send, {}) for name, send in stage.sends.items()}
        crm = Crm(Connection(IN_PROCESS, guarded(stage.controls, stage.headers), None), DEFAULT)
        client = PacedClient(self._tour, run, self._pace, crm, stage.sandboxes.get(MAILBOX), sends)
        trial = Play(crm, self._hazard, self._tour.settle, _MAX_REQUESTS).with_client(client)
        self._record(run, trial, crm)

    def _record(self, run: TourClient, trial: HazardTrial, crm: Crm) -> None:
        found: Any = [each for each in trial.findings if each["code"] in self._tour.codes]
        done: TourRunJson = {
            "client": run,
            "outcome": trial.outcome,
            "reasons": [*trial.reasons],
            "findings": found,
            "advice": self._hazard.advice,
        }
        if run == "careless":
            requests: Any = crm.requests.all()[-MOST_OF_EARLIER_RUN:]
            changes: Any = crm.changes()[-MOST_OF_EARLIER_RUN:]
            self._earlier = {"client": run, "requests": requests, "changes": changes, "findings": found}
        self._done[run] = done


def _text_json(card: Card) -> TourTextJson:
    return {"title": card.title, "text": card.text, "run": None if card.of_both else card.run}
