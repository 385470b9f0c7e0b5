"""Who was slow: the client, or the CRM."""

from typing import Any

import pytest

from mockcrm.trials.play import ServerTooSlow
from mockcrm.trials.slow_sync import SlowSync


def request(number: int, took: float | None, *rules: str, **more: Any) -> dict[str, Any]:
    """A request of the journal that took so many seconds."""
    faults = [{"id": rule, "name": None, "effect": "delay"} for rule in rules]
    milliseconds = None if took is None else took * 1000
    asked = {"number": number, "method": "GET", "path": "/api/v1/events", "code": None}
    return {**asked, "tookMs": milliseconds, "faults": faults, **more}


@pytest.mark.parametrize(
    ("requests", "delays", "server_seconds"),
    [
        ([], {}, 0),
        ([request(1, 1.5), request(2, 2)], {}, 3.5),
        ([request(1, 20), request(2, 20)], {}, 30),
        ([request(1, None)], {}, 30),
        ([request(1, None, "f1")], {"f1": 60}, 0),
        ([request(1, 25, "f1")], {"f1": 20}, 5),
        ([request(1, 25, "f1", "f2")], {"f1": 20, "f2": 2}, 3),
        ([request(1, 1, "f1")], {"f1": 20}, 0),
        ([request(1, 25, "f1")], {}, 0),
    ],
)
def test_the_crms_own_time_is_what_it_took_without_what_fault_rules_asked_for(
    requests: list[Any], delays: dict[str, float], server_seconds: float
) -> None:
    assert SlowSync(30, requests, delays=delays).server_seconds == pytest.approx(server_seconds)


@pytest.mark.parametrize(("took", "busy"), [(14, False), (16, True)])
def test_the_crm_is_to_blame_for_most_of_the_time(took: float, busy: bool) -> None:
    assert isinstance(SlowSync(30, [request(1, took)]).as_error(), ServerTooSlow) is busy


def test_a_body_that_the_client_did_not_send_to_its_end_is_the_clients_time() -> None:
    assert SlowSync(30, [request(1, 29, code="body.malformed")], {1}).server_seconds == 0


def test_it_says_what_the_client_did_last() -> None:
    last = request(7, 0.1, method="POST", path="/api/v1/" + "x" * 500)
    said = str(SlowSync(30, [request(6, 0.1), last]).as_error())
    assert said.startswith("It was stopped after 30 s. It had sent 2 requests in this sync, the last of them POST /")
    assert said.endswith("… (number 7).")
    assert len(said) < 300
