"""Which names are one client: those between which it renewed an opaque token.

A new token counts as a renewed one if the old one is not used again, the new one does not begin with a read of
everything, and one of its first requests uses something that only the old one was sent. Then both names are a *chain*,
and the next renewal makes it longer. If one of its earlier names is used again, the chain ends, and each of its names
is a client of its own. Nobody reads this off addresses or agents.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from mockcrm.audit.borrowed import Borrowed, begins_anew, borrowed
from mockcrm.audit.ledger import Observation
from mockcrm.audit.refused_names import MAX_FIRST_REQUESTS, UNAUTHORIZED, SameRequest, same_request
from mockcrm.journal.entry import ANYBODY, Entry, is_token_name

MAX_WAITING = 50
"""How many new names may wait for a sign at the same time."""
MAX_WAITING_WEIGHT = 256 * 1024
"""How large the first requests of a new name may be together, in bytes of their bodies and rows."""

KnownTo = Callable[[str, Borrowed], Sequence[str]]
"""The clients that know something: none if that of the name which uses it does, else two at most."""


class _Use(NamedTuple):
    """The first and the last request of a name that were not refused with 401."""

    first: int
    last: int


class _Sign(NamedTuple):
    """What made a name look like a renewed token: in words, by which request, and whose token it was."""

    how: str
    request: int
    client: str


class Renewals:
    """The chains of names, by the first name of each, and what is known of all names that a renewal can concern."""

    def __init__(self) -> None:
        self.chains: dict[str, tuple[str, ...]] = {}
        self._chain_of: dict[str, str] = {}
        self._uses: dict[str, _Use] = {}
        self._refused: dict[str, tuple[SameRequest, int]] = {}
        self._waiting: dict[str, tuple[Entry, ...]] = {}
        self._began: dict[str, str] = {}
        self._signs: dict[str, _Sign] = {}
        self._returned: dict[str, tuple[str, int]] = {}

    def enter(self, entry: Entry, known_to: KnownTo) -> Sequence[Entry]:
        """Note an answered request. The entries that are to be entered in the book of its chain, if it has one."""
        name = entry.client
        if not concerns(name):
            return ()
        if entry.status == UNAUTHORIZED:
            if name in self._uses:
                self._refused[name] = same_request(entry), entry.number
            return (entry,) if name in self._chain_of else ()
        # OPTIONS and HEAD are no operations: a browser sends them by itself.
        if entry.operation and name in self._chain_of and self._last_name(self._chain_of[name]) != name:
            self._end_chain(name, entry.number)
        first = self._uses[name].first if name in self._uses else entry.number
        is_new = name != ANYBODY and (name in self._waiting or name not in self._uses)
        self._uses[name] = _Use(first, entry.number)
        self._refused.pop(name, None)
        if is_new:
            return self._look_at(entry, first, known_to)
        return (entry,) if name in self._chain_of else ()

    def was_let_in(self, name: str) -> bool:
        return name in self._uses

    def chain_of(self, name: str) -> str | None:
        """The first name of the chain that a name belongs to."""
        return self._chain_of.get(name)

    def copy(self) -> "Renewals":
        copy = Renewals()
        for name, each in vars(self).items():
            setattr(copy, name, each.copy())
        return copy

    # A new name

    def _look_at(self, entry: Entry, first: int, known_to: KnownTo) -> Sequence[Entry]:
        name, early = entry.client, (*self._waiting.pop(entry.client, ()), entry)
        if sign := self._sign(entry, first, known_to):
            self._signs[name] = sign
            self._continue_chain(sign.client, name)
            return early
        if begins_anew(entry):
            self._began[name] = _WITH_EVERYTHING
        elif len(early) < MAX_FIRST_REQUESTS and sum(map(_weight, early)) < MAX_WAITING_WEIGHT:
            self._waiting[name] = early
            if len(self._waiting) > MAX_WAITING:
                del self._waiting[next(iter(self._waiting))]
        return ()

    def _sign(self, entry: Entry, first: int, known_to: KnownTo) -> _Sign | None:
        """What shows that a request comes from a client with another, earlier token."""
        anew = begins_anew(entry)
        if client := self._repeated(entry, first, MAX_FIRST_REQUESTS if anew else entry.number):
            old = self._last_name(client)
            return _Sign(f"repeated a request of {old} that was refused with 401", entry.number, client)
        for thing in () if anew else borrowed(entry):
            clients = known_to(entry.client, thing)
            if len(clients) > 1:
                self._began[entry.client] = _WITH_WHAT_SEVERAL_KNOW
            elif clients and self._has_stopped(clients[0], first):
                how = f"used {thing.what} that only {self._last_name(clients[0])} knew"
                return _Sign(how, entry.number, clients[0])
            if clients:
                return None
        return None

    def _repeated(self, entry: Entry, first: int, within: int) -> str | None:
        """The only client whose last request was refused with 401, and is repeated by this one soon enough."""
        asked = same_request(entry)
        clients = {
            self._chain_of.get(name, name)
            for name, (refused, number) in self._refused.items()
            if refused == asked and number >= entry.number - within
        }
        client = clients.pop() if len(clients) == 1 else None
        return client if client and self._has_stopped(client, first) else None

    def _has_stopped(self, client: str, first: int) -> bool:
        """Whether the last request of a client with a token came before another's first."""
        use = self._uses.get(self._last_name(client))
        return use is not None and use.last < first

    # Chains

    def _last_name(self, client: str) -> str:
        return self.chains.get(client, (client,))[-1]

    def _continue_chain(self, client: str, name: str) -> None:
        self.chains[client] = (*self.chains.get(client, (client,)), name)
        self._chain_of[client] = self._chain_of[name] = client

    def _end_chain(self, name: str, request: int) -> None:
        """An earlier name of a chain is used again."""
        first, *later = self.chains.pop(self._chain_of[name])
        del self._chain_of[first]
        for each in later:
            del self._chain_of[each]
            self._returned[each] = name, request

    # Doubts

    def doubts(self) -> Iterator[tuple[str, Observation]]:
        """The clients of which the requests do not say whether they are another one's continuation, and why not."""
        uses = {
            client: _Use(self._uses[client].first, self._uses[self._last_name(client)].last)
            for client in self._uses
            if self._chain_of.get(client, client) == client and (client != ANYBODY or client in self.chains)
        }
        by_last = sorted((use.last, client) for client, use in uses.items())
        for client, use in uses.items():
            place = bisect_left(by_last, (use.first,))
            if client in self._returned:
                yield client, self._return_observed(client)
            elif place:
                last, other = by_last[place - 1]
                yield client, self._doubt(client, use.first, self._last_name(other), last)

    def _doubt(self, client: str, first: int, other: str, last: int) -> Observation:
        began = self._began.get(client, f"used nothing at first that only {other} knew")
        return _ambiguous(f"Client {other} stopped with request {last}. Then {client} {began}", last, first)

    def _return_observed(self, client: str) -> Observation:
        sign, (name, request) = self._signs[client], self._returned[client]
        looked = f"With request {sign.request} {client} {sign.how}, as after a renewal"
        return _ambiguous(f"{looked}. But {name} came back with request {request}", sign.request, request)


def _ambiguous(why: str, *requests: int) -> Observation:
    how = f"{why}. The requests do not say whether they are one client, so each is judged by itself."
    return Observation("client.ambiguous", requests, {"how": how})


_WITH_EVERYTHING = "began with a read of everything, as a new client does"
_WITH_WHAT_SEVERAL_KNOW = "used what several clients knew"


def concerns(name: str) -> bool:
    """Whether a renewal can concern a name: that of a token, or that of a client without a name."""
    return name == ANYBODY or is_token_name(name)


def _weight(entry: Entry) -> int:
    return len(entry.body) + 8 * len(entry.delivered)
