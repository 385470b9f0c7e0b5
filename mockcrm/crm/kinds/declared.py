"""Kinds whose records are just their fields: the record's class and rules are made from the schema."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields

from mockcrm.base.declaring import dataclass
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.kinds.fields import holds_addresses
from mockcrm.crm.kinds.filters import Filter
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import Label
from mockcrm.crm.record import Extra, Record
from mockcrm.errors import RecordInvalid


def declared_kind(
    name: str,
    schema_class: type[KindSchema],
    *,
    path: str = "",
    prefix: str,
    label: Label,
    sample: Mapping[str, Any],
    filters: Mapping[str, Filter],
    one_of: Sequence[str] = (),
    filled: tuple[str, ...] = (),
    mergeable: bool = False,
    invent: str = "",
) -> Kind:
    """A kind of records that have the fields of a schema, each under its name on the wire.

    At least one of the fields `one_of` must have a value. `path` is the name with an s, unless it is given. `invent` is
    as in `Kind`.
    """
    declared = {each: of for each, of in schema_class._declared_fields.items() if each not in ("id", "lastModifiedAt")}
    return Kind(
        name=name,
        path=path or f"{name}s",
        prefix=prefix,
        schema_class=schema_class,
        record=_maker(name, declared, one_of),
        fields={each: each for each in declared},
        label=label,
        sample=sample,
        filters=filters,
        normalized=_normalizer(declared),
        filled=filled,
        mergeable=mergeable,
        invent=invent,
    )


def _maker(name: str, declared: Mapping[str, Any], one_of: Sequence[str]) -> Callable[..., Record]:
    """What makes a record from its values, of a class that is made from the fields."""
    defaults = {each: None if of.required else of.load_default for each, of in declared.items()} | {"extra": None}
    hints = {"id": str, **dict.fromkeys(declared, Any), "extra": Extra}
    body = {"__annotations__": hints, **defaults, "kind": name}
    record_class: type[Any] = dataclass(frozen=True, slots=True)(type(name.capitalize(), (), body))

    def record(**values: Any) -> Record:
        if one_of and not any(values.get(each) for each in one_of):
            problem = f"Must have one of {' and '.join(one_of)}."
            raise RecordInvalid.of(name)(f"The {name} is not valid: {problem}", {"_schema": [problem]})
        made: Record = record_class(**values)
        return made

    return record


def _normalizer(declared: Mapping[str, Any]) -> Callable[[Any, Dialect], Any]:
    addresses = [each for each in declared if holds_addresses(each)]

    def normalized(made: Any, dialect: Dialect) -> Any:
        done = dict(_normalized(made, declared, addresses, dialect))
        return replace(made, **done) if done else made

    return normalized


def _normalized(
    record: Any, declared: Mapping[str, Any], addresses: Sequence[str], dialect: Dialect
) -> Iterator[tuple[str, Any]]:
    """What the CRM changes in a record: texts are trimmed, addresses changed to lower case, as in events."""
    for name, of in declared.items():
        value = kept = getattr(record, name)
        if "trim" in dialect.normalization and type(of) is fields.String and isinstance(value, str):
            kept = value.strip()
        if "lowerCaseAddresses" in dialect.normalization and name in addresses and value:
            kept = value.lower() if isinstance(value, str) else tuple(each.lower() for each in value)
        if kept != value:
            yield name, kept
