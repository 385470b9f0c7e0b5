"""A whole CRM as naive as can be: a list of versions, scanned from end to end for every question.

It knows records as JSON, and says of each write what it does to which records, or how it is refused. It does not know
how the real one finds that out: which index is asked, and in which order things happen.
"""

import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mockcrm.crm.dialect.knobs import CONTROLS
from mockcrm.crm.kinds.fields import Texts
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record_schema import Links, Records
from mockcrm.errors import (
    ActionInvalid,
    CalendarProtected,
    ChildReadOnly,
    RecordDeleted,
    RecordExists,
    RecordInvalid,
    RecordNotDeleted,
    RecordNotFound,
    RecordReferenced,
    ReferenceUnknown,
    Refusal,
)

Key = tuple[str, str]
"""A record: the name of its kind, and its id."""
Content = dict[str, Any]
"""A record in JSON's types, without `id` and `lastModifiedAt`."""
Turn = Callable[[Key], str | None]
"""What becomes of a link to a record: the id that it names then, or None."""

MILLISECOND = timedelta(milliseconds=1)
KNOBS: dict[str, Any] = {
    "references": "accept",
    "onDelete": "leave",
    "merged": "deleted",
    "childEvents": "none",
    "childOrder": "after",
    "childrenOnDelete": "delete",
    "unbumpedFields": (),
    "me": None,
    "since": "inclusive",
    "tombstoneRetention": None,
    "expiredSince": "refuse",
    "timestampPrecision": "millisecond",
    "indexLag": None,
    "deletions": "asked",
    "paging": "keyset",
    "deltaOrder": "stamp",
}
"""The knobs that the model knows, as they are at first."""


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
            yield from ((of, str(each[part])) for each in value for part, of in PEOPLE.items() if each[part] is not None)


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
            after[name] = _gathered(value, lambda each, of=target: turn((of, each)))
        elif shape == "typed":
            after[name] = _gathered(value, lambda each: _typed(each, turn), alike=lambda link: (link["type"], link["id"]))
        else:
            after[name] = _gathered(value, lambda each: _person(each, turn))
    return after


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


def _gathered(members: list[Any], turn: Callable[[Any], Any], alike: Callable[[Any], Any] = lambda each: each) -> list[Any]:
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


class NaiveCrm:
    """The model. `primary` is the calendar that is there from the start, as version 0."""

    def __init__(self, now: datetime, primary: str) -> None:
        self.now, self.tick, self.primary = now, MILLISECOND, primary
        content = {**DEFAULTS["calendar"], "name": "Calendar", "primary": True}
        self.versions = [Version(0, "calendar", primary, 1, "created", content, 0, now, now, 0, now)]
        self.shown = {0}
        self.knobs = dict(KNOBS)
        self.groups = 0

    def fork(self) -> "NaiveCrm":
        twin = copy.copy(self)
        twin.versions, twin.shown, twin.knobs = [*self.versions], {*self.shown}, dict(self.knobs)
        return twin

    # What there is

    def latest(self) -> dict[Key, Version]:
        return {version.key: version for version in self.versions}

    def history(self, key: Key) -> list[Version]:
        return [version for version in self.versions if version.key == key]

    def newest(self, key: Key) -> Version | None:
        return next((version for version in reversed(self.versions) if version.key == key), None)

    def lives(self, key: Key) -> bool:
        found = self.newest(key)
        return found is not None and not found.deleted

    def living(self, kind: str) -> list[Version]:
        """The records of a kind that live, in the order of their creation."""
        return [version for version in self.latest().values() if version.kind == kind and not version.deleted]

    def dead(self, kind: str) -> list[Version]:
        return [version for version in self.latest().values() if version.kind == kind and version.deleted]

    def label(self, key: Key) -> str | None:
        found = self.newest(key)
        return found and found.content[TITLES[key[0]]]

    def named(self, kind: str, content: Content) -> Content:
        """A record whose links have the present names of what they lead to."""
        after = dict(content)
        for name, shape, _ in LINKS[kind]:
            if shape == "typed":
                after[name] = [{**link, "name": self._name(link)} for link in content[name]]
        return after

    def _name(self, link: Content) -> str | None:
        key = link["type"].lower(), link["id"]
        return self.label(key) if self.newest(key) else link["name"]

    def differs(self, kind: str, one: Content, other: Content) -> set[str]:
        """The fields in which two contents differ, whatever the names of what their links lead to."""
        one, other = self.named(kind, one), self.named(kind, other)
        return {name for name in one if one[name] != other[name]}

    def me(self) -> str | None:
        if (named := self.knobs["me"]) is not None:
            return str(named) if self.lives(("user", named)) else None
        return next((user.id for user in self.living("user")), None)

    # What a write does

    def found(self, key: Key, calendar: str | None = None) -> Version | type[Refusal]:
        """The latest version of a living record, in a calendar."""
        version = self.newest(key)
        if version is None:
            return RecordNotFound.of(key[0])
        if calendar is not None and version.calendar != calendar:
            was_there = any(each.calendar == calendar for each in self.history(key))
            return RecordDeleted.of(key[0]) if was_there else RecordNotFound.of(key[0])
        return RecordDeleted.of(key[0]) if version.deleted else version

    def create(self, key: Key, body: Content, *, brought: bool, within: str | None) -> Outcome:
        kind = key[0]
        if brought and self.newest(key):
            return RecordExists.of(kind)
        content = {**DEFAULTS[kind], **body}
        if kind == "event":
            content["calendarId"] = named = content["calendarId"] or within or self.primary
            if not self.lives(("calendar", named)) or (within is not None and within != named):
                return RecordInvalid.of(kind)
            content["ownerId"] = content["ownerId"] or (None if "ownerId" in body else self.me())
        checked = self.checked(kind, content, None)
        if not isinstance(checked, dict):
            return checked
        if kind == "event":
            checked["ownerId"] = checked["ownerId"] or self.me()
        return self.consequences(key, Step("created", checked))

    def edit(self, key: Key, body: Content, *, whole: bool, calendar: str | None, bump: bool, stamped: bool) -> Outcome:
        prior, kind = self.found(key, calendar), key[0]
        if not isinstance(prior, Version):
            return prior
        kept = {name: prior.content[name] for name in KINDS[kind].filled}
        after = {**(DEFAULTS[kind] | kept if whole else prior.content), **body}
        if kind == "event" and after["calendarId"] != prior.calendar:
            after["calendarId"] = after["calendarId"] or self.primary
            if not self.lives(("calendar", after["calendarId"])):
                return RecordInvalid.of(kind)
        sent = {*after} - ({*kept} - {*body}) if whole else {*body}
        checked = self.checked(kind, after, sent)
        if not isinstance(checked, dict):
            return checked
        changed = self.differs(kind, prior.content, checked)
        unstamped = not stamped and bool(changed) and changed <= {*self.knobs["unbumpedFields"]}
        plan = self.consequences(key, Step("updated", checked))
        if isinstance(plan, Plan):
            plan.bump = bump and not unstamped
        return plan

    def touch(self, key: Key) -> Outcome:
        version = self.found(key)
        return self.consequences(key, Step("updated", version.content)) if isinstance(version, Version) else version

    def delete(self, key: Key, calendar: str | None) -> Outcome:
        version = self.found(key, calendar)
        return self.consequences(key, Step("deleted", version.content)) if isinstance(version, Version) else version

    def restore(self, key: Key) -> Outcome:
        version = self.newest(key)
        if version is None:
            return RecordNotFound.of(key[0])
        if not version.deleted:
            return RecordNotDeleted.of(key[0])
        return self.consequences(key, Step("restored", version.content))

    def merge(self, kind: str, into: str, losers: list[str], repoint: str) -> Outcome:
        if kind not in ("contact", "lead", "account"):
            return ActionInvalid
        found = [self.found((kind, each)) for each in (into, *losers)]
        for place, each in enumerate(found):
            if not isinstance(each, Version):
                return each
            if each in found[:place]:
                return ActionInvalid
        gone = {(kind, each) for each in losers}
        survivor = self.newest((kind, into))
        assert survivor

        def turn(link: Key) -> str:
            return into if link in gone else link[1]

        plan = Plan(survivor.key, Step("updated", survivor.content))
        for version in [] if repoint == "none" else self.referrers(gone):
            plan[version.key] = Step("updated", relinked(version.kind, version.content, turn), repoint == "bump")
        plan[survivor.key] = plan[survivor.key]._replace(bump=True)
        for each in losers:
            lost = self.newest((kind, each))
            assert lost
            plan[kind, each] = Step("deleted", lost.content, merged_into=into)
        return plan

    def checked(self, kind: str, content: Content, sent: Collection[str] | None) -> Content | type[Refusal]:
        """A record with the links that the CRM lets it have, in the fields that were sent."""
        how = self.knobs["references"]
        if how == "drop":
            return relinked(kind, content, lambda link: link[1] if self.lives(link) else None, sent)
        if how == "refuse" and not all(map(self.lives, links(kind, content, sent))):
            return ReferenceUnknown
        return content

    def referrers(self, targets: Collection[Key]) -> list[Version]:
        living = [version for version in self.latest().values() if not version.deleted]
        return [version for version in living if any(link in targets for link in links(version.kind, version.content))]

    def consequences(self, main: Key, step: Step) -> Outcome:
        """A write with all that follows: events of a calendar, child events, links to what is deleted."""
        plan, kind = Plan(main, step), main[0]
        if kind == "event" and step.op == "restored" and not self.lives(("calendar", step.content["calendarId"])):
            return RecordInvalid.of("event")
        if kind == "calendar" and step.op == "deleted":
            if main[1] == self.primary:
                return CalendarProtected
            there = (event for event in self.living("event") if event.calendar == main[1])
            plan |= {event.key: Step("deleted", event.content) for event in there}
        family = Families(self, plan)
        if self.knobs["childEvents"] == "users":
            for key, each in [*plan.items()]:
                if key[0] == "event" and (refusal := family.follow(key, each, asked=key == main)):
                    return refusal
        return self._links_dropped(plan, family) or plan

    def _links_dropped(self, plan: Plan, family: "Families") -> type[Refusal] | None:
        how, dead = self.knobs["onDelete"], {key for key, each in plan.items() if each.op == "deleted"}
        found = [each for each in self.referrers(dead) if each.key not in plan and each.key not in family.decided]
        if how == "leave" or not dead or not found:
            return None
        if how == "block":
            return RecordReferenced
        before = {*family.decided}
        loose = {
            each.key: Step("updated", relinked(each.kind, each.content, lambda to: None if to in dead else to[1]))
            for each in found
        }
        if self.knobs["childEvents"] == "users":
            for key, each in loose.items():
                if key[0] == "event":
                    family.follow(key, each, asked=False)
        for key, each in loose.items():
            if key not in family.decided - before:
                orphan = key[0] == "event" and family.parent(key) and ("user", family.owner(key)) in dead
                plan[key] = Step("deleted", family.prior(key).content) if orphan else each
        return None

    # What is written

    def write(self, entries: list[tuple[Key, Step]], *, bump: bool, delay: timedelta, stamp: timedelta | None) -> None:
        """Commit what a write does, in this order."""
        self.groups += 1
        self.now += self.tick
        said = self.floor(self.now + (stamp or timedelta(0)))
        contents = [each.content if each.op == "deleted" else self.named(key[0], each.content) for key, each in entries]
        priors = [self.newest(key) for key, _ in entries]
        for (key, each), content, prior in zip(entries, contents, priors, strict=True):
            seq = len(self.versions)
            keeps = prior is not None and each.op == "updated" and not (bump and each.bump)
            self.versions.append(
                Version(
                    seq,
                    *key,
                    prior.number + 1 if prior else 1,
                    each.op,
                    content,
                    self.groups,
                    self.now,
                    prior.stamp if prior and keeps else said,
                    prior.stamp_seq if prior and keeps else seq,
                    self.now + delay,
                    each.merged_into,
                )
            )
            self.shown |= set() if delay else {seq}

    @property
    def grain(self) -> timedelta:
        return timedelta(seconds=1) if self.knobs["timestampPrecision"] == "second" else MILLISECOND

    def floor(self, instant: datetime) -> datetime:
        return instant - (instant - datetime.min.replace(tzinfo=instant.tzinfo)) % self.grain

    def reveal(self) -> None:
        """Show what is due, as a look at the CRM does."""
        self.shown |= {version.seq for version in self.versions if version.visible_at <= self.now}


class Families:
    """What becomes of child events and parents. `decided` are the children of which a parent's write has decided."""

    def __init__(self, crm: NaiveCrm, plan: Plan) -> None:
        self.crm, self.plan = crm, plan
        self.decided: set[Key] = set()
        self.gone = {key[1] for key, each in plan.items() if key[0] == "user" and each.op == "deleted"}

    def prior(self, key: Key) -> Version:
        found = self.crm.newest(key)
        assert found
        return found

    def owner(self, key: Key) -> str:
        return str(self.prior(key).content["ownerId"])

    def parent(self, key: Key) -> Version | None:
        """The parent of an event that is a child, or was one when it was deleted."""
        version = self.crm.newest(key)
        if version is None or not self._may_be_child(version.content):
            return None
        parent = self.crm.newest(("event", str(version.content["parentId"])))
        is_one = parent is not None and not parent.deleted and parent.content["parentId"] is None
        return parent if is_one else None

    def _may_be_child(self, content: Content) -> bool:
        return content["parentId"] is not None and content["ownerId"] is not None and len(content["attendees"]) == 1

    def user(self, attendee: Content) -> str | None:
        living = sorted((each for each in self.crm.living("user") if each.id not in self.gone), key=lambda user: user.id)
        named = [user.id for user in living if user.id == attendee["userId"]]
        address = (attendee["emailAddress"] or "").lower()
        return next(iter([*named, *(user.id for user in living if user.content["emailAddress"].lower() == address)]), None)

    def follow(self, key: Key, step: Step, *, asked: bool) -> type[Refusal] | None:
        parent = self.parent(key)
        if parent is None:
            before = self.crm.newest(key)
            if asked and self._makes_a_child(step, before):
                return ChildReadOnly
            self._down(key, step, before)
            return None
        return self._up(key, step, parent) if asked else None

    def _makes_a_child(self, step: Step, before: Version | None) -> bool:
        named = step.content["parentId"]
        same = before is not None and step.op == "updated" and named == before.content["parentId"]
        return step.op in ("created", "updated") and not same and self.crm.lives(("event", str(named)))

    def _down(self, key: Key, step: Step, before: Version | None) -> None:
        event_id, content = key[1], step.content
        if before and before.content["parentId"] is not None is not content["parentId"]:
            # It is no parent, and was none.
            return
        children = [
            each
            for each in sorted(self.crm.living("event"), key=lambda event: event.id)
            if str(each.content["parentId"]) == event_id and self._may_be_child(each.content) and each.key != key
        ]
        self.decided |= {each.key for each in children}
        if step.op == "deleted":
            if self.crm.knobs["childrenOnDelete"] == "delete":
                self._delete(children, key)
            return
        for user, attendee in self._invited(content).items():
            said = {**content, "parentId": long(event_id), "attendees": [attendee], "ownerId": user}
            own = next((each for each in children if each.content["ownerId"] == user), None)
            fallen = self._fallen(before, user) if step.op == "restored" and before else None
            if own:
                children.remove(own)
                if self.crm.differs("event", own.content, said):
                    self._put(own.key, Step("updated", said, step.bump), key)
            elif fallen:
                self._put(fallen.key, Step("restored", said), key)
            else:
                self._put(child_key(event_id, user), Step("created", said), key)
        self._delete(children, key)

    def _invited(self, content: Content) -> dict[str, Content]:
        found: dict[str, Content] = {}
        for attendee in content["attendees"] if content["parentId"] is None else ():
            if (user := self.user(attendee)) is not None and user != content["ownerId"]:
                found.setdefault(user, attendee)
        return found

    def _fallen(self, before: Version, user: str) -> Version | None:
        """The child of a user that was deleted together with its parent."""
        for each in self.crm.dead("event"):
            of = str(each.content["parentId"]) == before.id and self._may_be_child(each.content)
            if of and each.group == before.group and each.content["ownerId"] == user:
                return each
        return None

    def _delete(self, children: list[Version], parent: Key) -> None:
        for each in children:
            self._put(each.key, Step("deleted", each.content), parent)

    def _put(self, child: Key, step: Step, parent: Key) -> None:
        self.plan[child] = step
        self.plan.families.append((child, parent))

    def _up(self, key: Key, step: Step, parent: Version) -> type[Refusal] | None:
        before, after = self.prior(key).content, step.content
        if step.op == "restored":
            return ChildReadOnly
        (attendee,), attendees = before["attendees"], parent.content["attendees"]
        own = [each for each in attendees if each == attendee or self.user(each) == before["ownerId"]]
        if step.op == "deleted":
            attendees = [each for each in attendees if each not in own]
        else:
            silent = [{**each, "status": None} for each in after["attendees"]]
            if (self.crm.differs("event", before, after) - {"attendees"}) or silent != [{**attendee, "status": None}]:
                return ChildReadOnly
            status = after["attendees"][0]["status"]
            if own and status != attendee["status"]:
                place = attendees.index(own[0])
                attendees = [*attendees[:place], {**own[0], "status": status}, *attendees[place + 1 :]]
        if attendees != parent.content["attendees"]:
            self.plan[parent.key] = Step("updated", {**parent.content, "attendees": attendees})
            self.plan.families.append((key, parent.key))
        return None
