"""Files that somebody has spoiled: a fixture file and a calendar are read, or refused in words."""

import copy
import io
from random import Random
from typing import Any

import pytest
import yaml

from mockcrm import Sandboxes
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.cli import importing
from mockcrm.cli.importing import NoFixture, fixture_of
from mockcrm.errors import Refusal
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from tests.attack.bodies import bounded, mutated
from tests.docs.pages import ROOT

FIXTURES = {name: read_yaml((ROOT / "fixtures" / f"{name}.yaml").read_text()).data for name in ("team", "nasty")}
CALENDAR = (ROOT / "docs" / "how-to" / "spring.ics").read_bytes()
STRANGE = [
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    "19999999T999999Z",
    "-P1D",
    "FREQ=YEARLY;COUNT=99999",
    "mailto:",
    ";=:\\",
    "\u202e",
]
SPOILED = 20
"""How many files of each sort are spoiled."""


class _WithoutAliases:
    """Writes no aliases, which a fixture file may not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Plain(_WithoutAliases, yaml.SafeDumper):
    """Writes all texts."""


class _Quick(_WithoutAliases, getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes a long text in a hundredth of the time, by libyaml, where PyYAML has it."""


def written(fixture: Any) -> str:
    try:
        text: str = yaml.dump(fixture, Dumper=_Quick, allow_unicode=True)
    except UnicodeEncodeError:
        # libyaml has no half of a surrogate pair.
        text = yaml.dump(fixture, Dumper=_Plain, allow_unicode=True)
    return text


@pytest.mark.parametrize("name", FIXTURES)
def test_a_spoiled_fixture_file_is_read_or_refused_in_words(name: str) -> None:
    rng = Random(name)
    refusals: list[Refusal] = []
    for _ in range(SPOILED):
        text = written(bounded(mutated(rng, copy.deepcopy(FIXTURES[name]))))
        try:
            Sandboxes(read_scenario(text, "spoiled.yaml"))
        except Refusal as refusal:
            refusals.append(refusal)
    assert 0 < len(refusals) < SPOILED
    assert {refusal.code for refusal in refusals} == {"scenario.invalid"}
    assert all("spoiled.yaml" in refusal.message for refusal in refusals)


@pytest.mark.parametrize(
    "text", ["a: &a [1]\nb: *a\n", "&a [*a]", "? [1]\n: 2\n", "events: [{" + "a: {" * 500, "--- 1\n--- 2\n"]
)
def test_what_only_yaml_has_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_scenario(text, "spoiled.yaml")
    assert refused.value.code == "scenario.invalid"


def spoiled_calendar(rng: Random) -> bytes:
    lines = CALENDAR.decode().splitlines()
    for _ in range(rng.choice([1, 2, 5])):
        at = rng.randrange(len(lines))
        name, _, value = lines[at].partition(":")
        lines[at : at + 1] = rng.choice(
            [[], [lines[at]] * 3, [f"{name}:{rng.choice(STRANGE)}"], [f"{rng.choice(STRANGE)}:{value}"], [name]]
        )
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def test_a_spoiled_calendar_gives_a_good_fixture_file_or_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    # A process for each would take minutes.
    monkeypatch.setattr(importing, "run_with_timeout", lambda _, function, *given: function(*given))
    rng = Random(7)
    fixtures, refusals = [], []
    for _ in range(SPOILED):
        file = io.BytesIO(spoiled_calendar(rng))
        file.name = "spoiled.ics"
        own = rng.choice([None, [], ["acme.example"]])
        try:
            fixtures.append(fixture_of(file, None, None, None, rng.choice([None, 1]), own))
        except NoFixture as refusal:
            refusals.append(str(refusal))
    assert all(refusals)
    assert refusals
    assert fixtures
    for fixture in fixtures:
        Sandboxes(read_scenario(fixture.text, "imported.yaml"))
