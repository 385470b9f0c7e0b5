"""A trial of a client in this process: what `mockcrm trial` is for commands."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mockcrm.client.sync_client import SyncClient
from mockcrm.trials.hazards import hazard_names, hazards
from mockcrm.trials.outcome import TrialReport
from mockcrm.trials.play import MAX_TRIAL_REQUESTS
from mockcrm.trials.random_trials import RandomTrials
from mockcrm.trials.suite import Suite, TrialSettings, own_server

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

    `client_factory`, such as a class, makes a new client for each hazard, from the address of the CRM's API, which ends
    in `/api/v1`. `only` chooses hazards, and `known` those that are expected to fail, by words as `mockcrm.hazards`
    takes them. `random` is how many scenarios are drawn by chance; without `only` they are played alone. The other
    options are those of `TrialSettings`; `docs/reference/client.md` explains them.

    Raises `UnknownHazard` for a word that chooses nothing, `ValueError` for other options that make no sense,
    `TypeError` for a client without `sync`, and what `client_factory` or a client's `close` raises.

    >>> mockcrm.trial(MyClient, only="reading", known=["result-cap"]).assert_passed()
    """
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
    return _tried(client_factory, only, known, random, settings)


def _tried(
    client_factory: Callable[[str], SyncClient],
    only: str | Iterable[str],
    known: str | Iterable[str],
    random: int,
    settings: TrialSettings,
) -> TrialReport:
    if random < 0:
        raise ValueError(f"random is {random}, and not a number of scenarios.")
    words = (only,) if isinstance(only, str) else tuple(only)
    chosen, expected = hazards(*words) if words or not random else [], hazard_names(known)
    name = getattr(client_factory, "__qualname__", repr(client_factory))
    with own_server() as server:
        suite = Suite(server, lambda crm: client_factory(crm.url), settings)
        return RandomTrials(suite).run(chosen, random, name, expected)
