"""The bodies of the controls that more than one caller reads: modifiers, clock, seed (contract, section 6)."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockcrm.base.schema.fields import LONG, Duration, Flag, Instant, InstantOrDuration, ListOf, Rate, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import MILLISECOND
from mockcrm.crm.clock import MAX_RATE
from mockcrm.crm.fake_crm import WriteOptions
from mockcrm.crm.seeding.generator import EARLIEST, LATEST
from mockcrm.crm.seeding.people import KNOWN_LOCALES, LOCALES

MAX_SEED_COUNT = 1_000_000
"""How many events one call of `seed` invents at most."""

MODE = ("running", "frozen")
NOT_NEGATIVE = 0 * MILLISECOND


_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}\Z")


def is_key(text: str) -> bool:
    """Whether a text can be a key."""
    return _KEY.match(text) is not None


def key_field(**options: Any) -> fields.String:
    """A key: a name that begins with a letter, up to 64 of letters, digits, dot, underscore and hyphen."""
    pattern = validate.Regexp(_KEY, error="A key begins with a letter and has up to 64 of A-Z a-z 0-9 . _ -")
    return fields.String(validate=pattern, **options)


class Writing(Strict):
    """The modifiers that every write takes, gathered as `options`."""

    visibleAfter = Duration(least=NOT_NEGATIVE)
    stamp = InstantOrDuration()
    by = fields.String(allow_none=True, validate=validate.Length(max=200))

    @post_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = {"visibleAfter": "visible_after", "stamp": "stamp", "by": "by", "bump": "bump"}
        options = {attribute: data.pop(name) for name, attribute in names.items() if name in data}
        return data | {"options": WriteOptions(**options)}


class Editing(Writing):
    """The modifiers of an edit, which need not bump the stamp."""

    bump = Flag()

    @validates_schema
    def one_stamp(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("bump") is False and "stamp" in data:
            raise ValidationError("An edit with bump: false keeps its stamp: leave `stamp` out.", "stamp")


def whole_tick(tick: timedelta) -> None:
    """Stamps have milliseconds, so a tick that is none of them would not be seen."""
    if tick < NOT_NEGATIVE or NOT_NEGATIVE < tick < MILLISECOND:
        raise ValidationError("Must be 0, or at least PT0.001S.")


class ClockSchema(Strict):
    """`PUT /admin/clock`, the action `clock`, and the clock of a fixture file."""

    now = Instant()
    mode = fields.String(validate=validate.OneOf(MODE))
    rate = Rate(most=MAX_RATE)
    tick = Duration(validate=whole_tick)


class SeedSchema(Strict):
    """What to invent: `count` events between `from` and `to`, drawn from `seed`, with names of some `locales`."""

    count = Whole(least=0, most=MAX_SEED_COUNT, load_default=100)
    seed = Whole(least=0, most=LONG - 1, load_default=None)
    from_ = Instant(data_key="from", attribute="start", load_default=None)
    to = Instant(attribute="end", load_default=None)
    locales = ListOf(
        fields.String(validate=validate.OneOf(KNOWN_LOCALES)), most=len(KNOWN_LOCALES), least=1, load_default=LOCALES
    )

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        start, end = data.get("start"), data.get("end")
        for name, instant in (("from", start), ("to", end)):
            if instant and not EARLIEST <= instant <= LATEST:
                raise ValidationError("Too near to the beginning or the end of the calendar.", name)
        if start and end and end <= start:
            raise ValidationError("Must be after `from`.", "to")
