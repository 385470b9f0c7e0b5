"""What the naive CRM knows of records: their versions, what a write does to each, and to whom they refer."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.kinds.fields import Texts
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record_schema import Links, Records
from mockcrm.errors import Refusal

Key = tuple[str, str]
"""A record: the name of its kind, and its id."""
Content = dict[str, Any]
"""A record in JSON's types, without `id` and `lastModifiedAt`."""
Turn = Callable[[Key], str | None]
"""What becomes of a link to a record: the id that it names then, or None."""


@dataclass(frozen=True)
class Version:
    """A version of a record. Those that are written together are of one `group`."""

    seq: int
    kind: str
    id: str
    number: int
    op: str
    content: Content
    group: int
    committed: datetime
    stamp: datetime
    stamp_seq: int
    visible_at: datetime
    merged_into: str | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def deleted(self) -> bool:
        return self.op == "deleted"

    @property
    def calendar(self) -> str | None:
        return self.content.get("calendarId")


class Step(NamedTuple):
    """What a write does to one record."""

    op: str
    content: Content
    bump: bool = True
    merged_into: str | None = None


class Plan(dict[Key, Step]):
    """What a write does to which records. A new child event is called by `child_key` until it has an id.

    Without `bump` no updated record gets a new stamp. `families` are pairs of a child and its parent.
    """

    bump = True

    def __init__(self, main: Key, step: Step) -> None:
        super().__init__({main: step})
        self.main = main
        self.families: list[tuple[Key, Key]] = []


Outcome = Plan | type[Refusal]


class LinkOf(NamedTuple):
    """A field by which records of a kind refer to others: one id, many, links with types, or people."""

    name: str
    shape: str
    target: str = ""


def _links_of(kind: str) -> Iterator[LinkOf]:
    for name, field in KINDS[kind].schema(CONTROLS).fields.items():
        target = getattr(field, "target", None)
        if isinstance(field, Links):
            yield LinkOf(name, "typed")
        elif isinstance(field, Records):
            yield LinkOf(name, "people")
        elif target:
            yield LinkOf(name, "many" if isinstance(field, Texts) else "one", target)


LINKS = {kind: [*_links_of(kind)] for kind in KINDS}
TITLES = {name: kind.label.groups[0][-1] for name, kind in KINDS.items()}
"""The field that says what a record is called."""
DEFAULTS: dict[str, Content] = {
    name: {field: [] if kind.defaults.get(field) == () else kind.defaults.get(field) for field in kind.fields}
    for name, kind in KINDS.items()
}
PEOPLE = {"userId": "user", "contactId": "contact"}
"""To whom an attendee's ids lead."""


def long(record_id: str) -> int | str:
    return int(record_id) if record_id.isdigit() else record_id


def child_key(parent: str, user: str) -> Key:
    return "event", f"child of {parent} for {user}"


def links(kind: str, content: Content, among: Collection[str] | None = None) -> Iterator[Key]:
    """All that a record refers to, in some of its fields."""
    for name, shape, target in LINKS[kind]:
        value = content[name]
        if among is not None and name not in among:
            continue
        if shape == "one":
            yield from [(target, str(value))] if value is not None else []
        elif shape == "many":
            yield from ((target, each) for each in value)
        elif shape == "typed":
            yield from ((each["type"].lower(), each["id"]) for each in value)
        else:
            yield from (
                (of, str(each[part])) for each in value for part, of in PEOPLE.items() if each[part] is not None
            )


def relinked(kind: str, content: Content, turn: Turn, among: Collection[str] | None = None) -> Content:
    """A record after its links were turned."""
    after = dict(content)
    for name, shape, target in LINKS[kind]:
        value = content[name]
        if among is not None and name not in among:
            continue
        if shape == "one":
            after[name] = _turned(value, target, turn)
        elif shape == "many":
            after[name] = _gathered(value, _turning(turn, target))
        elif shape == "typed":
            after[name] = _gathered(
                value, lambda each: _typed(each, turn), alike=lambda link: (link["type"], link["id"])
            )
        else:
            after[name] = _gathered(value, lambda each: _person(each, turn))
    return after


def _turning(turn: Turn, target: str) -> Callable[[str], str | None]:
    return lambda record_id: turn((target, record_id))


def _turned(value: Any, target: str, turn: Turn) -> Any:
    if value is None:
        return None
    new = turn((target, str(value)))
    return long(new) if new is not None and isinstance(value, int) else new


def _typed(link: Content, turn: Turn) -> Content | None:
    new = turn((link["type"].lower(), link["id"]))
    return None if new is None else {**link, "id": new}


def _person(person: Content, turn: Turn) -> Content | None:
    after = {**person, **{part: _turned(person[part], of, turn) for part, of in PEOPLE.items()}}
    known = any(after[part] is not None for part in ("userId", "emailAddress", "contactId"))
    return after if known or after == person else None


def _gathered(
    members: list[Any], turn: Callable[[Any], Any], alike: Callable[[Any], Any] = lambda each: each
) -> list[Any]:
    """Members as they become; one that becomes what is there already goes."""
    there = [alike(each) for each in members if turn(each) == each]
    kept = []
    for each in members:
        new = turn(each)
        if new == each:
            kept.append(each)
        elif new is not None and alike(new) not in there:
            there.append(alike(new))
            kept.append(new)
    return kept
