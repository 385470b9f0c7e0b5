"""Explains the names that audits, dialects, fault rules and refusals use, without a server.

An explanation is an object of JSON's types: `kind`, `name`, `meaning`, and facts that depend on the kind.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import validate

from mockcrm.audit.findings import FINDINGS, RENAMED
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import sentence_of
from mockcrm.base.spelling import alike
from mockcrm.crm.dialect.knobs import KNOBS
from mockcrm.crm.dialect.named import named_dialect, names as dialects
from mockcrm.errors import every_refusal
from mockcrm.faults.effects.table import EFFECTS
from mockcrm.trials.hazards import OWN, Hazard, hazards
from mockcrm.web.representations.dialects import knob_json

Explanation = dict[str, Any]

PLAY = (
    'mockcrm scenario play {name} -- COMMAND; in pytest @pytest.mark.mockcrm(scenario="{name}") and '
    "crm.scenario.play(client)"
)
"""How to play a scenario with a client."""
_GROUPS: Mapping[str, str] = {
    "watermark": "Hazards of the watermark: a change is stamped or becomes visible so that the next delta lacks it.",
    "paging": "Hazards of a paged read: rows, pages and page tokens are not as a client expects.",
    "deletion": "Hazards of deletions: tombstones are missed, and deleted events come back.",
    "writing": "Hazards of a client that writes: lost updates, duplicates and feedback loops, also in other groups.",
    "time": "Hazards of times: all-day events, time zones, and windows of time.",
    "identity": "Hazards of ids, attendees and text.",
    "people": "Hazards of the people and companies that meetings are linked to: they are merged, deleted and renamed.",
    "calendars": "Hazards of several calendars and users: events move, calendars go, meetings are sent twice.",
    "children": "Hazards of the child events of a meeting: they come before it, outlive it, or are deleted with it.",
    "transport": "Hazards on the way: rate limits, broken answers, slow ones, and credentials that expire.",
    "reading": "What a client that only reads can suffer from.",
}
"""Words that choose several hazards, as `--only` takes them."""


class UnknownName(Exception):
    """There is nothing of this name. The message suggests similar names."""


def explanations(wanted: Iterable[str]) -> list[Explanation]:
    """The explanations of names, in their order. A name of several kinds has several explanations.

    Raises `UnknownName`.
    """
    return [each for name in wanted for each in _explained(name)]


def everything() -> list[Explanation]:
    """Every explanation there is, kind by kind."""
    return [explain(name) for known, explain in _KINDS.values() for name in known()]


def _explained(name: str) -> list[Explanation]:
    if name in RENAMED:
        return [_finding(RENAMED[name]) | {"formerly": name}]
    if found := [explain(name) for known, explain in _KINDS.values() if name in known()]:
        return found
    folded = {each.casefold(): each for known, _ in _KINDS.values() for each in known()}
    near = [folded[each] for each in alike(name.casefold(), folded)]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnknownName(f"Nothing is called {name!r}.{meant} Without a name, explain lists all names.")


def _finding(code: str) -> Explanation:
    kind = FINDINGS[code]
    return _named("finding", code, kind.meaning) | {
        "severity": kind.severity,
        "example": kind.example,
        "advice": kind.advice,
        "hazards": list(kind.hazards),
    }


def explained_scenario(hazard: Hazard) -> Explanation:
    """The explanation of a hazard, or of a scenario outside the catalogue, which need not tell its story."""
    in_catalogue = hazard.group != OWN
    facts = {
        **hazard.story,
        "advice": hazard.advice,
        "group": hazard.group if in_catalogue else "",
        "play": PLAY.format(name=hazard.name) if hazard.document.get("steps") else "",
    }
    return (
        _named("hazard" if in_catalogue else "scenario", hazard.name, hazard.title)
        | {name: fact for name, fact in facts.items() if fact}
        | {
            "needs": list(hazard.needs),
            "findings": list(hazard.findings),
            "knobs": [knob.name for knob in KNOBS.values() if hazard.name in knob.hazards],
        }
    )


def _hazard(name: str) -> Explanation:
    (hazard,) = (each for each in hazards() if each.name == name)
    return explained_scenario(hazard)


def _group(word: str) -> Explanation:
    return _named("group", word, _GROUPS[word]) | {
        "hazards": [each.name for each in hazards(word)],
        "play": f"mockcrm trial --only {word} -- COMMAND",
    }


def _knob(name: str) -> Explanation:
    shown = knob_json(KNOBS[name])
    known = {each: getattr(named_dialect(each).dialect, KNOBS[name].attribute) for each in dialects()}
    return _named("knob", name, shown["sentence"]) | {
        "values": shown["values"],
        "default": shown["default"],
        "dialects": [each for each, value in known.items() if value != KNOBS[name].default],
        "hazards": shown["hazards"],
    }


def _effect(word: str) -> Explanation:
    effect = EFFECTS[word]
    return _named("effect", word, sentence_of(effect)) | {
        "arguments": {each.name: _of_argument(each.metadata["field"]) for each in dataclasses.fields(effect)},
        "short": [effect.shorthand] if effect.shorthand else [],
        "operations": list(effect.operations or []),
    }


def _of_argument(argument: Field[Any]) -> str:
    """Whether an argument is required, which words it accepts, and its default."""
    words = [word for each in argument.validators if isinstance(each, validate.OneOf) for word in each.choices]
    default = argument.load_default
    facts = (
        "required" if argument.required else "",
        f"one of {', '.join(words)}" if words else "",
        f"default {default}" if isinstance(default, str | int) else "",
    )
    return "; ".join(filter(None, facts))


def _error(code: str) -> Explanation:
    (kind,) = (each for each in every_refusal() if each.code == code)
    return _named("error", code, sentence_of(kind)) | {"status": getattr(kind, "status", "any")}


def _named(kind: str, name: str, meaning: str) -> Explanation:
    return {"kind": kind, "name": name, "meaning": meaning}


def _codes() -> Iterator[str]:
    return (kind.code for kind in every_refusal())


_KINDS: Mapping[str, tuple[Callable[[], Iterable[str]], Callable[[str], Explanation]]] = {
    "finding": (FINDINGS.keys, _finding),
    "hazard": (lambda: sorted(each.name for each in hazards()), _hazard),
    "group": (_GROUPS.keys, _group),
    "knob": (KNOBS.keys, _knob),
    "effect": (EFFECTS.keys, _effect),
    "error": (_codes, _error),
}
"""The kinds of names, each with a function that lists the names and one that explains a name."""
