"""Tries a client against many hazards, each in a sandbox of its own, several at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_seconds
from mockcrm.base.schema.fields import LONG
from mockcrm.base.spelling import did_you_mean
from mockcrm.base.wsgi import NoAnswer
from mockcrm.client.connection import Refused
from mockcrm.client.crm import RUN_LEASE, Crm, connect
from mockcrm.client.sync_client import SyncClient
from mockcrm.crm.dialect.named import names
from mockcrm.sandbox.sandboxes import DEFAULT
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.kinds import kinds_judged
from mockcrm.trials.outcome import HazardTrial, TrialReport
from mockcrm.trials.play import MAX_TRIAL_REQUESTS, ClientTerms, ClientUnusable, Play, PlayAbandoned
from mockcrm.trials.slow_sync import requests_so_far
from mockcrm.web.app import create_app
from mockcrm.web.server import serving

MOST_REQUESTS, MOST_SETTLING, MOST_JOBS = 100_000, 100, 256
"""The largest numbers of requests in a sync, of syncs after a scenario's end, and of hazards at a time."""
NO_MAILBOX = "The client does not take what users do in a calendar on the other side."
NO_WRITES = "The client does not write."
NO_REPLICA = "Only the client's copy shows the damage, and the client does not show its copy."
_NEVER_WROTE = "The client wrote nothing in the whole trial, so nobody knows whether it would write correctly."

MakeClient = Callable[[Crm], SyncClient]
"""Makes a client for a sandbox; `crm.url` is the address that the client gets."""
Review = Callable[[HazardTrial], HazardTrial]
"""Says what a trial that has ended comes to."""
Watch = Callable[[HazardTrial, int, int], object]
"""Takes each trial that has ended, and how many of how many that makes."""


@dataclass(frozen=True, kw_only=True)
class TrialSettings:
    """How hazards are played.

    `settle` is how often a client syncs after a scenario's end, with the faults gone; `max_requests` how many requests
    a sync may send; `jobs` how many hazards are played at a time; `seed` and `dialect` are those of each sandbox, as
    far as the hazard does not need others. `mailbox`, `writes` and `replica` say what the client does: hazards that
    need more are not applicable, and neither are those that `dialect` excludes. With `fail_fast` the trial ends at the
    first failure that is not known. `kinds` are those that the client follows besides events, of which random scenarios
    have records; with None it is found out.
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
    kinds: Sequence[str] | None = None

    def __post_init__(self) -> None:
        ranges = {
            "settle": (0, MOST_SETTLING),
            "max_requests": (1, MOST_REQUESTS),
            "jobs": (1, MOST_JOBS),
            "seed": (0, LONG - 1),
        }
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} is {value}, and not a number from {least:,} to {most:,}.")
        if self.dialect is not None and self.dialect not in names():
            raise ValueError(f"There is no dialect {self.dialect!r}.{did_you_mean(self.dialect, names())}")

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of `mockcrm trial`, without their dashes, that say the same of what is played.

        >>> TrialSettings(seed=7, writes=False).options
        {'seed': 7, 'no-writes': True}
        """
        numbers = {"settle": self.settle, "requests": self.max_requests, "seed": self.seed, "dialect": self.dialect}
        usual = {"settle": 0, "requests": MAX_TRIAL_REQUESTS, "seed": None, "dialect": None}
        lacking = {"no-mailbox": not self.mailbox, "no-writes": not self.writes, "no-replica": not self.replica}
        chosen = {name: value for name, value in numbers.items() if value != usual[name]}
        return {**chosen, **{name: True for name, lacks in lacking.items() if lacks}}

    def lacks(self, hazard: Hazard) -> str:
        """Why a hazard does not concern the client; empty if it does."""
        if hazard.has_mailbox and not self.mailbox:
            return NO_MAILBOX
        if hazard.is_of_writing and not self.writes:
            return NO_WRITES
        if "replica" in hazard.needs and not self.replica:
            return NO_REPLICA
        return ""

    def document(self, hazard: Hazard) -> Mapping[str, Any]:
        """The scenario to load: in the chosen dialect, as far as the hazard does not need another.

        Of random scenarios the seed says which are drawn; it changes none of them.
        """
        document = dict(hazard.document)
        if self.seed is not None and hazard.seed is None:
            document["seed"] = self.seed
        if self.dialect is not None and not isinstance(own := document.get("dialect", {}), str):
            document["dialect"] = {"name": self.dialect, **own}
        return document


@dataclass
class Suite:
    """A trial of one client against some hazards.

    `terms` are the client's, for the reasons in the report. What `review` makes of a trial counts, also for
    `fail_fast`. Once `stopping` is set, no further hazard is played, and a client that can be stopped is.

    >>> with own_server() as server:
    ...     report = Suite(server, lambda crm: MyClient(crm.url)).run(hazards("paging"), "MyClient")
    """

    server: Crm
    make_client: MakeClient
    settings: TrialSettings = TrialSettings()
    watch: Watch = lambda trial, done, total: None
    stopping: threading.Event = field(default_factory=threading.Event)
    terms: ClientTerms = ClientTerms()
    review: Review = lambda trial: trial

    def run(self, chosen: Sequence[Hazard], client: str, known: frozenset[str] = frozenset()) -> TrialReport:
        """Play the hazards. Raises `ClientUnusable`, and `Refused` and `NoAnswer` if nobody controls the server.

        What was not played, because `stopping` was set, is in the report.
        """
        began, found = real_seconds(), dict[str, HazardTrial]()
        before = self._requests_to_default()
        with self._threads() as pool:
            for trial in _as_they_end([pool.submit(self._trial, each, before) for each in chosen]):
                found[trial.hazard.name] = trial
                self.watch(trial, len(found), len(chosen))
                if self.settings.fail_fast and trial.is_bad and trial.hazard.name not in known:
                    self.stopping.set()
        unplayed = [each for each in chosen if each.name not in found]
        trials, notes = self._judged_together([found[each.name] for each in chosen if each.name in found])
        seconds = real_seconds() - began
        kinds = kinds_judged(trials)
        return TrialReport(client, trials, known, unplayed, seconds, self.settings.options, notes=notes, kinds=kinds)

    def play(self, hazard: Hazard) -> HazardTrial | None:
        """One hazard's trial, whatever the client does in others; None if it was abandoned. Raises as `run` does."""
        with self._threads() as pool:
            return pool.submit(self._trial, hazard, self._requests_to_default()).result()

    @contextmanager
    def _threads(self) -> Iterator[ThreadPoolExecutor]:
        """Threads to play in. A client may be one of coroutines: the caller's thread may have an event loop already."""
        pool = ThreadPoolExecutor(self.settings.jobs)
        try:
            yield pool
        except BaseException:  # An interrupted program, too, waits only for what can be stopped.
            self.stopping.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _trial(self, hazard: Hazard, before: int) -> HazardTrial | None:
        """A hazard's trial; None if it was abandoned. `before` is how many requests `default` had before all trials."""
        if self.stopping.is_set():
            return None
        if reason := self.settings.lacks(hazard):
            return HazardTrial(hazard, "not applicable", [reason])
        try:
            with self.server.create(one_client=True, expires_after=RUN_LEASE) as crm:
                if reason := self._loaded(crm, hazard):
                    return HazardTrial(hazard, "not applicable", [reason])
                play = Play(crm, hazard, self.settings.settle, self.settings.max_requests, self.terms)
                trial = play.with_client(self.make_client(crm))
            return self.review(trial if trial.requests else self._astray(trial, before))
        except ClientUnusable:
            raise
        except PlayAbandoned:
            return None
        except (Refused, NoAnswer) as error:
            return HazardTrial(hazard, "inconclusive", [f"It could not be played: {error}"])

    def _loaded(self, crm: Crm, hazard: Hazard) -> str:
        """Load a hazard's scenario; why the chosen dialect does not have the hazard, if another has it."""
        settings = self.settings
        try:
            crm.scenario.load(settings.document(hazard))  # type: ignore[arg-type]  # A fixture file as JSON.
        except Refused as error:
            if settings.dialect is None or error.code != "scenario.invalid":
                raise
            elsewhere = replace(settings, dialect=None).document(hazard)
            crm.scenario.load(elsewhere)  # type: ignore[arg-type]  # As above. It is refused if the scenario is wrong.
            problem = error.details["problems"][0]
            why = f"{problem['field']}: {problem['message']}"
            return f"This hazard does not exist in the dialect {settings.dialect}: {why}"
        return ""

    def _requests_to_default(self) -> int:
        return requests_so_far(self.server.sandbox(DEFAULT))

    def _astray(self, trial: HazardTrial, before: int) -> HazardTrial:
        """The trial of a client that asked nothing of its sandbox, with a word on where it went instead."""
        if not (count := self._requests_to_default() - before):
            return trial
        came = f"Meanwhile {count:,} {'request' if count == 1 else 'requests'} came to the sandbox `{DEFAULT}` instead."
        return replace(trial, reasons=[*trial.reasons, came])

    def _judged_together(self, trials: Sequence[HazardTrial]) -> tuple[Sequence[HazardTrial], Sequence[str]]:
        """The trials, where it counts that the client wrote in none of them, and notes on the whole."""
        with_mailbox = [each for each in trials if each.hazard.has_mailbox and each.outcome in ("passed", "failed")]
        # Who looked an event up may have found that there was nothing to write.
        ignored = [each for each in with_mailbox if not each.lookups]
        if not ignored or any(each.writes for each in trials):
            return trials, []
        terms = self.terms
        why = (
            "The client never wrote in the whole trial, though users changed the calendar on the other side: does it "
            f"use {terms.mailbox}? {terms.no_mailbox} says that it does not."
        )
        return [_never_wrote(each) if each in ignored else each for each in trials], [why]


def _never_wrote(trial: HazardTrial) -> HazardTrial:
    """The trial of a client that wrote in no trial. It has not passed."""
    if trial.outcome == "failed":
        return trial
    return replace(trial, outcome="inconclusive", reasons=[_NEVER_WROTE, *trial.reasons])


def _as_they_end(futures: Sequence["Future[HazardTrial | None]"]) -> Iterator[HazardTrial]:
    yield from (trial for each in as_completed(futures) if (trial := each.result()) is not None)


@contextmanager
def own_server() -> Iterator[Crm]:
    """The controls of a server in this process, for as long as the block runs."""
    app = create_app()
    with serving(app) as url:
        yield connect(app, url=url)
