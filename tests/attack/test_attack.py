"""An attack with some 10,000 hostile requests on servers whose controls are open, want a token, or are shut.

`make attack` sends more, of any seed."""

import pytest

from tests.attack.campaign import attack
from tests.attack.requests import Arsenal, Pool
from tests.attack.summary import summary
from tests.attack.targets import Tokens
from tests.attack.victim import Kind
from tests.web.test_openapi import described

SEED = 15
GROWTH, SLACK = 1.25, 24 * 2**20
"""By how much the memory in the last third of an attack may exceed that in the second: an allocator is not exact."""


@pytest.mark.parametrize(("kind", "count"), [("open", 3_000), ("token", 3_500), ("shut", 3_500)])
def test_an_attack_changes_nothing_that_was_refused_and_breaks_nothing(
    kind: Kind, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = attack(kind, SEED, range(count))
    payload = summary(kind, SEED, figures)
    with capsys.disabled():
        print(f"\n{payload}")  # noqa: T201
    assert not figures.problems, payload
    _, before, after = figures.memory_held()
    assert after <= before * GROWTH + SLACK, payload


def test_a_request_is_the_same_whenever_it_is_made() -> None:
    pool = Pool(Tokens(("a.b",), ("c.d",), ("e.f",)), {"format": "mockcrm.snapshot/1", "changes": [{}]})
    forwards, backwards = (Arsenal(SEED, described(), ["index-lag"]) for _ in range(2))
    made = {number: forwards.request(number, pool).data for number in range(300)}
    assert {number: backwards.request(number, pool).data for number in reversed(range(300))} == made
    assert len(set(made.values())) > 250
