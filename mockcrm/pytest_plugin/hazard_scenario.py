"""The scenario of a hazard that is a test: judged as `mockcrm trial` judges it, not by the scenario's verdict alone."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mockcrm.client.crm import Crm
from mockcrm.client.scenario_controls import ScenarioControls
from mockcrm.client.sync_limit import SyncLimit
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.needless_writes import SyncStart, needless_writes, sync_start
from mockcrm.trials.outcome import SyncRun
from mockcrm.trials.play import MAX_TRIAL_REQUESTS

if TYPE_CHECKING:
    from mockcrm.client.types import Audit, KindName, ReplicaWindow, ScenarioRound

__tracebackhide__ = True
"""pytest shows the line of the test that makes a mistake, and none in here."""


class HazardScenario(ScenarioControls):
    """The controls of a hazard's scenario. `play` fails, too, where only a trial would.

    Some hazards show in the client's copy alone: without it nothing was judged. A client in a feedback loop writes
    though nobody has changed anything. And a sync may not send more requests than in a trial, whatever `max_requests`
    says beyond that.
    """

    def __init__(self, crm: Crm, hazard: Hazard) -> None:
        super().__init__(crm.scenario._admin)
        self._crm, self._hazard = crm, hazard
        self._starts: list[SyncStart] = []
        self._has_copy = False

    def next(self) -> "ScenarioRound":
        sync_round = super().next()
        if not sync_round["done"]:
            self._starts.append(sync_start(self._crm, sync_round["mailbox"], len(self._starts)))
        return sync_round

    def replica(
        self,
        records: Iterable[Mapping[str, object] | str],
        *,
        client: str | None = None,
        kind: "KindName | None" = None,
        window: "ReplicaWindow | None" = None,
    ) -> "Audit":
        self._has_copy = True
        return super().replica(records, client=client, kind=kind, window=window)

    def limit(self, name: str, max_requests: int = MAX_TRIAL_REQUESTS) -> SyncLimit:
        return super().limit(name, min(max_requests, MAX_TRIAL_REQUESTS))

    def _check(self, end: Any, synced: bool) -> None:
        super()._check(end, synced)
        # Each sync ended well: `play` ends with the first that does not.
        runs = [SyncRun(number) for number, _ in enumerate(self._starts, start=1)]
        if needless := needless_writes(self._crm, self._crm.requests.all(), self._starts, runs):
            raise AssertionError("\n".join(needless))
        if "replica" in self._hazard.needs and not self._has_copy:
            raise AssertionError(
                "Inconclusive: this hazard shows in the client's copy alone. Play it with a client that has a method "
                "`replica`, or leave it out: mockcrm_hazards(replica=False)."
            )
