"""The kinds of records, as a page needs them that shows and edits records of any kind."""

from functools import cache
from typing import Annotated, Any, TypedDict

from mockcrm.crm.change import Change
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.links import link_fields
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record_schema import Records
from mockcrm.crm.related import Related
from mockcrm.web.representations.base import Count, NextAfter
from mockcrm.web.representations.events import KindName, ShownRecord
from mockcrm.web.representations.records import version_json


class KindFieldJson(TypedDict):
    """A field of a kind."""

    name: str
    required: bool
    schema: Annotated[dict[str, Any], "A JSON Schema of its values, or for objects of their list alone."]
    targets: Annotated[list[KindName], "The kinds of the records that it refers to; empty for what is no link."]


class KindJson(TypedDict):
    """A kind of records: what one is called, and where all are found, as `/admin/contacts`."""

    name: KindName
    path: str
    label: Annotated[
        list[list[str]],
        "What people call a record: the texts of these fields, with a blank between them, of the first group with any.",
    ]
    fields: list[KindFieldJson]


class KindsJson(TypedDict):
    """The kinds of records, events first."""

    kinds: list[KindJson]
    length: Count


@cache
def kinds_json() -> KindsJson:
    """Every kind, as it is declared."""
    return {"kinds": [_kind_json(kind) for kind in KINDS.values()], "length": len(KINDS)}


def _kind_json(kind: Kind) -> KindJson:
    # A server starts without what describes schemas.
    from mockcrm.base.schema.json_schema import Describer  # noqa: PLC0415

    declared = kind.schema_class().fields
    targets = {each.name: each.targets for each in link_fields(declared)}
    return {
        "name": kind.name,
        "path": kind.path,
        "label": [[*group] for group in kind.label.groups],
        "fields": [
            {
                "name": name,
                "required": field.required,
                "schema": {"type": "array"} if isinstance(field, Records) else Describer().property_of(field),
                "targets": sorted({*targets.get(name, ())} & KINDS.keys()),
            }
            for name, field in declared.items()
            if name in kind.fields
        ],
    }


class RelatedRecordJson(TypedDict):
    """A record that refers to another one, and the fields where it does, as `attendees.0.contactId`."""

    kind: KindName
    places: list[str]
    record: ShownRecord


class RelatedPageJson(TypedDict):
    """Records that refer to another one: events by their start, others by their ids. `nextAfter` counts them."""

    records: list[RelatedRecordJson]
    length: Count
    nextAfter: NextAfter


def related_json(found: Related, key: str | None) -> RelatedRecordJson:
    record = dict(version_json(found.change, key))
    return {"kind": found.change.kind, "places": [*found.places], "record": record}


class PersonJson(TypedDict):
    """A record with the e-mail address that was asked for."""

    emailAddress: str
    kind: KindName
    record: ShownRecord


class PeopleJson(TypedDict):
    """People by their addresses, in the order in which these were asked for, then by kind and id."""

    people: list[PersonJson]
    length: Count
    more: Annotated[bool, "Whether there are more: ask for fewer addresses."]


def person_json(address: str, change: Change, key: str | None) -> PersonJson:
    return {"emailAddress": address, "kind": change.kind, "record": dict(version_json(change, key))}
