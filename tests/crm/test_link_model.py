"""Who refers to what after any sequence of creations, edits, deletions and merges, held against a naive model."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.merging import merge
from mockcrm.errors import RecordReferenced, ReferenceUnknown
from tests.crm.invariants import check_store
from tests.crm.linked import CRM, created, crm_with, deleted, edited, kind, restored, shown, speak

NAMES = st.sampled_from(["Acme", "Umbrella", "Hooli"])
KIND = st.sampled_from(["contact", "account", "event"])
PICK = st.integers(0, 50)
HOW = st.sampled_from(["leave", "drop", "block"])
MISSING = "77"


@dataclass
class Row:
    """A record of the model: its links by field, in order, and its name."""

    kind: str
    name: str
    links: list[tuple[str, str, str]] = field(default_factory=list)
    deleted: bool = False
    version: int = 1


class Links(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.crm = crm_with()
        self.rows: dict[tuple[str, str], Row] = {}

    # What there is

    def ids(self, name: str, *, alive: bool = True) -> list[str]:
        return [key[1] for key, row in self.rows.items() if row.kind == name and row.deleted is not alive]

    def one(self, name: str, pick: int) -> str | None:
        found = self.ids(name)
        return found[pick % len(found)] if found else None

    def target(self, name: str, pick: int) -> str:
        found = [*self.ids(name), *self.ids(name, alive=False), MISSING]
        return found[pick % len(found)]

    def lives(self, name: str, record: str) -> bool:
        row = self.rows.get((name, record))
        return row is not None and not row.deleted

    # What is done

    def fields(self, name: str, title: str, picks: list[int]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
        """What is sent, and the links in it."""
        one, two, three = picks
        if name == "account":
            return {"name": title}, []
        account = self.target("account", one)
        if name == "contact":
            return {"lastName": title, "accountId": account}, [("accountId", "account", account)]
        contacts = [self.target("contact", two), self.target("contact", three)]
        body = {
            "attendees": [{"contactId": int(each)} for each in contacts],
            "relatedTo": [{"type": "Account", "id": account, "name": "Written"}],
        }
        links = [("attendees", "contact", each) for each in contacts]
        return body, [*links, ("relatedTo", "account", account)]

    @rule(name=KIND, title=NAMES, picks=st.lists(PICK, min_size=3, max_size=3))
    def create(self, name: str, title: str, picks: list[int]) -> None:
        body, links = self.fields(name, title, picks)
        if self.refused(created, name, body, links):
            return
        record = created(self.crm, name, **body)
        self.rows[name, record] = Row(name, title, self.kept(links))

    @rule(name=KIND, title=NAMES, pick=PICK, picks=st.lists(PICK, min_size=3, max_size=3))
    def edit(self, name: str, title: str, pick: int, picks: list[int]) -> None:
        if (record := self.one(name, pick)) is None:
            return
        body, links = self.fields(name, title, picks)
        if self.refused(edited, name, body, links, record):
            return
        edited(self.crm, name, record, **body)
        row = self.rows[name, record]
        row.links, row.name, row.version = self.kept(links), title, row.version + 1

    def refused(self, call: Any, name: str, body: Any, links: Any, *record: str) -> bool:
        """Whether a write is refused, as it must be if a link leads nowhere and the dialect minds."""
        if self.crm.dialect.references != "refuse" or all(self.lives(*link[1:]) for link in links):
            return False
        with pytest.raises(ReferenceUnknown):
            call(self.crm, name, *record, **body)
        return True

    def kept(self, links: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        if self.crm.dialect.references != "drop":
            return links
        return [link for link in links if self.lives(*link[1:])]

    @rule(name=KIND, pick=PICK)
    def delete(self, name: str, pick: int) -> None:
        if (record := self.one(name, pick)) is None:
            return
        having = [row for row in self.rows.values() if not row.deleted and (name, record) in _targets(row)]
        if self.crm.dialect.on_delete == "block" and having:
            with pytest.raises(RecordReferenced):
                deleted(self.crm, name, record)
            return
        result = deleted(self.crm, name, record)
        row = self.rows[name, record]
        row.deleted, row.version = True, row.version + 1
        if self.crm.dialect.on_delete == "drop":
            assert len(result.changes) == 1 + len(having)
            for each in having:
                each.links = [link for link in each.links if link[1:] != (name, record)]
                each.version += 1

    @rule(name=KIND, pick=PICK)
    def restore(self, name: str, pick: int) -> None:
        gone = self.ids(name, alive=False)
        if gone:
            record = gone[pick % len(gone)]
            restored(self.crm, name, record)
            self.rows[name, record].deleted = False
            self.rows[name, record].version += 1

    @rule(name=st.sampled_from(["contact", "account"]), picks=st.lists(PICK, min_size=2, max_size=4))
    def merge(self, name: str, picks: list[int]) -> None:
        ids = [*dict.fromkeys(found for pick in picks if (found := self.one(name, pick)) is not None)]
        if len(ids) < 2:
            return
        into, *losers = ids
        silent = picks[0] % 3 == 0
        stamps = {key: self.crm.find(KINDS[key[0]], key[1]).stamp for key in self.rows}
        merge(self.crm, CRM, kind=kind(name), into=into, losers=losers, repoint="silent" if silent else "bump")
        self.rows[name, into].version += 1
        for key, row in self.rows.items():
            if key in {(name, each) for each in losers}:
                row.deleted, row.version = True, row.version + 1
            elif not row.deleted and _targets(row) & {(name, each) for each in losers}:
                row.links = _repointed(row.links, name, into, losers)
                row.version += 1
                assert (self.crm.find(KINDS[key[0]], key[1]).stamp == stamps[key]) is silent

    @rule(how=HOW, references=st.sampled_from(["accept", "refuse", "drop"]))
    def another_dialect(self, how: str, references: str) -> None:
        speak(self.crm, onDelete=how, references=references)

    @rule()
    def fork(self) -> None:
        self.crm = self.crm.fork()

    # What holds

    @invariant()
    def records_refer_as_the_model_says(self) -> None:
        if not hasattr(self, "crm"):
            return
        for (name, record), row in self.rows.items():
            change = self.crm.find(KINDS[name], record)
            assert (change.deleted, change.version) == (row.deleted, row.version)
            found = [(link.name, link.kind, link.id) for link in KINDS[name].links(change.record)]
            assert sorted(found) == sorted(row.links)

    @invariant()
    def links_have_the_names_of_what_they_lead_to(self) -> None:
        if not hasattr(self, "crm"):
            return
        for record in self.ids("event") + self.ids("event", alive=False):
            for link in shown(self.crm, "event", record)["relatedTo"]:
                target = self.rows.get(("account", link["id"]))
                assert link["name"] == (target.name if target else "Written")

    def teardown(self) -> None:
        if hasattr(self, "crm"):
            check_store(self.crm.store)


def _targets(row: Row) -> set[tuple[str, str]]:
    return {link[1:] for link in row.links}


def _repointed(
    links: list[tuple[str, str, str]], name: str, into: str, losers: list[str]
) -> list[tuple[str, str, str]]:
    """The links once those to the losers lead to the survivor: none stands twice because of that."""
    kept = [link for link in links if not (link[1] == name and link[2] in losers)]
    for where, of, named in links:
        new = (where, of, into)
        if of == name and named in losers and new not in kept:
            kept.append(new)
    return kept


TestLinks = Links.TestCase
TestLinks.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
