"""The report of a trial as a page: one file, without scripts, that loads nothing (`docs/reference/trial-report.md`)."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless_lines
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.cli.trial.digest import (
    CommonCause,
    advice_beside,
    causes,
    duration,
    ending_of,
    escaped,
    fails_everywhere,
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
from mockcrm.client.report import is_grave
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import BAD, HazardTrial, TrialReport

MOST_SHOWN = 20
"""How many findings, expectations or failed syncs of a hazard are shown. Of the others, the number is."""
MOST_MOMENTS = 60
"""How many moments of a timeline are shown."""

_SYMBOLS = {"passed": "✓", "failed": "✕", "stalled": "↻", "crashed": "!", "inconclusive": "?", "not applicable": "-"}
"""What stands for an outcome, so that colour alone never does."""
_POLICY = "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'"
"""What the page may load: its own style and its own icon."""


def html_report(report: TrialReport) -> bytes:
    """The report as an HTML document in UTF-8."""
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template.filters |= {"duration": duration, "some": _some, "outcomes": _outcomes}
    style = _file("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = template.from_string(_file("report.html")).render(
        style=style,
        policy=_POLICY.format(digest),
        symbols=_SYMBOLS,
        **_contents(escaped(report)),
    )
    return page.lstrip().encode()


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _some(items: Sequence[Any], most: int = MOST_SHOWN) -> Sequence[Any]:
    return items[:most]


def _outcomes(items: Sequence["Shown"]) -> str:
    """How trials ended, in a few words."""
    counts = Counter(each.outcome for each in items)
    return "all passed" if [*counts] == ["passed"] else ", ".join(f"{count} {name}" for name, count in counts.items())


def _contents(report: TrialReport) -> Mapping[str, Any]:
    """What the template shows."""
    shown = {each.hazard.name: Shown(report, each, number) for number, each in enumerate(report.trials, 1)}

    def all_of(trials: Iterable[HazardTrial]) -> list[Shown]:
        return [shown[each.hazard.name] for each in trials]

    def described(trials: Iterable[HazardTrial]) -> list[tuple[list[Shown], str, str]]:
        found = causes(report, trials)
        return [(all_of(cause.trials), cause.likeness, _replayed_together(report, cause)) for cause in found]

    return {
        "report": report,
        "counts": [(outcome, report.counts[outcome]) for outcome in ("passed", *BAD, "inconclusive", "not applicable")],
        "known_count": sum(each.known for each in shown.values()),
        "groups": [(group, all_of(trials)) for group, trials in in_groups(report.trials)],
        "matrix": [(group, all_of(played), unplayed) for group, played, unplayed in _rows(report)],
        "notes": notes_of(report),
        "causes": described(each for each in report.trials if each.is_bad),
        "unjudged": described(each for each in report.trials if is_described(each) and not each.is_bad),
        "undecided": [(reason, all_of(trials)) for reason, trials in undecided(report.trials)],
        "not_applicable": [(reason, all_of(trials)) for reason, trials in not_applicable(report.trials)],
        "mended": all_of(report.mended),
        "most_moments": MOST_MOMENTS,
        "most_shown": MOST_SHOWN,
    }


def _rows(report: TrialReport) -> Iterator[tuple[str, list[HazardTrial], list[Hazard]]]:
    """Each group with its hazards that were played, and those that were not reached."""
    hazards = [*(each.hazard for each in report.trials), *report.unplayed]
    for group in dict.fromkeys([*HAZARD_GROUPS, *(each.group for each in hazards)]):
        played = [each for each in report.trials if each.hazard.group == group]
        unplayed = [each for each in report.unplayed if each.group == group]
        if played or unplayed:
            yield group, played, unplayed


def _replayed_together(report: TrialReport, cause: CommonCause) -> str:
    return harmless_lines(replayed_by(report, cause.trials)) if cause.others else ""


@dataclass(frozen=True)
class Shown:
    """A trial as the page shows it. `number` is its place in the report."""

    report: TrialReport
    trial: HazardTrial
    number: int

    @property
    def name(self) -> str:
        return self.trial.hazard.name

    @property
    def anchor(self) -> str:
        """Where its evidence is, or its row if it has none."""
        place = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return f"hazard-{place}" if self.trial.hazard.own_document is None else f"scenario-{self.number}"

    @property
    def outcome(self) -> str:
        return self.trial.outcome

    @property
    def known(self) -> bool:
        return is_known(self.report, self.trial)

    @property
    def style(self) -> str:
        """The names of its outcome in the style."""
        return self.outcome.replace(" ", "-") + " known" * self.known

    @property
    def label(self) -> str:
        return f"{self.outcome}, known" if self.known else self.outcome

    @property
    def brief(self) -> str:
        return reason_in_table(self.trial)

    @property
    def reasons(self) -> list[str]:
        return other_reasons(self.trial)

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        return grave_findings(self.trial)

    @property
    def notes(self) -> list[Mapping[str, Any]]:
        return [found for found in self.trial.findings if not is_grave(found)]

    @property
    def syncs(self) -> list[tuple[str, str]]:
        """How syncs ended that failed or printed something, each with the end of the last one's output."""
        return [(ending_of(alike), alike[-1].output) for alike in telling_syncs(self.trial)]

    @property
    def is_described(self) -> bool:
        """Whether the page has its evidence."""
        return is_described(self.trial)

    @property
    def advice(self) -> str:
        return "" if fails_everywhere(self.report) else advice_beside(self.trial)

    @property
    def scenario(self) -> str:
        return harmless_lines(scenario_text(self.trial))

    @property
    def replays(self) -> list[tuple[str, str]]:
        return [(label, harmless_lines(command)) for label, command in replays(self.report, self.trial)]
