"""marshmallow's own fields that ours derive from. They are generic in version 4, and not in version 3."""

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from mockcrm.base.brackets import with_brackets

__all__ = ["Field", "List", "String"]

if TYPE_CHECKING:
    from marshmallow.fields import Field, List, String
else:

    class _Sparing:
        """A field that asks its validators only if it has any: marshmallow makes an object to ask them."""

        def _validate(self, value: Any) -> None:
            if self.validators:
                super()._validate(value)

        def __class_getitem__(cls, _: Any) -> Any:
            return cls

    class Field(_Sparing, fields.Field):
        """The base of fields that say themselves what they read."""

    class String(_Sparing, fields.String):
        """A text."""

    List = with_brackets(fields.List)
