"""A design that imports everything in slices, which it reads at the same time; after that it follows the delta."""

from collections.abc import Mapping, Sequence

from mockcrm.base.times import parse_instant
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS, MAX_ATTEMPTS, CursorExpired, GaveUp
from mockcrm.reference_client.paging import ClientRead, Pager, Setting
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windows import Windows


class SliceReader(Pager):
    """Imports all slices at first and once a day, and follows the delta of everything in between.

    The slices together are all time. They are read at once, a page of each in turn.
    """

    def __init__(self, setting: Setting, slices: Windows) -> None:
        super().__init__(setting)
        self.slices = slices
        self.watermark = ""

    @property
    def deltas(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """What it asks of which stream."""
        deltas: list[tuple[str, Mapping[str, str]]] = [(EVENTS, self.with_deletions())]
        return [*deltas, (DELETIONS, {})] if self.follows_deletions else deltas

    def pull(self) -> None:
        """Apply what changed since the last pull. Raises `GaveUp`."""
        if not self.watermark:
            self.read_slices()
            return
        try:
            deltas = self.deltas
            reads = self.read_together([(path, {**query, "since": self.watermark}) for path, query in deltas])
        except CursorExpired:
            if Safeguard.FULL_RESYNC in self.safeguards:
                self.read_slices()
            return
        for (path, query), read in zip(deltas, reads, strict=True):
            self.read_on(path, query, read)
        self.watermark = min(map(self.watermark_after, reads))
        if self.is_resync_due(reads[0]):
            self.read_slices()

    def read_slices(self) -> None:
        """Read all slices at the same time. An event that no slice has is gone."""
        self.watermark = ""
        self.probe()
        reads = self.read_together([(EVENTS, each.query) for each in self.slices(self.setting.clock())])
        for event_id in self.state.known.keys() - {event_id for read in reads for event_id in read.ids}:
            self.handle_absence(event_id)
        self.read_all_at = parse_instant(reads[0].pages[0].as_of)
        self.watermark = min(map(self.watermark_after, reads))

    def read_together(self, asked: Sequence[tuple[str, Mapping[str, str]]]) -> list[ClientRead]:
        """Paged reads at the same time; all of them again if a token expires or a change may have moved rows meanwhile.

        Raises `CursorExpired` if the watermark is too old, and `GaveUp`.
        """
        for _ in range(MAX_ATTEMPTS):
            reads = [self.begin(*each) for each in asked]
            try:
                self.read_in_turn(reads)
            except CursorExpired:
                if not all(read.pages for read in reads):
                    raise
                continue
            if all(self.is_stable(*each, read) for each, read in zip(asked, reads, strict=True)):
                return reads
            self.crm.wait(1)
        raise GaveUp("The lists changed, or a page token expired, during each attempt to read them.")

    def read_in_turn(self, reads: Sequence[ClientRead]) -> None:
        going = [(self.pages(read), read) for read in reads]
        while going:
            for each in list(going):
                pages, read = each
                if (page := next(pages, None)) is None:
                    going.remove(each)
                else:
                    self.take(page, read)
