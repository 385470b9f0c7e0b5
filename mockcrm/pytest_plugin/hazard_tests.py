"""Every hazard as a test of its own: the marker `mockcrm_hazards`, and the summary of its tests at the end of a run."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from mockcrm.trials.hazards import Hazard, UnknownHazard, hazard_names, hazards

_WORDS: Mapping[str, tuple[str, bool]] = {
    "passed": ("passed", False),
    "failed": ("failed", True),
    "error": ("error", True),
    "xfailed": ("failed as expected", True),
    "xpassed": ("passed unexpectedly", True),
    "skipped": ("skipped", False),
}
"""How the summary calls pytest's outcomes, and whether it lists their hazards."""

__tracebackhide__ = True
"""pytest shows the line of the test that makes a mistake, and none in here."""


def parametrize(metafunc: pytest.Metafunc, marker: str) -> None:
    """Make a test of each hazard that the test's markers choose. Raises `CollectError` for a mistake in a marker."""
    markers, test = list(metafunc.definition.iter_markers(marker)), metafunc.definition.name
    if "hazard" not in metafunc.fixturenames:
        if any(own in markers for own in metafunc.definition.own_markers):
            raise pytest.Collector.CollectError(f"{test} has the marker {marker}, and no argument `hazard`.")
    elif not _has_parameters_of_its_own(metafunc):
        try:
            metafunc.parametrize("hazard", list(_parameters(markers)), ids=str)
        except (UnknownHazard, TypeError) as error:
            raise pytest.Collector.CollectError(f"{test}: {error}") from error


def _has_parameters_of_its_own(metafunc: pytest.Metafunc) -> bool:
    given = (marker.args[0] for marker in metafunc.definition.iter_markers("parametrize") if marker.args)
    return any("hazard" in (each.replace(",", " ").split() if isinstance(each, str) else each) for each in given)


def _parameters(markers: list[pytest.Mark]) -> Iterator[Any]:
    only: tuple[str, ...] = next((marker.args for marker in markers if marker.args), ())
    options = _merged(*(marker.kwargs for marker in reversed(markers)))
    known = hazard_names(options.pop("known", ()))
    for hazard in hazards(*only):
        if reason := _lacking(hazard, options):
            yield pytest.param(hazard, marks=pytest.mark.skip(reason=reason))
        elif hazard.name in known:
            yield pytest.param(hazard, marks=pytest.mark.xfail(reason="known", strict=False))
        else:
            yield hazard


def _merged(*all_options: Mapping[str, Any]) -> dict[str, Any]:
    names = ("known", "mailbox", "writes", "replica")
    merged = {name: value for options in all_options for name, value in options.items()}
    if unknown := merged.keys() - {*names}:
        raise TypeError(f"No such option: {', '.join(sorted(unknown))}. The options are {', '.join(names)}.")
    return merged


def _lacking(hazard: Hazard, options: dict[str, Any]) -> str:
    """Why a hazard does not concern the client, by what the marker says that the client does not do."""
    if not options:
        return ""
    from mockcrm.trials.suite import TrialSettings  # noqa: PLC0415  it imports the server

    return TrialSettings(**options).lacks(hazard)


def started(hazard: Hazard, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the CRM in which a hazard is played: in another dialect or from another seed, if they say so."""
    own = dict(options)
    if isinstance(own.get("dialect"), str | None) and {"dialect", "seed"} & {*own}:
        from mockcrm.trials.suite import TrialSettings  # noqa: PLC0415  it imports the server

        settings = TrialSettings(dialect=own.pop("dialect", None), seed=own.pop("seed", None))
        return {**own, "scenario": settings.document(hazard)}
    return {**own, "scenario": hazard.name}


def summary(stats: Mapping[str, list[Any]], hazard_property: str) -> Iterator[str]:
    """The lines of the summary, from the reports by their outcomes. A property of a report names its hazard."""
    tests: dict[str, list[_Tried]] = defaultdict(list)
    for outcome in _WORDS:
        for report in stats.get(outcome, ()):
            if hazard := dict(getattr(report, "user_properties", ())).get(hazard_property):
                test, _, parameters = report.nodeid.partition("[")
                tests[test].append(_Tried(outcome, parameters.removesuffix("]"), hazard))
    for test, found in tests.items():
        counts = Counter(each.outcome for each in found)
        said = ", ".join(f"{counts[each]} {word}" for each, (word, _) in _WORDS.items() if counts[each])
        yield f"{test}: {len(found)} hazard{'s' * (len(found) != 1)}: {said}"
        yield from _listed([each for each in found if _WORDS[each.outcome][1]])


class _Tried(NamedTuple):
    """A test of a hazard: its outcome, and its name among the tests of its function."""

    outcome: str
    name: str
    hazard: str


def _listed(found: list[_Tried]) -> Iterator[str]:
    """A line each, the outcomes in turn, in the catalogue's order: tests of several workers end in any order."""
    widest, places = max((len(each.name) for each in found), default=0), [each.name for each in hazards()]
    for each in sorted(found, key=lambda each: ([*_WORDS].index(each.outcome), places.index(each.hazard))):
        yield f"  {_WORDS[each.outcome][0]:19}  {each.name:{widest}}  {Hazard(each.hazard).title}"
    if found:
        yield "  More: mockcrm explain HAZARD"
