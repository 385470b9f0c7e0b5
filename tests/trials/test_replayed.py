"""Every hazard, trial with a client that trips over it, saved as a bundle, and trial again."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.client.transport import in_process
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.mutants import AURINKO, MUTANTS, TARGETS
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

    def wait(seconds: float) -> None:
        call("POST", "/clock/advance", {"by": f"{int(seconds * 1000)}ms"})

    without = MUTANTS.get(mutant, frozenset())
    client = ReferenceClient(send, without=without, aurinko=mutant == AURINKO, wait=wait)
    while not (leg := call("POST", "/scenario/next"))["done"]:
        client.apply(leg["mailbox"])
        with suppress(GaveUp):
            client.sync()
    for _ in range(2):
        call("POST", "/clock/advance", {"by": "1m"})
        with suppress(GaveUp):
            client.sync()
    return call("GET", "/replay")


@pytest.mark.parametrize("hazard", HAZARDS)
def test_a_hazard_played_again_comes_to_the_same_verdict(hazard: str) -> None:
    bundle = bundle_of(hazard, TARGETS.get(hazard, "no safety nets"))
    outcome = replay(json.loads(json.dumps(bundle)))
    assert (outcome.divergences, outcome.changed) == ((), ())
    assert json.loads(json.dumps(outcome.audit)) == bundle["verdict"]


def test_there_are_eighty_six() -> None:
    assert len(HAZARDS) == 86
