"""marshmallow's own fields that ours derive from, generic in both of its versions in use.

In version 4 they are generic. In version 3 they are not, so there the brackets are read and forgotten. This is the only
place that knows of two versions: the project whose tests use mockcrm decides which one is installed.
"""

from typing import TYPE_CHECKING, Any

from marshmallow import fields

__all__ = ["Field", "List"]

if TYPE_CHECKING or hasattr(fields.Field, "__class_getitem__"):
    from marshmallow.fields import Field, List
else:

    class _InBrackets:
        def __class_getitem__(cls, _: Any) -> type:
            return cls

    class Field(_InBrackets, fields.Field):
        """A field that reads a value of the type in brackets."""

    class List(_InBrackets, fields.List):
        """A list of values of the type in brackets."""
