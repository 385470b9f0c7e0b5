"""Page tokens that somebody has signed: the key is in the source, so nothing in a token is trusted."""

from datetime import UTC, datetime

import pytest

from mockcrm import Sandboxes, create_app
from mockcrm.crm.kinds.companies import OPPORTUNITY
from mockcrm.crm.kinds.people import CONTACT
from mockcrm.crm.lists.cursor import DELETED_EVENTS, Listing, ListName, PageId, token_for

THEN = datetime(2026, 1, 5, tzinfo=UTC)
CONTACTS, DELETED, CONTROLS = ListName(CONTACT), ListName(CONTACT, "deleted"), ListName(CONTACT, "admin")
NOBODY_ASKS: list[tuple[str, Listing]] = [
    ("/api/v1/contacts", Listing(CONTACTS, startAt=THEN)),
    ("/api/v1/contacts", Listing(CONTACTS, endAt=THEN)),
    ("/api/v1/contacts", Listing(CONTACTS, filters=(("closed", ("true",)),))),
    ("/api/v1/opportunities", Listing(ListName(OPPORTUNITY), endAt=THEN, filters=(("closed", ("true",)),))),
    ("/admin/contacts", Listing(CONTROLS, startAt=THEN)),
    ("/api/v1/deletedContacts", Listing(DELETED, startAt=THEN)),
    ("/api/v1/deletedContacts", Listing(DELETED, showDeleted=True)),
    ("/api/v1/deletedContacts", Listing(DELETED, filters=(("ownerId", ("me",)),))),
    ("/api/v1/deletedEvents", Listing(DELETED_EVENTS, endAt=THEN)),
]


@pytest.mark.parametrize(("path", "listing"), NOBODY_ASKS)
def test_a_token_for_what_its_list_does_not_take_was_never_issued(path: str, listing: Listing) -> None:
    sandboxes = Sandboxes()
    client = create_app(sandboxes).test_client()
    assert client.post("/api/v1/contacts", json={"lastName": "Baker"}).status_code == 201
    assert client.post("/api/v1/opportunities", json={"name": "Acme"}).status_code == 201
    signed = token_for(THEN, sandboxes.get("default").lineage, listing, None, PageId("1"))
    answer = client.get(path, query_string={"pageToken": signed})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "pageToken.invalid")
