"""An audit as JUnit XML, which CI servers show as test results (`docs/how-to/audit.md`).

Each client is a suite. Each type of finding that fails an audit is a test in it, whether it was found or not, so that
the names stay the same from run to run, and a CI server can show what is new.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import click

from mockcrm.audit.findings import GRAVE, GRAVE_IN_REPLICAS
from mockcrm.base.escaping import xml_document
from mockcrm.client.report import is_grave, of_finding, why_incomplete

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, not even escaped (XML 1.0, section 2.2)."""

FoundObject = Mapping[str, Any]
"""A finding, as `GET /admin/audit` returns it."""


def document(audit: Mapping[str, Any]) -> bytes:
    """The answer of `GET /admin/audit` as an XML document in UTF-8.

    In an incomplete audit a type without findings counts as skipped, since its findings may be missing.
    """
    unknown = None if audit["complete"] else why_incomplete(audit)
    suites = Element("testsuites", name="mockcrm audit (not complete)" if unknown else "mockcrm audit")
    codes = GRAVE + (GRAVE_IN_REPLICAS if "inSync" in audit else ())
    for account in audit["clients"]:
        suites.append(_suite(account, codes, unknown))
    _count(suites)
    indent(suites)
    return xml_document(tostring(suites, encoding="utf-8", xml_declaration=True))


def _suite(account: Mapping[str, Any], codes: Sequence[str], unknown: str | None) -> Element:
    """A client's suite. `unknown` is the reason why findings may be missing, or None."""
    client = _text(account["client"])
    suite = Element("testsuite", name=client)
    grave = [found for found in account["findings"] if is_grave(found)]
    # A newer server may have more types of findings.
    for code in dict.fromkeys((*codes, *(found["code"] for found in grave))):
        case = SubElement(suite, "testcase", name=_text(code), classname=f"mockcrm.audit.{client}")
        if these := [found for found in grave if found["code"] == code]:
            case.append(_failure(code, these))
        elif unknown:
            SubElement(case, "skipped", message=unknown)
    _count(suite)
    if notes := [found for found in account["findings"] if not is_grave(found)]:
        SubElement(suite, "system-out").text = _text_of(notes)
    return suite


def _failure(code: str, found: Sequence[FoundObject]) -> Element:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    failure = Element("failure", type=_text(code), message=_text(found[0]["title"] + more))
    failure.text = _text_of(found)
    return failure


def _count(of: Element) -> None:
    """Set the counts of tests and their outcomes; an audit has no errors in JUnit's sense."""
    for name, kind in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        of.set(name, str(sum(1 for _ in of.iter(kind))))
    of.set("errors", "0")


def _text_of(findings: Sequence[FoundObject]) -> str:
    return _text("\n".join(click.unstyle(line) for found in findings for line in of_finding(found)))


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
