"""The report of a trial as JUnit XML, which CI servers show as test results (`docs/reference/trial-report.md`).

The first suite has one test, `judged`. Each group of hazards is another suite, with a test for each hazard that was
tried or not reached, so that the names stay the same from run to run.
"""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

import click

from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.cli.junit_xml import count_cases, xml_of, xml_text
from mockcrm.cli.trial.digest import (
    advice_beside,
    escaped,
    fails_everywhere,
    is_known,
    notes_of,
    reason_in_brief,
    scenario_text,
)
from mockcrm.cli.trial.replays import replays
from mockcrm.cli.trial.text import evidence
from mockcrm.client.report import in_brief, of_facts
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, TrialReport


def junit_report(report: TrialReport) -> bytes:
    """The report as an XML document in UTF-8.

    What was not judged counts as skipped. Most CI servers show that as good, so an inconclusive hazard is an error, and
    so is a trial that is inconclusive as a whole.
    """
    report = escaped(report)
    suites = Element("testsuites", name="mockcrm trial", time=_time(report.seconds))
    suites.append(_suite_of_verdict(report))
    suites.extend(_suites(report))
    return xml_of(suites)


def _suite_of_verdict(report: TrialReport) -> Element:
    """A suite with one test: whether all hazards could be judged."""
    suite = Element("testsuite", name="trial")
    case = SubElement(suite, "testcase", name="judged", classname="mockcrm.trial", time="0.000")
    if report.verdict == "inconclusive":
        reasons = [*_undecided(report)]
        error = SubElement(case, "error", type="inconclusive", message=xml_text(in_brief(reasons)))
        error.text = xml_text("\n".join(reasons))
    _say(case, (line for note in notes_of(report) for line in note if line))
    count_cases(suite)
    return suite


def _undecided(report: TrialReport) -> Iterator[str]:
    """Why a trial is inconclusive."""
    for trial in report.trials:
        if trial.outcome == "inconclusive":
            yield f"{trial.hazard.name}: {reason_in_brief(trial)}"
    for hazard in report.unplayed:
        yield f"{hazard.name} was not reached."
    if all(trial.outcome == "not applicable" for trial in report.trials):
        yield "No hazard was played that concerns the client."


def _suites(report: TrialReport) -> Iterator[Element]:
    for group in dict.fromkeys([*HAZARD_GROUPS, *(each.hazard.group for each in report.trials)]):
        cases = [_case(report, each) for each in report.trials if each.hazard.group == group]
        cases += [_not_reached(each) for each in report.unplayed if each.group == group]
        if cases:
            suite = Element("testsuite", name=xml_text(group))
            suite.extend(cases)
            count_cases(suite)
            yield suite


def _case(report: TrialReport, trial: HazardTrial) -> Element:
    case = _test(trial.hazard, trial.seconds)
    if trial.outcome == "passed":
        _say(case, trial.reasons)
    elif trial.outcome == "not applicable":
        SubElement(case, "skipped", message=xml_text(reason_in_brief(trial)))
    elif is_known(report, trial):
        message = xml_text(f"Known: {trial.outcome}, {reason_in_brief(trial)}")
        SubElement(case, "skipped", message=message)
        _say(case, evidence(trial))
    else:
        message = xml_text(reason_in_brief(trial))
        kind = "failure" if trial.outcome == "failed" else "error"
        element = SubElement(case, kind, type=trial.outcome, message=message)
        element.text = _joined(evidence(trial))
        _say(case, _beside(report, trial))
    return case


def _test(hazard: Hazard, seconds: float) -> Element:
    classname = xml_text(f"mockcrm.trial.{hazard.group}")
    return Element("testcase", name=xml_text(hazard.name), classname=classname, time=_time(seconds))


def _not_reached(hazard: Hazard) -> Element:
    case = _test(hazard, 0)
    SubElement(case, "skipped", message="The trial ended before this hazard was reached.")
    return case


def _beside(report: TrialReport, trial: HazardTrial) -> Iterator[str]:
    """What the hazard is about, what a correct client does, its scenario, and what plays it alone."""
    yield trial.hazard.title
    advice = "" if fails_everywhere(report) else advice_beside(trial)
    yield from of_facts({**trial.hazard.story, **({"advice": advice} if advice else {})})
    if text := scenario_text(trial):
        yield f"Its scenario file:\n{text}"
    for label, command in replays(report, trial):
        yield f"{label}:\n{command}"


def _say(case: Element, lines: Iterable[str]) -> None:
    if text := _joined(lines):
        SubElement(case, "system-out").text = text


def _joined(lines: Iterable[str]) -> str:
    return xml_text("\n".join(click.unstyle(line) for line in lines))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
