"""A whole CRM as naive as can be: a list of versions, scanned from end to end for every question.

It knows records as JSON, and says of each write what it does to which records, or how it is refused. It does not know
how the real one finds that out: which index is asked, and in which order things happen.
"""

import copy
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import (
    ActionInvalid,
    CalendarProtected,
    RecordDeleted,
    RecordExists,
    RecordInvalid,
    RecordNotDeleted,
    RecordNotFound,
    RecordReferenced,
    ReferenceUnknown,
    Refusal,
)
from tests.crm.naive_families import Families
from tests.crm.naive_records import DEFAULTS, LINKS, TITLES, Content, Key, Outcome, Plan, Step, Version, links, relinked

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
        return None if found is None else str(found.content[TITLES[key[0]]])

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

        loose = {
            version.key: Step("updated", relinked(version.kind, version.content, turn), repoint == "bump")
            for version in ([] if repoint == "none" else self.referrers(gone))
        }
        own = loose.pop(survivor.key, None)
        plan = Plan(survivor.key, Step("updated", own.content if own else survivor.content))
        for loser in losers:
            lost = self.newest((kind, loser))
            assert lost
            plan[lost.key] = Step("deleted", lost.content, merged_into=into)
            loose.pop(lost.key, None)
        self._take_in(plan, Families(self, plan), loose)
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

    def _links_dropped(self, plan: Plan, family: Families) -> type[Refusal] | None:
        how, dead = self.knobs["onDelete"], {key for key, each in plan.items() if each.op == "deleted"}
        found = [each for each in self.referrers(dead) if each.key not in plan and each.key not in family.decided]
        if how == "leave" or not dead or not found:
            return None
        if how == "block":
            return RecordReferenced
        loose = {
            each.key: Step("updated", relinked(each.kind, each.content, lambda to: None if to in dead else to[1]))
            for each in found
        }
        self._take_in(plan, family, loose)
        return None

    def _take_in(self, plan: Plan, family: Families, loose: dict[Key, Step]) -> None:
        """Have a write change what its links led it to, too, with the child events that follow from that."""
        if self.knobs["childEvents"] == "none":
            plan |= loose
            return
        for key, each in loose.items():
            if key[0] == "event":
                family.follow(key, each, asked=False)
        for key, each in loose.items():
            if key not in family.decided:
                orphan = key[0] == "event" and family.parent(key) and family.owner(key) in family.gone
                plan[key] = Step("deleted", family.prior(key).content) if orphan else each

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
