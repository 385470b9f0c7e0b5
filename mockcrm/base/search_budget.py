"""How long searches for regular expressions may take: all that one call asks for share one budget."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mockcrm.errors import RequestInvalid

if TYPE_CHECKING:
    from regex import Pattern

PATIENCE = 0.1
"""How many seconds all searches of one call may take together, unless the call says that it waits."""


class SearchBudget:
    """What is left for the searches of one call, in `seconds` of the processor's time.

    `worked` reads such seconds from any fixed point. What other programs do on a busy machine does not count. `left` is
    below 0 where a search took longer than it should.
    """

    def __init__(self, seconds: float = PATIENCE, worked: Callable[[], float] = time.thread_time) -> None:
        self.left, self._worked = seconds, worked

    def finds(self, pattern: "Pattern[str]", text: str) -> bool:
        """Whether a pattern is found somewhere in a text. Raises `RequestInvalid` once the budget is used up."""
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
    return RequestInvalid("The patterns take too long to look for: make them simpler, or fewer.")
