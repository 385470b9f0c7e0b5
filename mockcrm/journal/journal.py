"""What clients asked and got: a capped, numbered ring of exchanges (contract, section 6)."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice, takewhile
from typing import Generic, NamedTuple, TypeVar

from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_seconds
from mockcrm.base.waiting import Bell, Waiter
from mockcrm.errors import RequestNotFound
from mockcrm.journal.entry import Entry

MAX_ENTRIES = 10_000
"""How many requests a journal keeps by default."""
MAX_WEIGHT = 64 * 1024 * 1024
"""How many bytes they may take together. Beyond that the oldest are dropped."""

MAX_KEPT_ANSWER = MAX_WEIGHT // 4
"""The most that can be kept of the body of an answer, in bytes."""

MAX_CLIENTS = 1_000
"""How many clients a journal tells apart (contract, section 7): the first that come."""
OTHERS = "(further clients)"
"""The name of all clients beyond those. A client that calls itself so is counted among them."""

_BARE = 2_000
"""Roughly the size of an entry without headers and body, in bytes."""
_HEADER = 150
"""Roughly the size of a header besides its text, or of the name of a field, in bytes."""
_FAULT = 200
"""About what an applied fault takes besides the text of its problem, in bytes."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dropped:
    """The requests that a journal dropped: `count` of them up to the number `last`, and how many of each operation."""

    count: int = 0
    last: int = 0
    operations: Mapping[str | None, int] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The number of the first. The numbers from there to `last` have no gap."""
        return self.last - self.count + 1


NOTHING_DROPPED = Dropped()


@dataclass(frozen=True, slots=True)
class JournalCopy(Generic[T]):
    """A journal as it stood at one moment, with the summary of its dropped entries (`spilled`).

    `last` is its latest number, `cut` that of the first request whose body was too heavy; `under_way` has the numbers
    of the requests without an answer, with their clients. `late` counts the entries that were spilled out of order,
    because they had been dropped before their answer, `answers` those that had an answer.
    """

    spilled: T
    late: int
    answers: int
    dropped: Dropped
    cleared: bool
    cut: int | None
    not_told_apart: int
    last: int
    under_way: Sequence[tuple[int, str]]
    _entries: list[Entry]

    def entries(self) -> list[Entry]:
        """Copies of the entries as they stood. Costs O(n), outside any lock."""
        return self._as_of(self._entries)

    def final_and_others(self, after: int) -> tuple[list[Entry], list[Entry]]:
        """The entries above a number: the final ones before the first that is not, and copies of the others."""
        later = self._entries[max(0, after - self.dropped.last) :]
        final = [*takewhile(self._is_final, later)]
        return final, self._as_of(later[len(final) :])

    def kept(self, number: int) -> Entry | None:
        """The entry of a number, as it is now; None for one that was dropped."""
        place = number - self.dropped.last - 1
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def _is_final(self, entry: Entry) -> bool:
        """Whether an entry was answered by then, and does not change any more."""
        return entry.final and entry.answer_seq <= self.answers

    def _as_of(self, entries: Iterable[Entry]) -> list[Entry]:
        return [entry.as_of(self.answers) for entry in entries]


class EntryNews(NamedTuple):
    """An entry, and how much news there had been in the journal with the latest of it."""

    at: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class JournalNews:
    """What was new in a journal: the kept `entries` of which there was news, in the order of their latest.

    `last` is how much news there had been in all, `first` the number from which on entries are kept. It is not
    `complete` if there was news of entries that are not kept, or if the journal was retired or cleared.
    """

    last: int
    first: int
    complete: bool
    entries: list[EntryNews]


def _weight(entry: Entry) -> int:
    """Roughly how many bytes an entry takes after its answer."""
    headers = entry.wsgi_headers
    texts = len(entry.path) + len(entry.query_string) + len("".join((*headers, *headers.values())))
    faults = sum(_FAULT + len(each.problem or "") for each in entry.applied_faults) if entry.applied_faults else 0
    fixed = _BARE + _HEADER * (len(headers) + len(entry.named_fields))
    return fixed + len(entry.body) + texts + 8 * len(entry.delivered) + faults


class Journal:
    """The requests of one sandbox since its last reset, numbered 1, 2, 3 … Every method may be called from any thread.

    It keeps at most `limit` entries, and at most `max_weight` bytes of them; `spill` is called with each entry that is
    dropped, once it has been answered. `last` is the latest number, `dropped` the number of dropped entries. `answers`
    counts the answers that have left. `news` counts the arrivals, the bodies that were read, the answers, each
    `note_news` and each `retire`. `not_told_apart` counts the requests of clients beyond `MAX_CLIENTS`. `cleared` is
    true once entries were deleted on request, `served` once a client was not refused. `cut` is the number of the first
    request of whose body only the beginning is kept, because it alone was too heavy.
    """

    def __init__(
        self,
        limit: int = MAX_ENTRIES,
        spill: Callable[[Entry], None] = lambda entry: None,
        max_weight: int = MAX_WEIGHT,
    ) -> None:
        self.limit, self.max_weight, self._spill = limit, max_weight, spill
        self.dropped = 0
        self.answers = 0
        self.news = 0
        self.cleared = False
        self.cut: int | None = None
        self.last = 0
        self.not_told_apart = 0
        self.served = False
        self._clients: set[str] = set()
        self._entries: deque[Entry] = deque()
        self._under_way: dict[int, Entry] = {}
        self._dropped_operations = Counter[str | None]()
        self._latest: dict[int, EntryNews] = {}
        self._lost = self._late = 0
        self._weight = 0
        self._lock = threading.RLock()
        self._bell = Bell()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def full(self) -> float:
        """How full it is, from 0 to 1: by the number of its entries or by their weight, whichever is more."""
        return min(1.0, max(len(self._entries) / self.limit, self._weight / self.max_weight))

    def open(self, entry: Entry) -> None:
        """Enter a request that has arrived, under the next number."""
        with self._lock:
            self.last += 1
            entry.number, entry.answers_seen = self.last, self.answers
            if entry.makes_client and entry.client not in self._clients:
                self._tell_apart(entry)
            self._entries.append(entry)
            self._under_way[entry.number] = entry
            if len(self._entries) > self.limit:
                self._drop()
            self._tell(entry)
        self._bell.ring()

    def _tell(self, entry: Entry) -> None:
        """Note that there is news of an entry. The lock is held."""
        self.news += 1
        # The entry moves to the end: the latest news stands last.
        self._latest.pop(entry.number, None)
        if self._entries and entry.number >= self._entries[0].number:
            self._latest[entry.number] = EntryNews(self.news, entry)
        else:
            self._lost = self.news

    def note_news(self, entry: Entry) -> None:
        """Note that there is more to be read in an entry: its request waits, or its answer did not arrive whole."""
        with self._lock:
            self._tell(entry)
        self._bell.ring()

    def note_body(self, entry: Entry, body: bytes | None) -> None:
        """Note the body of a request under way, once it was read; see `Entry.note_body`."""
        entry.note_body(body)
        with self._lock:
            self._tell(entry)
        self._bell.ring()

    def _tell_apart(self, entry: Entry) -> None:
        """Remember the name of a new client, or count it among the others once there are too many."""
        if len(self._clients) < MAX_CLIENTS and entry.client != OTHERS:
            self._clients.add(entry.client)
        else:
            entry.client = OTHERS
            self.not_told_apart += 1

    def close(self, entry: Entry, status: int | None, now: datetime) -> None:
        """Note that the answer leaves now; without a `status` the request ends with no answer.

        `entry.whole` may still be set to False afterwards, when the connection breaks.
        """
        with self._lock:
            entry.status, entry.completed, entry.took = status, now, real_seconds() - entry.began
            self.answers += 1
            entry.answer_seq = self.answers
            del self._under_way[entry.number]
            self.served = self.served or entry.served
            if self._entries and entry.number >= self._entries[0].number:
                self._weigh(entry)
            else:
                self._late += 1
                self._spill(entry)
            entry.final = status is None
            self._tell(entry)
        self._bell.ring()

    def _weigh(self, entry: Entry) -> None:
        """Count the weight of an entry that has been answered, and make room for it."""
        entry.weight = _weight(entry)
        if entry.weight > self.max_weight:
            entry.cut_body()
            entry.weight = _weight(entry)
            # A body that the CRM refused before it was read whole is refused again, whatever stands for it.
            self.cut = self.cut or (entry.number if entry.cut and entry.body else None)
        self._make_room(entry.weight)

    def _make_room(self, weight: int) -> None:
        """Count so much more weight, and drop the oldest entries if it is too much."""
        self._weight += weight
        while self._weight > self.max_weight and len(self._entries) > 1:
            self._drop()

    def weigh_answer(self, entry: Entry) -> None:
        """Count the weight of an answer that is kept, once it was sent."""
        with self._lock:
            if entry.answer is not None and self._find(entry.number) is entry:
                entry.weight += entry.answer.weight
                self._make_room(entry.answer.weight)

    def _drop(self) -> None:
        """Make room: drop the oldest entry."""
        entry = self._forget()
        self.dropped += 1
        self._dropped_operations[entry.operation] += 1

    def _forget(self) -> Entry:
        """Forget the oldest entry. One that is under way is spilled when it is answered."""
        entry = self._entries.popleft()
        self._weight -= entry.weight
        if (news := self._latest.pop(entry.number, None)) is not None:
            self._lost = max(self._lost, news.at)
        if entry.number not in self._under_way:
            self._spill(entry)
        return entry

    def under_way(self) -> list[tuple[int, str]]:
        """The numbers of the requests without an answer, each with its client. OPTIONS and HEAD do not count."""
        with self._lock:
            return [(entry.number, entry.client) for entry in self._under_way.values() if entry.makes_client]

    def copy(self, spilled: Callable[[], T]) -> JournalCopy[T]:
        """The entries, and what `spilled` returns for the dropped ones, at the same moment."""
        with self._lock:
            return JournalCopy(
                spilled(),
                self._late,
                self.answers,
                self._dropped(),
                self.cleared,
                self.cut,
                self.not_told_apart,
                self.last,
                self.under_way(),
                self.entries(),
            )

    def look(self) -> tuple[list[Entry], Dropped]:
        """The entries and what was dropped, at the same moment."""
        with self._lock:
            return [*self._entries], self._dropped()

    def _dropped(self) -> Dropped:
        """What was dropped. The lock is held."""
        last = self._entries[0].number - 1 if self._entries else self.last
        return Dropped(self.dropped, last, dict(self._dropped_operations))

    def entries(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """The kept entries with numbers above `after`, in order of arrival, at most `limit` of them."""
        with self._lock:
            first = self._entries[0].number if self._entries else 1
            begin = min(max(0, after + 1 - first), len(self._entries))
            return list(islice(self._entries, begin, None if limit is None else begin + limit))

    def latest_news(self, after: int, limit: int) -> list[EntryNews]:
        """The same entries, each with its latest news."""
        with self._lock:
            return [self._latest[entry.number] for entry in self.entries(after, limit)]

    def get(self, number: int) -> Entry:
        """The entry of that number. Raises `RequestNotFound`, also for one that was dropped."""
        with self._lock:
            if (entry := self._find(number)) is not None:
                return entry
        raise RequestNotFound(f"The journal holds no request {number}.")

    def _find(self, number: int) -> Entry | None:
        place = number - (self._entries[0].number if self._entries else 1)
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def clear(self) -> None:
        """Forget all entries. The numbers go on."""
        with self._lock:
            self.cleared = self.cleared or bool(self._entries)
            self.dropped, last = 0, self.last
            self._dropped_operations.clear()
        # To spill thousands of long lists takes seconds, for which no request should wait.
        while self._forget_one_of(last):
            pass
        self.retire()

    def _forget_one_of(self, last: int) -> bool:
        """Forget the oldest entry if its number is at most `last`."""
        with self._lock:
            found = bool(self._entries) and self._entries[0].number <= last
            if found:
                self._forget()
            return found

    def news_since(self, news: int) -> JournalNews:
        """What was new after so much news. Costs as much as there is of it."""
        with self._lock:
            entries = []
            for each in reversed(self._latest.values()):
                if each.at <= news:
                    break
                entries.append(each)
            entries.reverse()
            first = self._entries[0].number if self._entries else self.last + 1
            return JournalNews(self.news, first, news >= self._lost, entries)

    def wait(self, news: int, seconds: float, waiter: Waiter) -> None:
        """Wait for more news than that, for at most so many seconds, and only while the waiting client is there."""
        with self._bell.heard(waiter):
            if self.news == news and not waiter.gone:
                waiter.sleep(seconds)

    def retire(self) -> None:
        """Wake all who wait, because another journal takes this one's place."""
        with self._lock:
            self.news += 1
            self._lost = self.news
        self._bell.ring()
