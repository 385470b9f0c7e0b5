"""What is kept of a sandbox's life besides the journal, so that it can be played again: the start, and the controls."""

from dataclasses import dataclass
from datetime import datetime

from mockcrm.crm.clock import ClockSetting
from mockcrm.sandbox.state import State

MAX_CONTROLS = 10_000
"""How many requests to the controls are kept."""
MAX_CONTROLS_WEIGHT = 64 * 1024 * 1024
"""How many bytes of bodies and queries they may take together."""

_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
_QUESTIONS = frozenset(
    {"/admin/requests", "/admin/requests/find", "/admin/requests/count", "/admin/verify", "/admin/audit"}
)
_ANEW = frozenset({("POST", "/admin/reset"), ("PUT", "/admin/snapshot"), ("PUT", "/admin/scenario")})


@dataclass(frozen=True, slots=True)
class Control:
    """A request to the controls that was granted.

    `after` is the number of the latest client's request when it came; `now` the sandbox's instant up to which all that
    fell due had been brought about. `path` is that below the sandbox.
    """

    after: int
    now: datetime
    method: str
    path: str
    kind: str
    if_match: str | None
    body: bytes
    status: int


def is_recorded(method: str, path: str) -> bool:
    """Whether a request to the controls may change this CRM as it stands, and so belongs into its recording.

    Those that only ask do not, nor those about other sandboxes, nor those after which the CRM begins anew.
    """
    if method in _READ_ONLY or path in _QUESTIONS or path.startswith("/admin/sandboxes"):
        return False
    return (method, path) not in _ANEW


class Recording:
    """One sandbox since its last reset: the `start` state, how the clock was then, and the `controls` in their order.

    `began` is in seconds of the world. Whoever adds to it holds the sandbox's lock. `lost` says why there is nothing to
    be played again, once that is so; then nothing is kept any more.
    """

    def __init__(self, start: State, clock: ClockSetting, began: float) -> None:
        self.start, self.clock, self.began = start, clock, began
        self.controls: list[Control] = []
        self.lost: str | None = None
        self._weight = 0

    def add(self, control: Control) -> None:
        self._weight += len(control.body) + len(control.path)
        if len(self.controls) == MAX_CONTROLS or self._weight > MAX_CONTROLS_WEIGHT:
            mebibytes = MAX_CONTROLS_WEIGHT // 2**20
            many = f"There were more than {MAX_CONTROLS:,} requests to the controls, or {mebibytes} MiB of them"
            self.lose(f"{many}: save the bundle earlier")
        elif self.lost is None:
            self.controls.append(control)

    def so_far(self) -> "Recording":
        """A copy that is added to no more."""
        copy = Recording(self.start, self.clock, self.began)
        copy.controls, copy.lost = self.controls[:], self.lost
        return copy

    def lose(self, why: str) -> None:
        """Give up: from here on nobody could tell how the CRM came to be what it is."""
        self.lost = self.lost or why
        self.controls.clear()
