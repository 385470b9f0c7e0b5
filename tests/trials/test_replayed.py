"""Every hazard, trial with a client that trips over it, saved as a bundle, and trial again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.client.transport import in_process
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.trials.mutants import AURINKO, MUTANTS, TARGETS
from mockcrm.trials.run import apply_mailbox_steps, make_client, try_sync
from mockcrm.web.replay import replay

HAZARDS = sorted(path.stem for path in (Path(__file__).parents[2] / "fixtures" / "hazards").glob("*.yaml"))

Call = Callable[..., Any]


def controls(hazard: str) -> tuple[Call, Any]:
    """The controls of a fresh CRM that starts from a scenario, and how a client's requests reach it."""
    app = create_app(Sandboxes())
    made = in_process(app, "/admin")("POST", "/sandboxes", {}, {"name": hazard, "scenario": hazard}, {})
    assert made.status == 201
    send = in_process(app, f"/sandboxes/{hazard}/admin")

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = send(method, path, {}, body, {})
        assert answer.status < 300, answer.body
        return answer.json

    return call, in_process(app, f"/sandboxes/{hazard}/api/v1")


def bundle_of(hazard: str, mutant: str) -> Any:
    call, send = controls(hazard)
    mailbox = MemoryMailbox()

    def wait(seconds: float) -> None:
        call("POST", "/clock/advance", {"by": f"{int(seconds * 1000)}ms"})

    two_streams = call("GET", "/dialect")["deletions"] == "endpoint"
    without = MUTANTS.get(mutant, frozenset())
    client = make_client(send, mailbox, wait, without, two_streams=two_streams, aurinko=mutant == AURINKO)
    names: dict[str, str] = {}
    while not (leg := call("POST", "/scenario/next"))["done"]:
        apply_mailbox_steps(mailbox, leg["mailbox"], names)
        try_sync(client)
    for _ in range(2):
        call("POST", "/clock/advance", {"by": "1m"})
        try_sync(client)
    return call("GET", "/replay")


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_played_again_comes_to_the_same_verdict(hazard: str) -> None:
    bundle = bundle_of(hazard, TARGETS.get(hazard, "no safety nets"))
    outcome = replay(json.loads(json.dumps(bundle)))
    assert (outcome.divergences, outcome.changed) == ((), ())
    assert json.loads(json.dumps(outcome.audit)) == bundle["verdict"]


def test_there_are_sixty_four() -> None:
    assert len(HAZARDS) == 64
