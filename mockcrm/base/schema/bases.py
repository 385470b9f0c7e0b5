"""marshmallow's own fields that ours derive from. They are generic in version 4, and not in version 3."""

from typing import TYPE_CHECKING

from marshmallow import fields

from mockcrm.base.brackets import with_brackets

__all__ = ["Field", "List"]

if TYPE_CHECKING:
    from marshmallow.fields import Field, List
else:
    Field, List = with_brackets(fields.Field), with_brackets(fields.List)
