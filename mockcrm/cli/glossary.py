"""What the names mean that audits, dialects, fault rules and refusals use: found offline, for whoever meets one.

An explanation is an object of JSON's types: `kind`, `name`, `meaning`, and what else is known of names of that kind.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import fields, validate

from mockcrm.audit.findings import CURES, FINDINGS
from mockcrm.base.fixtures import named
from mockcrm.base.schema.fields import sentence_of
from mockcrm.base.schema.strict import alike
from mockcrm.crm.dialect.knobs import KNOBS
from mockcrm.crm.dialect.named import named_dialect, names as dialects
from mockcrm.errors import every_refusal
from mockcrm.faults.effects import EFFECTS
from mockcrm.sandbox.scenario.scenario import told_scenario
from mockcrm.web.representations.shown import shown_knob

Explanation = dict[str, Any]

PLAY = (
    "mockcrm serve --load {name}, then POST /admin/scenario/next and a sync in turn; "
    'in pytest @pytest.mark.mockcrm(scenario="{name}") and crm.scenario.play({played})'
)
"""How a client is exposed to a hazard."""


class UnknownName(Exception):
    """A name that means nothing here. The message says which may be meant."""


def explanations(wanted: Iterable[str]) -> list[Explanation]:
    """What names mean, in their order; one that is of several kinds has an explanation of each.

    Raises `UnknownName`.
    """
    return [each for name in wanted for each in _explained(name)]


def everything() -> list[Explanation]:
    """All that can be explained, kind by kind."""
    return [explain(name) for known, explain in _KINDS.values() for name in known()]


def _explained(name: str) -> list[Explanation]:
    if found := [explain(name) for known, explain in _KINDS.values() if name in known()]:
        return found
    folded = {each.casefold(): each for known, _ in _KINDS.values() for each in known()}
    near = [folded[each] for each in alike(name.casefold(), folded)]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnknownName(f"There is nothing of the name {name!r}.{meant} Without a name, explain lists all.")


def _finding(code: str) -> Explanation:
    kind = FINDINGS[code]
    return _named("finding", code, kind.meaning) | {
        "severity": kind.severity,
        "example": kind.example,
        "advice": kind.advice,
        "hazards": list(kind.hazards),
    }


def _hazard(name: str) -> Explanation:
    told = told_scenario(name)
    story = told["story"]
    return _named("hazard", name, told["title"]) | {
        "what": story["what"],
        "why": story["why"],
        "evidence": story["evidence"],
        "advice": CURES.get(name) or story.get("advice") or _advice_of_its_finding(name),
        "findings": [code for code, kind in FINDINGS.items() if name in kind.hazards],
        "knobs": [knob.name for knob in KNOBS.values() if name in knob.hazards],
        "play": PLAY.format(name=name, played=_played(told["steps"])),
    }


def _advice_of_its_finding(hazard: str) -> str:
    return next(kind.advice for kind in FINDINGS.values() if kind.hazard == hazard)


def _played(steps: Iterable[Any]) -> str:
    """What a client has for a scenario to be played: its sync, and where users edit its calendar also that."""
    return "sync, mailbox" if any("mailbox" in step for step in steps) else "sync"


def _knob(name: str) -> Explanation:
    told = shown_knob(KNOBS[name])
    known = {each: getattr(named_dialect(each).dialect, KNOBS[name].attribute) for each in dialects()}
    return _named("knob", name, told["sentence"]) | {
        "values": told["values"],
        "default": told["default"],
        "dialects": [each for each, value in known.items() if value != KNOBS[name].default],
        "hazards": told["hazards"],
    }


def _effect(word: str) -> Explanation:
    effect = EFFECTS[word]
    return _named("effect", word, sentence_of(effect)) | {
        "arguments": {each.name: _of_argument(each.metadata["field"]) for each in dataclasses.fields(effect)},
        "short": [effect.short] if effect.short else [],
        "operations": list(effect.operations or []),
    }


def _of_argument(argument: fields.Field[Any]) -> str:
    """Whether it must be there, which words it takes, and what it is without one."""
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
    "hazard": (lambda: named("hazards"), _hazard),
    "knob": (KNOBS.keys, _knob),
    "effect": (EFFECTS.keys, _effect),
    "error": (_codes, _error),
}
"""What can be explained: of each kind which names there are, and what is known of one."""
