"""What the naive CRM knows of child events: what becomes of them and of their parents when an event is written."""

from typing import TYPE_CHECKING

from mockcrm.errors import ChildReadOnly, Refusal
from tests.crm.naive_records import Content, Key, Plan, Step, Version, child_key, long

if TYPE_CHECKING:
    from tests.crm.naive_crm import NaiveCrm


class Families:
    """What becomes of child events and parents. `decided` are the children of which a parent's write has decided."""

    def __init__(self, crm: "NaiveCrm", plan: Plan) -> None:
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
        living = sorted(
            (each for each in self.crm.living("user") if each.id not in self.gone), key=lambda user: user.id
        )
        named = [user.id for user in living if user.id == attendee["userId"]]
        address = (attendee["emailAddress"] or "").lower()
        return next(
            iter([*named, *(user.id for user in living if user.content["emailAddress"].lower() == address)]), None
        )

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
