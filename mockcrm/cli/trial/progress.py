"""Says on standard error how far a trial is."""

import contextlib
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import IO

import click

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless
from mockcrm.cli.console import is_terminal
from mockcrm.trials.outcome import OUTCOMES, HazardTrial, Outcome

_CLEAR = "\r\x1b[K"
"""Goes to the beginning of a terminal's line, and clears it."""


@dataclass
class TrialProgress:
    """How far a trial is: on a terminal a line in place, elsewhere a line for each hazard that was not passed.

    `what` is what there are `total` of: hazards, random trials, or trials of both kinds.
    """

    total: int
    what: str = "hazard"
    stream: IO[str] | None = field(default_factory=lambda: sys.stderr)
    began: float = field(default_factory=time.monotonic)
    counts: Counter[Outcome] = field(default_factory=Counter)

    @property
    def is_dynamic(self) -> bool:
        """Whether a line can be written in place."""
        return is_terminal(self.stream)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show it while the block runs, and sum up if it comes to its end."""
        if self.is_dynamic:
            self._print_in_place(f"0 of {self._all}")
        try:
            yield
        finally:
            if self.is_dynamic:
                self._print(_CLEAR)
        self._print(f"{self._summary()}\n")

    def note(self, trial: HazardTrial, done: int, total: int) -> None:
        """Note a trial that has ended: the `done`th of `total`."""
        self.counts[trial.outcome] += 1
        if self.is_dynamic:
            self._print_in_place(f"{done} of {self._all}{self._named()}; {self._estimate(done, total)}")
        elif trial.outcome not in ("passed", "not applicable"):
            self._print(f"{done} of {total}: {trial.hazard.name} {trial.outcome}; {self._estimate(done, total)}\n")

    def say(self, sentence: str) -> None:
        """Print a line of its own."""
        self._print(f"{_CLEAR if self.is_dynamic else ''}{harmless(sentence)}\n")

    @property
    def _all(self) -> str:
        """What there is to play, such as `64 hazards`."""
        return f"{self.total} {self.what}{'s' * (self.total != 1)}"

    def _estimate(self, done: int, total: int) -> str:
        """How long it will still take, as far as that can be seen from what is done."""
        left = (time.monotonic() - self.began) / done * (total - done)
        return f"about {max(left, 1):.0f} s left" if done < total else "done"

    def _summary(self) -> str:
        return f"{self.counts.total()} of {self._all} in {time.monotonic() - self.began:.1f} s{self._named()}."

    def _named(self) -> str:
        """The outcomes so far, such as `: 3 passed, 1 failed`."""
        named = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES if self.counts[outcome])
        return f": {named}" if named else ""

    def _print_in_place(self, line: str) -> None:
        width = shutil.get_terminal_size().columns
        self._print(f"{_CLEAR}{harmless(line)[: width - 1]}")

    def _print(self, text: str) -> None:
        if self.stream is None:
            return
        # Nobody need read how far it is: the report is what counts.
        with contextlib.suppress(OSError, ValueError):
            click.echo(text, file=self.stream, nl=False)
