"""What a replay needs besides the journal: the start of a sandbox, and the requests to its controls."""

from datetime import datetime

from mockcrm.base.declaring import dataclass
from mockcrm.crm.clock import ClockSetting
from mockcrm.sandbox.state import State

MAX_CONTROLS = 10_000
"""The most requests to the controls that are kept."""
MAX_CONTROLS_WEIGHT = 64 * 1024 * 1024
"""The most bytes that their bodies and paths may take together."""

_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
_QUESTIONS = frozenset(
    {"/admin/requests", "/admin/requests/find", "/admin/requests/count", "/admin/verify", "/admin/audit"}
)
_OF_THE_SERVER = ("/admin/sandboxes", "/admin/demo")
_START_OVER = frozenset({("POST", "/admin/reset"), ("PUT", "/admin/snapshot"), ("PUT", "/admin/scenario")})


@dataclass(frozen=True, slots=True)
class ControlStep:
    """A request to the controls that was carried out, as a recording keeps it and a bundle contains it.

    Everything that fell due by the sandbox's instant `now` had run when it came. `path` is the one below the sandbox,
    `kind` the content type.
    """

    method: str
    path: str
    kind: str
    if_match: str | None
    body: bytes
    now: datetime
    status: int


def is_recorded(method: str, path: str) -> bool:
    """Whether a request to the controls may change this CRM as it stands, and so belongs in its recording.

    Others only ask, concern other sandboxes, or start the CRM over.
    """
    if method in _READ_ONLY or path in _QUESTIONS or path.startswith(_OF_THE_SERVER):
        return False
    return (method, path) not in _START_OVER


class Recording:
    """One sandbox since its last reset: its `start` state, how its clock started, and the requests to its `controls`.

    Each of these stands with the number of the latest client's request before it. `began` is real time, in seconds, and
    `machine` is what the machine's clock said then. `lost` says why there is nothing to replay, once that is so; then
    nothing more is kept. It is `resumed` if clients had been served before. Callers hold the sandbox's lock.
    """

    def __init__(self, start: State, clock: ClockSetting, began: float, machine: datetime | None) -> None:
        self.start, self.clock, self.began, self.machine = start, clock, began, machine
        self.controls: list[tuple[int, ControlStep]] = []
        self.lost: str | None = None
        self.resumed = start.asked
        self._weight = 0

    def add(self, after: int, step: ControlStep) -> None:
        """Keep a request that came `after` a client's request of that number."""
        self._weight += len(step.body) + len(step.path)
        if len(self.controls) == MAX_CONTROLS or self._weight > MAX_CONTROLS_WEIGHT:
            mebibytes = MAX_CONTROLS_WEIGHT // 2**20
            many = f"There were more than {MAX_CONTROLS:,} requests to the controls, or {mebibytes} MiB of them"
            self.lose(f"{many}: reset the CRM, and save the bundle earlier")
        elif self.lost is None:
            self.controls.append((after, step))

    @property
    def full(self) -> float:
        """How full it is, from 0 to 1: by the number of its requests or by their bytes, whichever is more."""
        return min(1.0, max(len(self.controls) / MAX_CONTROLS, self._weight / MAX_CONTROLS_WEIGHT))

    def why_lost(self, *, cleared: bool, dropped: int, cut: int | None) -> str | None:
        """Why this can never be replayed, and what to do about it, or None.

        The arguments say what the sandbox's journal no longer has: was it `cleared`, how many requests it `dropped`,
        and of which request it `cut` the body.
        """
        if cleared:
            return "The journal was cleared: reset the CRM, and leave the journal as it is"
        if dropped:
            advice = "reset the CRM, and save earlier or serve with a larger --journal"
            return f"The journal had no room for {dropped} request{'s' * (dropped > 1)}: {advice}"
        if self.start.crm.views or any(tally.memory for _, _, tally in self.start.faults):
            return "The CRM was forked in the middle of a paged read or a fault: fork it earlier, or load its snapshot"
        if cut:
            return (
                f"Request {cut} had a body that is too heavy for the journal: reset the CRM, and have clients send less"
            )
        return self.lost

    def so_far(self) -> "Recording":
        """A copy to which nothing more is added."""
        copy = Recording(self.start, self.clock, self.began, self.machine)
        copy.controls, copy.lost, copy.resumed = self.controls[:], self.lost, self.resumed
        return copy

    def lose(self, why: str) -> None:
        """Give up, because a replay could not repeat what comes now."""
        self.lost = self.lost or why
        self.controls.clear()
