"""What is declared of a kind of records, once: names, schema, rules, ids, filters, references (contract, section 8)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from operator import attrgetter
from typing import Any

from marshmallow import missing

from mockcrm.base.caching import cached_by_object
from mockcrm.base.declaring import dataclass
from mockcrm.crm.dialect.knobs import CONTROLS, Dialect
from mockcrm.crm.event import LINK_TYPES
from mockcrm.crm.kinds.filters import Filter
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import Label
from mockcrm.crm.kinds.links import Link, RecordLinks, Relink
from mockcrm.crm.record import Record
from mockcrm.errors import Refusal
from mockcrm.errors.text import with_article


def _as_it_is(record: Any, _: Dialect) -> Any:
    return record


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """One kind of records.

    - `name` is that of one record in JSON (`contact`), `path` that of all in addresses (`contacts`); `prefix` begins
      the ids of this kind where the dialect's ids are of 18 characters.
    - `schema_class` reads and shows its records, and `record` makes one from its values by attribute, `id` included. It
      raises the kind's `RecordInvalid` for a record that breaks a rule over several fields.
    - `fields` are those that a client may set, by their names on the wire, with their attributes.
    - `label` is what people call a record; None for one without a name.
    - `filters` are the parameters by which its lists choose; those of the controls also by `control_filters`.
    - `redacted` are the values, by attribute, that lists show of a private record where the dialect redacts it.
    - `normalized` is the record as the CRM keeps it.
    - `filled` are the fields that the CRM fills in where nobody sets them. A replacement that does not name them leaves
      them as they are.
    - `sample` are the fields of an example, by their names on the wire; the first of them is one that is often edited.
    - Each record `in_calendars` lies in a calendar, and lists have those of one calendar.
    - `refusals` are what a write of the content may be refused as, beside what there is for every kind.
    - Several records that are `mergeable` can become one.
    - `invent` names the function of `mockcrm.crm.seeding.directory` that makes the values, by attribute, of an invented
      record. Without it, records of the kind are not seeded.
    - `timed` records last from `start` to `end`: lists have them by interval, in order of start and id. The others are
      listed in the order of their stamps.
    """

    name: str
    path: str
    prefix: str
    schema_class: type[KindSchema]
    record: Callable[..., Record]
    fields: Mapping[str, str]
    label: Label
    sample: Mapping[str, Any]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    control_filters: Mapping[str, Filter] = field(default_factory=dict)
    redacted: Mapping[str, Any] = field(default_factory=dict)
    normalized: Callable[[Any, Dialect], Any] = _as_it_is
    filled: tuple[str, ...] = ()
    in_calendars: bool = False
    mergeable: bool = False
    invent: str = ""
    timed: bool = False
    refusals: tuple[type[Refusal], ...] = ()

    def __repr__(self) -> str:
        return f"<kind {self.name}>"

    @property
    def title(self) -> str:
        """The name with a capital, as in `createContact`, and in the type of a link."""
        return self.name.capitalize()

    @cached_property
    def all_filters(self) -> Mapping[str, Filter]:
        """The filters that clients or the controls have."""
        return {**self.filters, **self.control_filters}

    @cached_property
    def linkable(self) -> bool:
        """Whether links with a type can lead to its records."""
        return self.title in LINK_TYPES

    @property
    def titles(self) -> str:
        """The name of several with a capital, as in `listContacts`."""
        return self.path.capitalize()

    def schema(self, dialect: Dialect) -> KindSchema:
        """The schema that reads and shows records in a dialect."""
        return _schema_of(dialect, self.schema_class)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The values of the fields that a body may leave out, by their names on the wire."""
        found = {name: field for name, field in self.schema(CONTROLS).fields.items() if name in self.fields}
        defaults = {name: field.load_default for name, field in found.items() if not field.required}
        return {name: None if value is missing else value for name, value in defaults.items()}

    @cached_property
    def _values(self) -> Callable[[Record], tuple[Any, ...]]:
        return attrgetter(*self.fields.values())

    def values(self, record: Record) -> dict[str, Any]:
        """The values of a record's fields, by attribute."""
        return dict(zip(self.fields.values(), self._values(record), strict=True))

    def content(self, record: Record) -> dict[str, Any]:
        """The fields of a record with their values in the model, unknown fields included."""
        content = dict(zip(self.fields, self._values(record), strict=True))
        return {**content, **record.extra} if record.extra else content

    @cached_property
    def record_links(self) -> RecordLinks:
        """By which fields its records refer to others."""
        return RecordLinks(self.schema(CONTROLS))

    @property
    def targets(self) -> frozenset[str]:
        """The names of the kinds that its records can refer to."""
        return self.record_links.targets

    def links(self, record: Record, among: Collection[str] | None = None) -> Iterator[Link]:
        """What a record refers to, dangling links included. `among` are the names of the fields to look at."""
        return self.record_links.of(record, among)

    def relinked(self, record: Any, relink: Relink, among: Collection[str] | None = None) -> Any:
        """A record with each link, `among` some fields, as `relink` has it; the same object if none differs."""
        return self.record_links.relinked(record, relink, among)

    def without(self, record: Any, kind: str, record_id: str, into: str | None = None) -> Any:
        """A record whose links to another one are dropped: null, or out of their list. With `into` they name that."""
        return self.relinked(record, lambda of, named: into if (of, named) == (kind, record_id) else named)

    @cached_property
    def redacted_fields(self) -> frozenset[str]:
        """The names, on the wire, of the fields that a redacted record hides."""
        return frozenset(name for name, attribute in self.fields.items() if attribute in self.redacted)


def a_record(kind: Kind) -> str:
    """One of a kind in words: `an event`, `a contact`."""
    return with_article(kind.name)


@cached_by_object
def _schema_of(dialect: Dialect, schema_class: type[KindSchema]) -> KindSchema:
    return schema_class(dialect)
