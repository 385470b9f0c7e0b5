"""An audit as JUnit XML: what a CI server reads of it."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from mockcrm.audit.findings import FINDINGS, GRAVE
from mockcrm.cli.junit import document


def finding(code: str = "change.outOfReach", title: str = "A change was lost", **more: Any) -> dict[str, Any]:
    payload = {
        "code": code,
        "severity": FINDINGS[code].severity if code in FINDINGS else "error",
        "hazard": None,
        "eventId": None,
        "title": title,
        "explanation": f"{title}, for this reason.",
        "timeline": [{"at": "2026-01-05T09:00:00.000Z", "what": "version 1 created"}],
        "advice": "Look back.",
    }
    return payload | more


def client(name: str, *findings: Any, verdict: str = "passed", reasons: Any = ()) -> dict[str, Any]:
    judged = {"verdict": verdict, "reasons": [*reasons]}
    return {"client": name, **judged, "findings": [*findings], "pending": 0, "stats": {"requests": 1, "events": 1}}


def whole(*clients: Any, complete: bool = True, verdict: str = "passed", reasons: Any = (), allow: Any = ()) -> Element:
    judged = {"verdict": verdict, "reasons": [*reasons], "complete": complete}
    return fromstring(document({**judged, "clients": [*clients]}, allow))


def read(*clients: Any, **options: Any) -> list[Element]:
    """The suites of the clients."""
    return [*whole(*clients, **options)][1:]


def cases(suite: Element) -> dict[str, Element]:
    return {case.attrib["name"]: case for case in suite.iter("testcase")}


def counts(of: Element) -> dict[str, int]:
    return {name: int(of.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}


def test_each_client_is_a_suite_with_a_test_for_each_grave_kind() -> None:
    suites = read(client("ann"), client("bob"))
    assert [suite.attrib["name"] for suite in suites] == ["ann", "bob"]
    for suite in suites:
        assert tuple(cases(suite)) == GRAVE
        assert {case.attrib["classname"] for case in suite} == {f"mockcrm.audit.{suite.attrib['name']}"}
        assert all(len(case) == 0 for case in suite)


def test_names_are_the_same_whatever_was_found() -> None:
    clean, unclean = whole(client("ann")), whole(client("ann", finding(), finding("recovered")))
    assert list(cases(clean)) == list(cases(unclean))


def test_a_kind_that_was_found_twice_fails_once_and_tells_both() -> None:
    suite = read(client("ann", finding(title="First"), finding(title="Second")))[0]
    (failure,) = suite.iter("failure")
    assert failure.attrib == {"type": "change.outOfReach", "message": "First, and 1 more"}
    for payload in ("First, for this reason.", "Second, for this reason.", "version 1 created", "→ Look back."):
        assert payload in (failure.text or "")
    assert failure in list(cases(suite)["change.outOfReach"])


def test_one_finding_is_not_said_to_be_more() -> None:
    (failure,) = whole(client("ann", finding())).iter("failure")
    assert failure.attrib["message"] == "A change was lost"


def test_the_counts_of_suites_and_of_each_suite_are_right() -> None:
    suites = whole(client("ann", finding(), finding(), finding("window.movedOut")), client("bob", finding("recovered")))
    kinds = len(GRAVE)
    assert counts(suites) == {"tests": 1 + 2 * kinds, "failures": 2, "errors": 0, "skipped": 0}
    assert [counts(suite)["tests"] for suite in suites] == [1, kinds, kinds]
    assert [counts(suite)["failures"] for suite in suites] == [0, 2, 0]


def test_notes_fail_nothing_and_are_told_beside() -> None:
    (suite,) = read(client("ann", finding("recovered", "It came after all")))
    assert suite.attrib["failures"] == "0"
    assert "It came after all" in (suite.findtext("system-out") or "")
    assert whole(client("ann", finding())).find("testsuite/system-out") is None


def test_in_an_incomplete_audit_what_was_not_found_counts_as_skipped() -> None:
    (suite,) = read(client("ann", finding("window.movedOut"), verdict="failed"), complete=False, verdict="failed")
    assert counts(suite) == {"tests": len(GRAVE), "failures": 1, "errors": 0, "skipped": len(GRAVE) - 1}
    assert "not judge all requests" in cases(suite)["change.outOfReach"][0].attrib["message"]
    assert [each.tag for each in cases(suite)["window.movedOut"]] == ["failure"]


def test_a_client_that_was_not_judged_is_skipped_with_the_reasons() -> None:
    (suite,) = read(client("ann", verdict="inconclusive", reasons=["Request 7 is under way.", "It is late."]))
    assert counts(suite) == {"tests": len(GRAVE), "failures": 0, "errors": 0, "skipped": len(GRAVE)}
    assert cases(suite)["change.outOfReach"][0].attrib == {"message": "Request 7 is under way. It is late."}


def test_an_inconclusive_audit_is_an_error() -> None:
    suites = whole(verdict="inconclusive", reasons=["ann: First.", "bob: Second."])
    assert (len(suites), counts(suites)) == (1, {"tests": 1, "failures": 0, "errors": 1, "skipped": 0})
    (error,) = cases(suites)["judged"]
    assert (error.tag, error.attrib) == ("error", {"type": "inconclusive", "message": "ann: First. And 1 more."})
    assert error.text == "ann: First.\nbob: Second."


@pytest.mark.parametrize("verdict", ["passed", "failed"])
def test_an_audit_that_passed_or_failed_was_judged(verdict: str) -> None:
    suites = whole(client("ann"), client("idle", verdict="inconclusive", reasons=["Idle."]), verdict=verdict)
    assert (counts(suites)["errors"], len(cases(suites[0])["judged"])) == (0, 0)


def test_a_finding_that_is_allowed_is_skipped_and_told_beside() -> None:
    suites = whole(client("ann", finding(title="First"), finding(title="Second")), allow={"change.outOfReach"})
    assert counts(suites) == {"tests": 1 + len(GRAVE), "failures": 0, "errors": 0, "skipped": 1}
    assert cases(suites)["change.outOfReach"][0].attrib == {"message": "Allowed: First, and 1 more"}
    assert "Second, for this reason." in (suites[1].findtext("system-out") or "")


def test_a_kind_that_only_the_server_knows_is_told_as_well() -> None:
    (suite,) = read(client("ann", finding("brand.new")))
    assert [each.tag for each in cases(suite)["brand.new"]] == ["failure"]
    assert suite.attrib["tests"] == str(len(GRAVE) + 1)


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x0b", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(bad: str) -> None:
    (suite,) = read(client(f"a{bad}n", finding(title=f"x{bad}y"), finding("recovered", f"z{bad}")))
    assert suite.attrib["name"] == "a\ufffdn"
    (failure,) = suite.iter("failure")
    assert failure.attrib["message"] == "x\ufffdy"
    assert "x\ufffdy" in (failure.text or "")
    assert "z\ufffd" in (suite.findtext("system-out") or "")


@pytest.mark.parametrize("text", ["<&>\"']]>", "ä 日本 😀", "tab\tin", "\ud7ff\ue000\ufffd\U00010000\U0010ffff"])
def test_what_xml_can_hold_stays(text: str) -> None:
    (failure,) = whole(client("ann", finding(title=text))).iter("failure")
    assert failure.attrib["message"] == text
    assert text in (failure.text or "")
