"""Which names are one client, in the books: folded journals, forks, long chains, and the reference client."""

import itertools
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mockcrm import create_app
from mockcrm.audit import renewals
from mockcrm.audit.auditor import Audit
from mockcrm.audit.books import MAX_COMPARED
from mockcrm.audit.ledger import Ledger
from mockcrm.client.transport import in_process
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.fixture_file import load_scenario
from mockcrm.trials.run import client_of
from tests.audit.audited import MONDAY, TIMES, Crm, at
from tests.trials.worlds import World

HAZARDS = Path(__file__).parent.parent.parent / "fixtures" / "hazards"

TOKENS = [f"token-{4 * digit}{4 * digit}" for digit in "0123"]


def small(entries: int) -> Crm:
    """A sandbox whose journal keeps so few entries that the rest is known by the books alone."""
    return Crm(journaled=entries)


@pytest.mark.parametrize("entries", [1, 2, 5, 10_000])
def test_a_small_journal_costs_no_accuracy(entries: int) -> None:
    crm = small(entries)
    name = crm.create()
    crm.wait(1)
    bound = crm.read(TOKENS[0])
    for number in range(1, 4):
        if number == 2:
            crm.edit(name, bump=False)
        crm.write("POST", payload={"subject": f"Lunch {number}", **TIMES}, client=TOKENS[number])
        crm.wait(1)
        bound = crm.read(TOKENS[number], since=at(bound))
    (account,) = crm.sandbox.audit().clients
    assert account.names == tuple(TOKENS)
    assert [found.kind.code for found in account.findings] == ["change.outOfReach"]
    assert account.requests == 7


def test_an_audit_goes_on_from_the_books_without_changing_them() -> None:
    crm = small(1)
    crm.create()
    bound = crm.read(TOKENS[0])
    bound = crm.read(TOKENS[1], since=at(bound))
    for number in range(2, 4):
        first, again = crm.sandbox.audit(), crm.sandbox.audit()
        assert first == again
        assert [each.names for each in first.clients] == [tuple(TOKENS[:number])]
        bound = crm.read(TOKENS[number], since=at(bound))
    moment = crm.sandbox.moment()
    for _ in range(3):
        crm.read(TOKENS[1])
    assert [each.names for each in moment.audit().clients] == [tuple(TOKENS)]
    assert len(crm.sandbox.audit().clients) == 4
    assert [each.names for each in moment.audit().clients] == [tuple(TOKENS)]


def test_two_clients_that_renew_their_tokens_in_parallel_are_two_chains() -> None:
    crm = small(3)
    crm.create()
    bounds = []
    for each in "ab":
        crm.wait(1)
        bounds.append(crm.read(f"token-0000000{each}"))
    for number in range(1, 5):
        for place, each in enumerate("ab"):
            crm.wait(1)
            bounds[place] = crm.read(f"token-{number}000000{each}", since=at(bounds[place]))
    audit = crm.sandbox.audit()
    assert [each.names for each in audit.clients] == [
        tuple(f"token-{number}000000{each}" for number in range(5)) for each in "ab"
    ]
    assert audit.findings == []


def test_at_the_same_instant_two_clients_have_the_same_watermark() -> None:
    """Then no request says whose token was renewed. Nobody is accused, and a note says so."""
    crm = small(3)
    crm.create()
    crm.wait(1)
    bounds = [crm.read(each) for each in TOKENS[:2]]
    assert bounds[0] == bounds[1]
    for each in TOKENS[2:]:
        crm.read(each, since=at(bounds[0]))
    audit = crm.sandbox.audit()
    assert [each.names for each in audit.clients] == [(name,) for name in sorted(TOKENS)]
    assert audit.clean
    assert "client.ambiguous" in {found.kind.code for found in audit.findings}


def test_a_chain_is_entered_once_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal copies no book but at the first time."""
    copied: list[Ledger] = []
    copy = Ledger.copy

    def noted(ledger: Ledger) -> Ledger:
        copied.append(ledger)
        return copy(ledger)

    monkeypatch.setattr(Ledger, "copy", noted)
    crm = small(1)
    crm.create()
    bound = crm.read("token-00000000")
    for number in range(1, 701):
        crm.wait(60)
        bound = crm.read(f"token-{number:08}", since=at(bound))
    assert len(copied) == 1
    (account,) = crm.sandbox.audit().clients
    assert (len(account.names), account.requests) == (701, 701)


def test_among_many_clients_the_audit_looks_for_nobody() -> None:
    crm = small(1)
    crm.create()
    for number in range(MAX_COMPARED - 1):
        crm.read(f"ann {number}")
    crm.wait(1)
    bound = crm.read(TOKENS[0])
    crm.wait(1)
    bound = crm.read(TOKENS[1], since=at(bound))
    assert len(crm.sandbox.audit().clients) == MAX_COMPARED
    crm.read("ben")
    crm.wait(1)
    crm.read(TOKENS[2], since=at(bound))
    assert len(crm.sandbox.audit().clients) == MAX_COMPARED + 2


def test_large_first_requests_are_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewals, "MAX_WAITING_WEIGHT", 1_000)
    crm = small(1)
    name = crm.create()
    crm.read(TOKENS[0])
    for number, client in ((300, TOKENS[1]), (1_000, TOKENS[2])):
        crm.write("POST", payload={"subject": "Long", "description": "l" * number, **TIMES}, client=client)
        crm.look(name, client)
    assert [each.names for each in crm.sandbox.audit().clients] == [tuple(TOKENS[:2]), (TOKENS[2],)]


def test_only_so_many_new_names_wait_for_a_sign() -> None:
    crm = small(1)
    name = crm.create()
    crm.read(TOKENS[0])
    for number in range(60):
        crm.write("POST", payload={"subject": f"Lunch {number}", **TIMES}, client=f"token-1{number:07}")
    crm.look(name, "token-10000059")
    assert len(crm.sandbox.audit().clients) == 60
    crm.look(name, "token-10000000")
    assert len(crm.sandbox.audit().clients) == 60


# The reference client without a name


@pytest.mark.parametrize("without", [set(), {Safeguard.LOOKBACK}, {Safeguard.TOMBSTONES}, {Safeguard.IF_MATCH}])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_the_reference_client_is_one_client_whenever_it_renews_its_token(without: Any, every: int) -> None:
    """It creates, edits and deletes, looks back, reads twice and repeats: one of these shows who it is."""
    verdicts = []
    for renews in (False, True):
        world = World({}, without=without)
        client = world.client.client
        assert isinstance(client, Client)
        del client.headers["X-Mockcrm-Client"]
        for number in range(6):
            world.take(("create", {}))
            world.take(("user", {"what": "create", "number": number}))
            world.take(("edit", {"number": number, "bump": number % 2 == 0}))
            if renews and number % every == 0:
                client.headers["Authorization"] = f"Bearer renewed-{number}"
            world.take(("advance", {"by": "20m"}))
            world.sync()
        (account,) = world.sandbox.audit().clients
        verdicts.append([(found.kind.code, found.requests) for found in account.findings])
    assert verdicts[0] == verdicts[1]


def play(hazard: str, at_first: str) -> Audit:
    """Play a scenario with the reference client, which has no name and renews its token before each sync."""
    sandboxes = Sandboxes(load_scenario(HAZARDS / f"{hazard}.yaml"))
    sandbox = sandboxes.get("default")
    sandbox.perform(read_actions([{"advance": {"by": at_first}}]), COLLEAGUE)
    client = client_of(sandbox, in_process(create_app(sandboxes))).client
    assert isinstance(client, Client)
    del client.headers["X-Mockcrm-Client"]
    numbers = itertools.count()
    while not sandbox.next_round()[0].done:
        client.headers["Authorization"] = f"Bearer renewed-{next(numbers)}"
        with suppress(GaveUp):
            client.sync()
    return sandbox.audit()


@pytest.mark.parametrize("hazard", ["token-expires-mid-sync", "late-commit-visibility", "expired-cursor-swallowed"])
def test_in_a_scenario_too(hazard: str) -> None:
    audit = play(hazard, "17482ms")
    assert (len(audit.clients), audit.clean) == (1, True)


def test_a_lookback_from_a_whole_minute_could_be_anybody_s() -> None:
    """A new client, too, may begin ten minutes ago."""
    audit = play("late-commit-visibility", "0s")
    assert (len(audit.clients), audit.clean) == (2, True)
    assert "client.ambiguous" in {found.kind.code for found in audit.findings}


def test_a_token_may_be_renewed_at_the_beginning_of_time() -> None:
    crm = small(10)
    crm.act({"clock": {"now": "0001-01-01T00:00:00Z"}})
    crm.read(TOKENS[0])
    crm.read(TOKENS[1], since=MONDAY)
    assert [client.names for client in crm.sandbox.audit().clients] == [(TOKENS[0],), (TOKENS[1],)]
