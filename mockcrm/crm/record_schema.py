"""Records on the wire, both ways: what the schemas of events and their parts have in common (contract, section 2)."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from marshmallow import EXCLUDE, RAISE, ValidationError, post_load

from mockcrm.base.caching import keep
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, nullable, one_or_more
from mockcrm.base.schema.fields import MAX_MEMBERS, read_list
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.dialect.knobs import PLAIN, Dialect
from mockcrm.errors.problems import MAX_PROBLEMS

MAX_UNKNOWN = MAX_MEMBERS
"""The most unknown fields that an event, an attendee or a link may have."""

RESERVED = ("deleted", "deletedAt")
"""What distinguishes a tombstone from an event: never kept as unknown fields."""


class Written:
    """Marks a field that does not show its values as they are in the model."""


class RecordSchema(Strict):
    """A record or a part of one: what happens to unknown fields, and how an object of the model is shown."""

    set_apart: tuple[str, ...] = ()
    """Fields that `show` leaves out, because they are not in the record."""
    one_of: tuple[str, ...] = ()
    """The attributes of which at least one must have a value: they say who or what it is."""
    by_key: tuple[str, ...] = ()
    """The fields that a key alone stands for, beside the id: they are those of the record that has the key."""

    @classmethod
    def hidden(cls, dialect: Dialect) -> tuple[str, ...]:
        """The fields that a dialect does not have: they are not shown, and unknown where they are read."""
        return ()

    def __init__(self, dialect: Dialect = PLAIN, *, partial: bool | None = None) -> None:
        self.dialect = dialect
        rejects = dialect.unknown_fields == "reject"
        self._hidden = self.hidden(dialect)
        # Where a dialect can hide fields, the description of the API has both forms.
        self.variant = (
            "Whole" if type(self) is not RecordSchema and "hidden" in vars(type(self)) and not self._hidden else ""
        )
        super().__init__(unknown=RAISE if rejects else EXCLUDE, partial=partial, exclude=self._hidden)
        self.strays = MAX_PROBLEMS if rejects else MAX_UNKNOWN
        self._names = tuple(name for name in self.fields if name not in self.set_apart)
        self._values = attrgetter(*(self.fields[name].attribute or name for name in self._names))
        # Most fields show their values as they are, and need not be asked.
        self._written = [(name, self.fields[name]) for name in self._names if isinstance(self.fields[name], Written)]

    @post_load(pass_original=True)
    def gather(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Any:
        """Keep the unknown fields, in the order of the body."""
        keeps = self.dialect.unknown_fields == "keep"
        reserved = (*RESERVED, *self._hidden) if keeps else ()
        forged = {name: ["Only the CRM sets this field."] for name in reserved if name in original}
        if forged:
            raise ValidationError(forged)
        extra = {key: value for key, value in original.items() if keeps and key not in self.fields}
        return self.build({**data, "extra": extra or None})

    def build(self, values: dict[str, Any]) -> Any:
        """Make an object of the model from its values, by attribute."""
        return values

    def show(self, record: Any) -> dict[str, Any]:
        """The record in JSON's types."""
        shown = dict(zip(self._names, self._values(record), strict=True))
        for name, field in self._written:
            shown[name] = field._serialize(shown[name], name, record)
        return shown | record.extra if record.extra else shown


class Records(Written, Field[tuple[Any, ...]]):
    """A list of at most `MAX_MEMBERS` records, in the dialect of the schema it stands in."""

    default_error_messages = {"invalid": "Not a list."}

    def __init__(self, record: Callable[[Dialect], RecordSchema], **kwargs: Any) -> None:
        super().__init__(load_default=(), **kwargs)
        self._record = record

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.schema = self._record(parent.dialect)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        return tuple(read_list(value, self.schema.load))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return [each.shown or self._show(each) for each in value]

    def _show(self, each: Any) -> dict[str, Any]:
        """The JSON of one object, the same in every dialect and made once, however many events it recurs in."""
        shown = self.schema.show(each)
        keep(each, "shown", shown)
        return shown

    def described(self, refer: Refer) -> Described:
        return self.listed(refer(self.schema))

    def listed(self, member: Described) -> Described:
        """The description of the field, from that of one record."""
        return {"type": "array", "items": member, "maxItems": MAX_MEMBERS}


class Links(Records):
    """`relatedTo`: a list, or the first link alone where the dialect shows one object. A single object is read too."""

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.alone = parent.dialect.related_to_shape == "object"

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if value is None and self.alone:
            return ()
        return super().deserialize([value] if isinstance(value, dict) else value, attr, data, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        shown = super()._serialize(value[:1] if self.alone else value, attr, obj)
        return (shown[0] if shown else None) if self.alone else shown

    def listed(self, member: Described) -> Described:
        described = one_or_more(member, maxItems=MAX_MEMBERS)
        return nullable(described) if self.alone else described
