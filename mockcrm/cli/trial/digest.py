"""What the forms of a trial's report have in common: groups, causes, reasons in brief, what is cut and escaped."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless, harmless_all, harmless_lines
from mockcrm.client.report import is_grave
from mockcrm.errors.text import ELLIPSIS, shortened
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncRun, TrialReport
from mockcrm.trials.suite import NO_MAILBOX, NO_REPLICA, NO_WRITES

_SANDBOX = re.compile(r"/sandboxes/[^/\s]+")
"""What differs between two syncs that fail for the same reason, whatever hazard they meet: the names of sandboxes."""
_VARYING = re.compile(rf"\d+|{_SANDBOX.pattern}")
"""What else differs between the syncs of a client that fails in every hazard: numbers."""
_ENDINGS: Mapping[str, str] = {
    "done": "ended",
    "failed": "failed",
    "stalled": "was stopped",
    "unanswered": "got no answer in time",
}
_LIKENESSES: Mapping[Outcome, str] = {
    "failed": "The same findings, with the same causes,",
    "crashed": "The same crash",
    "stalled": "Stopped in the same way",
    "inconclusive": "Inconclusive for the same reason",
}
_NEEDS: Mapping[str, str] = {
    NO_MAILBOX: "needs a mailbox",
    NO_WRITES: "needs writes",
    NO_REPLICA: "needs a replica",
}
"""What is said in a table of hazards that do not concern the client, by the reason in full."""
MAX_TEXT_LENGTH = 10_000
"""How many characters of a text from outside a report has: the beginning of a reason, the end of what a client said."""


@dataclass(frozen=True)
class CommonCause:
    """Trials that failed or were not judged for the same reason. The first of them explains all.

    `advice` says that the hazard's advice helps: not if the client fails whatever it meets.
    """

    trials: Sequence[HazardTrial]
    advice: bool = True

    @property
    def first(self) -> HazardTrial:
        return self.trials[0]

    @property
    def others(self) -> Sequence[HazardTrial]:
        return self.trials[1:]

    @property
    def likeness(self) -> str:
        """What they have in common."""
        count = len(self.others)
        return f"{_LIKENESSES[self.first.outcome]} in {count} more hazard{'s' * (count != 1)}"


def fails_everywhere(report: TrialReport) -> bool:
    """Whether a client crashed or had to be stopped in each of several hazards, and no finding says more."""
    played = [each for each in report.trials if each.outcome != "not applicable"]
    return len(played) > 1 and all(
        each.outcome in ("crashed", "stalled") and not grave_findings(each) for each in played
    )


def notes_of(report: TrialReport) -> list[tuple[str, str]]:
    """What has to be said of the whole trial before all else; each a sentence, and what the client printed."""
    notes = [(remark, "") for remark in report.remarks]
    if fails_everywhere(report):
        last = next(trial.syncs[-1] for trial in report.trials if trial.syncs)
        who = "The command" if report.command else "The client"
        return [
            (f"{who} fails in every hazard, so this says nothing of the hazards: {last.problem}", last.output),
            *notes,
        ]
    return notes


def is_known(report: TrialReport, trial: HazardTrial) -> bool:
    """Whether a failure was expected."""
    return trial.is_bad and trial.hazard.name in report.known


def in_groups(trials: Iterable[HazardTrial]) -> Iterator[tuple[str, list[HazardTrial]]]:
    """The trials by the groups of the catalogue, in its order."""
    for group, several in groupby(trials, key=lambda each: each.hazard.group):
        yield group, list(several)


def causes(report: TrialReport, trials: Iterable[HazardTrial]) -> list[CommonCause]:
    """Trials of a report by what went wrong in them, each cause where the first of its trials stands."""
    found: dict[Hashable, list[HazardTrial]] = defaultdict(list)
    everywhere = fails_everywhere(report)
    for trial in trials:
        found[_failure_of(trial, _VARYING) if everywhere else _cause_of(trial)].append(trial)
    return [CommonCause(several, advice=not everywhere) for several in found.values()]


def _cause_of(trial: HazardTrial) -> Hashable:
    if trial.outcome == "failed":
        return frozenset((found["code"], found["hazard"]) for found in grave_findings(trial)) or trial.hazard.name
    if trial.outcome == "inconclusive":
        return next(iter(trial.reasons), "")
    return trial.hazard.advice, _failure_of(trial, _SANDBOX)


def _failure_of(trial: HazardTrial, varying: re.Pattern[str]) -> Hashable:
    """How the last sync of a trial failed, without what varies."""
    last = trial.syncs[-1] if trial.syncs else SyncRun()
    return trial.outcome, varying.sub("#", last.problem), varying.sub("#", last.output)


def is_described(trial: HazardTrial) -> bool:
    """Whether there is more to tell of a trial than its outcome and reason."""
    return trial.is_bad or (trial.outcome == "inconclusive" and bool(trial.last_requests))


def undecided(trials: Iterable[HazardTrial]) -> list[tuple[str, list[HazardTrial]]]:
    """Inconclusive trials of which there is nothing to tell, by their first reason."""
    return _by_reason((each for each in trials if not is_described(each)), "inconclusive")


def not_applicable(trials: Iterable[HazardTrial]) -> list[tuple[str, list[HazardTrial]]]:
    """Trials of what the client does not do, by their reason."""
    return _by_reason(trials, "not applicable")


def _by_reason(trials: Iterable[HazardTrial], outcome: str) -> list[tuple[str, list[HazardTrial]]]:
    found: dict[str, list[HazardTrial]] = defaultdict(list)
    for trial in trials:
        if trial.outcome == outcome:
            found[next(iter(trial.reasons), "")].append(trial)
    return [*found.items()]


def grave_findings(trial: HazardTrial) -> list[Mapping[str, Any]]:
    """The findings for which the client has to be mended."""
    return [found for found in trial.findings if is_grave(found)]


def reason_in_brief(trial: HazardTrial) -> str:
    """The shortest that can be said of an outcome: the codes of findings, or the first reason. Empty if all is well."""
    codes = dict.fromkeys(found["code"] for found in grave_findings(trial))
    if trial.outcome == "failed" and codes:
        return ", ".join(codes)
    return next(iter([*trial.reasons, *trial.failures]), "")


def reason_in_table(trial: HazardTrial) -> str:
    """The reason that stands beside an outcome: as `reason_in_brief`, or what a hazard needs that the client lacks."""
    reason = reason_in_brief(trial)
    return _NEEDS.get(reason, reason)


def other_reasons(trial: HazardTrial) -> list[str]:
    """The reasons that are neither expectations nor the end of the last sync."""
    last = trial.syncs[-1].problem if trial.syncs else ""
    return [reason for reason in trial.reasons if reason not in trial.failures and not (last and last in reason)]


def telling_syncs(trial: HazardTrial) -> list[list[SyncRun]]:
    """The syncs that failed or printed something. Those that end alike, one after the other, stand together."""
    telling = [sync for sync in trial.syncs if sync.end != "done" or sync.output]
    return [list(alike) for _, alike in groupby(telling, key=lambda each: (each.end, each.problem, each.output))]


def _numbers_of(syncs: Sequence[SyncRun]) -> str:
    """Which syncs: `Sync 3`, or `Syncs 2, 3 and 4`."""
    *several, last = (str(each.number) for each in syncs)
    return f"Syncs {', '.join(several)} and {last}" if several else f"Sync {last}"


def ending_of(syncs: Sequence[SyncRun]) -> str:
    """How syncs ended that ended alike; of one sync, also after which time.

    >>> ending_of([SyncRun(3, 0.4, "failed", "It ended with status 1.")])
    'Sync 3 failed after 400 ms: It ended with status 1.'
    """
    last = syncs[-1]
    after = f" after {duration(last.seconds)}" if len(syncs) == 1 else ""
    problem = f": {last.problem}" if last.problem else "."
    return f"{_numbers_of(syncs)} {_ENDINGS[last.end]}{after}{problem}"


def advice_beside(trial: HazardTrial) -> str:
    """The hazard's advice, unless a finding of the trial gives the same."""
    return "" if trial.hazard.advice in (found["advice"] for found in trial.findings) else trial.hazard.advice


def duration(seconds: float) -> str:
    """A length of time as people read it: `12 ms`, `3.4 s`, `2 min 5 s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)} min {int(rest)} s" if minutes else f"{seconds:.1f} s"


def scenario_text(trial: HazardTrial) -> str:
    """The file of a scenario outside the catalogue that the client failed, or its beginning; else empty."""
    document = trial.hazard.own_document
    return shortened(fixture_text(document), MAX_TEXT_LENGTH) if trial.is_bad and document is not None else ""


def bounded(report: TrialReport) -> TrialReport:
    """A report whose texts are no longer than `MAX_TEXT_LENGTH`."""
    return replace(report, trials=[_bounded(each) for each in report.trials])


def escaped(report: TrialReport) -> TrialReport:
    """A report in which no text can steer a terminal, or hide or reorder letters."""
    return replace(
        report,
        client=harmless(report.client),
        notes=[harmless(each) for each in report.notes],
        trials=[_escaped(each) for each in report.trials],
        known=frozenset(map(harmless, report.known)),
        unplayed=[_escaped_hazard(each) for each in report.unplayed],
    )


def _bounded(trial: HazardTrial) -> HazardTrial:
    return _with_texts(trial, lambda text: shortened(text, MAX_TEXT_LENGTH), end_of)


def _with_texts(trial: HazardTrial, text: Callable[[str], str], output: Callable[[str], str]) -> HazardTrial:
    """A trial whose texts have been changed by `text`, and what the client printed by `output`."""
    return replace(
        trial,
        reasons=[*map(text, trial.reasons)],
        failures=[*map(text, trial.failures)],
        last_requests=[*map(text, trial.last_requests)],
        syncs=[replace(each, problem=text(each.problem), output=output(each.output)) for each in trial.syncs],
    )


def end_of(text: str, most: int = MAX_TEXT_LENGTH) -> str:
    """The last `most` characters of a text, with an ellipsis before them if there are more."""
    return text if len(text) <= most else f"{ELLIPSIS}{text[-most:]}"


def _escaped(trial: HazardTrial) -> HazardTrial:
    changed = _with_texts(trial, harmless, harmless_lines)
    return replace(changed, hazard=_escaped_hazard(trial.hazard), audit=harmless_all(trial.audit))


def _escaped_hazard(hazard: Hazard) -> Hazard:
    if hazard.own_document is None:
        return hazard
    return replace(hazard, name=harmless(hazard.name), own_document=harmless_all(hazard.own_document))
