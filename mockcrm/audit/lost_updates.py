"""What a write did to fields that its client did not know, each of them told once (`docs/audit.md`).

What it knew is what it had been given by the answers that had left when the request came, field by field.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mockcrm.audit.ledger import Given, Ledger, Observation, matched
from mockcrm.crm.content import changed_fields, content_of, reset_fields, set_fields
from mockcrm.crm.event import Change
from mockcrm.crm.record_schema import redacted, shortly, shown_event
from mockcrm.journal.journal import Entry

AUTHORS = 3
"""How many of the colleagues' versions an explanation tells of: the latest."""


def overwritten(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Observation]:
    """What there is to say of an edit."""
    busy = _shown_as_busy(ledger, entry, change, prior)
    if busy:
        shown = (ledger.redacted[change.event.id], entry.number)
        yield replace(_harm("overwrite.redaction", ledger, entry, change, (prior,), busy), requests=shown)
    reset = {name for name in reset_fields(change) - busy if _is_clobbered(ledger, entry, change, name)}
    if reset:
        hazard = _why_clobbered(ledger, prior, reset)
        yield _harm("overwrite.clobbered", ledger, entry, change, (prior,), reset, hazard)
    theirs = _unseen_authors(ledger, entry, prior, set_fields(change) - busy - reset)
    if theirs:
        yield _harm("overwrite.blind", ledger, entry, change, theirs.values(), theirs.keys())


def deleted_unseen(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Observation]:
    """A deletion that took an edit with it which the client had not seen."""
    authors = _unseen_authors(ledger, entry, prior, content_of(prior.event).keys())
    theirs = {name: author for name, author in authors.items() if author.prior is not None}
    if theirs:
        yield _harm("overwrite.deletion", ledger, entry, change, theirs.values(), theirs.keys())


def _harm(
    code: str,
    ledger: Ledger,
    entry: Entry,
    change: Change,
    others: Iterable[Change],
    names: Iterable[str],
    hazard: str | None = None,
) -> Observation:
    """What a write did to fields of `others`."""
    fields, prior = tuple(sorted(names)), change.prior or change
    given = min((ledger.knew(change.event.id, entry.heard, name) for name in fields), key=_version, default=None)
    authors = tuple(sorted({*others}, key=lambda author: author.seq))
    facts = {
        "known": _known(given, ledger.partly.get(change.event.id, {}).keys() & set(fields)),
        "prior": prior.version,
        "theirs": authors[-AUTHORS:],
        "how": _how(entry),
        "set": _set_to(prior, change, fields),
    }
    requests = (given.request, entry.number) if given else (entry.number,)
    return Observation(code, requests, facts, change, authors, fields, hazard)


def _how(entry: Entry) -> str:
    """With what precondition a request wrote that named another version, or none."""
    match entry.wsgi_headers.get("HTTP_IF_MATCH"):
        case None:
            return "without If-Match"
        case "*":
            return "with If-Match: *, which names no version"
        case _:
            return "with the tag of another version"


def _version(given: Given | None) -> int:
    return given.version if given else 0


def _known(given: Given | None, hidden: Iterable[str]) -> str:
    """What the client had been given, for people; of `hidden` fields, what it had been given of those."""
    what = f"version {given.version}, by request {given.request}" if given else "none"
    return f"{what} (lists do not show {', '.join(sorted(hidden))})" if hidden else what


def _set_to(prior: Change, change: Change, names: Iterable[str]) -> str:
    """What a write made of some fields, for people."""
    before, after = shown_event(prior), shown_event(change)
    return ", ".join(f"{name} from {shortly(before.get(name))} to {shortly(after.get(name))}" for name in names)


def _shown_as_busy(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> set[str]:
    """The fields over which a write put what a list shows in their place."""
    given = ledger.knew(change.event.id, entry.heard, "subject")
    if change.event.id not in ledger.redacted or not prior.event.private or _version(given) >= prior.version:
        # Who has read what is behind it may well be busy.
        return set()
    changed, shown = set_fields(change), redacted(prior.event)
    if "subject" not in changed or change.event.subject != shown.subject:
        return set()
    return {*changed} - changed_fields(shown, change.event)


def _is_clobbered(ledger: Ledger, entry: Entry, change: Change, name: str) -> bool:
    """Whether a write reset a field that it did not mean to."""
    event_id = change.event.id
    given = ledger.knew(event_id, entry.heard, name)
    if name in entry.named:
        # It says that the field is empty. No list had shown that it was not.
        return given is None and ledger.knew(event_id, entry.heard) is not None
    if given is None:
        # It leaves out, of the whole, what the client was never given, and did not write itself.
        return ledger.wrote.get(event_id, 0) < change.version - 1
    # It leaves out what the client had been given, unless that was as empty.
    return content_of(given.change.event).get(name) != content_of(change.event).get(name)


def _why_clobbered(ledger: Ledger, prior: Change, names: set[str]) -> str:
    if names & (prior.event.extra or {}).keys():
        return "unknown-fields-dropped"
    if not names & ledger.partly.get(prior.event.id, {}).keys():
        return "put-clobbers-absent"
    return "private-redaction" if prior.event.id in ledger.redacted else "omitted-not-empty"


def _unseen_authors(ledger: Ledger, entry: Entry, prior: Change, names: Iterable[str]) -> dict[str, Change]:
    """Of some fields, the colleagues' versions that gave them the values they have, if the client did not know those.

    What a client names with If-Match it knows.
    """
    if matched(entry, prior):
        return {}
    event_id, content = prior.event.id, content_of(prior.event)
    hidden = ledger.partly.get(event_id, {})
    seen: dict[str, int] = {}
    for name in names:
        given = ledger.knew(event_id, entry.heard, name)
        if given is None or content_of(given.change.event).get(name) != content.get(name):
            seen[name] = max(_version(given), 0 if name in hidden else ledger.wrote.get(event_id, 0))
    theirs: dict[str, Change] = {}
    for version in _unseen(ledger, entry, prior):
        for name in set_fields(version) & seen.keys():
            if version.version > seen.pop(name) and version.origin == "crm":
                theirs[name] = version
        if not seen:
            break
    return theirs


def _unseen(ledger: Ledger, entry: Entry, prior: Change) -> Iterator[Change]:
    """The versions up to one, from the newest on, that can be held against a client.

    Not those of before its first request, of which it may know, unless it was given the event.
    """
    known = ledger.knew(prior.event.id, entry.heard) is not None
    version: Change | None = prior
    while version is not None and (known or version.seq > (ledger.first.seen if ledger.first else entry.seen)):
        yield version
        version = version.prior
