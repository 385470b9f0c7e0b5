"""A design without watermarks: reads its windows whole at each sync, and by id what is absent from them."""

from collections.abc import Sequence, Set

from mockcrm.reference_client.crm_api import EVENTS
from mockcrm.reference_client.paging import Pager, Setting
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windows import ReadWindow, Windows, spanned


class WindowReader(Pager):
    """Reads `windows`, one after the other. `window` is what they covered at the last sync."""

    def __init__(self, setting: Setting, windows: Windows) -> None:
        super().__init__(setting)
        self.windows = windows
        self.window: ReadWindow | None = None

    def pull(self) -> None:
        """Read all windows. Raises `GaveUp`."""
        self.probe()
        self.read_windows(self.windows_now())

    def windows_now(self) -> Sequence[ReadWindow]:
        """The windows to read, and what they cover together. Events that this does not reach any more are forgotten."""
        windows = self.windows(self.setting.clock())
        self.window = spanned(windows)
        for event_id, known in list(self.state.known.items()):
            if not self.window.holds(known.content):
                self.state.forget(event_id)
        return windows

    def read_windows(self, windows: Sequence[ReadWindow]) -> None:
        """Read each window whole, and by id what none of them has any more: it was moved or deleted, or is over."""
        found = {event_id for each in windows for event_id in self.read_stably(EVENTS, each.query).ids}
        self.settle_absent(found)

    def settle_absent(self, found: Set[str]) -> None:
        if Safeguard.LEFT_WINDOW in self.safeguards:
            for event_id in self.state.known.keys() - found:
                self.handle_absence(event_id)
