"""Random trials of a client: scenarios drawn by chance, and of those that it fails the smallest that still fail.

A scenario that the careful reference client fails as well says nothing of the client under test. So each failure that
is shown, and each smaller scenario on the way to it, is one that the careful client passes.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_seconds
from mockcrm.base.saving import save
from mockcrm.base.times import parse_instant
from mockcrm.client.crm import Crm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.fixture_text import fixture_text
from mockcrm.trials.hazards import RANDOM_NAME, Hazard
from mockcrm.trials.kinds import asked_kinds, probing_scenario
from mockcrm.trials.outcome import HazardTrial, Outcome, TrialReport, counts_of
from mockcrm.trials.random_scenarios import random_scenario
from mockcrm.trials.shrinking import MAX_PLAYS, Shrinking
from mockcrm.trials.suite import MakeClient, Suite, TrialSettings

MAX_SMALLER = 5
"""How many different failures are made smaller. The others are reported as they were drawn."""
_UNFAIR = "The careful reference client does not pass this scenario either, so it says nothing of the client."
_REPLICA_CODE = re.compile(rf"(replica\.[a-zA-Z]+)(?:: The ({'|'.join(KINDS)}) )?")


def careful_client(crm: Crm, without: Set[Safeguard] = frozenset(), *, matching: bool = False) -> ReferenceClient:
    """The reference client of a sandbox, by whose clock it lives: when it waits, that clock advances."""
    return ReferenceClient(
        crm.url,
        without=without,
        matching=matching,
        wait=lambda seconds: crm.clock.advance(f"{int(seconds * 1000)}ms"),
        clock=lambda: parse_instant(crm.clock.get()["now"]),
    )


def random_hazards(count: int, settings: TrialSettings) -> list[Hazard]:
    """So many random scenarios as hazards `random-17` and so on, by the seeds from that of the settings on, or from 0.

    What the settings say of the dialect is in their documents, so that each fails alone.

    >>> [hazard.name for hazard in random_hazards(2, TrialSettings(seed=17))]
    ['random-17', 'random-18']
    """
    first = settings.seed or 0
    return [_hazard(seed, settings) for seed in range(first, first + count)]


def _hazard(seed: int, settings: TrialSettings) -> Hazard:
    document = random_scenario(seed, writing=settings.mailbox and settings.writes, kinds=settings.kinds or ())
    drawn = Hazard(f"{RANDOM_NAME}{seed}", own_document=document, seed=seed)
    return replace(drawn, own_document=settings.document(drawn))


@dataclass
class RandomTrials:
    """Random trials of a client, beside hazards of the catalogue or alone.

    `say` gets a sentence for each failure that is made smaller. `careful` makes the client that must pass what the
    client under test fails; by default, the reference client, which matches people if the client follows other kinds of
    records than events. At most `plays` smaller scenarios are played for one failure.

    >>> RandomTrials(suite).run((), 200, "MyClient").counts["failed"]
    2
    """

    suite: Suite
    say: Callable[[str], object] = lambda sentence: None
    careful: MakeClient | None = None
    plays: int = MAX_PLAYS

    def run(
        self, chosen: Sequence[Hazard], count: int, client: str, known: frozenset[str] = frozenset()
    ) -> TrialReport:
        """Play the hazards and so many random scenarios. Of failures that are alike only the smallest is reported.

        A random trial that is known to fail stays as it was drawn, and stands for those that fail like it.
        """
        began = real_seconds()
        if count:
            self._find_out_kinds()
        drawn = random_hazards(count, self.suite.settings)
        names = {each.name for each in drawn}
        reviewed = replace(self.suite, review=lambda trial: self._fair(trial, names - known))
        report = reviewed.run([*chosen, *drawn], client, known)
        failures = {each.hazard.name: each for each in report.bad if each.hazard.name in names}
        covered = {kind for each in report.trials if each.hazard.name in names & known for kind in kinds_of(each)}
        others = [each for each in report.trials if each.hazard.name not in failures]
        condensed = [*self._condensed([*failures.values()], covered, count)]
        settings = {**report.settings, **({"random": count} if count else {})}
        return replace(
            report,
            trials=[*others, *condensed],
            seconds=real_seconds() - began,
            settings=settings,
            random_counts=_counted(report.trials, condensed) if count else {},
        )

    def _find_out_kinds(self) -> None:
        """Have scenarios drawn with records of the kinds that the client asks for, unless that is settled."""
        settings = self.suite.settings
        if settings.kinds is None:
            probed = _played_alone(self.suite, probing_scenario().document, "kinds")
            followed = [name for name in asked_kinds(probed) if name != EVENT.name] if probed else ()
            self.suite = replace(self.suite, settings=replace(settings, kinds=tuple(followed)))

    def _fair(self, trial: HazardTrial, names: Set[str]) -> HazardTrial:
        """The trial, which is inconclusive if the client failed a scenario of such a name, and the careful one, too."""
        if not trial.is_bad or trial.hazard.name not in names or self._is_fair(trial.hazard.document):
            return trial
        return replace(trial, outcome="inconclusive", reasons=[_UNFAIR, *trial.reasons])

    def _condensed(self, failures: Sequence[HazardTrial], covered: set[str], count: int) -> Iterator[HazardTrial]:
        """The failures without those that are like a smaller one, or covered already; and made smaller."""
        shown = 0
        for failure in sorted(failures, key=_length):
            new = kinds_of(failure) - covered
            if not new:
                continue
            if shown == MAX_SMALLER or self.suite.stopping.is_set():
                yield failure
            else:
                smaller = self._smaller(failure, new)
                shown += 1
                covered |= kinds_of(smaller)
                alike = sum(not kinds_of(smaller).isdisjoint(kinds_of(each)) for each in failures)
                yield replace(smaller, reasons=[*_origin(failure, smaller, alike, count), *smaller.reasons])

    def _smaller(self, failure: HazardTrial, kinds: Set[str]) -> HazardTrial:
        """The trial of the smallest scenario found that fails in one of some ways, as a failure did."""
        self.say(f"{failure.hazard.name} fails by {', '.join(sorted(kinds))}: looking for a smaller scenario.")
        smallest = failure

        def fails(document: Mapping[str, Any]) -> bool:
            nonlocal smallest
            trial = _played_alone(self.suite, document, failure.hazard.name)
            if trial is None or kinds_of(trial).isdisjoint(kinds) or not self._is_fair(document):
                return False
            smallest = trial
            return True

        Shrinking(fails, self.plays).smallest(failure.hazard.document)
        ways = ", ".join(sorted(kinds_of(smallest)))
        titled = {**smallest.hazard.document, "title": f"{failure.hazard.title}: {ways}"}
        return replace(smallest, hazard=replace(failure.hazard, own_document=titled))

    def _is_fair(self, document: Mapping[str, Any]) -> bool:
        """Whether the careful client passes, which it is asked after an interruption as well: it is quick."""
        careful = self.careful or partial(careful_client, matching=bool(self.suite.settings.kinds))
        judge = replace(self.suite, make_client=careful, stopping=threading.Event())
        trial = _played_alone(judge, document, "careful")
        return trial is not None and trial.outcome == "passed"


def _played_alone(suite: Suite, document: Mapping[str, Any], name: str) -> HazardTrial | None:
    """The trial of a suite's client by a scenario as it is; None if it was interrupted."""
    settings = replace(suite.settings, seed=None, dialect=None)
    return replace(suite, settings=settings).play(Hazard(name, own_document=document))


def save_scenarios(report: TrialReport, folder: Path, say: Callable[[str], object]) -> TrialReport:
    """Write the scenario of each failed random trial into a folder, as `random-17.yaml`.

    In the report that is returned, these are the sources of the scenarios. `say` gets a sentence for each that cannot
    be written: that costs nothing of the report.
    """
    found = {each.hazard.name: _saved(each.hazard, folder, say) for each in report.bad if each.hazard.seed is not None}
    return replace(
        report, trials=[replace(each, hazard=found.get(each.hazard.name, each.hazard)) for each in report.trials]
    )


def _saved(hazard: Hazard, folder: Path, say: Callable[[str], object]) -> Hazard:
    file = folder / f"{hazard.name}.yaml"
    try:
        save(file, [fixture_text(hazard.document).encode()])
    except OSError as error:
        say(f"{file} cannot be written: {error.strerror}.")
        return hazard
    return replace(hazard, source=str(file))


def kinds_of(trial: HazardTrial) -> set[str]:
    """In which ways a client failed: the codes of findings, or what else went wrong. Empty if it did not fail.

    Those on other records than events say of which kind.

    >>> kinds_of(trial)
    {'change.outOfReach', 'replica.stale of contacts'}
    """
    match trial.outcome:
        case "stalled":
            return {"stalled"}
        case "crashed":
            return {f"crashed: {trial.syncs[-1].problem.partition(':')[0]}"}
        case "failed":
            codes = {_way(found["code"], found["kind"]) for found in trial.findings if found["severity"] != "note"}
            compared = (found for text in trial.failures for found in _REPLICA_CODE.findall(text))
            return codes or {_way(*found) for found in compared} or {"expectation"}
    return set()


def _way(code: str, kind: str | None) -> str:
    return f"{code} of {KINDS[kind].path}" if kind and kind != EVENT.name else code


def _counted(played: Sequence[HazardTrial], condensed: Sequence[HazardTrial]) -> Mapping[Outcome, int]:
    """The outcomes of random trials, of which some failures proved to be unfair."""
    undecided = {each.hazard.name: each for each in condensed if not each.is_bad}
    return counts_of([undecided.get(each.hazard.name, each) for each in played if each.hazard.seed is not None])


def _length(trial: HazardTrial) -> tuple[int, int]:
    text = fixture_text(trial.hazard.document)
    return text.count("\n"), len(text)


def _origin(failure: HazardTrial, smaller: HazardTrial, alike: int, count: int) -> Iterator[str]:
    """What has to be said of a failure that was made smaller: how many are alike, and what it was before."""
    yield f"{alike} of {count} random trials {'fails' if alike == 1 else 'fail'} like this one, the smallest of them."
    if more := kinds_of(failure) - kinds_of(smaller):
        yield f"As it was drawn (seed {failure.hazard.seed}), the client also failed by {', '.join(sorted(more))}."
