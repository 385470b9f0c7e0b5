"""A design with a filter and a watermark for each of two windows, which move with time."""

from collections.abc import Mapping, Sequence

from mockcrm.base.times import parse_instant
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS, CursorExpired
from mockcrm.reference_client.paging import ClientRead, Setting
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import ReadWindow, Windows

MAX_DELTAS = 1
"""How many deltas of a window a client reads before it reads the window whole again."""


class FilterReader(WindowReader):
    """Follows the delta of each window. Reads the windows whole when they have moved, and at every second sync.

    The delta of a window does not say what has left the window. Where deletions are a stream of their own, that stream
    is one filter more.
    """

    def __init__(self, setting: Setting, windows: Windows) -> None:
        super().__init__(setting, windows)
        self.watermarks: dict[str, str] = {}
        self.read_whole: Sequence[ReadWindow] = ()
        self.deltas = 0

    def pull(self) -> None:
        windows = self.windows_now()
        moved = windows != self.read_whole and Safeguard.REREAD_WINDOW in self.safeguards
        if not self.watermarks or moved:
            self.read_windows(windows)
            return
        filters = [(EVENTS, {**each.query, **self.with_deletions()}) for each in windows]
        filters += [(DELETIONS, {})] if self.follows_deletions else []
        try:
            reads = [self.read_delta(place, *asked) for place, asked in enumerate(filters)]
        except CursorExpired:
            if Safeguard.FULL_RESYNC in self.safeguards:
                self.read_windows(windows)
            return
        self.deltas += 1
        if self.is_resync_due(reads[0]):
            self.read_windows(windows)

    def is_resync_due(self, read: ClientRead) -> bool:
        return super().is_resync_due(read) or (self.deltas > MAX_DELTAS and Safeguard.DAILY_RESYNC in self.safeguards)

    def read_delta(self, place: int, path: str, query: Mapping[str, str]) -> ClientRead:
        """Read what changed in a filter since its watermark. Raises `CursorExpired`."""
        key = str(place if Safeguard.OWN_WATERMARKS in self.safeguards else 0)
        read = self.read_stably(path, {**query, self.watermark_name: self.watermarks[key]})
        self.read_on(path, query, read)
        self.watermarks[key] = self.watermark_after(read)
        return read

    def read_windows(self, windows: Sequence[ReadWindow]) -> None:
        """Read each window whole. Until all are read there is no watermark."""
        self.watermarks.clear()
        self.deltas = 0
        self.probe()
        reads = [self.read_stably(EVENTS, each.query) for each in windows]
        self.settle_absent({event_id for read in reads for event_id in read.ids})
        self.read_all_at, self.read_whole = parse_instant(reads[0].pages[0].as_of), windows
        # The stream of deletions begins with the first read.
        self.watermarks = {str(place): self.watermark_after(read) for place, read in enumerate([*reads, reads[0]])}
