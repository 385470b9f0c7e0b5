"""For people: an audit, with a timeline for each event; how a test failed; requests and changes, in a line each.

And what a name means, which `mockcrm explain` prints.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any
from urllib.parse import quote

import click

from mockcrm.audit.findings import FINDINGS
from mockcrm.base import fixtures as shipped
from mockcrm.base.escaping import harmless, harmless_all

WIDTH = 100
MOST_ALIKE = 2
"""Of how many findings of one kind a message tells all; of more it has the title."""
MOST_TITLES = 20
"""How many findings of a client a message names at all, the gravest first."""
MOST_STRAYED = 20
"""How many requests of a replay are named that were answered in another way."""
MOST_ROWS = 5
"""How many rows of an answer are named; more are counted."""
LONGEST = 60
"""How much of a value a line shows, in characters."""
LONGEST_ID = 64
"""How much of an event's id is shown, in characters: all of it, if it is one."""
INCOMPLETE = "The journal was cleared, so that nothing can be said of what clients were never given."
Found = Mapping[str, Any]

_FACTS: Mapping[str, str] = {
    "severity": "Severity",
    "status": "Status",
    "example": "For example",
    "what": "What happens",
    "why": "Why it matters",
    "evidence": "Evidence",
    "values": "Values",
    "default": "Default",
    "dialects": "Dialects that set it",
    "arguments": "Arguments",
    "short": "Can be given without its name",
    "operations": "Only for",
    "advice": "What to do",
    "hazards": "Hazards",
    "findings": "Findings",
    "knobs": "Knobs",
    "play": "To play it",
}
"""What is known of a name, in the order in which people read it, with the words that they read before it."""

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
NOBODY = "No client has asked for anything: there is nothing to judge."
_GRAVEST_FIRST = list(_COLOURS)


def is_grave(found: Found) -> bool:
    """Whether there is something to be mended; see `findings.Kind`. The server may be newer, and know of more kinds."""
    return bool(found["severity"] != "note")


def lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a report on what `GET /admin/audit` answers."""
    audit = harmless_all(audit)
    if not audit["clients"]:
        yield NOBODY
        return
    for account in audit["clients"]:
        yield _of_account(account)
        for found in account["findings"]:
            yield from of_finding(found)
    if not audit["complete"]:
        yield why_incomplete(audit)
    clean = "clean" if audit["complete"] else "clean as far as it goes"
    verdict, colour = (clean, "green") if audit["clean"] else ("not clean", "red")
    yield f"The audit is {click.style(verdict, fg=colour, bold=True)}."
    if "inSync" in audit:
        verdict, colour = ("in sync", "green") if audit["inSync"] else ("not in sync", "red")
        yield f"The replica is {click.style(verdict, fg=colour, bold=True)}."


def message(audit: Mapping[str, Any]) -> str:
    """The same for a test that fails: the verdict first, which summaries show, and never very long."""
    audit = harmless_all(audit)
    findings = [found for account in audit["clients"] for found in account["findings"]]
    replica = [found for found in findings if _of_replica(found)]
    grave = replica + [found for found in findings if is_grave(found) and not _of_replica(found)]
    told = [_verdict(audit, Counter(found["code"] for found in grave)) if audit["clients"] else NOBODY]
    for account in audit["clients"]:
        told += [_of_account(account), *_in_brief(_gravest_first(account["findings"]))]
    if not audit["complete"]:
        told.append(why_incomplete(audit))
    if grave:
        told += _where_explained(grave)
    return click.unstyle("\n".join(told))


def _where_explained(findings: Sequence[Found]) -> Iterator[str]:
    """The command that explains findings, and how they came about; a newer server names some that it does not know."""
    codes = dict.fromkeys(found["code"] for found in findings if found["code"] in FINDINGS)
    known = shipped.named("hazards")
    hazards = dict.fromkeys(found["hazard"] for found in findings if found["hazard"] in known)
    if codes or hazards:
        yield f"More: mockcrm explain {' '.join([*codes, *hazards])}"


def _verdict(audit: Mapping[str, Any], codes: Mapping[str, int]) -> str:
    listed = ", ".join(f"{code} ({count})" if count > 1 else code for code, count in codes.items())
    if not audit.get("inSync", True):
        return f"Not in sync: {listed}."
    return "The audit is clean." if audit["clean"] else f"Not clean: {listed}."


def why_incomplete(audit: Mapping[str, Any]) -> str:
    """Why an audit is not complete. An older server tells no reason but one."""
    count = audit.get("requestsNotToldApart", 0)
    if not count:
        return INCOMPLETE
    came = "request came" if count == 1 else "requests came"
    return f"{count:,} {came} from more clients than are told apart: nothing can be said of them."


def _in_brief(findings: Sequence[Found]) -> Iterator[str]:
    """Some in full, more by their titles. Why a replica differs is left to the finding that tells it."""
    told: Counter[str] = Counter()
    for found in findings[:MOST_TITLES]:
        title, *rest = of_finding(found)
        yield title
        if cause := _cause(found, findings):
            yield f"    {cause['code']}: {cause['title']}"
        elif told[found["code"]] < MOST_ALIKE:
            yield from rest
            told[found["code"]] += 1
    if len(findings) > MOST_TITLES:
        yield f"  … and {len(findings) - MOST_TITLES} more."


def _cause(found: Found, findings: Sequence[Found]) -> Found | None:
    """The finding that explains why a replica differs."""
    others = (each for each in findings if each["eventId"] == found["eventId"] and not _of_replica(each))
    return next((each for each in others if _of_replica(found) and each["explanation"] in found["explanation"]), None)


def _of_replica(found: Found) -> bool:
    return str(found["code"]).startswith("replica.")


def _gravest_first(findings: Sequence[Found]) -> list[Found]:
    return sorted(findings, key=lambda found: _GRAVEST_FIRST.index(found["severity"]))


def _of_account(account: Mapping[str, Any]) -> str:
    stats = account["stats"]
    told = ", ".join(
        f"{count} {word}{'s' * (count != 1)}{rest}"
        for count, word, rest in (
            (stats["requests"], "request", ""),
            (stats["events"], "event", " given"),
            (account["pending"], "change", " pending"),
        )
    )
    return f"{click.style(account['client'], bold=True)}: {told}"


def on_failure(failure: Mapping[str, Any]) -> Iterator[str]:
    """The lines on a verification that failed, as `POST /admin/verify` answers it."""
    failure = harmless_all(failure)
    yield from wrap(failure["reason"], WIDTH, break_long_words=False, break_on_hyphens=False)
    # The reason has told of the nearest.
    for miss in failure["nearest"][1:]:
        parts = (
            f"{part} is {_shortly(differs['found'])}, not {_shortly(differs['wanted'])}"
            for part, differs in miss["differs"].items()
        )
        yield f"  Request {miss['request']}, {miss['method']} {miss['path']}: {'; '.join(parts)}."


def on_replay(divergences: Sequence[str], changed: Sequence[str]) -> Iterator[str]:
    """The lines on whether a replay has come to the verdict of its bundle.

    `divergences` tells of the requests that were answered in another way, `changed` what is different in the verdict.
    """
    divergences, changed = harmless_all(divergences), harmless_all(changed)
    yield from divergences[:MOST_STRAYED]
    if len(divergences) > MOST_STRAYED:
        yield f"… and {len(divergences) - MOST_STRAYED} more answers that differ."
    yield from changed
    verdict, colour = ("another one than", "red") if changed else ("the one", "green")
    yield f"The verdict is {click.style(verdict, fg=colour, bold=True)} in the file."


def of_finding(found: Found) -> Iterator[str]:
    """The lines on one finding."""
    severity = click.style(found["severity"], fg=_COLOURS[found["severity"]], bold=True)
    hazard = f" [{found['hazard']}]" if found["hazard"] else ""
    event = f" (event {found['eventId'][:LONGEST_ID]})" if found["eventId"] else ""
    yield f"  {severity} {found['code']}{hazard}: {found['title']}{event}"
    for line in wrap(found["explanation"], WIDTH, break_on_hyphens=False):
        yield f"    {line}"
    for moment in found["timeline"]:
        yield click.style(f"      {moment['at']}  {moment['what']}", dim=True)
    for line in wrap(f"→ {found['advice']}", WIDTH, break_on_hyphens=False):
        yield f"    {line}"


def of_requests(entries: Sequence[Mapping[str, Any]], latest: int) -> Iterator[str]:
    """The lines on the latest of a journal's requests, which name the client if several have asked."""
    several = len({entry["client"] for entry in entries}) > 1
    for entry in entries[-latest:]:
        who = f"{entry['client']}: " if several else ""
        yield harmless(f"{entry['number']:>4}  {entry['arrivedAt']}  {who}{_of_request(entry)}")


def _of_request(entry: Mapping[str, Any]) -> str:
    """What was asked, what was answered, what befell it, and which rows it gave."""
    query = "&".join(f"{_quoted(name)}={_cut(_quoted(value))}" for name, value in entry["query"].items())
    asked = f"{entry['method']} {_quoted(entry['path'])}{f'?{query}' if query else ''}"
    body = "" if entry["body"] is None else f" {_shortly(entry['body'])}"
    faults = f" ({', '.join(each['name'] or each['effect'] for each in entry['faults'])})" if entry["faults"] else ""
    rows = f": {_rows(entry['delivered'])}" if "walk" in entry["delivered"] else ""
    return f"{asked}{body} → {entry['status'] or 'no answer'}{faults}{rows}"


def _quoted(text: str) -> str:
    """A part of an address as it was sent, but for times, which people cannot read with `%3A` in them."""
    return quote(text, safe="/:+")


def _rows(delivered: Mapping[str, Any]) -> str:
    ids = [each["id"] for each in delivered["events"]] + [f"{each['id']} deleted" for each in delivered["tombstones"]]
    return f"{len(ids)} rows" if len(ids) > MOST_ROWS else ", ".join(ids) or "nothing"


def of_change(change: Mapping[str, Any]) -> str:
    """The line on an entry of the change log: what became of which event, and through whom."""
    before, after = change["before"], change["after"]
    told = "; ".join(_differences(before, after)) if before and after else ""
    who = f"request {change['requestId']}" if change["origin"] == "client" else change["by"] or "a colleague"
    late = f", in lists from {change['visibleAt']} on" if change["visibleAt"] != change["committedAt"] else ""
    what = f"event {change['eventId']} {change['op']} by {who}{late}"
    line = f"{change['seq']:>4}  {change['committedAt']}  {what}: {told or _shortly((after or before)['subject'])}"
    return harmless(line)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in {**before, **after}:
        one, other = before.get(name), after.get(name)
        if name != "lastModifiedAt" and one != other:
            yield f"{name} {_shortly(one)} → {_shortly(other)}"


def _shortly(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def of_explanations(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines on what names mean (`mockcrm.cli.glossary`), with a blank one between two."""
    for number, each in enumerate(told):
        yield from [""] if number else []
        yield from _of_explanation(each)


def _of_explanation(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['kind']} {click.style(told['name'], bold=True)}"
    known = {fact: label for fact, label in _FACTS.items() if told.get(fact, []) not in ([], {})}
    facts = (f"{label}: {_in_words(told[fact])}" for fact, label in known.items())
    for fact in (told["meaning"], *facts):
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


def of_names(told: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each name that can be explained, below a heading for those of a kind."""
    for kind, several in groupby(told, key=lambda each: each["kind"]):
        names = list(several)
        width = max(len(each["name"]) for each in names)
        yield click.style(f"{kind}s", bold=True)
        for each in names:
            yield f"  {each['name']:{width}}  {each['meaning']}"
