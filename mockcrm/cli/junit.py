"""An audit as JUnit XML, which CI servers show as test results (`docs/how-to/audit.md`).

The first suite has one test, `judged`. Each client is another suite. Each type of finding that fails an audit is a
test in it, whether it was found or not, so that the names stay the same from run to run, and a CI server can show what
is new.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import click

from mockcrm.audit.findings import GRAVE, GRAVE_IN_REPLICAS
from mockcrm.cli.junit_xml import count_cases, xml_of, xml_text
from mockcrm.client.report import in_brief, is_grave, of_finding

FoundObject = Mapping[str, Any]
"""A finding, as `GET /admin/audit` returns it."""


def document(audit: Mapping[str, Any], allow: Collection[str] = ()) -> bytes:
    """The answer of `GET /admin/audit` as an XML document in UTF-8. Findings whose codes are in `allow` fail nothing.

    What was not judged counts as skipped. Most CI servers show that as good, so an inconclusive audit has an error.
    """
    suites = Element("testsuites", name="mockcrm audit")
    suites.append(_suite_of_verdict(audit))
    codes = GRAVE + (GRAVE_IN_REPLICAS if "inSync" in audit else ())
    for account in audit["clients"]:
        suites.append(_suite(account, codes, _unknown(audit, account), allow))
    return xml_of(suites)


def _suite_of_verdict(audit: Mapping[str, Any]) -> Element:
    """A suite with one test: whether all that there was could be judged."""
    suite = Element("testsuite", name="audit")
    case = SubElement(suite, "testcase", name="judged", classname="mockcrm.audit")
    if audit["verdict"] == "inconclusive":
        error = SubElement(case, "error", type="inconclusive", message=xml_text(in_brief(audit["reasons"])))
        error.text = xml_text("\n".join(audit["reasons"]))
    count_cases(suite)
    return suite


def _unknown(audit: Mapping[str, Any], account: Mapping[str, Any]) -> str | None:
    """Why findings on a client may be missing, or None."""
    if account["verdict"] == "inconclusive":
        return xml_text(" ".join(account["reasons"]))
    return None if audit["complete"] else "The audit does not judge all requests."


def _suite(account: Mapping[str, Any], codes: Sequence[str], unknown: str | None, allow: Collection[str]) -> Element:
    """A client's suite. `unknown` is the reason why findings may be missing, or None."""
    client = xml_text(account["client"])
    suite = Element("testsuite", name=client)
    grave = [found for found in account["findings"] if is_grave(found)]
    # A newer server may have more types of findings.
    for code in dict.fromkeys((*codes, *(found["code"] for found in grave))):
        case = SubElement(suite, "testcase", name=xml_text(code), classname=f"mockcrm.audit.{client}")
        these = [found for found in grave if found["code"] == code]
        if these and code in allow:
            SubElement(case, "skipped", message=f"Allowed: {_summary(these)}")
        elif these:
            failure = SubElement(case, "failure", type=xml_text(code), message=_summary(these))
            failure.text = _text_of(these)
        elif unknown:
            SubElement(case, "skipped", message=unknown)
    count_cases(suite)
    if beside := [found for found in account["findings"] if not is_grave(found) or found["code"] in allow]:
        SubElement(suite, "system-out").text = _text_of(beside)
    return suite


def _summary(found: Sequence[FoundObject]) -> str:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return xml_text(found[0]["title"] + more)


def _text_of(findings: Sequence[FoundObject]) -> str:
    return xml_text("\n".join(click.unstyle(line) for found in findings for line in of_finding(found)))
