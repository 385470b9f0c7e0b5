"""How much one call may do: counted while it is done, and by arithmetic before anything is.

A whole is whatever happens together or not at all, and what one client's request has happen: a list of actions, the
steps of a scenario up to its next sync, the playing of a scenario by whoever reads it, the fault rules of one request,
what falls due at one instant. It may run so many things of the agenda and make so many changes (contract, section 5).
"""

from mockcrm.errors import ActionInvalid, ClockInvalid

MAX_RUNS = 10_000
"""How many things of the agenda one whole runs at most (contract, section 6)."""
MAX_CHANGES = 30_000
"""How many changes one whole makes at most. An action that makes none counts as one."""
MAX_LOOK = 2_000
"""After how many things, or changes, one look at a clock leaves the rest to the next.

What falls due may make more fall due: the writes of a thing that recurs within a tick move the clock on to its next
time. Whoever looks does not wait for all of that.
"""


class Allowance:
    """What one whole has done of what it may: `runs` of things of the agenda, and `changes`.

    It may change as many events as there are to be `touched` at once, if those are more. `exceeded` says that more was
    asked for and refused.
    """

    def __init__(self, touched: int = 0) -> None:
        self.runs = self.changes = 0
        self.exceeded = False
        self._most = max(MAX_CHANGES, touched)

    def check(self, *, runs: int = 0, changes: int = 0) -> None:
        """Raises `ClockInvalid` where so many more runs are too many, and `ActionInvalid` for changes."""
        if self.runs + runs > MAX_RUNS:
            self.exceeded = True
            raise too_much_due()
        if self.changes + changes > self._most:
            self.exceeded = True
            raise ActionInvalid(f"More than {self._most:,} changes at once: do it in smaller portions.")

    def spend(self, *, runs: int = 0, changes: int = 0) -> None:
        """Count what is about to be done. Raises the same, and then it must not be done."""
        self.check(runs=runs, changes=changes)
        self.runs += runs
        self.changes += changes


def too_much_due() -> ClockInvalid:
    """The refusal of whatever has too much fall due."""
    return ClockInvalid(
        f"More than {MAX_RUNS:,} things or {MAX_CHANGES:,} changes fall due: move the clock in smaller steps."
    )
