"""Which requests ask what was deleted, and how many reads of the delta that do not a client makes between them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from mockcrm.base.times import EPOCH
from mockcrm.crm.query import Query
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import DELETED_LISTS


class DeletionPolls(NamedTuple):
    """How long, and how often, one client has read the delta since it last asked what was deleted.

    The `latest` request that asked is known by its number, 0 if there is none; it came at `polled`. `deltas` counts the
    complete reads since then that did not ask, the last of which began at `read`; `pause` is the longest time between
    two of all these requests. `most_deltas` is the largest number of deltas between two requests that asked.
    """

    latest: int = 0
    polled: datetime = EPOCH
    read: datetime = EPOCH
    pause: timedelta = timedelta(0)
    deltas: int = 0
    most_deltas: int = 0

    @property
    def reading_time(self) -> timedelta:
        """For how long the client has read the delta alone. A night in which it is off does not count."""
        return self.read - self.polled - self.pause

    def with_poll(self, number: int, at: datetime) -> "DeletionPolls":
        """The same after a request that asks what was deleted."""
        return DeletionPolls(number, at, at, most_deltas=max(self.most_deltas, self.deltas))

    def with_delta(self, at: datetime) -> "DeletionPolls":
        """The same after a complete read that did not ask for it. What came before the first request is not counted."""
        if not self.latest:
            return self
        read = max(self.read, at)
        return self._replace(deltas=self.deltas + 1, read=read, pause=max(self.pause, read - self.read))


def shows_deletions(query: Query) -> bool:
    """Whether a list shows what was deleted: by tombstones, or because it has everything that was not."""
    return query.includes_deleted or query.since is None or query.since <= EPOCH


def asks_for_deletions(entry: Entry) -> bool:
    """Whether a request that brought no list asked what was deleted. That of a further page did not."""
    if entry.operation in DELETED_LISTS or entry.parameter("showDeleted") == "true":
        return True
    return not (entry.parameter("since") or entry.parameter("pageToken"))
