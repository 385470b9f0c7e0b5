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
        children = Children(crm)
        asked, (writes, main) = writes, _followed(children, writes, main)
        relinked = on_delete(crm, [write, *(each for each in writes if each is not write)], children.settled)
        more = children.followed(relinked)
        _count_more(crm, len(writes) - len(asked) + len(more) - len(relinked))
        writes += more
    changes = crm.write_all(writes, cause, options, main=main, ticks=ticks)
    return changes[main], tuple(changes)


def written_as_merged(
    crm: FakeCrm, writes: Sequence[Write], cause: Cause, options: WriteOptions = NO_OPTIONS
) -> tuple[Change, ...]:
    """Write what a merge changes, the survivor first, with the child events that follow.

    A merge itself says what becomes of links: its deletions have no other consequences.
    """
    if crm.dialect.child_events != "none":
        asked, (writes, _) = writes, _followed(Children(crm), writes, 0)
        _count_more(crm, len(writes) - len(asked))
    return tuple(crm.write_all(writes, cause, options))


def _followed(children: Children, writes: Sequence[Write], main: int) -> tuple[list[Write], int]:
    """Some writes with the child events that follow, and the place that the one at `main` has there."""
    found = children.followed(writes, writes[main])
    return found, next(place for place, each in enumerate(found) if each is writes[main])


def _count_more(crm: FakeCrm, more: int) -> None:
    if more > 0:
        crm.count(more)
