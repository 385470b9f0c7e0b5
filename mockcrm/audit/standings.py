"""How a client stands to each version of a record: which it has, which it lacks, and which it does not ask for."""

from collections.abc import Sequence
from typing import Literal

from mockcrm.audit.ledger import Ledger, VersionDelivery, Visibility
from mockcrm.audit.paged_read import PagedRead
from mockcrm.audit.series import windows_in_use
from mockcrm.crm.change import Change

Standing = Literal["upToDate", "lacking", "neverAsked"]
"""How a client stands to a version: it has it, or need not; a read could have delivered it; or it asks for no such."""


class Standings:
    """How one client stands to the records of one kind; `reads` are those of `reach.latest_reads`.

    `elsewhere` are the client's ledgers of other calendars.
    """

    def __init__(
        self, ledger: Ledger, visibility: Visibility, reads: Sequence[PagedRead], elsewhere: Sequence[Ledger] = ()
    ) -> None:
        self.ledger, self.visibility, self.reads, self.elsewhere = ledger, visibility, reads, elsewhere
        self.windows = windows_in_use(ledger.series)
        self.filtered = [each.latest for key, each in ledger.series.items() if key.filters]
        of_all = ledger.history.get("records", ())
        self.probes = {read.first for read in of_all if read.is_probe}
        self.follows_everything = len(self.probes) < len(of_all)
        self.follows_lists = bool(ledger.history.keys() - {"filter"})

    def standing(self, change: Change) -> Standing:
        """How the client stands to a version: whether it has it, lacks it, or does not ask for it."""
        ledger, delivered = self.ledger, self.ledger.delivered.get(change.record.id)
        if self._has(change, delivered):
            return "upToDate"
        if ledger.first is None:
            return "neverAsked"
        if not self._may_learn_of(change):
            return "neverAsked"
        if change.deleted and delivered is not None:
            return "lacking" if self._is_deletion_owed(change, delivered) else "upToDate"
        if not ledger.full_begun and not self._is_asked_for(change, delivered.change if delivered else None):
            return "neverAsked"
        # Of a record that it never had, a client need not learn that it was deleted.
        return "upToDate" if change.deleted else "lacking"

    def _may_learn_of(self, change: Change) -> bool:
        """Whether the client asks for any list that may have a version.

        Somebody who only looks records up, by their ids or by filters, is owed nothing.
        """
        return self.follows_lists or any(read.wants(change) for read in self.filtered)

    def _has(self, change: Change, delivered: VersionDelivery | None) -> bool:
        """Whether the client was given, or wrote, a version or one that shows the same."""
        if delivered is not None and delivered.version >= change.version:
            return True
        if delivered is not None and self._shows_no_more(change, delivered.version):
            return True
        written = self.ledger.written.get(change.record.id)
        if written is not None and written >= change.version:
            return True
        # Whoever has an event on the calendar to which it moved knows that it is gone from this one.
        return change.deleted and any(_has_it(each, change) for each in self.elsewhere)

    def _is_deletion_owed(self, change: Change, delivered: VersionDelivery) -> bool:
        """Whether a client still has a record that was deleted, as far as its requests tell."""
        if delivered.change.deleted or self._was_only_probed(delivered, change) or self._known_by_absence(change):
            return False
        if self.ledger.full_begun or self.follows_everything or not self.windows:
            return True
        # What a window has left behind, its reader has put away.
        return any(window.overlaps(delivered.change) for window in self.windows)

    def _was_only_probed(self, delivered: VersionDelivery, tombstone: Change) -> bool:
        """Whether only a look at one row, which a client may not keep, delivered a version before its deletion."""
        if delivered.request not in self.probes:
            return False
        version, visibility, history = delivered.change, self.visibility, self.ledger.history
        reads = (read for read in (*history.get("records", ()), *history.get("window", ())) if read.complete)
        return not any(
            read.wants(version) and read.admits(visibility.stamp(version)) and visibility.visible(version, read.visible)
            for read in reads
            if not (read.is_probe or visibility.visible(tombstone, read.visible))
        )

    def _is_asked_for(self, change: Change, had: Change | None) -> bool:
        """Whether a client that never read everything asks for a version, or for one that it `had` before."""
        ledger, first = self.ledger, self.ledger.first
        is_new = first is not None and not self.visibility.visible(change, first)
        if self.follows_everything or any(read.wants(change) for read in self.filtered):
            return is_new
        if any(window.overlaps(change) for window in self.windows):
            return is_new or bool(ledger.interval_begun)
        if had is None or had.deleted or change.record.id not in ledger.in_window or self._known_by_absence(change):
            return False
        moved = (had.event.start, had.event.end) != (change.event.start, change.event.end)
        starts = bool(self.reads) and self.reads[0].starts_at_watermark
        return starts or (moved and any(window.overlaps(had) for window in self.windows))

    def is_below_floor(self, change: Change) -> bool:
        """Whether the first read, which had a watermark, left out a record that no other read has delivered."""
        ledger, floor = self.ledger, self.ledger.floor
        if floor is None or change.deleted or ledger.full_begun or not floor.wants(change):
            return False
        return change.record.id not in ledger.delivered and not floor.admits(self.visibility.stamp(change))

    def _shows_no_more(self, change: Change, version: int) -> bool:
        """Whether a version shows the same as an earlier one."""
        earlier: Change | None = change
        while earlier is not None and earlier.version > version:
            earlier = earlier.prior
        if earlier is None or (earlier.record, earlier.deleted) != (change.record, change.deleted):
            return False
        return self.visibility.stamp(earlier) == self.visibility.stamp(change)

    def _known_by_absence(self, change: Change) -> bool:
        """Whether a complete read of everything, or of its window, lacked the record since it was last delivered."""
        ledger, delivered = self.ledger, self.ledger.delivered.get(change.record.id)
        had = ledger.living.get(change.record.id)
        # A look at an interval tells nothing to a client that reads everything.
        least = 2 if ledger.full_begun else 1
        reads = (read for read in ledger.history.get("window", ()) if read.everything and read.complete)
        # A client that sends its watermark as startAt believes that it follows the delta, and puts nothing away.
        whole_windows = (read for read in reads if not read.starts_at_watermark)
        windows = [read for read in whole_windows if had and read.query.window.overlaps(had)]
        whole = [read for read in (ledger.full, *(windows if len(windows) >= least else ())) if read]
        version: Change | None = change
        while version is not None and (delivered is None or version.version > delivered.version):
            if version.deleted and any(self.visibility.visible(version, read.visible) for read in whole):
                return True
            version = version.prior
        return False


def _has_it(ledger: Ledger, change: Change) -> bool:
    """Whether a client was given a version at least as new."""
    delivered = ledger.delivered.get(change.record.id)
    return delivered is not None and delivered.version >= change.version
