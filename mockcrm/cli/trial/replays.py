"""What plays hazards again: a command, or for a client in Python a call."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockcrm.trials.hazards import OWN, Hazard
from mockcrm.trials.outcome import HazardTrial, TrialReport

_LACKING = "no-"
"""The beginning of an option that says what a client does not do."""
_ARGUMENTS: Mapping[str, str] = {"requests": "max_requests"}
"""The arguments of `mockcrm.trial` that have another name than the option of `mockcrm trial`."""
_OF_DRAWING = ("random", "seed")
"""The options that say which scenarios are drawn by chance."""
_MORE_SYNCS = 2
"""How many syncs at the end of a hazard are enough for what was pending."""
_ALONE = "To play it alone"


def replayed_by(report: TrialReport, trials: Sequence[HazardTrial]) -> str:
    """What plays some hazards again, and nothing else; empty if no single command or call does.

    A scenario that was drawn by chance, and has no file, is drawn again.

    >>> replayed_by(TrialReport("node sync.mjs", [trial], command=["node", "sync.mjs"]), [trial])
    'mockcrm trial --only index-lag -- node sync.mjs'
    """
    hazards = [trial.hazard for trial in trials]
    names = [each.name if each.group != OWN else each.source for each in hazards]
    drawn = [each.seed is not None for each in hazards]
    if all(each.group != OWN for each in hazards):
        return _of_catalogue(report, names)
    if report.command and all(names) and len(set(drawn)) == 1:
        return _of_files(report, names, drawn=any(drawn))
    return _drawn_again(report, hazards[0]) if len(hazards) == 1 and any(drawn) else ""


def replays(report: TrialReport, trial: HazardTrial) -> Iterator[tuple[str, str]]:
    """The ways to play a hazard alone: what each does, or what it takes, and the command or call.

    >>> [*replays(TrialReport("node sync.mjs", [trial], command=["node", "sync.mjs"]), trial)]
    [('To play it alone', 'mockcrm trial --only index-lag -- node sync.mjs')]
    """
    hazard = trial.hazard
    if hazard.seed is None:
        if command := replayed_by(report, [trial]):
            yield _ALONE, command
        if command and _is_pending(report, trial):
            more = {"settle": _MORE_SYNCS, **report.settings}
            yield (
                "To play it with two more syncs, as changes are pending",
                replayed_by(replace(report, settings=more), [trial]),
            )
        return
    if report.command:
        file = hazard.source or f"{hazard.name}.yaml"
        label = _ALONE if hazard.source else f"{_ALONE}, save its scenario file as {file}"
        yield label, _of_files(report, [file], drawn=True)
    yield "To play what was drawn", _drawn_again(report, hazard)


def _is_pending(report: TrialReport, trial: HazardTrial) -> bool:
    """Whether a client was not judged that might have been after more syncs."""
    clients = trial.audit["clients"] if trial.audit else []
    return (
        trial.outcome == "inconclusive"
        and "settle" not in report.settings
        and any(client["pending"] for client in clients)
    )


def _of_catalogue(report: TrialReport, names: Sequence[str]) -> str:
    settings = _without(report.settings, "random")
    if not report.command:
        return _call(report, f"only={json.dumps(names)}", settings)
    return _line(report, ["trial", *(word for name in names for word in ("--only", name))], settings)


def _of_files(report: TrialReport, sources: Sequence[str], *, drawn: bool) -> str:
    """What plays files and shipped scenarios. The files of drawn scenarios have their dialect, and need no seed."""
    left_out = (*_OF_DRAWING, "dialect") if drawn else ("random",)
    return _line(report, ["scenario", "play", *sources], _without(report.settings, *left_out))


def _drawn_again(report: TrialReport, hazard: Hazard) -> str:
    settings = _without(report.settings, *_OF_DRAWING)
    if not report.command:
        return _call(report, f"random=1, seed={hazard.seed}", settings)
    return _line(report, ["trial", "--random", "1", "--seed", str(hazard.seed)], settings)


def _without(settings: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _line(report: TrialReport, words: Sequence[str], settings: Mapping[str, Any]) -> str:
    """A command of mockcrm with options and the client's own command."""
    options = [word for name, value in settings.items() for word in _option_words(name, value)]
    return shlex.join(["mockcrm", *words, *options, "--", *report.command])


def _call(report: TrialReport, chosen: str, settings: Mapping[str, Any]) -> str:
    """A call of `mockcrm.trial` with the arguments that say the same as options of `mockcrm trial`."""
    arguments = (
        f"{name.removeprefix(_LACKING)}=False"
        if name.startswith(_LACKING)
        else f"{_ARGUMENTS.get(name, name)}={value!r}"
        for name, value in settings.items()
    )
    return f"mockcrm.trial({', '.join([report.client, chosen, *arguments])})"


def _option_words(name: str, value: Any) -> list[str]:
    return [f"--{name}"] if value is True else [f"--{name}", str(value)]
