"""The audit's verdict: nothing that was not judged is green."""

from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from tests.processes import run
from tests.served import Crm, error

LATER = "2026-01-05T09:30:00Z"


def audit(crm: Crm, query: str = "", replica: Any = None) -> Any:
    response = crm.admin("GET" if replica is None else "POST", f"/audit{query}", replica)
    assert response.status_code == 200, response.text
    return response.json()


def verdict(crm: Crm, query: str = "") -> tuple[str, list[str]]:
    found = audit(crm, query)
    assert found["clean"] is (found["verdict"] == "passed")
    return found["verdict"], found["reasons"]


def by_client(crm: Crm) -> dict[str, str]:
    return {each["client"]: each["verdict"] for each in audit(crm)["clients"]}


def named(client: str) -> dict[str, Any]:
    return {"headers": {"X-Mockcrm-Client": client}}


def overwrites(crm: Crm, client: str = "client") -> None:
    """A blind overwrite."""
    event = crm.admin("POST", "/events", TIMES).json()
    crm.api("GET", "/events", **named(client))
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    crm.api("PATCH", f"/events/{event['id']}", {"location": "Room 2"}, **named(client))


TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


# Who is judged


def test_without_a_client_there_is_nothing_to_judge(crm: Crm) -> None:
    assert verdict(crm) == ("inconclusive", ["No client has made a request to this sandbox."])


def test_a_client_at_another_sandbox_is_not_judged_here(crm: Crm) -> None:
    with crm.controls.create() as other:
        crm.http.get(f"{other.path}/api/v1/events")
        assert verdict(crm) == ("inconclusive", ["No client has made a request to this sandbox."])
        assert other.audit()["verdict"] == "passed"


def test_who_has_looked_at_one_row_has_passed_and_the_reason_says_how_little_that_is(crm: Crm) -> None:
    crm.controls.seed(3, seed=1)
    crm.events(limit=1)
    reason = "It has looked at one row at a time and read no list, so there is nothing yet that it could have missed."
    assert verdict(crm) == ("passed", [f"client: {reason}"])
    crm.events(limit=2)
    assert verdict(crm) == ("passed", [])


def test_one_good_list_is_enough(crm: Crm) -> None:
    crm.events()
    assert verdict(crm) == ("passed", [])
    (client,) = audit(crm)["clients"]
    assert (client["verdict"], client["reasons"]) == ("passed", [])


@pytest.mark.parametrize(
    "query", ["?limit=1", "?since=2026-01-05T00:00:00Z", "?startAt=2026-01-05T00:00:00Z", "?showDeleted=true"]
)
def test_any_list_will_do(crm: Crm, query: str) -> None:
    for subject in ("Lunch", "Dinner"):
        crm.create(subject=subject)
    crm.api("GET", f"/events{query}", **named("reader"))
    assert by_client(crm) == {"client": "passed", "reader": "passed"}


def test_a_list_of_deletions_is_a_list(crm: Crm) -> None:
    crm.api("GET", "/deletedEvents")
    assert verdict(crm) == ("passed", [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "how"),
    [
        ("GET", "/events?since=yesterday", None, 400, "400 query.invalid"),
        ("GET", "/events?pageToken=mine", None, 400, "400 pageToken.invalid"),
        ("GET", "/deletedEvents?limit=0", None, 400, "400 query.invalid"),
    ],
)
def test_a_client_that_is_only_refused_is_not_judged(
    crm: Crm, method: str, path: str, body: Any, status: int, how: str
) -> None:
    assert crm.api(method, path, body).status_code == status
    assert audit(crm)["clients"][0]["verdict"] != "passed"
    found, reasons = verdict(crm, "?allow=pageToken.notGiven")
    assert (found, reasons) == ("inconclusive", [f"client: No list reached it whole: {how}."])


def test_a_client_without_credentials_is_not_judged(crm: Crm) -> None:
    crm.set_dialect(credentials="secret")
    for _ in range(3):
        error(crm.api("GET", "/events"), 401, "credentials.missing")
    assert verdict(crm) == (
        "inconclusive",
        ["client: No list reached it whole: 401 credentials.missing (3 times)."],
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/event", 404),
        ("GET", "//events", 404),
        ("POST", "/events/7", 405),
        ("GET", "/events/7", 404),
        ("DELETE", "/events/7", 404),
    ],
)
def test_a_client_that_neither_reads_nor_writes_is_not_judged(crm: Crm, method: str, path: str, status: int) -> None:
    assert crm.api(method, path).status_code == status
    reason = "client: It asked for no list and changed no event, so there is nothing to judge."
    assert verdict(crm) == ("inconclusive", [reason])


def test_a_write_that_is_refused_is_nothing_to_judge(crm: Crm) -> None:
    assert crm.api("POST", "/events", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert crm.api("POST", "/events", {}).status_code == 422
    assert verdict(crm)[0] == "inconclusive"


def test_a_list_that_broke_off_is_not_judged(crm: Crm) -> None:
    crm.create()
    crm.controls.faults.add({"disconnect": "reset"}, match={"operation": "listEvents"})
    with pytest.raises(httpx.TransportError):
        crm.api("GET", "/events", **named("reader"))
    assert by_client(crm) == {"client": "passed", "reader": "inconclusive"}
    assert verdict(crm)[1][0] == "reader: No list reached it whole: no answer."


def test_half_a_list_is_not_judged(crm: Crm) -> None:
    crm.controls.faults.add({"truncate": {"fraction": 0.5}}, match={"operation": "listEvents"})
    with pytest.raises(httpx.TransportError):
        crm.api("GET", "/events")
    assert verdict(crm) == ("inconclusive", ["client: No list reached it whole: 200, not whole."])


@pytest.mark.parametrize("status", [500, 503])
def test_a_list_that_always_fails_is_not_judged(crm: Crm, status: int) -> None:
    crm.controls.faults.add({"status": status}, match={"operation": "listEvents"})
    for _ in range(2):
        crm.api("GET", "/events")
    assert verdict(crm)[0] == "inconclusive"


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_options_and_head_make_no_client(crm: Crm, method: str) -> None:
    crm.api(method, "/events")
    assert verdict(crm) == ("inconclusive", ["No client has made a request to this sandbox."])
    assert audit(crm)["clients"] == []


def test_head_of_a_list_is_no_list(crm: Crm) -> None:
    assert crm.api("GET", "/events?since=soon").status_code == 400
    assert crm.api("HEAD", "/events").status_code == 200
    assert verdict(crm)[0] == "inconclusive"


def test_a_client_that_only_writes_passes_and_it_is_said_that_its_reading_was_not_judged(crm: Crm) -> None:
    crm.create()
    assert verdict(crm) == ("passed", ["client: It asked for no list, so its reading was not judged."])


def test_a_client_that_only_writes_fails_by_what_it_writes(crm: Crm) -> None:
    event = crm.create()
    crm.admin("PATCH", f"/events/{event['id']}", {"location": "Room 7"})
    crm.api("PATCH", f"/events/{event['id']}", {"location": "Room 2"})
    assert verdict(crm)[0] == "failed"


def test_a_writer_whose_lists_are_refused_is_not_judged(crm: Crm) -> None:
    crm.create()
    crm.api("GET", "/events?since=soon")
    assert verdict(crm)[0] == "inconclusive"


# The whole


def test_one_client_that_fails_fails_the_whole(crm: Crm) -> None:
    overwrites(crm)
    crm.api("GET", "/events?since=soon", **named("refused"))
    found, reasons = verdict(crm)
    assert (found, by_client(crm)) == ("failed", {"client": "failed", "refused": "inconclusive"})
    assert [each.split(": ")[:2] for each in reasons] == [
        ["client", "overwrite.blind"],
        ["refused", "No list reached it whole"],
    ]


def test_one_client_whose_lists_were_refused_leaves_the_whole_open(crm: Crm) -> None:
    crm.events()
    crm.api("GET", "/events?since=soon", **named("refused"))
    assert verdict(crm)[0] == "inconclusive"


def test_a_client_that_asked_for_no_list_does_not_hold_up_the_whole(crm: Crm) -> None:
    crm.events()
    crm.api("GET", "/events/7", **named("probe"))
    assert by_client(crm) == {"client": "passed", "probe": "inconclusive"}
    reason = "probe: It asked for no list and changed no event, so there is nothing to judge."
    assert verdict(crm) == ("passed", [reason])


def test_a_reason_that_several_clients_share_is_given_once(crm: Crm) -> None:
    for name in "abcde":
        crm.api("GET", "/events?since=soon", **named(name))
    assert verdict(crm)[1] == ["a, b, c and 2 more: No list reached it whole: 400 query.invalid."]


# What is allowed


def test_findings_that_are_allowed_fail_nothing(crm: Crm) -> None:
    overwrites(crm)
    assert verdict(crm)[0] == "failed"
    assert verdict(crm, "?allow=overwrite.blind") == ("passed", [])
    assert verdict(crm, "?allow=overwrite.blind&allow=retry.tooEarly") == ("passed", [])
    assert verdict(crm, "?allow=retry.tooEarly")[0] == "failed"
    codes = [each["code"] for each in audit(crm, "?allow=overwrite.blind")["clients"][0]["findings"]]
    assert codes == ["overwrite.blind"], "it is still shown"


def test_what_is_allowed_makes_nothing_judged(crm: Crm) -> None:
    assert verdict(crm, "?allow=overwrite.blind")[0] == "inconclusive"


def test_a_code_may_be_allowed_by_its_earlier_name(crm: Crm) -> None:
    crm.events()
    crm.api("GET", "/events?pageToken=mine")
    assert verdict(crm)[0] == "failed"
    assert verdict(crm, "?allow=token.notGiven")[0] == "passed"


@pytest.mark.parametrize("query", ["allow=brand.new", "allow=", "allow=recovered&allow=x", "alow=recovered"])
def test_a_code_that_does_not_exist_is_refused(crm: Crm, query: str) -> None:
    for method in ("GET", "POST"):
        assert set(error(crm.admin(method, f"/audit?{query}"), 400, "query.invalid")) <= {"allow", "alow"}


# The command line


def audited(crm: Crm, *options: str) -> tuple[int, list[str]]:
    url = str(crm.http.base_url)
    done = run("audit", "--url", url, "--sandbox", crm.path.rpartition("/")[2], *options)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_command_s_status_is_the_verdict(crm: Crm) -> None:
    assert audited(crm) == (2, ["No client has made a request to this sandbox.", "The audit is inconclusive."])
    crm.api("GET", "/events?since=soon")
    assert audited(crm) == (
        2,
        [
            "client: 1 request, 0 events delivered, 0 changes pending",
            "  inconclusive: No list reached it whole: 400 query.invalid.",
            "The audit is inconclusive.",
        ],
    )
    overwrites(crm)
    assert audited(crm)[0] == 1
    status, lines = audited(crm, "--allow", "overwrite.blind", "--allow", "retry.tooEarly")
    assert (status, lines[-1]) == (0, "The audit passed.")


def test_what_a_client_that_only_writes_passed_in_is_said(crm: Crm) -> None:
    crm.create()
    assert audited(crm)[1][1:] == [
        "  passed: It asked for no list, so its reading was not judged.",
        "The audit passed.",
    ]


def test_a_code_that_does_not_exist_is_no_option(crm: Crm) -> None:
    done = run("audit", "--url", str(crm.http.base_url), "--allow", "brand.new")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'brand.new' is not the code of a finding" in done.stderr
    done = run("audit", "--url", str(crm.http.base_url), "--wait", "soon")
    assert (done.returncode, done.stdout, "query.invalid" in done.stderr) == (2, "", True)


def test_a_ci_server_shows_what_was_not_judged_as_an_error(crm: Crm) -> None:
    status, lines = audited(crm, "--format", "junit")
    assert (status, fromstring("\n".join(lines)).attrib["errors"]) == (2, "1")
    overwrites(crm)
    status, lines = audited(crm, "--format", "junit", "--allow", "overwrite.blind")
    suites = fromstring("\n".join(lines))
    assert (status, suites.attrib["failures"], suites.attrib["errors"], suites.attrib["skipped"]) == (0, "0", "0", "1")


# The control client


def test_an_assertion_fails_unless_the_audit_passed(crm: Crm) -> None:
    with pytest.raises(AssertionError, match=r"^Inconclusive: No client has made a request"):
        crm.controls.assert_clean()
    crm.api("GET", "/events?since=soon")
    with pytest.raises(AssertionError, match=r"^Inconclusive: client: No list reached it whole: 400"):
        crm.controls.assert_clean()
    overwrites(crm)
    with pytest.raises(AssertionError, match=r"^Failed: overwrite\.blind\.\n"):
        crm.controls.assert_clean()
    crm.controls.assert_clean(allow=["overwrite.blind"])


def test_what_is_allowed_is_not_named_as_the_reason(crm: Crm) -> None:
    overwrites(crm)
    crm.api("GET", "/events?pageToken=mine")
    with pytest.raises(AssertionError, match=r"^Failed: pageToken\.notGiven\.\n"):
        crm.controls.assert_clean(allow=["overwrite.blind"])


def test_a_replica_of_a_client_that_was_not_judged_is_not_in_sync(crm: Crm) -> None:
    with pytest.raises(AssertionError, match=r"^Inconclusive: client: It has made no request"):
        crm.controls.assert_in_sync([])
    crm.api("GET", "/events?since=soon")
    with pytest.raises(AssertionError, match=r"^Inconclusive: client: No list"):
        crm.controls.assert_in_sync([])
    event = crm.create()
    crm.events()
    crm.controls.assert_in_sync([event])
    crm.api("GET", "/events?since=soon", **named("other"))
    crm.controls.assert_in_sync([event], client="client")
    with pytest.raises(AssertionError, match=r"^Inconclusive: other"):
        crm.controls.assert_in_sync([event], client="other")


def test_a_replica_may_be_in_sync_though_the_client_failed_in_something_else(crm: Crm) -> None:
    overwrites(crm)
    crm.controls.assert_in_sync(crm.events())
