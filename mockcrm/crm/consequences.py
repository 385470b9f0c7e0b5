"""What else is written when a record is written: the one place where a write has consequences.

A rule says what follows from a write, before anything is written. Then all of it is written at once, with one stamp.
"""

from collections.abc import Callable
from typing import NamedTuple

from mockcrm.crm.change import Change
from mockcrm.crm.fake_crm import NO_OPTIONS, Cause, FakeCrm, Write, WriteOptions
from mockcrm.crm.references import on_delete


class Consequences(NamedTuple):
    """What follows from a write, and what of it stands before it in the change log."""

    before: tuple[Write, ...] = ()
    after: tuple[Write, ...] = ()


ConsequenceRule = Callable[[FakeCrm, Write], Consequences]
RULES: tuple[ConsequenceRule, ...] = ()
"""What follows from a write, and why one is refused. A rule may raise a `Refusal`: nothing is written then."""


def written(
    crm: FakeCrm, write: Write, cause: Cause, options: WriteOptions = NO_OPTIONS, *, ticks: bool = True
) -> tuple[Change, tuple[Change, ...]]:
    """Write a version with its consequences: all or nothing. The version, and all changes in their order."""
    found = [rule(crm, write) for rule in RULES]
    before = [each for one in found for each in one.before]
    after = [each for one in found for each in one.after]
    after += on_delete(crm, [write, *before, *after])
    changes = crm.write_all([*before, write, *after], cause, options, main=len(before), ticks=ticks)
    return changes[len(before)], tuple(changes)
