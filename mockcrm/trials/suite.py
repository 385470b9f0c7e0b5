"""Tries a client against many hazards, each in a sandbox of its own, several at a time."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mockcrm.base.wsgi import NoAnswer
from mockcrm.client.connection import Refused
from mockcrm.client.crm import Crm, connect
from mockcrm.client.sync_client import SyncClient
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.outcome import HazardTrial, TrialReport
from mockcrm.trials.play import Play
from mockcrm.trials.wiretap import MAX_TRIAL_REQUESTS
from mockcrm.web.app import create_app
from mockcrm.web.server import serving

MakeClient = Callable[[Crm], SyncClient]
"""Makes a client for a sandbox; `crm.url` is the address that the client gets."""
Watch = Callable[[HazardTrial, int, int], object]
"""Told of each trial that has ended, and how many of how many that makes."""


@dataclass(frozen=True, kw_only=True)
class TrialSettings:
    """How hazards are played.

    `settle` is how often a client syncs after a scenario's end, with the faults gone; `max_requests` how many requests
    a sync may send; `seed` and `dialect` are those of each sandbox. `mailbox`, `writes` and `replica` say what the
    client does: hazards that need more are not applicable.
    """

    settle: int = 0
    max_requests: int = MAX_TRIAL_REQUESTS
    jobs: int = 1
    seed: int | None = None
    dialect: str | None = None
    fail_fast: bool = False
    mailbox: bool = True
    writes: bool = True
    replica: bool = True

    def lacks(self, hazard: Hazard) -> str:
        """Why a hazard does not concern the client; empty if it does."""
        if hazard.has_mailbox and not self.mailbox:
            return "The client does not take what users do in a calendar on the other side."
        if hazard.is_of_writing and not self.writes:
            return "The client does not write."
        if "replica" in hazard.needs and not self.replica:
            return "Only the client's copy shows the damage, and the client does not show its copy."
        return ""

    def document(self, hazard: Hazard) -> Mapping[str, Any]:
        """The scenario to load: in the chosen dialect, as far as the hazard does not need another."""
        document = dict(hazard.document)
        if self.seed is not None:
            document["seed"] = self.seed
        if self.dialect is not None and not isinstance(own := document.get("dialect", {}), str):
            document["dialect"] = {"name": self.dialect, **own}
        return document


@dataclass
class Suite:
    """A trial of one client against some hazards. `stopping` is set when the rest of it is to be left out."""

    server: Crm
    make_client: MakeClient
    settings: TrialSettings = TrialSettings()
    watch: Watch = lambda trial, done, total: None
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, chosen: Sequence[Hazard], client: str, known: frozenset[str] = frozenset()) -> TrialReport:
        """Play the hazards. Ctrl-C leaves the rest out, and the report says so."""
        began, found = time.monotonic(), dict[str, HazardTrial]()
        with ThreadPoolExecutor(self.settings.jobs) as pool:
            futures = [pool.submit(self._trial, each) for each in chosen]
            try:
                for trial in _as_they_end(futures):
                    found[trial.hazard.name] = trial
                    self.watch(trial, len(found), len(chosen))
                    if self.settings.fail_fast and trial.is_bad and trial.hazard.name not in known:
                        self.stopping.set()
                        break
            except KeyboardInterrupt:
                self.stopping.set()
            finally:
                pool.shutdown(cancel_futures=True)
        unplayed = [each for each in chosen if each.name not in found]
        trials = [found[each.name] for each in chosen if each.name in found]
        return TrialReport(client, trials, known, unplayed, time.monotonic() - began)

    def _trial(self, hazard: Hazard) -> HazardTrial:
        if reason := self.settings.lacks(hazard):
            return HazardTrial(hazard, "not applicable", [reason])
        try:
            with self.server.create() as crm:
                crm.scenario.load(self.settings.document(hazard))  # type: ignore[arg-type]
                play = Play(crm, hazard, self.settings.settle, self.settings.max_requests)
                return play.with_client(self.make_client(crm))
        except (Refused, NoAnswer) as error:
            return HazardTrial(hazard, "inconclusive", [f"It could not be played: {error}"])


def _as_they_end(futures: Sequence["Future[HazardTrial]"]) -> Iterator[HazardTrial]:
    yield from (each.result() for each in as_completed(futures))


@contextmanager
def own_server() -> Iterator[Crm]:
    """The controls of a server in this process, for as long as the block runs."""
    app = create_app()
    with serving(app) as url:
        yield connect(app, url=url)


def trial(client_factory: Callable[[str], SyncClient], *, only: Sequence[str] = (), **settings: Any) -> TrialReport:
    """Try a client in this process against the hazards, and return what it got wrong.

    `client_factory` makes a new client for each hazard, from the address of the CRM's API, which ends in `/api/v1`.
    `only` chooses hazards (`mockcrm.hazards`); `settings` are those of `TrialSettings`.

    >>> mockcrm.trial(MyClient, only=["paging"]).verdict
    'passed'
    """
    chosen = hazards(*only)
    name = getattr(client_factory, "__qualname__", repr(client_factory))
    with own_server() as server:
        return Suite(server, lambda crm: client_factory(crm.url), TrialSettings(**settings)).run(chosen, name)
