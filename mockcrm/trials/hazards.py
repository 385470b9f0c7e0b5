"""The catalogue of hazards: every file in `fixtures/hazards/`, by the part of a sync that it harms.

What the catalogue says of a hazard is there without a server, and a file is read only when its text is asked for: test
runners read the catalogue while they collect tests.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import field
from functools import cached_property
from typing import Any, Literal, get_args

from mockcrm.audit.finding_type import FindingType
from mockcrm.audit.findings import FINDINGS, hazard_advice
from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.base.declaring import dataclass
from mockcrm.base.fixtures import fixture_files
from mockcrm.base.hazard_groups import HAZARD_GROUPS
from mockcrm.base.spelling import did_you_mean

READ_HAZARDS = (
    *HAZARD_GROUPS["watermark"],
    *HAZARD_GROUPS["paging"],
    *HAZARD_GROUPS["deletion"],
    "rate-limit-burst",
    "error-mid-pagination",
    "token-expires-mid-sync",
    "truncated-json",
    "one-cursor-many-calendars",
    "child-before-parent",
)
"""What a client that only reads can suffer from."""

WRITE_HAZARDS = (
    *HAZARD_GROUPS["writing"],
    *HAZARD_GROUPS["time"],
    *HAZARD_GROUPS["identity"],
    *HAZARD_GROUPS["people"],
    *HAZARD_GROUPS["calendars"],
    *HAZARD_GROUPS["children"],
    "html-instead-of-json",
    "slow-response",
    "inclusive-since-repeat",
    "noop-touch-storm",
    "replica-lag",
    "index-lag",
    *HAZARD_GROUPS["deletion"],
)
"""What a client that writes can suffer from. Some of these concern readers as well."""


SHOWN_BY: Mapping[str, str] = {
    "inclusive-since-repeat": "requests",
    "noop-touch-storm": "requests",
    "duplicate-page": "replica",
    "create-delete-between-polls": "replica",
    "undelete-same-id": "replica",
    "id-only-tombstone": "errors",
    "echo-own-write": "requests",
    "server-normalizes": "requests",
    "poison-event": "replica",
    "zero-length-event": "replica",
    "edge-spanning-window": "replica",
    "timestamp-formats": "replica",
    "unicode-and-size": "replica",
    "token-expires-mid-sync": "replica",
}
"""What shows the damage where neither the audit nor an expectation of the hazard's file may notice it.

`replica` is the client's copy, `requests` are writes that nothing called for, `errors` are those of the client. A trial
sees the latter two by itself. `tests/hazards` plays every hazard with a naive client, and checks this table.
"""

Need = Literal["mailbox", "replica", "requests", "errors"]
"""What it takes to notice the damage that a hazard does, besides the audit and the expectations of its file."""

OWN = "own"
"""The group of scenarios that are not in the catalogue."""
RANDOM_NAME = "random-"
"""The beginning of the names of scenarios that are drawn by chance; then comes the seed."""


class UnknownHazard(ValueError):
    """No hazard is chosen by such a word. The message suggests similar ones."""


@dataclass(frozen=True)
class Hazard:
    """A way in which delta sync goes wrong: a scenario to play against a client, with its story.

    `document` is its fixture file as JSON's types. `own_document` is that of a scenario outside the catalogue: one with
    a `source`, its name or the path of its file as `mockcrm scenario play` takes it, or drawn by chance from a `seed`.

    >>> hazard = next(each for each in hazards() if each.name == "late-commit-visibility")
    >>> hazard.group, hazard.needs, hazard.findings[0]
    ('watermark', (), 'change.outOfReach')
    """

    name: str
    group: str = OWN
    own_document: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    source: str = field(default="", repr=False, compare=False)
    seed: int | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def document(self) -> Mapping[str, Any]:
        if self.own_document is not None:
            return self.own_document
        from mockcrm.base.strict_yaml import read_yaml  # noqa: PLC0415  to list hazards takes none of their files

        found: Mapping[str, Any] = read_yaml(fixture_files("hazards")[self.name].read_text(encoding="utf-8")).data
        return found

    @property
    def title(self) -> str:
        """What happens, in a line."""
        return str(self.document.get("title") or self.name)

    @property
    def story(self) -> Mapping[str, str]:
        """What happens (`what`), why that matters (`why`), and where it was seen (`evidence`)."""
        return {name: text for name, text in self.document.get("story", {}).items() if name != "advice"}

    @property
    def needs(self) -> tuple[Need, ...]:
        """What it takes to notice the damage (`docs/explanation/hazards.md`)."""
        mailbox = ["mailbox"] if self.has_mailbox else []
        found: Any = (*mailbox, *([SHOWN_BY[self.name]] if self.name in SHOWN_BY else []))
        return tuple(found)

    @property
    def findings(self) -> tuple[str, ...]:
        """The codes of the findings that can name this hazard as their cause."""
        return tuple(kind.code for kind in self._findings)

    @property
    def advice(self) -> str:
        """What a correct client does. Empty for a scenario that says nothing of it."""
        return str(self.document.get("story", {}).get("advice") or hazard_advice(self.name))

    @property
    def has_mailbox(self) -> bool:
        """Whether users change the calendar on the other side, which the client carries over."""
        return any("mailbox" in step for step in self.document.get("steps", ()))

    @property
    def is_of_writing(self) -> bool:
        """Whether only a client that writes can do the damage."""
        return self.has_mailbox or bool(self._findings and all(kind in WRITING_FINDINGS for kind in self._findings))

    @property
    def words(self) -> tuple[str, ...]:
        """The words by which it is chosen: its name, its group, `reading` or `writing`, and its needs."""
        return (*self._labels, *self.needs)

    def is_chosen(self, words: Set[str]) -> bool:
        """Whether any of some words chooses it. Its file is read only if a need is among them."""
        return not words.isdisjoint(self.words if words & _NEEDS else self._labels)

    @property
    def _labels(self) -> tuple[str, ...]:
        return (self.name, self.group, *(word for word, names in _PARTS.items() if self.name in names))

    @property
    def _findings(self) -> list[FindingType]:
        return [kind for kind in FINDINGS.values() if self.name in kind.hazards]


_NEEDS = frozenset(get_args(Need))
_RANDOM_NAME = re.compile(f"{RANDOM_NAME}(0|[1-9][0-9]*)")
_PARTS = {"reading": READ_HAZARDS, "writing": WRITE_HAZARDS}


def hazards(*only: str) -> list[Hazard]:
    """The hazards that any of some words chooses, in the catalogue's order; all of them without a word.

    A word is a hazard's name, a group, `reading`, `writing`, or one of its needs. Raises `UnknownHazard` for a word
    that chooses nothing.

    >>> [hazard.name for hazard in hazards("transport")][:2]
    ['rate-limit-burst', 'error-mid-pagination']
    """
    every, words = list(_every()), frozenset(only)
    known = {*HAZARD_GROUPS, *_PARTS, *_NEEDS, *(each.name for each in every)}
    for word in only:
        if word not in known:
            meant = did_you_mean(word, sorted(known))
            raise UnknownHazard(f"No hazard is called {word!r}, and no group of them.{meant}")
    return [each for each in every if not words or each.is_chosen(words)]


def hazard_names(words: str | Iterable[str]) -> frozenset[str]:
    """The names of the hazards that a word chooses, or any of some words; none without a word.

    The name of a random scenario chooses that one. Raises `UnknownHazard`.

    >>> hazard_names(["result-cap", "random-17"])
    frozenset({'result-cap', 'random-17'})
    """
    given = {words} if isinstance(words, str) else {*words}
    drawn = {*filter(is_random_name, given)}
    chosen = hazards(*sorted(given - drawn)) if given - drawn else []
    return frozenset({*drawn, *(each.name for each in chosen)})


def is_random_name(name: str) -> bool:
    """Whether a scenario that is drawn by chance has such a name."""
    return _RANDOM_NAME.fullmatch(name) is not None


def _every() -> Iterator[Hazard]:
    yield from (Hazard(name, group) for group, names in HAZARD_GROUPS.items() for name in names)
