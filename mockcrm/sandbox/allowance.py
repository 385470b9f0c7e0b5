"""How much one call may do, counted while it works.

A whole is what happens together or not at all: a list of actions, a scenario's steps up to the next sync, the trial
run of a scenario when it is read, all that the fault rules of one request do, what falls due at one instant. Each has
limits for entries of the agenda that run, and for changes (contract, section 5).
"""

from mockcrm.errors import ActionInvalid, ClockInvalid

MAX_RUNS = 10_000
"""How many entries of the agenda one whole runs at most (contract, section 6)."""
MAX_CHANGES = 30_000
"""How many changes one whole makes at most. An action that makes none counts as one.

Child events count as well, once they are known: nobody can say beforehand how many change with their parents.
"""
MAX_LOOK = 2_000
"""After how many entries, or changes, one look at a clock leaves the rest to the next look.

What runs may make more fall due: where an entry recurs within a tick, its writes move the clock on to its next time.
One request does not wait for all of that.
"""


class Allowance:
    """What one whole has done so far: `runs` of entries of the agenda, and `changes`.

    `touched` raises the limit of changes, for an action that changes all events at once. `exceeded` says that something
    was refused.
    """

    def __init__(self, touched: int = 0) -> None:
        self.runs = self.changes = 0
        self.exceeded = False
        self._most = max(MAX_CHANGES, touched)

    def check(self, *, runs: int = 0, changes: int = 0) -> None:
        """Raises `ClockInvalid` if so many more runs are too many, `ActionInvalid` if so many more changes are."""
        if self.runs + runs > MAX_RUNS:
            self.exceeded = True
            raise too_much_due()
        if self.changes + changes > self._most:
            self.exceeded = True
            raise ActionInvalid(f"More than {self._most:,} changes at once: do it in smaller portions.")

    def spend(self, *, runs: int = 0, changes: int = 0) -> None:
        """Count what is about to happen. Raises as `check` does; then it must not happen."""
        self.check(runs=runs, changes=changes)
        self.runs += runs
        self.changes += changes


def too_much_due() -> ClockInvalid:
    """The refusal of a call by which too much would fall due."""
    return ClockInvalid(
        f"More than {MAX_RUNS:,} entries of the agenda, or {MAX_CHANGES:,} changes, would be due: "
        "move the clock in smaller steps."
    )
