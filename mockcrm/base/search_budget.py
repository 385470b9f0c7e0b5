"""How long the searches of one call may take together: for regular expressions, and for members in any order."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mockcrm.errors import RequestInvalid

if TYPE_CHECKING:
    from regex import Pattern

PATIENCE = 0.1
"""The seconds that all searches of one call may take together, unless the call says that it waits."""
COMPARISON = 1e-7
"""The seconds that a comparison counts as, however long it takes: on any machine a call may make a million of them."""


class SearchBudget:
    """The time that is left for the searches of one call, in `seconds` of processor time.

    `worked` reads the processor time from any fixed point. Time that other programs use on a busy machine does not
    count. `left` is below 0 after a search that took longer than it should.
    """

    def __init__(self, seconds: float = PATIENCE, worked: Callable[[], float] = time.thread_time) -> None:
        self.left, self._worked = seconds, worked

    def compare(self, count: int) -> None:
        """Count that many comparisons of single values. Raises `RequestInvalid` once the budget is used up."""
        if self.left <= 0:
            raise RequestInvalid("The lists in any order take too long to compare: make them shorter, or use fewer.")
        self.left -= count * COMPARISON

    def finds(self, pattern: "Pattern[str]", text: str) -> bool:
        """Whether a text contains a match of the pattern. Raises `RequestInvalid` once the budget is used up."""
        if self.left <= 0:
            raise _used_up()
        began = self._worked()
        try:
            return pattern.search(text, timeout=self.left) is not None
        except TimeoutError as error:
            self.left = 0
            raise _used_up() from error
        finally:
            self.left -= self._worked() - began


def _used_up() -> RequestInvalid:
    return RequestInvalid("The patterns take too long to search: make them simpler, or use fewer.")
