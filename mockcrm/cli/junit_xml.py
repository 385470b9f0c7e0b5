"""What all JUnit XML of mockcrm has in common: the counts of tests, and texts that XML can hold."""

import re
from xml.etree.ElementTree import Element, indent, tostring

from mockcrm.base.escaping import xml_document

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, not even escaped (XML 1.0, section 2.2)."""


def xml_text(text: str) -> str:
    """A text in which each character that XML cannot hold has become U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def count_cases(of: Element) -> None:
    """Set the counts of tests and their outcomes."""
    for name, kind in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        of.set(name, str(sum(1 for _ in of.iter(kind))))


def xml_of(suites: Element) -> bytes:
    """The document in UTF-8, with the counts of all suites together."""
    count_cases(suites)
    indent(suites)
    return xml_document(tostring(suites, encoding="utf-8", xml_declaration=True))
