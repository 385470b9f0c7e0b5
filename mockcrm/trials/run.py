"""A scenario, played with a client: what that lacks in the end, what harm it did, and what the audit says of it."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from mockcrm.audit.findings import READING, WRITING, Finding, FindingType
from mockcrm.base.wsgi import Send, in_process
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.client import Client, GaveUp, Virtue
from mockcrm.reference_client.mailbox import Mailbox
from mockcrm.reference_client.normalize import entry_of
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.trials.oracle import Harm, harm_done, lacking
from mockcrm.trials.wiretap import Witness
from mockcrm.web.app import create_app

QUIET_SYNCS = 4
"""In so many, whoever goes round without end has gone round often enough to be known for it."""


class Reader(Protocol):
    """A client that syncs, and says what it has."""

    def sync(self) -> None: ...

    def replica(self) -> Mapping[str, Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Played:
    """What has become of a client in a scenario.

    What it lacks, the harm that it did, what the audit found, how the syncs went wrong, and what the scenario expects
    and does not hold.
    """

    lacks: Set[str]
    harm: Set[Harm]
    findings: tuple[Finding, ...]
    failures: tuple[str, ...]
    unmet: tuple[str, ...]

    @property
    def harmed(self) -> Set[str]:
        return {harm.event_id for harm in self.harm}

    @property
    def blamed(self) -> Set[str]:
        """The events that an error says the client was not given."""
        return named(self.findings, READING)

    @property
    def accused(self) -> Set[str]:
        """The events that an error says the client did harm to."""
        return named(self.findings, WRITING)

    @property
    def grave(self) -> list[Finding]:
        return [found for found in self.findings if found.kind.is_grave]


def named(findings: Iterable[Finding], kinds: Collection[FindingType]) -> Set[str]:
    """The events that errors of some kinds name."""
    errors = [found for found in findings if found.kind.severity == "error" and found.kind in kinds]
    return {found.event_id for found in errors if found.event_id}


def play(scenario: Scenario, without: Set[Virtue] = frozenset(), *, aurinko: bool = False) -> Played:
    """Play a scenario with a client, and let it sync on when all is quiet."""
    sandboxes = Sandboxes(scenario)
    sandbox = sandboxes.get("default")
    witness = Witness(in_process(create_app(sandboxes)), sandbox)
    mailbox = Mailbox()
    client = client_in(sandbox, witness, mailbox, without, aurinko=aurinko)
    names: dict[str, str] = {}
    failures: list[str] = []
    while not (sync_round := sandbox.next_round()[0]).done:
        use_mailbox(mailbox, sync_round.mailbox, names)
        failures += sync(client)
    unmet = sandbox.failures()
    for _ in range(QUIET_SYNCS):
        advance(sandbox, 60)
        failures += sync(client)
    (account,) = sandbox.audit().accounts
    lacks = lacking(sandbox, client.replica())
    return Played(lacks, harm_done(witness), tuple(account.findings), tuple(failures), tuple(unmet))


def client_with(
    send: Send,
    mailbox: Mailbox,
    wait: Callable[[float], object],
    without: Set[Virtue] = frozenset(),
    *,
    two_streams: bool,
    aurinko: bool = False,
) -> Client | Aurinko:
    """A client that sends its requests so, waits so many seconds so, and can sign in as often as it likes."""
    if aurinko:
        return Aurinko(send, two_streams=two_streams, wait=wait)
    tokens = (f"Bearer token-{number}" for number in itertools.count(1))
    client = Client(
        send, mailbox, without=without, two_streams=two_streams, wait=wait, credentials=lambda: next(tokens)
    )
    client.headers["Authorization"] = "Bearer token-0"
    return client


def client_in(
    sandbox: Sandbox, send: Send, mailbox: Mailbox, without: Set[Virtue] = frozenset(), *, aurinko: bool = False
) -> Client | Aurinko:
    """A client of a sandbox for which time passes there, instead of in the world."""
    with sandbox.open() as state:
        two_streams = state.crm.dialect.deletions == "endpoint"
    return client_with(send, mailbox, partial(advance, sandbox), without, two_streams=two_streams, aurinko=aurinko)


def advance(sandbox: Sandbox, seconds: float) -> None:
    """Let time pass in a sandbox instead of the world."""
    sandbox.perform(read_actions([{"advance": {"by": f"{int(seconds * 1000)}ms"}}]), COLLEAGUE)


def use_mailbox(mailbox: Mailbox, told: Iterable[Mapping[str, Any]], names: dict[str, str]) -> None:
    """Do what a scenario says, in the CRM's words, that the user did. `names` are those that it gives to entries."""
    for each in told:
        ((verb, arguments),) = each.items()
        if verb == "create":
            names[arguments.get("as", "")] = mailbox.create(entry_of(arguments["set"])).id
            continue
        made = mailbox.items.get(names.get(arguments["event"], ""))
        for item in [made] if made else mailbox.tied_to(arguments.get("id", "")):
            if verb == "edit":
                mailbox.edit(item.id, entry_of({"allDay": item.content.get("allDay", False), **arguments["set"]}))
            else:
                mailbox.delete(item.id)


def sync(client: Reader) -> Iterable[str]:
    """Have a client sync; why it gave up, if it did."""
    try:
        client.sync()
    except GaveUp as error:
        return [str(error)]
    return []
