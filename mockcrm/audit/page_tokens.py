"""Page tokens that a client misuses: sent beside another query, never issued, or followed in a loop."""

from collections.abc import Iterator
from dataclasses import field
from typing import NamedTuple

from mockcrm.audit.ledger import MAX_OBSERVATIONS, Observation
from mockcrm.audit.phrases import enumerated
from mockcrm.audit.write_ledger import MAX_REQUESTS
from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.page import Page
from mockcrm.errors import PageTokenInvalid
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import LISTS

MIN_TURNS = 3
"""How often a client must be answered the same page of a read before that is a loop: once more may be a retry."""
MAX_TOKENS = 1_000
"""How many page tokens of a read are remembered: the latest."""


class _Turns(NamedTuple):
    """How often a page was answered, by which requests, and when the latest answer left (`Entry.answer_seq`)."""

    times: int = 0
    requests: tuple[int, ...] = ()
    answer_seq: int = 0


@dataclass(slots=True)
class _Pages:
    """The pages of the latest read of a list, by their tokens.

    `turns` has those that the client asked for. `issued` has those that the CRM returned, with the number of the page
    that they were on; once two pages had the same, the token `repeats`.
    """

    turns: dict[int, _Turns] = field(default_factory=dict)
    issued: dict[int, int] = field(default_factory=dict)
    repeats: bool = False

    def copy(self) -> "_Pages":
        return _Pages(self.turns.copy(), self.issued.copy(), self.repeats)

    def issue(self, token: str, number: int) -> None:
        """Enter a token that page `number` of the read returned."""
        self.repeats = self.repeats or self.issued.get(hash(token), number) != number
        self.issued[hash(token)] = number
        if len(self.issued) > MAX_TOKENS:
            del self.issued[next(iter(self.issued))]

    def turn(self, token: str, entry: Entry) -> _Turns:
        """Enter a request for a page: how often it has been asked for by now."""
        before = self.turns.pop(hash(token), _Turns())
        if entry.answers_seen >= before.answer_seq:
            requests = (*before.requests, entry.number)[-MAX_REQUESTS:]
            before = _Turns(before.times + 1, requests, entry.answer_seq)
        self.turns[hash(token)] = before
        if len(self.turns) > MAX_TOKENS:
            del self.turns[next(iter(self.turns))]
        return before


@dataclass(slots=True)
class PageTokens:
    """What one client did with page tokens.

    `pages` has the latest read of each list. `loops` are by the read, `misused` by the token and what was wrong.
    """

    pages: dict[str, _Pages] = field(default_factory=dict)
    loops: dict[str, Observation] = field(default_factory=dict)
    misused: dict[int, Observation] = field(default_factory=dict)

    def copy(self) -> "PageTokens":
        """An independent copy: neither side sees what is entered in the other."""
        pages = {operation: each.copy() for operation, each in self.pages.items()}
        return PageTokens(pages, self.loops.copy(), self.misused.copy())

    def enter(self, entry: Entry) -> None:
        """Enter a request that was answered."""
        if entry.operation not in LISTS:
            return
        token = entry.parameter("pageToken") if "pageToken" in entry.query_string else None
        if entry.code == PageTokenInvalid.code:
            self._misuse(entry, token or "")
        elif entry.page_answer is not None and entry.whole:
            self._read(entry, entry.operation, entry.page_answer, token)

    def _misuse(self, entry: Entry, token: str) -> None:
        key = hash((token, entry.changed_parameters))
        before = self.misused.get(key)
        count = before.count + 1 if before else 1
        requests = (*(before.requests if before else ()), entry.number)[-MAX_REQUESTS:]
        code = "pageToken.queryChanged" if entry.changed_parameters else "pageToken.notGiven"
        facts = {
            "of": entry.read,
            "changed": _changed(entry.changed_parameters),
            "times": f" {count} times, most recently" if count > 1 else "",
        }
        if before or len(self.misused) < MAX_OBSERVATIONS:
            self.misused[key] = Observation(code, requests, facts, count=count)

    def _read(self, entry: Entry, operation: str, page: Page, token: str | None) -> None:
        if token is None:
            self.pages.pop(operation, None)
        if page.next_token is None:
            # To ask from the last page whether there is more is no loop.
            return
        pages = self.pages.setdefault(operation, _Pages())
        pages.issue(page.next_token, page.number)
        turns = pages.turn(token, entry) if token is not None else _Turns()
        if turns.times >= MIN_TURNS and (page.read in self.loops or len(self.loops) < MAX_OBSERVATIONS):
            facts = {"of": page.read, "why": _REPEATS if pages.repeats else _STAYS}
            hazard = "token-loop" if pages.repeats else None
            self.loops[page.read] = Observation(
                "pageToken.loop", turns.requests, facts, hazard=hazard, count=turns.times
            )

    def observations(self) -> Iterator[Observation]:
        """All that the client did wrong with page tokens."""
        yield from self.loops.values()
        yield from self.misused.values()


_REPEATS = "The CRM returned a page token that it had returned before."
_STAYS = "That page had another token, and the client did not send it."


def _changed(names: tuple[str, ...]) -> str:
    return "to another list" if names == ("path",) else f"beside another {enumerated(names)}"
