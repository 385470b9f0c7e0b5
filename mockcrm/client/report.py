"""Text for people: an audit, with a timeline for each event; why a verification failed; requests and changes.

Also what a name means, as `mockcrm explain` prints it. Whatever a client or a colleague wrote is made harmless for a
terminal first.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any, get_args
from urllib.parse import quote

import click

from mockcrm.base import fixtures as shipped
from mockcrm.base.difference import difference
from mockcrm.base.escaping import harmless, harmless_all
from mockcrm.errors.text import shortened

WIDTH = 100
"""The width of a line, in characters."""
MOST_ALIKE = 2
"""How many findings with the same code a message shows in full. Of the others it shows the title."""
MOST_TITLES = 20
"""How many findings of a client a message shows at all, the gravest first."""
MOST_EVENTS = 5
"""How many of a finding's events are listed by id."""
MOST_DIVERGENCES = 20
"""How many different answers of a replay are listed."""
MOST_ROWS = 5
"""Up to how many rows of an answer are listed by id. Of a longer answer the rows are counted."""
VALUE_LENGTH = 60
"""How many characters of a value a line shows."""
ID_LENGTH = 64
"""How many characters of an event's id are shown; no real id is longer."""
_Finding = Mapping[str, Any]

_FACTS: Mapping[str, str] = {
    "severity": "Severity",
    "status": "Status",
    "formerly": "Earlier name",
    "example": "For example",
    "what": "What happens",
    "why": "Why it matters",
    "evidence": "Evidence",
    "group": "Group",
    "needs": "Needs",
    "values": "Values",
    "default": "Default",
    "dialects": "Dialects that set it",
    "arguments": "Arguments",
    "short": "May stand alone",
    "operations": "Only for",
    "advice": "What to do",
    "hazards": "Hazards",
    "findings": "Findings",
    "knobs": "Knobs",
    "play": "To play it",
}
"""What `mockcrm explain` can say about a name, in reading order, each with its label."""

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_VERDICT_COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow"}
_GRAVEST_FIRST = list(_COLOURS)


def is_grave(found: _Finding) -> bool:
    """Whether the client has to be mended. A note is only worth knowing."""
    return bool(found["severity"] != "note")


def lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a report on an audit, as `GET /admin/audit` answers it."""
    audit = harmless_all(audit)
    for account in audit["clients"]:
        yield from _of_account(account)
        for found in account["findings"]:
            yield from of_finding(found)
    yield from [] if audit["clients"] else audit["reasons"]
    verdict = click.style(audit["verdict"], fg=_VERDICT_COLOURS[audit["verdict"]], bold=True)
    yield f"The audit {'is ' if audit['verdict'] == 'inconclusive' else ''}{verdict}."
    if "inSync" in audit:
        verdict, colour = ("in sync", "green") if audit["inSync"] else ("not in sync", "red")
        yield f"The replica is {click.style(verdict, fg=colour, bold=True)}."


def message(audit: Mapping[str, Any], allow: Sequence[str] = ()) -> str:
    """A report for a test that fails. It begins with the verdict, which pytest's summary shows, and is never long.

    Findings whose codes are in `allow` are no reason to fail.
    """
    audit = harmless_all(audit)
    findings = [found for account in audit["clients"] for found in account["findings"] if found["code"] not in allow]
    replica = [found for found in findings if _of_replica(found)]
    grave = replica + [found for found in findings if is_grave(found) and not _of_replica(found)]
    text = [_verdict(audit, _counted(grave))]
    for account in audit["clients"]:
        text += [*_of_account(account), *findings_in_brief(account["findings"])]
    if grave:
        text += _more(grave)
    return click.unstyle("\n".join(text))


def _more(findings: Sequence[_Finding]) -> Iterator[str]:
    """The command that explains findings and their hazards, without those of a newer server, which it does not know."""
    from mockcrm.client.types import FindingCode  # noqa: PLC0415  only a failure needs it

    known_codes, known_hazards = get_args(FindingCode), shipped.fixture_files("hazards")
    codes = dict.fromkeys(found["code"] for found in findings if found["code"] in known_codes)
    hazards = dict.fromkeys(found["hazard"] for found in findings if found["hazard"] in known_hazards)
    if codes or hazards:
        yield f"More: mockcrm explain {' '.join([*codes, *hazards])}"


def _verdict(audit: Mapping[str, Any], codes: Mapping[str, int]) -> str:
    listed = ", ".join(f"{code} ({count})" if count > 1 else code for code, count in codes.items())
    if not audit.get("inSync", True):
        return f"Not in sync: {listed}."
    match audit["verdict"]:
        case "passed":
            return "The audit passed."
        case "failed":
            return f"Failed: {listed}."
        case _:
            return f"Inconclusive: {in_brief(audit['reasons'])}"


def in_brief(reasons: Sequence[str]) -> str:
    """The first of several reasons, and how many more there are."""
    more = f" And {len(reasons) - 1} more." if len(reasons) > 1 else ""
    return f"{''.join(reasons[:1])}{more}"


def _counted(findings: Iterable[_Finding]) -> Counter[str]:
    """How many events each code concerns, or how often it was found. An older server has a finding for each."""
    counts: Counter[str] = Counter()
    for found in findings:
        counts[found["code"]] += found.get("count", 1)
    return counts


def findings_in_brief(findings: Sequence[_Finding]) -> Iterator[str]:
    """The lines on some findings in full, and on others by their titles, the gravest first. Their texts are harmless.

    >>> list(findings_in_brief([found]))[0]
    '  error change.outOfReach [index-lag]: “Demo” was changed, and …'
    """
    shown: Counter[str] = Counter()
    for found in _gravest_first(findings)[:MOST_TITLES]:
        title, *rest = of_finding(found)
        yield title
        if shown[found["code"]] < MOST_ALIKE:
            yield from rest
            shown[found["code"]] += 1
    if len(findings) > MOST_TITLES:
        yield f"  … and {len(findings) - MOST_TITLES} more."


def _of_replica(found: _Finding) -> bool:
    return str(found["code"]).startswith("replica.")


def _gravest_first(findings: Sequence[_Finding]) -> list[_Finding]:
    return sorted(findings, key=lambda found: _GRAVEST_FIRST.index(found["severity"]))


def _of_account(account: Mapping[str, Any]) -> Iterator[str]:
    """The line on a client, and why it was not judged, or what of it was not."""
    stats = account["stats"]
    counts = ", ".join(
        f"{count} {word}{'s' * (count != 1)}{rest}"
        for count, word, rest in (
            (stats["requests"], "request", ""),
            (stats["events"], "event", " delivered"),
            *((each["delivered"], f"{each['kind']} record", " delivered") for each in _other_kinds(account)),
            (account["pending"], "change", " pending"),
        )
    )
    yield f"{click.style(account['client'], bold=True)}: {counts}"
    if account["verdict"] != "failed":
        verdict = click.style(account["verdict"], fg=_VERDICT_COLOURS[account["verdict"]], bold=True)
        yield from (f"  {verdict}: {reason}" for reason in account["reasons"])


def _other_kinds(account: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How a client stands to the records of other kinds than events. An older server does not say."""
    return [each for each in account.get("kinds", ()) if each["kind"] != "event"]


def on_failure(failure: Mapping[str, Any]) -> Iterator[str]:
    """The lines on a verification that did not pass, as `POST /admin/verify` answers it, with the nearest requests."""
    failure = harmless_all(failure)
    if failure["passed"] is None:
        reasons = " ".join(failure["reasons"])
        yield from wrap(f"Inconclusive: {reasons}", WIDTH, break_long_words=False, break_on_hyphens=False)
        return
    yield from wrap(failure["reason"], WIDTH, break_long_words=False, break_on_hyphens=False)
    # The reason names the nearest request already.
    for miss in failure["nearest"][1:]:
        parts = (
            f"{part} is {_shortly(differs['found'])}, not {_shortly(differs['wanted'])}"
            for part, differs in miss["differs"].items()
        )
        yield f"  Request {miss['request']}, {miss['method']} {miss['path']}: {'; '.join(parts)}."


def on_replay(divergences: Sequence[str], changed: Sequence[str]) -> Iterator[str]:
    """The lines on a replay: whether its verdict is that of the bundle.

    `divergences` are the requests that got another answer than before, `changed` what differs in the verdict.
    """
    divergences, changed = harmless_all(divergences), harmless_all(changed)
    yield from divergences[:MOST_DIVERGENCES]
    if len(divergences) > MOST_DIVERGENCES:
        yield f"… and {len(divergences) - MOST_DIVERGENCES} more answers that differ."
    yield from changed
    verdict, colour = ("not the same as", "red") if changed else ("the same as", "green")
    yield f"The verdict is {click.style(verdict, fg=colour, bold=True)} in the file."


def of_finding(found: _Finding) -> Iterator[str]:
    """The lines on one finding."""
    severity = click.style(found["severity"], fg=_COLOURS[found["severity"]], bold=True)
    hazard = f" [{found['hazard']}]" if found["hazard"] else ""
    yield f"  {severity} {found['code']}{hazard}: {found['title']}{_records(found)}"
    for line in wrap(found["explanation"], WIDTH, break_on_hyphens=False):
        yield f"    {line}"
    for moment in found["timeline"]:
        yield click.style(f"      {moment['at']}  {moment['what']}", dim=True)
    for line in wrap(f"→ {found['advice']}", WIDTH, break_on_hyphens=False):
        yield f"    {line}"


def _records(found: _Finding) -> str:
    """The kind and the ids of the records that a finding concerns; of many, the first."""
    # An older server names one event.
    ids = found.get("recordIds") or found.get("eventIds") or [found["eventId"]]
    if not ids[0]:
        return ""
    kind = found.get("kind") or "event"
    several = len(ids) > 1
    named = f"{kind}{'s' * several}" if kind == "event" else f"{kind}{' records' * several}"
    return f" ({named} {', '.join(each[:ID_LENGTH] for each in ids[:MOST_EVENTS])}{' …' * (len(ids) > MOST_EVENTS)})"


def of_requests(entries: Sequence[Mapping[str, Any]], latest: int) -> Iterator[str]:
    """A line on each of the `latest` requests of a journal. It names the client if there are several."""
    several = len({entry["client"] for entry in entries}) > 1
    for entry in entries[-latest:]:
        who = f"{entry['client']}: " if several else ""
        yield harmless(f"{entry['number']:>4}  {entry['arrivedAt']}  {who}{_of_request(entry)}")


def _of_request(entry: Mapping[str, Any]) -> str:
    """The request, the status of its answer, why it was refused or which faults were applied, and the rows it got."""
    query = "&".join(
        f"{_quoted(name)}={shortened(_quoted(value), VALUE_LENGTH)}" for name, value in entry["query"].items()
    )
    asked = f"{entry['method']} {_quoted(entry['path'])}{f'?{query}' if query else ''}"
    body = "" if entry["body"] is None else f" {_shortly(entry['body'])}"
    faults = f" ({', '.join(each['name'] or each['effect'] for each in entry['faults'])})" if entry["faults"] else ""
    rows = f": {_rows(entry['delivered'])}" if "read" in entry["delivered"] else ""
    code = f" {entry['code']}" if entry["code"] and not faults else ""
    return f"{asked}{body} → {entry['status'] or 'no answer'}{code}{faults}{rows}"


def _quoted(text: str) -> str:
    """A part of an address as it was sent. Only times are decoded: nobody can read them with `%3A`."""
    return quote(text, safe="/:+")


def _rows(delivered: Mapping[str, Any]) -> str:
    ids = [each["id"] for each in delivered["events"]] + [f"{each['id']} deleted" for each in delivered["tombstones"]]
    return f"{len(ids)} rows" if len(ids) > MOST_ROWS else ", ".join(ids) or "nothing"


def of_change(change: Mapping[str, Any]) -> str:
    """The line on an entry of the change log: which event changed how, and who did it."""
    before, after = change["before"], change["after"]
    differences = "; ".join(_differences(before, after)) if before and after else ""
    who = f"request {change['requestId']}" if change["origin"] == "client" else change["by"] or "a colleague"
    late = f", in lists from {change['visibleAt']} on" if change["visibleAt"] != change["committedAt"] else ""
    what = f"event {change['eventId']} {change['op']} by {who}{late}"
    content = differences or _shortly((after or before)["subject"])
    return harmless(f"{change['seq']:>4}  {change['committedAt']}  {what}: {content}")


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in {**before, **after}:
        one, other = before.get(name), after.get(name)
        if name != "lastModifiedAt" and one != other:
            place, left, right = difference(name, one, other, VALUE_LENGTH)
            yield f"{place} {left} → {right}"


def _shortly(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), VALUE_LENGTH)


def of_explanations(explanations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines on what names mean (`mockcrm.cli.glossary`), with an empty line between two names."""
    for number, each in enumerate(explanations):
        yield from [""] if number else []
        yield from _of_explanation(each)


def _of_explanation(explanation: Mapping[str, Any]) -> Iterator[str]:
    yield f"{explanation['kind']} {click.style(explanation['name'], bold=True)}"
    yield from of_facts(explanation)


def of_facts(explanation: Mapping[str, Any]) -> Iterator[str]:
    """The lines on what is known of a name, without its heading, each fact with its label.

    >>> list(of_facts({"why": "The change is lost."}))
    ['  Why it matters: The change is lost.']
    """
    known = {fact: label for fact, label in _FACTS.items() if explanation.get(fact, []) not in ([], {})}
    facts = (f"{label}: {_in_words(explanation[fact])}" for fact, label in known.items())
    meaning = [explanation["meaning"]] if "meaning" in explanation else []
    for fact in (*meaning, *facts):
        yield from wrap(
            fact, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )


def _in_words(fact: Any) -> str:
    match fact:
        case list():
            return ", ".join(map(str, fact))
        case Mapping():
            return "; ".join(f"{name} ({said})" if said else name for name, said in fact.items())
        case None:
            return "null"
        case _:
            return str(fact)


def of_names(explanations: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line on each name that can be explained, under a heading for each kind of names."""
    for kind, several in groupby(explanations, key=lambda each: each["kind"]):
        names = list(several)
        width = max(len(each["name"]) for each in names)
        yield click.style(f"{kind}s", bold=True)
        for each in names:
            yield f"  {each['name']:{width}}  {each['meaning']}"
