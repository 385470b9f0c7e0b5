"""The refusals that concern a record, for every kind of records (contract, section 8)."""

from functools import cache
from typing import ClassVar, Self

from mockcrm.errors.refusal import Refusal
from mockcrm.errors.text import with_article


class RecordRefusal(Refusal):
    """A refusal that concerns a record of some kind: `of` gives the class for a kind, with a code of its own.

    >>> RecordNotFound.of("contact").code
    'contact.notFound'
    """

    problem: ClassVar[str]

    @classmethod
    @cache
    def of(cls, kind: str) -> type[Self]:
        """The same refusal for a kind, by the kind's name."""
        doc = (cls.__doc__ or "").replace("a record", with_article(kind)).replace("record", kind)
        name = cls.__name__.replace("Record", kind.capitalize())
        return type(name, (cls,), {"code": f"{kind}.{cls.problem}", "__doc__": doc, "__module__": __name__})


class RecordNotFound(RecordRefusal):
    """No record ever had this id."""

    status, problem = 404, "notFound"


class RecordDeleted(RecordRefusal):
    """The record was deleted. `status` is 404, or 410 where the dialect says so (contract, section 3)."""

    status, problem = 404, "deleted"

    def __init__(self, message: str, *, status: int = 404) -> None:
        super().__init__(message)
        self.status = status


class RecordExists(RecordRefusal):
    """The id is or was the id of a record, or is a key."""

    status, problem = 409, "exists"


class RecordNotDeleted(RecordRefusal):
    """The record is not deleted, so it cannot be restored."""

    status, problem = 409, "notDeleted"


class RecordInvalid(RecordRefusal):
    """The record is not valid."""

    status, problem = 422, "invalid"


class ChildReadOnly(Refusal):
    """The CRM itself makes child events and changes them with their parent; only the attendee's `status` is free."""

    status, code = 422, "event.childReadOnly"


RECORD_REFUSALS: tuple[type[RecordRefusal], ...] = (
    RecordNotFound,
    RecordDeleted,
    RecordExists,
    RecordNotDeleted,
    RecordInvalid,
)
"""What there is for every kind of records."""
