"""A trial's own judgement catches what the catalogue is made to catch, and accuses no careful client."""

from collections.abc import Iterator, Sequence

import httpx
import pytest

from mockcrm import Crm
from mockcrm.trials.hazards import hazards
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.play import Play
from mockcrm.trials.suite import own_server
from tests.hazards.client import Client, Record
from tests.hazards.table import HAZARDS
from tests.hazards.world import Hazard


class AsSyncClient:
    """One of the catalogue's clients, as a trial takes it: with a mailbox, and with its replica."""

    def __init__(self, url: str, kind: type[Client]) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, verify=False)
        self._client = kind(self._http)

    def apply(self, mailbox: Sequence[Record]) -> None:
        for action in mailbox:
            self._client.mailbox(action)

    def sync(self) -> None:
        self._client.sync()

    def replica(self) -> Sequence[Record]:
        """What its calendar has, as often as it has it."""
        return [self._client.replica[event_id] for event_id in self._client.entries()]

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Crm]:
    with own_server() as controls:
        yield controls


class IgnoresItsMailbox(AsSyncClient):
    """The same, but it does not do what its user did."""

    def apply(self, mailbox: Sequence[Record]) -> None:
        """Nothing is done."""


def tried(server: Crm, hazard: Hazard, kind: type[Client], adapter: type[AsSyncClient] = AsSyncClient) -> HazardTrial:
    """How a trial judges one of the catalogue's clients."""
    (known,) = hazards(hazard.name)
    with server.create() as crm:
        crm.scenario.load(hazard.name)
        return Play(crm, known).with_client(adapter(crm.url, kind))


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.name)
class TestEveryHazard:
    def test_is_failed_by_a_naive_client(self, server: Crm, hazard: Hazard) -> None:
        assert tried(server, hazard, hazard.naive).is_bad

    def test_is_passed_by_a_careful_one(self, server: Crm, hazard: Hazard) -> None:
        trial = tried(server, hazard, hazard.careful)
        assert (trial.outcome, [*trial.failures]) == ("passed", []), trial.reasons


WITH_MAILBOX = [hazard.name for hazard in hazards("mailbox")]
MAY_DROP_IT = ("delete-recreate-new-id", "edit-vs-delete", "moved-between-calendars")
"""Hazards in which a correct client may drop what its user did. A trial has a rule of its own for who never writes."""


@pytest.mark.parametrize("hazard", [each for each in HAZARDS if each.name in WITH_MAILBOX], ids=lambda each: each.name)
def test_whoever_ignores_the_mailbox_does_not_pass(server: Crm, hazard: Hazard) -> None:
    assert (tried(server, hazard, hazard.careful, IgnoresItsMailbox).outcome == "passed") is (
        hazard.name in MAY_DROP_IT
    )
