"""A trial of a client in this process: what `mockcrm trial` is for commands."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mockcrm.client.sync_client import SyncClient
from mockcrm.trials.hazards import hazard_names, hazards
from mockcrm.trials.outcome import TrialReport
from mockcrm.trials.random_trials import RandomTrials
from mockcrm.trials.suite import Suite, TrialSettings, own_server
from mockcrm.trials.wiretap import MAX_TRIAL_REQUESTS

if TYPE_CHECKING:
    from mockcrm.client.types import DialectName


def trial(
    client_factory: Callable[[str], SyncClient],
    *,
    only: str | Iterable[str] = (),
    known: str | Iterable[str] = (),
    mailbox: bool = True,
    writes: bool = True,
    replica: bool = True,
    settle: int = 0,
    max_requests: int = MAX_TRIAL_REQUESTS,
    jobs: int = 1,
    random: int = 0,
    seed: int | None = None,
    dialect: "DialectName | None" = None,
    fail_fast: bool = False,
) -> TrialReport:
    """Try a client in this process against the hazards, and return what it got wrong.

    `client_factory` makes a new client for each hazard, from the address of the CRM's API, which ends in `/api/v1`. A
    class will do. The client's methods may be coroutine functions: each hazard has an event loop of its own, also in a
    test that is a coroutine.

    `only` chooses hazards by words, and `known` those that are expected to fail: names, groups, `reading`, `writing`,
    or needs (`mockcrm.hazards`). `mailbox=False`, `writes=False` and `replica=False` say what the client does not do:
    does not take what users do on the other side, does not write, does not show its copy. Hazards that need it are not
    applicable, and do not count.

    After each scenario the client syncs `settle` more times, with the faults gone. In each sync it may send
    `max_requests` requests. `jobs` hazards are played at a time, in threads. `seed` and `dialect` are those of the CRM,
    as far as a hazard does not need others. With `fail_fast` the trial ends at the first failure that is not known.

    `random` is how many scenarios are drawn by chance and played, the first from `seed`, or from 0. Then hazards are
    played only if `only` chooses some. Of failures that are alike only one is reported, with the smallest scenario that
    was found for it in `trial.hazard.document` (`docs/how-to/random-trials.md`).

    Raises `UnknownHazard` for a word that chooses nothing, and what `client_factory` raises.

    >>> mockcrm.trial(MyClient, only="reading", known=["result-cap"]).assert_passed()
    """
    words = (only,) if isinstance(only, str) else tuple(only)
    chosen, expected = hazards(*words) if words or not random else [], hazard_names(known)
    settings = TrialSettings(
        settle=settle,
        max_requests=max_requests,
        jobs=jobs,
        seed=seed,
        dialect=dialect,
        fail_fast=fail_fast,
        mailbox=mailbox,
        writes=writes,
        replica=replica,
    )
    name = getattr(client_factory, "__qualname__", repr(client_factory))
    with own_server() as server:
        suite = Suite(server, lambda crm: client_factory(crm.url), settings)
        return RandomTrials(suite).run(chosen, random, name, expected)
