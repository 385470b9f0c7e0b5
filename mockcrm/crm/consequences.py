"""What else is written when a record is written: the one place where a write has consequences.

What follows is worked out before anything is written: events of a calendar that is deleted, links to what is deleted,
child events. It has no consequences itself, except that children follow their parents. Then all of it is written at
once, with one stamp.
"""

from collections.abc import Sequence

from mockcrm.crm.calendars import writes_before
from mockcrm.crm.change import Change
from mockcrm.crm.children import Children
from mockcrm.crm.fake_crm import NO_OPTIONS, Cause, FakeCrm, Write, WriteOptions
from mockcrm.crm.references import on_delete


def written(
    crm: FakeCrm, write: Write, cause: Cause, options: WriteOptions = NO_OPTIONS, *, ticks: bool = True
) -> tuple[Change, tuple[Change, ...]]:
    """Write a version with its consequences: all or nothing. The version, and all changes in their order."""
    before = writes_before(crm, write)
    writes, main = [*before, write], len(before)
    if before:
        crm.count(len(before))
    if crm.dialect.child_events == "none":
        writes += on_delete(crm, [write, *before])
    else:
        writes, main = _with_children(crm, writes, main)
    changes = crm.write_all(writes, cause, options, main=main, ticks=ticks)
    return changes[main], tuple(changes)


def _with_children(crm: FakeCrm, asked: Sequence[Write], main: int) -> tuple[list[Write], int]:
    """All that is written with the child events that follow, and the place that the one at `main` has there."""
    children, write = Children(crm), asked[main]
    writes = children.followed(asked, write)
    relinked = on_delete(crm, [write, *(each for each in writes if each is not write)], children.settled)
    writes += children.followed(relinked)
    if (more := len(writes) - len(asked) - len(relinked)) > 0:
        crm.count(more)
    return writes, next(place for place, each in enumerate(writes) if each is write)
