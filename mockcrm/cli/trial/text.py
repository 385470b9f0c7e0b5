"""The report of a trial as text for people: the list of hazards, then what went wrong, then the verdict."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

import click

from mockcrm.base.escaping import harmless_lines
from mockcrm.cli.trial.digest import (
    CommonCause,
    advice_beside,
    causes,
    duration,
    ending_of,
    escaped,
    grave_findings,
    in_groups,
    is_described,
    is_known,
    not_applicable,
    notes_of,
    other_reasons,
    reason_in_table,
    scenario_text,
    telling_syncs,
    undecided,
)
from mockcrm.cli.trial.replays import replayed_by, replays
from mockcrm.client.report import WIDTH, findings_in_brief, of_facts
from mockcrm.errors.text import shortened
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncRun, TrialReport

MOST_CAUSES = 12
"""How many causes are described in full. Of the others the report has a line each."""
MOST_LINES = 20
"""How many lines of a sync's output are shown: the last."""
MOST_LINES_OF_DONE = 5
"""How many lines are shown of the output of a sync that ended well."""
MOST_FAILURES = 6
"""How many expectations that do not hold are shown of a hazard."""
MOST_SYNCS = 3
"""How many ways in which syncs ended are shown of a hazard: the last."""
MOST_REPLAYED = 12
"""How many hazards a command plays again."""
REASON_LENGTH = 300
"""How many characters of a reason are shown."""

_COLOURS: dict[Outcome, str] = {
    "passed": "green",
    "failed": "red",
    "stalled": "red",
    "crashed": "red",
    "inconclusive": "yellow",
    "not applicable": "bright_black",
}
_VERDICTS = {"passed": "passed", "failed": "failed", "inconclusive": "is inconclusive"}


def text_report(report: TrialReport) -> Iterator[str]:
    """The lines of a report, with colours; all other text in them is harmless for a terminal."""
    report = escaped(report)
    yield f"Trial of {click.style(report.client, bold=True)}"
    yield ""
    yield from _notes(report)
    yield from _list(report)
    yield from _in_sections(report, report.bad)
    yield from _known(report)
    yield from _in_sections(report, [each for each in report.trials if is_described(each) and not each.is_bad])
    yield from _sets_aside("Inconclusive", undecided(report.trials))
    yield from _sets_aside("Not applicable", not_applicable(report.trials))
    yield from _end(report)


def _notes(report: TrialReport) -> Iterator[str]:
    for sentence, output in notes_of(report):
        yield from (click.style(line, bold=True) for line in _wrapped(shortened(sentence, 2 * REASON_LENGTH), ""))
        yield from _output(output, MOST_LINES)
        yield ""


def _list(report: TrialReport) -> Iterator[str]:
    labels = {each.hazard.name: _label(report, each) for each in report.trials}
    outcomes, names = (max(map(len, texts), default=0) for texts in (labels.values(), labels))
    for group, trials in in_groups(report.trials):
        yield click.style(group, bold=True)
        for trial in trials:
            name, label = trial.hazard.name, labels[trial.hazard.name]
            reason = shortened(reason_in_table(trial), max(WIDTH - outcomes - names - 7, 20))
            coloured = click.style(label.ljust(outcomes), fg=_COLOURS[trial.outcome], bold=trial.is_bad)
            yield f"  {coloured}  {name:{names}}  {reason}".rstrip()
        yield ""


def _label(report: TrialReport, trial: HazardTrial) -> str:
    return f"{trial.outcome}, known" if is_known(report, trial) else trial.outcome


def _in_sections(report: TrialReport, trials: Sequence[HazardTrial]) -> Iterator[str]:
    """The trials by their causes: a section for each, and of very many only the first ones."""
    found = causes(report, trials)
    for cause in found[:MOST_CAUSES]:
        yield from _in_full(report, cause)
        yield ""
    if rest := found[MOST_CAUSES:]:
        yield click.style(f"{len(rest)} more causes, in brief", bold=True)
        for cause in rest:
            yield f"  {cause.first.outcome} {cause.first.hazard.name}: {cause.first.hazard.title}"
        yield "  To see all of them in full: --format html"
        yield ""


def _known(report: TrialReport) -> Iterator[str]:
    """A line on each known failure: an earlier report has its story."""
    known = [each for each in report.trials if is_known(report, each)]
    if known:
        yield click.style("Known failures", bold=True)
        for trial in known:
            yield shortened(f"  {trial.outcome} {trial.hazard.name}: {reason_in_table(trial)}", WIDTH)
        yield ""


def _in_full(report: TrialReport, cause: CommonCause) -> Iterator[str]:
    trial = cause.first
    yield _heading(report, trial)
    yield from of_facts({"meaning": trial.hazard.title, **trial.hazard.story})
    yield from evidence(trial)
    yield from of_facts({"advice": advice} if cause.advice and (advice := advice_beside(trial)) else {})
    yield from _scenario_file(trial)
    for label, command in replays(report, trial):
        yield from _replay(label, command)
    if cause.others:
        names = ", ".join(each.hazard.name for each in cause.others)
        yield from _wrapped(f"{cause.likeness}: {names}", "  ")
    if cause.others and len(cause.trials) <= MOST_REPLAYED:
        yield from _replay("To play all of these", replayed_by(report, cause.trials))


def _scenario_file(trial: HazardTrial) -> Iterator[str]:
    """The file of a scenario outside the catalogue, unbroken, so that it can be copied."""
    if lines := scenario_text(trial).splitlines():
        yield "  Its scenario file:"
        yield from (click.style(f"    {harmless_lines(line)}", fg="cyan") for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"    … {len(lines) - MOST_LINES} lines"


def _heading(report: TrialReport, trial: HazardTrial) -> str:
    outcome = click.style(_label(report, trial), fg=_COLOURS[trial.outcome], bold=True)
    return f"{outcome} {click.style(trial.hazard.name, bold=True)}"


def evidence(trial: HazardTrial) -> Iterator[str]:
    """The lines on what a client lost or damaged, on what does not hold, and on the syncs that failed.

    `trial` is one of an escaped report.
    """
    for syncs in telling_syncs(trial)[-MOST_SYNCS:]:
        yield from _of_syncs(syncs)
    for reason in other_reasons(trial)[:MOST_FAILURES]:
        yield from _wrapped(shortened(reason, REASON_LENGTH), "  ")
    if trial.last_requests:
        yield "  Requests to look at:"
    yield from (click.style(f"    {shortened(line, 2 * WIDTH)}", dim=True) for line in trial.last_requests)
    yield from findings_in_brief(grave_findings(trial))
    if trial.failures:
        yield "  Expectations that do not hold:"
    for failure in trial.failures[:MOST_FAILURES]:
        yield from _wrapped(f"- {shortened(failure, REASON_LENGTH)}", "    ")
    if len(trial.failures) > MOST_FAILURES:
        yield f"    … and {len(trial.failures) - MOST_FAILURES} more."


def _of_syncs(syncs: Sequence[SyncRun]) -> Iterator[str]:
    """The lines on syncs that ended in the same way."""
    yield from _wrapped(shortened(ending_of(syncs), REASON_LENGTH), "  ")
    yield from _output(syncs[-1].output, MOST_LINES if syncs[-1].problem else MOST_LINES_OF_DONE)


def _output(output: str, most: int) -> Iterator[str]:
    """The last lines of what a client printed. They are harmless already."""
    lines = output.splitlines()
    if len(lines) > most:
        yield click.style(f"    │ … {len(lines) - most} lines", dim=True)
    for line in lines[-most:]:
        yield click.style(f"    │ {shortened(line, 2 * WIDTH)}", dim=True)


def _replay(label: str, command: str) -> Iterator[str]:
    """A command on a line of its own, unbroken, so that it can be copied."""
    if command:
        yield f"  {label}:"
        yield click.style(f"    {harmless_lines(command)}", fg="cyan")


def _sets_aside(heading: str, reasons: Sequence[tuple[str, Sequence[HazardTrial]]]) -> Iterator[str]:
    """The trials without a result, by their reasons."""
    if reasons:
        yield click.style(heading, bold=True)
    for reason, trials in reasons:
        yield from _wrapped(shortened(reason, REASON_LENGTH), "  ")
        yield from _wrapped(f"{len(trials)}: {', '.join(each.hazard.name for each in trials)}", "    ")
    if reasons:
        yield ""


def _end(report: TrialReport) -> Iterator[str]:
    if report.mended:
        yield "Known failures that now pass, and need no longer be listed:"
        yield from _wrapped(", ".join(each.hazard.name for each in report.mended), "  ")
    if report.unplayed:
        yield "Not reached:"
        yield from _wrapped(", ".join(each.name for each in report.unplayed), "  ")
    known = sum(is_known(report, each) for each in report.trials)
    noted = f" ({known} known)" * bool(known) + f", {len(report.unplayed)} not reached" * bool(report.unplayed)
    took = f" in {duration(report.seconds)}"
    for total in report.totals:
        counts = ", ".join(_count(outcome, count) for outcome, count in total.counts.items() if count)
        yield f"{total.what}{took}: {counts or 'none'}{total.in_kinds}{noted}."
        took = noted = ""
    colour = _COLOURS[report.verdict]
    yield f"The trial {click.style(_VERDICTS[report.verdict], fg=colour, bold=True)}."


def _count(outcome: Outcome, count: int) -> str:
    return click.style(f"{count} {outcome}", fg=_COLOURS[outcome])


def _wrapped(text: str, indent: str) -> list[str]:
    further = f"{indent}  "
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)
