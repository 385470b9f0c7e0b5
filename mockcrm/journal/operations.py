"""The calls of the CRM's API by name, and which of them a request makes."""

import re

LISTS = ("listEvents", "listDeletedEvents")
READS = (*LISTS, "getEvent")
WRITES = ("createEvent", "updateEvent", "replaceEvent", "deleteEvent")
OPERATIONS = (*READS, *WRITES)
"""What the calls of the CRM's API are named, in matchers, in the journal and in OpenAPI."""

_EVENT = re.compile(r"/api/v1/events/([^/]+)")
_ON_LISTS = {
    ("GET", "/api/v1/events"): "listEvents",
    ("GET", "/api/v1/deletedEvents"): "listDeletedEvents",
    ("POST", "/api/v1/events"): "createEvent",
}
_ON_AN_EVENT = {"GET": "getEvent", "PATCH": "updateEvent", "PUT": "replaceEvent", "DELETE": "deleteEvent"}


def operation_of(method: str, path: str) -> tuple[str | None, str | None]:
    """The operation that a method and a path call, and the id or key in that path; None for what is not there.

    `("PATCH", "/api/v1/events/e1")` is `("updateEvent", "e1")`.
    """
    if match := _EVENT.fullmatch(path):
        return _ON_AN_EVENT.get(method), match[1]
    return _ON_LISTS.get((method, path)), None
