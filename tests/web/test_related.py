"""What refers to a record, as a page of the console asks for it: a contact's meetings, an account's contacts."""

from typing import Any

from mockcrm.crm.kinds.registry import KINDS
from tests.served import Crm, error

AT: dict[str, Any] = {"startTime": "2026-03-03T09:00:00Z", "endTime": "2026-03-03T10:00:00Z"}


def test_the_meetings_of_a_contact_are_those_that_link_to_her_or_invite_one_of_her_addresses(crm: Crm) -> None:
    acme = crm.admin("POST", "/accounts", {"name": "Acme"}).json()
    wile = {"lastName": "Coyote", "emailAddress": "wile@acme.example", "otherEmailAddresses": ["W@acme.example"]}
    contact = crm.admin("POST", "/contacts", {"id": "7001", **wile, "accountId": acme["id"]}).json()["id"]
    link = {"relatedTo": [{"type": "Contact", "id": contact}]}
    for subject, more in (
        ("By address", {"attendees": [{"emailAddress": "else@x.example"}, {"emailAddress": "w@ACME.example"}]}),
        ("By id, and linked", {"attendees": [{"contactId": 7001}], **link}),
        ("Of another", {"attendees": [{"contactId": 7002, "emailAddress": "not.wile@acme.example"}]}),
        ("Deleted", link),
    ):
        made = crm.admin("POST", "/events", {"subject": subject, **AT, **more})
        assert made.status_code == 201, made.text
    crm.admin("DELETE", f"/events/{made.json()['id']}")

    page = crm.admin("GET", f"/contacts/{contact}/related").json()
    assert {each["record"]["subject"]: each["places"] for each in page["records"]} == {
        "By address": ["attendees.1.emailAddress"],
        "By id, and linked": ["attendees.0.contactId", "relatedTo.0.id"],
    }
    first = crm.admin("GET", f"/contacts/{contact}/related?limit=1").json()
    rest = crm.admin("GET", f"/contacts/{contact}/related?limit=1&after={first['nextAfter']}").json()
    assert [*first["records"], *rest["records"]] == page["records"]
    assert rest["nextAfter"] is None

    [of_account] = crm.admin("GET", f"/accounts/{acme['id']}/related?kind=contact").json()["records"]
    assert of_account["record"]["lastName"] == "Coyote"
    assert of_account["places"] == ["accountId"]
    error(crm.admin("GET", "/contacts/none/related"), 404, "contact.notFound")
    error(crm.admin("GET", f"/contacts/{contact}/related?kind=wish"), 400, "query.invalid")


def test_a_page_can_learn_every_kind_with_its_fields_and_links(crm: Crm) -> None:
    kinds = {each["name"]: each for each in crm.admin("GET", "/kinds").json()["kinds"]}
    assert [*kinds] == [*KINDS]
    assert kinds["contact"]["label"] == [["firstName", "lastName"], ["emailAddress"]]
    fields = {each["name"]: each for each in kinds["opportunity"]["fields"]}
    assert fields["contactIds"]["targets"] == ["contact"]
    assert fields["amount"]["schema"]["type"] == ["number", "null"]
    assert fields["name"]["required"]
