"""Bodies of the controls that several readers share: keys, modifiers, clock, seed (contract, section 6)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.schema.fields import LONG, Duration, Flag, Instant, InstantOrDuration, ListOf, Rate, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import MILLISECOND
from mockcrm.crm.actions import MAX_SEED_COUNT
from mockcrm.crm.clock import MAX_RATE
from mockcrm.crm.fake_crm import WriteOptions
from mockcrm.crm.keys import KEY_PATTERN
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.seeding.generator import EARLIEST, LATEST
from mockcrm.crm.seeding.people import KNOWN_LOCALES

CLOCK_MODES = ("running", "frozen")
NOT_NEGATIVE = 0 * MILLISECOND


def key_field(**options: Any) -> fields.String:
    """A key: a name that begins with a letter, up to 64 of letters, digits, dot, underscore and hyphen."""
    pattern = validate.Regexp(KEY_PATTERN, error="A key begins with a letter and has up to 64 of A-Z a-z 0-9 . _ -")
    return fields.String(validate=pattern, **options)


class KindField(Field[Kind]):
    """The name of a kind of records, `among` some; by default that of events."""

    default_error_messages = {"invalid": "No such kind; there are {kinds}."}

    def __init__(self, among: Mapping[str, Kind] = KINDS, **options: Any) -> None:
        super().__init__(**options if options.get("required") else {"load_default": EVENT, **options})
        self._among = among

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Kind:
        if not isinstance(value, str) or value not in self._among:
            raise self.make_error("invalid", kinds=", ".join(self._among))
        return self._among[value]

    def described(self, refer: Refer) -> Described:
        return {"enum": [*self._among]} if self.required else {"enum": [*self._among], "default": EVENT.name}


class WriteModifiers(Strict):
    """The modifiers of every write. They load as one argument, `options`."""

    visibleAfter = Duration(least=NOT_NEGATIVE)
    stamp = InstantOrDuration()
    by = fields.String(allow_none=True, validate=validate.Length(max=200))

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = {"visibleAfter": "visible_after", "stamp": "stamp", "by": "by", "bump": "bump"}
        options = {attribute: data.pop(name) for name, attribute in names.items() if name in data}
        return data | {"options": WriteOptions(**options)}


class EditModifiers(WriteModifiers):
    """The modifiers of an edit: also `bump`, whether it gives the event a new stamp."""

    bump = Flag()

    @validates_schema
    def one_stamp(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("bump") is False and "stamp" in data:
            raise ValidationError("With bump: false the event keeps its stamp: leave `stamp` out.", "stamp")


def whole_tick(tick: timedelta) -> None:
    """Stamps have milliseconds: a shorter tick would not show."""
    if tick < NOT_NEGATIVE or NOT_NEGATIVE < tick < MILLISECOND:
        raise ValidationError("Must be 0, or at least PT0.001S.")


class ClockSchema(Strict):
    """`PUT /admin/clock`, the action `clock`, and the clock of a fixture file."""

    now = Instant()
    mode = fields.String(validate=validate.OneOf(CLOCK_MODES))
    rate = Rate(most=MAX_RATE)
    tick = Duration(validate=whole_tick)


class SeedSchema(Strict):
    """Records to invent: `count` of a `kind`, and what they refer to and is not there, drawn from `seed`.

    Events lie between `from` and `to`. New people have names of some `locales`; where these are given, nobody else is
    drawn upon.
    """

    kind = KindField({name: kind for name, kind in KINDS.items() if kind is EVENT or kind.invent})
    count = Whole(least=0, most=MAX_SEED_COUNT, load_default=100)
    seed = Whole(least=0, most=LONG - 1, load_default=None)
    from_ = Instant(data_key="from", attribute="start", load_default=None)
    to = Instant(attribute="end", load_default=None)
    locales = ListOf(
        fields.String(validate=validate.OneOf(KNOWN_LOCALES)), most=len(KNOWN_LOCALES), least=1, load_default=None
    )

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        start, end = data.get("start"), data.get("end")
        for name, instant in (("from", start), ("to", end)):
            if instant and not EARLIEST <= instant <= LATEST:
                raise ValidationError("Too close to the first or the last possible year.", name)
        if start and end and end <= start:
            raise ValidationError("Must be after `from`.", "to")
