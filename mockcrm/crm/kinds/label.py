"""What people call a record: declared, so that a page of the console can say it of what it reads."""

from typing import Any

from mockcrm.base.declaring import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """The texts of a record's fields, with a blank between them, of the first group that has any.

    `groups` have the names of fields, which are those of the attributes as well. A record without such texts has no
    label: None.
    """

    groups: tuple[tuple[str, ...], ...]

    def __call__(self, record: Any) -> str | None:
        found = (" ".join(filter(None, (getattr(record, name) for name in group))) for group in self.groups)
        return next(filter(None, found), None)


def named_by(*groups: str) -> Label:
    """A label by these fields: `named_by("firstName lastName", "emailAddress")`."""
    return Label(tuple(tuple(group.split()) for group in groups))
