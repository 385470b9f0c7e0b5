"""Reads what changed in the CRM since the watermark, and now and then everything."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from mockcrm.base.times import EPOCH, format_instant, parse_instant
from mockcrm.reference_client.crm_api import CursorExpired, ListPage, deletions_of
from mockcrm.reference_client.paging import ClientRead, Pager, Setting
from mockcrm.reference_client.safeguards import Safeguard

FLOOR = timedelta(days=30)
"""How far back a client looks that does not read everything at first."""


class Puller(Pager):
    """Reads one CRM into a sync state, from a watermark for each stream."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.watermarks: dict[str, str] = {}

    @property
    def both_streams(self) -> Sequence[str]:
        return (deletions_of(self.path), self.path)

    @property
    def streams(self) -> Sequence[str]:
        return self.both_streams if self.follows_deletions else (self.path,)

    def pull(self) -> None:
        """Apply what changed since the last pull. Raises `GaveUp`."""
        if not self.watermarks and Safeguard.NO_FLOOR in self.safeguards:
            self.read_all()
            return
        for stream in () if self.watermarks else self.streams:
            self.watermarks[stream] = format_instant(self.setting.clock() - FLOOR)
        try:
            reads = {stream: self.read_delta(stream) for stream in self.streams}
        except CursorExpired:
            if Safeguard.FULL_RESYNC in self.safeguards:
                self.read_all()
            return
        for stream, read in reads.items():
            self.move_watermark(stream, read)
        if self.is_resync_due(reads[self.path]):
            self.read_all()

    def read_all(self) -> None:
        """Read everything. An event that is missing is gone. Until the read is complete there is no watermark."""
        self.probe()
        if Safeguard.WITHOUT_SINCE in self.safeguards:
            self.watermarks.clear()
        else:
            self.watermarks = dict.fromkeys(self.both_streams, format_instant(EPOCH))
        read = self.read_stably(self.path, {} if self.watermarks == {} else self.with_deletions())
        if read.pages[-1].next_token is None:
            for event_id in self.state.known.keys() - read.ids:
                self.handle_absence(event_id)
        self.read_all_at = parse_instant(read.pages[0].as_of)
        for stream in self.both_streams:
            self.move_watermark(stream, read)

    def read_delta(self, stream: str) -> ClientRead:
        """Read what changed since the stream's watermark. Raises `CursorExpired` if the watermark is too old."""
        query = self.with_deletions()
        read = self.read_stably(stream, query)
        self.read_on(stream, query, read)
        return read

    def with_watermark(self, path: str, query: Mapping[str, str]) -> Mapping[str, str]:
        watermark = self.watermarks.get(path)
        return {**query, self.watermark_name: watermark} if watermark else query

    def touched_by(self, path: str) -> Sequence[str]:
        return self.streams if path == self.path and not self.watermarks else [path]

    def take(self, page: ListPage, read: ClientRead) -> None:
        super().take(page, read)
        if Safeguard.LAST_PAGE not in self.safeguards:
            self.move_watermark(read.path, read)

    def move_watermark(self, stream: str, read: ClientRead) -> None:
        """Set the watermark from which the stream's next read starts."""
        watermark = self.watermark_after(read)
        streams = [stream] if Safeguard.OWN_WATERMARKS in self.safeguards else self.streams
        for each in streams:
            shared = len(streams) > 1 and each in self.watermarks
            self.watermarks[each] = max(watermark, self.watermarks[each]) if shared else watermark
