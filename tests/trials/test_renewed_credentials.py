"""A client that signs in anew at each sync fares in a trial like one that keeps its credentials."""

from collections.abc import Mapping
from typing import Any

import pytest

import mockcrm
from mockcrm import SyncClient
from mockcrm.client.transport import over_http
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.mutants import MUTANTS
from mockcrm.trials.outcome import HazardTrial

HAZARDS = [
    "token-loop",
    "duplicate-page",
    "edit-during-paging",
    "late-commit-visibility",
    "tombstone-expired",
    "empty-200-mass-delete",
    "zero-length-event",
    "rate-limit-burst",
]


class ReadsEverything:
    """Reads all events at each sync, like a new client. It removes no duplicates, and follows any page token."""

    def __init__(self, url: str, *, anew: bool) -> None:
        self.send, self.anew, self.signed_in = over_http(url), anew, 0
        self.rows: list[Mapping[str, Any]] = []

    def sync(self) -> None:
        self.signed_in += self.anew
        self.rows, token = [], dict[str, str]()
        while True:
            credentials = {"Authorization": f"Bearer opaque-{self.signed_in}"}
            page = self.send("GET", "/events", token, None, credentials).json
            self.rows += page["records"]
            if not page["nextPageToken"]:
                return
            token = {"pageToken": page["nextPageToken"]}

    def replica(self) -> list[Mapping[str, Any]]:
        return self.rows


class FollowsTheDelta(ReferenceClient):
    """The reference client without lookback, nor anything else that would mend what it misses."""

    def __init__(self, url: str, *, anew: bool) -> None:
        super().__init__(url, without=MUTANTS["no safety nets"], wait=lambda seconds: None, max_wait=1)
        self.anew = anew

    def sync(self) -> None:
        if self.anew and isinstance(self.client, Client):
            self.client.headers["Authorization"] = self._new_credentials()
        super().sync()


def fares(trial: HazardTrial) -> Any:
    found = {(each["code"], each["hazard"]) for each in trial.findings}
    names = [client["names"] for client in (trial.audit or {})["clients"]]
    return trial.hazard.name, trial.outcome, len(trial.reasons), sorted(map(str, found)), [*map(len, names)]


@pytest.mark.parametrize("kind", [ReadsEverything, FollowsTheDelta])
def test_new_credentials_at_each_sync_change_no_outcome(kind: Any) -> None:
    def tried(*, anew: bool) -> list[Any]:
        def client(url: str) -> SyncClient:
            made: SyncClient = kind(url, anew=anew)
            return made

        return [fares(each) for each in mockcrm.trial(client, only=HAZARDS, max_requests=50).trials]

    kept, renewed = tried(anew=False), tried(anew=True)
    assert renewed == kept
    assert {"failed", "passed"} <= {outcome for _, outcome, *_ in kept}
