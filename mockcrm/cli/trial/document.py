"""The report of a trial as JSON, for programs (`docs/reference/trial-report.md`)."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

import orjson

from mockcrm.base.escaping import json_document
from mockcrm.cli.trial.digest import is_known, notes_of, scenario_text
from mockcrm.cli.trial.replays import replayed_by
from mockcrm.client.types.audits import Audit, Verdict
from mockcrm.trials.outcome import HazardTrial, Outcome, SyncEnd, SyncRun, TrialReport

TRIAL_FORMAT: Literal["mockcrm.trial/1"] = "mockcrm.trial/1"


class SyncDocument(TypedDict):
    """One sync. `problem` is empty if it was `done`; `output` is the end of what the client printed."""

    number: int
    seconds: float
    end: SyncEnd
    problem: str
    output: str
    settling: bool


class HazardDocument(TypedDict):
    """A client's trial against one hazard.

    `known` says that the failure was expected. `failures` are expectations that do not hold. `audit` is null if
    nothing was played. `scenario` is the file of a scenario outside the catalogue that the client failed, else empty.
    `replay` plays the hazard alone, or draws its scenario again. `last_requests` has a line for each of the last
    requests that show how a client fared that did not pass.
    """

    name: str
    group: str
    title: str
    story: Mapping[str, str]
    advice: str
    needs: list[str]
    outcome: Outcome
    known: bool
    reasons: list[str]
    failures: list[str]
    audit: Audit | None
    syncs: list[SyncDocument]
    requests: int
    last_requests: list[str]
    seconds: float
    scenario: str
    replay: str


class KindsDocument(TypedDict):
    """The kinds of records of a trial, as `events` and `contacts`: those that the client asked for, and the others."""

    judged: list[str]
    unasked: list[str]


class TrialDocument(TypedDict):
    """A trial. `mended` are known failures that now pass, `unplayed` hazards that were not reached: both by name.

    `command` has the words of the client's command, and none for a client in Python. `settings` are the options of
    `mockcrm trial`, without their dashes, that differ from the defaults. `notes` say what holds of the whole trial.
    `random` says how many random trials had each outcome: of those that failed alike, `hazards` has one. Records of the
    kinds that the client never asked for were not judged.
    """

    format: Literal["mockcrm.trial/1"]
    client: str
    command: list[str]
    verdict: Verdict
    status: int
    notes: list[str]
    kinds: KindsDocument
    counts: dict[Outcome, int]
    random: dict[Outcome, int]
    seconds: float
    settings: dict[str, Any]
    known: list[str]
    mended: list[str]
    unplayed: list[str]
    hazards: list[HazardDocument]


def json_report(report: TrialReport) -> bytes:
    """The report as indented JSON."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return json_document(_encodable(trial_document(report)), options)


def trial_document(report: TrialReport) -> TrialDocument:
    """The report in JSON's types.

    >>> trial_document(mockcrm.trial(MyClient))["verdict"]
    'passed'
    """
    return {
        "format": TRIAL_FORMAT,
        "client": report.client,
        "command": [*report.command],
        "verdict": report.verdict,
        "status": report.status,
        "notes": ["\n".join(filter(None, note)) for note in notes_of(report)],
        "kinds": {"judged": [*report.kinds.judged], "unasked": [*report.kinds.unasked]},
        "counts": dict(report.counts),
        "random": dict(report.random_counts),
        "seconds": round(report.seconds, 3),
        "settings": dict(report.settings),
        "known": sorted(report.known),
        "mended": [each.hazard.name for each in report.mended],
        "unplayed": [each.name for each in report.unplayed],
        "hazards": [_of_hazard(report, each) for each in report.trials],
    }


def _of_hazard(report: TrialReport, trial: HazardTrial) -> HazardDocument:
    hazard = trial.hazard
    return {
        "name": hazard.name,
        "group": hazard.group,
        "title": hazard.title,
        "story": hazard.story,
        "advice": hazard.advice,
        "needs": [*hazard.needs],
        "outcome": trial.outcome,
        "known": is_known(report, trial),
        "reasons": [*trial.reasons],
        "failures": [*trial.failures],
        "audit": cast(Audit | None, trial.audit),
        "syncs": [_of_sync(each) for each in trial.syncs],
        "requests": trial.requests,
        "last_requests": [*trial.last_requests],
        "seconds": round(trial.seconds, 3),
        "scenario": scenario_text(trial),
        "replay": replayed_by(report, [trial]),
    }


def _of_sync(sync: SyncRun) -> SyncDocument:
    return {
        "number": sync.number,
        "seconds": round(sync.seconds, 3),
        "end": sync.end,
        "problem": sync.problem,
        "output": sync.output,
        "settling": sync.settling,
    }


def _encodable(value: Any) -> Any:
    """A value in JSON's types. Half a pair of UTF-16 in a text, which is not in UTF-8, becomes U+FFFD."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case Mapping():
            return {str(_encodable(name)): _encodable(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_encodable(each) for each in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _encodable(str(value))
