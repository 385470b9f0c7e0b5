"""The kinds of records, what refers to one, and people by their addresses.

`/admin/kinds`, `/admin/contacts/{reference}/related` and so on, `/admin/people`.
"""

from itertools import islice

from flask import Response
from marshmallow import fields, validate

from mockcrm.base.schema.fields import ListOf
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind, a_record
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.parameters import NoParameters, explained
from mockcrm.crm.related import people_with, related
from mockcrm.errors import RecordNotFound
from mockcrm.web.admin.paging import DEFAULT_LIMIT, NumberedParameters, numbered_page
from mockcrm.web.admin.route_group import RouteGroup
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.openapi.declare import Declaration, KindView, declare, declared
from mockcrm.web.representations.kinds import (
    KindsJson,
    PeopleJson,
    RelatedPageJson,
    kinds_json,
    person_json,
    related_json,
)
from mockcrm.web.requests import query_parameters
from mockcrm.web.responses import json_response

routes = RouteGroup()


@routes.get("/kinds")
@declared(KindsJson)
def list_kinds() -> Response:
    """The kinds of records, with their fields."""
    return json_response(kinds_json())


class RelatedParameters(NumberedParameters):
    """The kind of what is asked for, and which part of it."""

    kind = fields.String(
        validate=validate.OneOf([*KINDS]), metadata=explained("The kind of the records; by default events.", EVENT.name)
    )


def _related(kind: Kind, reference: str) -> Response:
    asked = query_parameters(RelatedParameters())
    of, after, limit = KINDS[asked.get("kind", EVENT.name)], asked.get("after", 0), asked.get("limit", DEFAULT_LIMIT)
    with current_sandbox().open() as state:
        record = state.crm.find(kind, state.crm.resolve(kind, reference)).record
        found = [
            (number, related_json(each, state.crm.names.key(each.change.record)))
            for number, each in islice(enumerate(related(state.crm, record, of), 1), after, after + limit + 1)
        ]
    return json_response(numbered_page("records", found, lambda each: each[0], lambda each: each[1], limit))


MAX_PEOPLE = 1_000
"""How many people an answer has at most."""


class PeopleParameters(NoParameters):
    """The addresses of those who are asked for."""

    repeatable = frozenset({"emailAddress"})

    emailAddress = ListOf(
        fields.String(),
        most=100,
        metadata=explained("An e-mail address, whatever its case. It may be given several times.", ["a@b.example"]),
    )


_PEOPLE = PeopleParameters()


@routes.get("/people")
@declared(PeopleJson, query=PeopleParameters)
def list_people() -> Response:
    """The live users, contacts and leads who have an e-mail address: what an attendee with that address may be."""
    asked = query_parameters(_PEOPLE).get("emailAddress", ())
    with current_sandbox().open() as state:
        crm = state.crm
        pairs = ((address, each) for address in dict.fromkeys(asked) for each in people_with(crm, address))
        found = [
            person_json(address, each, crm.names.key(each.record)) for address, each in islice(pairs, MAX_PEOPLE + 1)
        ]
    people = found[:MAX_PEOPLE]
    return json_response({"people": people, "length": len(people), "more": len(found) > MAX_PEOPLE})


def _add(kind: Kind) -> None:
    """Add the call for one kind of records."""
    summary = f"The live records that refer to {a_record(kind)}: by default events, also by attendees' addresses."
    view = KindView(kind, _related, f"list_related_to_{kind.name}", summary)
    refuses = (RecordNotFound.of(kind.name),)
    declare(view, lambda: Declaration(answers=RelatedPageJson, query=RelatedParameters, refuses=refuses))
    routes.add("GET", f"/{kind.path}/<reference>/related", view)


for _kind in KINDS.values():
    _add(_kind)
