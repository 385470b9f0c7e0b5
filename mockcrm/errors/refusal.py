"""What every refusal has: a status, a code for programs, a message for people (contract, section 5)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from mockcrm.errors.problems import brief
from mockcrm.errors.text import abridged

Details = Mapping[str, Any]


class Refusal(Exception):
    """A request that mockcrm refuses, and why.

    `code` is stable, for programs. `message` says to a person what to do, in at most `longest` bytes. `details` names
    the fields at fault, the first few of many. `headers` are sent with the answer.
    """

    status: int
    code: ClassVar[str]
    longest: ClassVar[int] = 2_000

    def __init__(
        self, message: str, details: Details | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.message = abridged(message, self.longest)
        super().__init__(self.message)
        self.details: Details = brief(details) if details else {}
        self.headers: Mapping[str, str] = headers or {}

    def within(self, place: str, prefix: str | None = None) -> "Refusal":
        """A copy of this refusal for a larger request: its details stand at `place`, its message after `prefix`."""
        twin = type(self).__new__(type(self))
        message = f"{prefix}: {self.message}" if prefix else self.message
        vars(twin).update(vars(self), message=message, details={place: self.details})
        twin.args = (twin.message,)
        return twin
