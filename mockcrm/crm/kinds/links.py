"""What records refer to: found in them, dropped, or turned to another record. It is made from the schemas of kinds."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from marshmallow import Schema, ValidationError

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import read_list
from mockcrm.crm.event import LINK_TYPES
from mockcrm.crm.keys import is_key
from mockcrm.crm.kinds.fields import IdLong, Texts, id_value
from mockcrm.crm.record import Record
from mockcrm.crm.record_schema import Links, Records


class Link(NamedTuple):
    """A reference: its field with the place (`attendees.0.contactId`), and kind and id of the record that it names."""

    field: str
    kind: str
    id: str

    @property
    def name(self) -> str:
        """The name of the record's field that it stands in."""
        return self.field.partition(".")[0]


Relink = Callable[[str, str], str | None]
"""What becomes of a link to a record, by kind and id: the id that it names then, or None to drop it."""


class Keys(Protocol):
    """The keys of a CRM, which stand for its records where a colleague refers to them.

    `digits` says whether its ids are digits, so that Longs name them.
    """

    @property
    def digits(self) -> bool: ...

    def id_of(self, kind: str, reference: str) -> str:
        """The id of the record of a kind that has a key; anything else stands for itself."""

    def record(self, key: str) -> Record:
        """The latest version of the record of any kind that has a key. Raises `ValidationError`."""


class LinkField(Protocol):
    """A field by which records refer to others: its name, its attribute, and the kinds that it may name."""

    @property
    def name(self) -> str: ...

    @property
    def attribute(self) -> str: ...

    @property
    def targets(self) -> Sequence[str]: ...

    def links(self, value: Any, place: str) -> Iterator[Link]:
        """The links in a value, which stands at a place."""

    def leads_to(self, value: Any, wanted: Mapping[str, Container[Any]]) -> bool:
        """Whether a value has a link to one of the wanted records: by kind, their ids as texts and as Longs."""

    def relinked(self, value: Any, relink: Relink) -> Any:
        """The value with each link as `relink` has it; the same object if none differs."""

    def with_ids(self, value: Any, keys: Keys) -> Any:
        """A value in a colleague's body, in JSON's types and unchecked, with ids where it has keys.

        Raises `ValidationError` for a text that should be a key.
        """


@dataclass(frozen=True, slots=True)
class OneLink:
    """A field that is an id, or null."""

    name: str
    attribute: str
    target: str
    made: Callable[[str], Any] = str

    @property
    def targets(self) -> Sequence[str]:
        return (self.target,)

    def links(self, value: Any, place: str) -> Iterator[Link]:
        if value is not None:
            yield Link(place, self.target, str(value))

    def leads_to(self, value: Any, wanted: Mapping[str, Container[Any]]) -> bool:
        return value in wanted.get(self.target, ())

    def relinked(self, value: Any, relink: Relink) -> Any:
        if value is None:
            return None
        old = str(value)
        new = relink(self.target, old)
        return value if new == old else new and self.made(new)

    def with_ids(self, value: Any, keys: Keys) -> Any:
        new = keys.id_of(self.target, value) if isinstance(value, str) else value
        if new != value:
            return self.made(new)
        if self.made is id_value and keys.digits and isinstance(value, str) and is_key(value):
            raise ValidationError(f"There is no {self.target} with the key {value!r}.")
        return value


@dataclass(frozen=True, slots=True)
class _Ids:
    """A field that is a list of ids."""

    name: str
    attribute: str
    target: str

    @property
    def targets(self) -> Sequence[str]:
        return (self.target,)

    def links(self, value: Any, place: str) -> Iterator[Link]:
        for at, each in enumerate(value):
            yield Link(f"{place}.{at}", self.target, each)

    def leads_to(self, value: Any, wanted: Mapping[str, Container[Any]]) -> bool:
        ids = wanted.get(self.target, ())
        return any(each in ids for each in value)

    def relinked(self, value: Any, relink: Relink) -> Any:
        return _gathered(value, [relink(self.target, each) for each in value], str)

    def with_ids(self, value: Any, keys: Keys) -> Any:
        if not isinstance(value, list):
            return value
        return [keys.id_of(self.target, each) if isinstance(each, str) else each for each in value]


@dataclass(frozen=True, slots=True)
class _RelatedTo:
    """A field that is a list of links, each with a type, an id, and the name of what it leads to."""

    name: str
    attribute: str

    @property
    def targets(self) -> Sequence[str]:
        return tuple(map(kind_of_type, LINK_TYPES))

    def links(self, value: Any, place: str) -> Iterator[Link]:
        for at, each in enumerate(value):
            yield Link(f"{place}.{at}.id", kind_of_type(each.type), each.id)

    def leads_to(self, value: Any, wanted: Mapping[str, Container[Any]]) -> bool:
        return any(each.id in wanted.get(kind_of_type(each.type), ()) for each in value)

    def relinked(self, value: Any, relink: Relink) -> Any:
        return _gathered(value, [self._relinked(each, relink) for each in value], lambda link: (link.type, link.id))

    def _relinked(self, link: Any, relink: Relink) -> Any:
        new = relink(kind_of_type(link.type), link.id)
        return link if new == link.id else new and replace(link, id=new, resolves=False)

    def with_ids(self, value: Any, keys: Keys) -> Any:
        one = isinstance(value, str | Mapping)
        return _each([value] if one else value, lambda each: self._with_id(each, keys))

    def _with_id(self, link: Any, keys: Keys) -> Any:
        if isinstance(link, str):
            record = keys.record(link)
            if record.kind not in self.targets:
                raise ValidationError(f"A link cannot lead to a record of the kind {record.kind}, such as {link!r}.")
            return {"type": record.kind.capitalize(), "id": record.id}
        link_type, named = (link.get("type"), link.get("id")) if isinstance(link, Mapping) else (None, None)
        if not isinstance(link_type, str) or not isinstance(named, str):
            return link
        return {**link, "id": keys.id_of(kind_of_type(link_type), named)}


@dataclass(frozen=True, slots=True)
class _Parts:
    """A field that is a list of objects which refer to others, such as attendees.

    One that loses a link goes if nothing is left of `one_of`, the attributes that say who it is. A key alone stands for
    the id of its record, and for what that has in the fields `by_key`.
    """

    name: str
    attribute: str
    parts: Sequence[OneLink]
    one_of: Sequence[str]
    by_key: Sequence[str]

    @property
    def targets(self) -> Sequence[str]:
        return [each.target for each in self.parts]

    def links(self, value: Any, place: str) -> Iterator[Link]:
        for at, member in enumerate(value):
            for part in self.parts:
                if (found := getattr(member, part.attribute)) is not None:
                    yield Link(f"{place}.{at}.{part.name}", part.target, str(found))

    def leads_to(self, value: Any, wanted: Mapping[str, Container[Any]]) -> bool:
        for part in self.parts:
            if (ids := wanted.get(part.target)) and any(getattr(each, part.attribute) in ids for each in value):
                return True
        return False

    def relinked(self, value: Any, relink: Relink) -> Any:
        # Their unknown fields may be of any type.
        return _gathered(value, [self._relinked(each, relink) for each in value], repr)

    def _relinked(self, member: Any, relink: Relink) -> Any:
        changed = _changed(member, self.parts, relink)
        if not changed:
            return member
        after = replace(member, **changed)
        return after if any(getattr(after, each) is not None for each in self.one_of) else None

    def with_ids(self, value: Any, keys: Keys) -> Any:
        return _each(value, lambda each: self._with_id(each, keys))

    def _with_id(self, member: Any, keys: Keys) -> Any:
        if isinstance(member, str):
            return self._of_key(member, keys)
        if not isinstance(member, Mapping):
            return member
        found: dict[str, Any] = {}
        problems: dict[str, Any] = {}
        for part in self.parts:
            if part.name in member:
                try:
                    found[part.name] = part.with_ids(member[part.name], keys)
                except ValidationError as error:
                    problems[part.name] = error.messages
        if problems:
            raise ValidationError(problems)
        return {**member, **found}

    def _of_key(self, key: str, keys: Keys) -> Mapping[str, Any]:
        record = keys.record(key)
        ids = {part.name: part.made(record.id) for part in self.parts if part.target == record.kind}
        copied = {name: value for name in self.by_key if (value := getattr(record, name, None)) is not None}
        if not ids and not copied:
            raise ValidationError(f"The {record.kind} {key!r} has no {' and no '.join(self.by_key)}.")
        return {**ids, **copied}


def _each(value: Any, read: Callable[[Any], Any]) -> Any:
    """A list with each member as `read` gives it; anything else as it is."""
    return read_list(value, read) if isinstance(value, list) else value


def kind_of_type(link_type: str) -> str:
    """The name of the kind that a link of a type leads to: a type is a kind's title."""
    return link_type.lower()


def _gathered(before: Sequence[Any], after: Sequence[Any], key: Callable[[Any], Any]) -> Sequence[Any]:
    """A list without what was dropped. A member that changed into one that is there already goes as well.

    Members with the same `key` are the same. Costs O(n).
    """
    pairs = [*zip(before, after, strict=True)]
    if all(old is new for old, new in pairs):
        return before
    there = {key(new) for old, new in pairs if new is old}
    kept: list[Any] = []
    for old, new in pairs:
        if new is old:
            kept.append(new)
        elif new is not None and (name := key(new)) not in there:
            there.add(name)
            kept.append(new)
    return tuple(kept)


def _changed(record: Any, fields: Iterable[LinkField], relink: Relink) -> dict[str, Any]:
    """The attributes of an object that differ once its links are as `relink` has them, with their values then."""
    values = ((each.attribute, getattr(record, each.attribute), each) for each in fields)
    return {
        attribute: after
        for attribute, value, field in values
        if value and (after := field.relinked(value, relink)) is not value
    }


class RecordLinks:
    """The links of the records of one kind: those of its schema's fields."""

    def __init__(self, schema: Schema) -> None:
        self.fields: Sequence[LinkField] = tuple(link_fields(schema.fields))
        self.targets = frozenset(target for each in self.fields for target in each.targets)
        self.named = tuple(each.attribute for each in self.fields if isinstance(each, _RelatedTo))
        """The attributes of the fields whose links have names."""
        self.named_fields = tuple(each.name for each in self.fields if isinstance(each, _RelatedTo))

    def of(self, record: Any, among: Collection[str] | None = None) -> Iterator[Link]:
        """The links of a record in all its fields, or `among` some of them, by their names on the wire."""
        for each in self._among(among):
            if value := getattr(record, each.attribute):
                yield from each.links(value, each.name)

    def finder(self, wanted: Mapping[str, Iterable[str]]) -> Callable[[Any], bool]:
        """Whether a record refers to one of some others, by kind and id: a test for many records."""
        sought = {kind: frozenset([*ids, *map(id_value, ids)]) for kind, ids in wanted.items()}
        fields = [each for each in self.fields if not sought.keys().isdisjoint(each.targets)]
        return lambda record: any(
            (value := getattr(record, each.attribute)) and each.leads_to(value, sought) for each in fields
        )

    def relinked(self, record: Any, relink: Relink, among: Collection[str] | None = None) -> Any:
        """The record with each link as `relink` has it; the same object if none differs."""
        changed = _changed(record, self._among(among), relink)
        return replace(record, **changed) if changed else record

    def _among(self, names: Collection[str] | None) -> Sequence[LinkField]:
        return self.fields if names is None else [each for each in self.fields if each.name in names]


def link_fields(declared: Mapping[str, Any]) -> Iterator[LinkField]:
    """The fields of a schema that refer to other records."""
    for name, field in declared.items():
        attribute, target = field.attribute or name, getattr(field, "target", None)
        if isinstance(field, Links):
            yield _RelatedTo(name, attribute)
        elif isinstance(field, Records):
            parts = [each for each in link_fields(field.schema.fields) if isinstance(each, OneLink)]
            if parts:
                yield _Parts(name, attribute, parts, field.schema.one_of, field.schema.by_key)
        elif target and isinstance(field, Texts):
            yield _Ids(name, attribute, target)
        elif target:
            yield OneLink(name, attribute, target, id_value if isinstance(field, IdLong) else str)
