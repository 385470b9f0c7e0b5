"""The arguments of the verbs that write a record: which kind, which record, its fields (contract, sections 6 and 8)."""

from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import ListOf, check_size
from mockcrm.crm.dialect.knobs import CONTROLS_KEEPING
from mockcrm.crm.drafts import Draft
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.keyed_schema import keyed_schema
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.merging import Repoint
from mockcrm.sandbox.control_schemas import EditModifiers, KindField, WriteModifiers, key_field

MAX_TOUCHED = 10_000
"""The most records that one touch names."""


class DraftField(fields.Raw):
    """The fields of a record as the controls set them or, with `partial`, those to change.

    They are those of the `kind`, or else of the kind that is named beside them. Those of a `kind` are members of a long
    list, and read when they are needed.
    """

    def __init__(self, *, partial: bool = False, kind: Kind | None = None, **options: Any) -> None:
        super().__init__(attribute="content", required=True, **options)
        self.partial, self.kind = partial, kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Draft:
        if self.kind:
            return Draft(value, None, partial=self.partial, kind=self.kind)
        named = data.get("kind") if isinstance(data, Mapping) else None
        kind = (KINDS.get(named) if isinstance(named, str) else None) or EVENT
        return Draft(value, CONTROLS_KEEPING, partial=self.partial, kind=kind)

    def described(self, refer: Refer) -> Described:
        """As in the dialect that accepts the most: it keeps unknown fields."""
        return self.described_for(self.kind, refer) if self.kind else {}

    def described_for(self, kind: Kind, refer: Refer) -> Described:
        """The fields of one kind, with keys where they refer to other records."""
        return refer(keyed_schema(kind.schema_class)(CONTROLS_KEEPING, partial=self.partial or None))


class _WithContent(WriteModifiers):
    """A write of the content of a record."""

    kind = KindField()
    set = DraftField()

    def described(self, described: Described, refer: Refer) -> Described:
        """The fields in `set` are those of the kind."""
        field = self.fields.get("set")
        if not isinstance(field, DraftField) or field.kind is not None or "kind" not in self.fields:
            return described
        by_kind: dict[str, Described] = {
            kind.name: {"properties": {"set": field.described_for(kind, refer)}} for kind in KINDS.values()
        }
        chain = by_kind.pop(EVENT.name)
        for name, then in by_kind.items():
            of_kind = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
            chain = {"if": of_kind, "then": then, "else": chain}
        return described | chain


class CreateSchema(_WithContent):
    key = key_field()

    @post_load
    def gather(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        # The draft knows its kind.
        data.pop("kind", None)
        gathered: dict[str, Any] = super().gather(data, **options)
        return gathered


class _Naming(WriteModifiers):
    """A write to what is `named` in the arguments: by its general name or, where it is about events, by theirs."""

    named: tuple[str, str]
    """The name of the argument for events, and that for records of any kind."""
    pronoun: str

    kind = KindField()

    @validates_schema
    def is_named_once(self, data: Mapping[str, Any], partial: Any = None, **_: Any) -> None:
        of_events, of_any = self.named
        if partial and of_any in partial:
            return
        kind = data.get("kind", EVENT)
        if of_events in data and kind is not EVENT:
            raise ValidationError(
                f"{a_record(kind).capitalize()} is not an event: name {self.pronoun} by `{of_any}`.", of_events
            )
        if of_events in data and of_any in data:
            raise ValidationError(f"Name the {of_events} once: by `{of_events}`, or by `{of_any}`.", of_any)
        if of_events not in data and of_any not in data:
            raise ValidationError("Missing data for required field.", of_events if kind is EVENT else of_any)

    @post_load
    def gather(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        of_events, of_any = self.named
        if of_events in data:
            data[of_any] = data.pop(of_events)
        gathered: dict[str, Any] = super().gather(data, **options)
        return gathered

    def described(self, described: Described, refer: Refer) -> Described:
        if self.named[0] not in described["properties"]:
            return described
        return described | {"oneOf": [{"required": [name]} for name in self.named]}


class OnRecord(_Naming):
    """A write to a record, which `record` names; an event may also be named by `event`."""

    named = ("event", "record")
    pronoun = "it"

    event = fields.String()
    record = fields.String()


class EditSchema(EditModifiers, OnRecord, _WithContent):
    set = DraftField(partial=True)

    @post_load
    def gather(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        data.pop("kind", None)
        gathered: dict[str, Any] = super().gather(data, **options)
        return gathered

    def described(self, described: Described, refer: Refer) -> Described:
        return _WithContent.described(self, OnRecord.described(self, described, refer), refer)


class ReplaceSchema(EditSchema):
    set = DraftField()


class MergeSchema(WriteModifiers):
    kind = KindField(required=True)
    into = fields.String(required=True)
    from_ = ListOf(fields.String(), least=1, required=True, data_key="from", attribute="losers")
    repoint = fields.String(load_default="bump", validate=validate.OneOf(get_args(Repoint)))


class _Targets(Field[list[str] | None]):
    """A list of ids or keys, or the word "all", which loads as None."""

    default_error_messages = {"invalid": 'Neither "all" nor a list of ids and keys.'}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str] | None:
        if value == "all":
            return None
        check_size(value, MAX_TOUCHED)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.make_error("invalid")
        return value

    def described(self, refer: Refer) -> Described:
        listed = {"type": "array", "items": {"type": "string"}, "maxItems": MAX_TOUCHED}
        return {"anyOf": [{"const": "all"}, listed]}


class TouchSchema(_Naming):
    named = ("events", "records")
    pronoun = "them"

    events = _Targets()
    records = _Targets()
