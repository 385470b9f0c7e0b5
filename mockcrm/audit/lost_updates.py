"""Lost updates: what a write did to fields whose values its client did not know, each field once.

See `docs/explanation/audit.md`.

A client knows, field by field, what the answers delivered that had left before it sent the write, and what it wrote
itself. A tag tells nothing of the content: it may come alone, by HEAD, with a 204, or before an answer breaks off.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from mockcrm.audit.kind_checks import checks_of
from mockcrm.audit.ledger import Ledger, Observation, VersionDelivery
from mockcrm.audit.list_resets import ListReset, list_resets
from mockcrm.audit.phrases import enumerated
from mockcrm.audit.reverts import Revert, reverted
from mockcrm.base.difference import difference
from mockcrm.crm.change import Change
from mockcrm.crm.content import changed_fields, is_redacted, record_content, redacted, reset_fields, set_fields
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.rendering import shown_record, tagged
from mockcrm.journal.entry import Entry

AUTHORS = 3
"""How many of the colleagues' versions an explanation names: the latest."""
MAX_FIELDS_SHOWN = 10
"""Of how many fields an explanation shows what a write made of them."""


def lost_by_edit(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Observation]:
    """What an edit overwrote: placeholders over private content, fields that were reset, and a colleague's changes."""
    busy = _shown_as_busy(ledger, entry, change, prior)
    if busy:
        shown = (ledger.redacted[change.record.id], entry.number)
        yield replace(_lost_update("overwrite.redaction", ledger, entry, change, (prior,), busy), requests=shown)
    reset = {name for name in reset_fields(change) - busy if _is_clobbered(ledger, entry, change, name)}
    if reset:
        hazard = _why_clobbered(ledger, prior, reset)
        yield _lost_update("overwrite.clobbered", ledger, entry, change, (prior,), reset, hazard)
    theirs = _unseen_authors(ledger, entry, prior, set_fields(change) - busy - reset)
    if theirs:
        why = "tag-without-content" if _has_tag_of(entry, prior) else None
        yield _lost_update("overwrite.blind", ledger, entry, change, theirs.values(), theirs.keys(), why)
    known = set_fields(change) - busy - reset - theirs.keys()
    yield from _reset_inside_lists(ledger, entry, change, prior, known)
    if (revert := reverted(ledger, entry, change, prior, known)) is not None:
        yield _put_back(ledger, entry, change, revert)


def _reset_inside_lists(
    ledger: Ledger, entry: Entry, change: Change, prior: Change, names: Set[str]
) -> Iterator[Observation]:
    resets = list_resets(ledger, entry, change, prior, names)
    for hazard in ("unknown-fields-dropped", "rsvp-reset", "attendees-replaced", None):
        found = [each for each in resets if _why_reset(each) == hazard]
        if found:
            fields = {each.field for each in found}
            observation = _lost_update("overwrite.clobbered", ledger, entry, change, (prior,), fields, hazard)
            inside = " ".join(each.sentence for each in found)
            facts = {"lost": enumerated([each.title for each in found]), "inside": inside}
            yield replace(observation, facts={**observation.facts, **facts})


def _why_reset(reset: ListReset) -> str | None:
    if reset.is_unknown:
        return "unknown-fields-dropped"
    if reset.attribute == "status":
        return "rsvp-reset"
    return "attendees-replaced" if reset.field == "attendees" else None


def _put_back(ledger: Ledger, entry: Entry, change: Change, revert: Revert) -> Observation:
    observation = _lost_update(
        "overwrite.reverted", ledger, entry, change, revert.authors.values(), revert.authors.keys()
    )
    source = f"which request {revert.request} had delivered" if revert.request else "which this client had written"
    but = f" but {enumerated(revert.kept)}" if revert.kept else ""
    facts = {"older": f"version {revert.older.version}, {source}, in all fields{but}"}
    requests = (*((revert.request,) if revert.request else ()), *observation.requests)
    return replace(observation, requests=requests, facts={**observation.facts, **facts})


def lost_by_deletion(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> Iterator[Observation]:
    """What a deletion removed: a colleague's edit that was not delivered to the client.

    A child event's parent keeps all but the attendee (contract, section 8).
    """
    names = {"attendees"} if _left_its_parent(entry, prior) else record_content(prior.record).keys()
    authors = _unseen_authors(ledger, entry, prior, names)
    theirs = {name: author for name, author in authors.items() if author.prior is not None}
    if theirs:
        yield _lost_update("overwrite.deletion", ledger, entry, change, theirs.values(), theirs.keys())


def _left_its_parent(entry: Entry, prior: Change) -> bool:
    """Whether a deleted event was a child, whose attendee was taken off the parent."""
    if prior.kind != EVENT.name or prior.event.parent_id is None:
        return False
    parent = EVENT.name, str(prior.event.parent_id)
    return any((each.kind, each.record.id) == parent for each in entry.consequences)


def _lost_update(
    code: str,
    ledger: Ledger,
    entry: Entry,
    change: Change,
    others: Iterable[Change],
    names: Iterable[str],
    hazard: str | None = None,
) -> Observation:
    """What a write did to the fields `names`, which `others` had set."""
    fields, prior = tuple(sorted(names)), change.prior or change
    deliveries = (ledger.delivered_by(change.record.id, entry.answers_seen, name) for name in fields)
    known = min(deliveries, key=_version, default=None)
    authors = tuple(sorted({*others}, key=lambda author: author.seq))
    facts = {
        "known": _known(known, ledger.partly.get(change.record.id, {}).keys() & set(fields)),
        "prior": prior.version,
        "theirs": authors[-AUTHORS:],
        "how": _precondition(entry, prior),
        "set": _set_to(prior, change, fields),
        "lost": enumerated(fields),
        "inside": "",
    }
    requests = (known.request, entry.number) if known else (entry.number,)
    return Observation(code, requests, facts, change, authors, fields, hazard)


def _precondition(entry: Entry, prior: Change) -> str:
    """The precondition of a write that replaced a version, as the end of a sentence."""
    match entry.wsgi_headers.get("HTTP_IF_MATCH"):
        case None:
            return "without If-Match."
        case "*":
            return "with If-Match: *, which names no version."
        case _ if _has_tag_of(entry, prior):
            return f"with the ETag of version {prior.version}. A tag alone says nothing of the content."
        case _:
            return "with the ETag of another version."


def _has_tag_of(entry: Entry, prior: Change) -> bool:
    """Whether the precondition of a write has the tag of the version that it replaced."""
    return f'"{tagged(prior)}"' in entry.wsgi_headers.get("HTTP_IF_MATCH", "")


def _version(delivery: VersionDelivery | None) -> int:
    return delivery.version if delivery else 0


def _known(delivery: VersionDelivery | None, hidden: Iterable[str]) -> str:
    """A sentence on the version that a client knew; of `hidden` fields, the version that had them."""
    lists = f" (lists do not show {', '.join(sorted(hidden))})" if hidden else ""
    if delivery is None:
        return f"No version had been delivered to this client{lists}."
    return f"The latest delivered to this client was version {delivery.version}, by request {delivery.request}{lists}."


def _set_to(prior: Change, change: Change, names: Sequence[str]) -> str:
    """What a write made of some fields, in words: of each the part that it changed."""
    before, after = shown_record(prior), shown_record(change)
    shown = (difference(name, before.get(name), after.get(name)) for name in names[:MAX_FIELDS_SHOWN])
    more = [f"{len(names) - MAX_FIELDS_SHOWN} more fields"] if len(names) > MAX_FIELDS_SHOWN else []
    return ", ".join([*(f"{each.place} from {each.one} to {each.other}" for each in shown), *more])


def _shown_as_busy(ledger: Ledger, entry: Entry, change: Change, prior: Change) -> set[str]:
    """The fields that a write replaced by what a list shows in their place."""
    name, record = checks_of(kind_of(change.record)).placeholder, change.record
    if not name or record.id not in ledger.redacted or not is_redacted(prior.record, "busy"):
        return set()
    if _version(ledger.delivered_by(record.id, entry.answers_seen, name)) >= prior.version:
        # A client that has read the content may mean what it writes.
        return set()
    changed, shown = set_fields(change), redacted(prior.record)
    if name not in changed or record_content(record)[name] != record_content(shown)[name]:
        return set()
    return {*changed} - changed_fields(shown, record)


def _is_clobbered(ledger: Ledger, entry: Entry, change: Change, name: str) -> bool:
    """Whether a write reset a field unintentionally."""
    record_id = change.record.id
    known = ledger.delivered_by(record_id, entry.answers_seen, name)
    if name in entry.named_fields:
        # The write empties the field, and no list had shown that it had a value.
        return known is None and ledger.delivered_by(record_id, entry.answers_seen) is not None
    if known is None:
        # The write leaves out a field that was never delivered, and that the client did not write itself.
        return ledger.written.get(record_id, 0) < change.version - 1
    # The write leaves out a field that was delivered, unless that was empty, too.
    return record_content(known.change.record).get(name) != record_content(change.record).get(name)


def _why_clobbered(ledger: Ledger, prior: Change, names: set[str]) -> str:
    if names & (prior.record.extra or {}).keys():
        return "unknown-fields-dropped"
    if not names & ledger.partly.get(prior.record.id, {}).keys():
        return "put-clobbers-absent"
    return "private-redaction" if prior.record.id in ledger.redacted else "omitted-not-empty"


def _unseen_authors(ledger: Ledger, entry: Entry, prior: Change, names: Iterable[str]) -> dict[str, Change]:
    """By field, the colleague's version that gave it its present value, if that was not delivered to the client."""
    record_id, content = prior.record.id, record_content(prior.record)
    hidden = ledger.partly.get(record_id, {})
    seen: dict[str, int] = {}
    for name in names:
        known = ledger.delivered_by(record_id, entry.answers_seen, name)
        if known is None or record_content(known.change.record).get(name) != content.get(name):
            seen[name] = max(_version(known), 0 if name in hidden else ledger.written.get(record_id, 0))
    theirs: dict[str, Change] = {}
    for version in _unseen(ledger, entry, prior):
        for name in set_fields(version) & seen.keys():
            if version.version > seen.pop(name) and version.by_colleague:
                theirs[name] = version
        if not seen:
            break
    return theirs


def _unseen(ledger: Ledger, entry: Entry, prior: Change) -> Iterator[Change]:
    """The versions up to one, newest first, of which the audit can say whether they were delivered.

    Of versions before the client's first request it can do so only if the record was delivered since.
    """
    known = ledger.delivered_by(prior.record.id, entry.answers_seen) is not None
    version: Change | None = prior
    while version is not None and (known or version.seq > (ledger.first.seen if ledger.first else entry.seen)):
        yield version
        version = version.prior
