"""Values that are worked out once and kept in the record that they belong to."""

from typing import Any


def keep(record: object, name: str, value: Any) -> None:
    """Keep a value in a field of a frozen record, a field that takes no part in comparing records.

    A list visits a thousand records, a CRM holds a million: a mapping beside them would cost each visit a lookup and
    each record an entry, and a mutable part in each record an object.
    """
    object.__setattr__(record, name, value)
