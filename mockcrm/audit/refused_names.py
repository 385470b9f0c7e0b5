"""Names under which a client was only refused with 401, until it came with good credentials.

A client asks with an expired token, or with none, gets a 401, and repeats the very same request with another token. It
is one client: were the first name a client of its own, it would be one that never got anything.
"""

from mockcrm.journal.entry import Entry

UNAUTHORIZED = 401
MAX_FIRST_REQUESTS = 10
"""Among how many of its first requests a new name is looked at for signs that it is a known client."""
MAX_REFUSED = 1_000
"""How many refused requests may wait for their repetition."""

SameRequest = tuple[str, str, str, int]
"""Method, path and query of a request, and a digest of its body."""


def same_request(entry: Entry) -> SameRequest:
    return entry.method, entry.path, entry.query_string, hash(entry.body)


class RefusedNames:
    """The names that got nothing but 401s, each with the number of its refused requests that nobody repeated."""

    def __init__(self) -> None:
        self._unrepeated: dict[str, int] = {}
        self._waiting: dict[SameRequest, frozenset[str]] = {}
        self._latest: dict[str, int] = {}
        self._repeated_by: dict[str, str] = {}

    def refused(self, entry: Entry) -> None:
        """Note a 401 for a name that was never let in."""
        name, asked = entry.client, same_request(entry)
        names = self._waiting.get(asked, frozenset())
        self._unrepeated[name] = self._unrepeated.get(name, 0) + (name not in names)
        self._waiting[asked] = names | {name}
        self._latest[name] = entry.number
        if len(self._waiting) > MAX_REFUSED:
            # The names that sent it stay clients of their own.
            del self._waiting[next(iter(self._waiting))]

    def let_in(self, entry: Entry, requests: int) -> None:
        """Note a request that was not refused, of a client that had sent so many `requests` before.

        It repeats a refused one if it is the next request, or if its client is new.
        """
        self._unrepeated.pop(entry.client, None)
        if not self._waiting or not (names := self._waiting.get(same_request(entry))):
            return
        new = requests < MAX_FIRST_REQUESTS
        repeated = {name for name in names if new or entry.number == self._latest[name] + 1}
        for name in repeated & self._unrepeated.keys():
            self._unrepeated[name] -= 1
            self._repeated_by[name] = entry.client
        self._waiting[same_request(entry)] = names - repeated

    @property
    def known_as(self) -> dict[str, str]:
        """The names whose requests were all repeated, each with the name that repeated the latest."""
        return {name: self._repeated_by[name] for name, count in self._unrepeated.items() if not count}

    def copy(self) -> "RefusedNames":
        copy = RefusedNames()
        for name, each in vars(self).items():
            setattr(copy, name, each.copy())
        return copy
