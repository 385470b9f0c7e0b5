"""What the records of every kind have in common. All immutable, so that forks share them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

Extra = Mapping[str, Any] | None
"""Fields that the contract does not have, kept as they were sent (dialect `unknownFields: keep`)."""


class Record(Protocol):
    """The content of a record: an event, a contact, an account … `kind` is the name of its kind.

    `lastModifiedAt` is not content: it belongs to the change. An id is unique among the records of a kind.
    """

    kind: ClassVar[str]

    @property
    def id(self) -> str: ...

    @property
    def extra(self) -> Extra: ...
