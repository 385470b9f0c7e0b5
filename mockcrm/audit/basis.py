"""What there is to judge a client by, and how the verdicts on clients make one on all of them (contract, section 7)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from mockcrm.audit.books import Book, KnownClient
from mockcrm.audit.findings import Finding
from mockcrm.audit.judgement import Judgement, Verdict
from mockcrm.audit.ledger import Ledger
from mockcrm.audit.places import RecordPlace
from mockcrm.base.declaring import dataclass

MAX_LISTED = 5
"""How many refusals or requests a reason lists."""
MAX_NAMES = 3
"""How many clients are named with a reason that they share."""

_RESUMED = (
    "The sandbox was forked, or a snapshot was put in, after clients had made requests, and this client has not read "
    "everything since."
)
NOBODY = "No client has made a request to this sandbox."
_SILENT = "It has made no request to this sandbox."
_IDLE = "It asked for no list and changed no event, so there is nothing to judge."
_PENDING = "Its replica differs by changes that may still be delivered."
_PROBED = "It has looked at one row at a time and read no list, so there is nothing yet that it could have missed."
_LOOKED_UP = "It has looked records up by filters and followed no list, so nothing that it may have missed was judged."
_UNREAD = "It asked for no list, so its reading was not judged."


@dataclass(frozen=True, slots=True)
class Basis:
    """What there is to judge a client by.

    `refused` says that no list reached the client whole and that it changed nothing: it is not judged, and that its
    requests are futile is no more than that. An `idle` client neither read nor wrote: it has no verdict, and does not
    hold up that on the others. `doubts` are the reasons for which a client that failed in nothing has not passed.
    `remarks` say what else was not judged.
    """

    refused: bool = False
    idle: bool = False
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an audit does not know besides the answered requests.

    `under_way` has, by the names of clients, the numbers of the requests that had arrived before the question and have
    no answer yet. `not_told_apart` counts the requests that came from clients beyond the limit. `resumed` says whether
    clients had been served before the sandbox was forked, or a snapshot was put in.
    """

    under_way: Mapping[str, Sequence[int]] = field(default_factory=dict)
    not_told_apart: int = 0
    resumed: bool = False


def basis_of(client: KnownClient, circumstances: Circumstances, findings: Iterable[Finding]) -> Basis:
    """What there is to judge a client by, given its findings."""
    ledgers, doubts = client.account.ledgers, (*_doubts(client, circumstances, findings),)
    wrote = any(each.wrote for each in ledgers)
    if asked := [each for each in ledgers if each.listed or each.unlisted]:
        listed = any(each.listed for each in asked)
        return Basis(refused=not (listed or wrote), doubts=doubts, remarks=(*_unread(asked),))
    if wrote:
        return Basis(doubts=doubts, remarks=(_UNREAD,))
    requests = client.account.caller.requests
    return Basis(refused=True, idle=True, doubts=doubts, remarks=() if doubts else (_IDLE if requests else _SILENT,))


def _unread(asked: Sequence[Ledger]) -> Iterator[str]:
    """Why nothing could be missed by a client, given its ledgers of the kinds whose lists it asked for."""
    if all(each.only_probed for each in asked):
        yield _PROBED
    if any(each.looked_up for each in asked) and not any(each.has_reads for each in asked):
        yield _LOOKED_UP


def _doubts(client: KnownClient, circumstances: Circumstances, findings: Iterable[Finding]) -> Iterator[str]:
    yield from _refused_lists(client.account.placed)
    if numbers := [number for name in client.names for number in circumstances.under_way.get(name, ())]:
        yield _still_under_way(numbers)
    if circumstances.resumed and _knows_too_little(client.account.ledgers):
        yield _RESUMED
    if circumstances.not_told_apart:
        yield _not_told_apart(circumstances.not_told_apart)
    if any(each.kind.code == "replica.pending" for each in findings):
        yield _PENDING


def _refused_lists(books: Mapping[RecordPlace, Book]) -> Iterator[str]:
    """Of which records no list reached a client that asked for some, by their books."""
    ledgers = {str(place): book.ledger for place, book in books.items() if book.ledger.listed or book.ledger.unlisted}
    refused: dict[str, Mapping[str, int]] = {what: each.unlisted for what, each in ledgers.items() if not each.listed}
    if len(refused) == len(ledgers):
        answers: Counter[str] = Counter()
        for each in refused.values():
            answers.update(each)
        refused = {"": answers} if answers else {}
    for what, of in refused.items():
        yield f"No list{f' of {what}' if what else ''} reached it whole: {_counted(of)}."


def _knows_too_little(ledgers: Sequence[Ledger]) -> bool:
    """Whether a client of a sandbox that was resumed has not read everything of some kind that it reads or writes."""
    at_stake = [each for each in ledgers if each.has_reads or each.wrote] or ledgers
    return not at_stake or not all(each.resynced for each in at_stake)


def _still_under_way(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Request {numbers[0]} is under way."
    more = f" and {len(numbers) - MAX_LISTED} more" if len(numbers) > MAX_LISTED else ""
    return f"Requests {', '.join(map(str, numbers[:MAX_LISTED]))}{more} are under way."


def _not_told_apart(count: int) -> str:
    came, were = ("request came", "was") if count == 1 else ("requests came", "were")
    return f"{count:,} {came} from clients beyond the number that the audit can distinguish, and {were} not judged."


def _counted(answers: Mapping[str, int]) -> str:
    """Answers with their numbers: `401 credentials.missing (3 times), 503`."""
    listed = [f"{how} ({count} times)" if count > 1 else how for how, count in answers.items()]
    return ", ".join(listed[:MAX_LISTED]) + (" and other answers" if len(listed) > MAX_LISTED else "")


def judged(basis: Basis, failures: Sequence[str]) -> Judgement:
    """The verdict on a client that failed for such reasons, or in nothing."""
    if failures:
        return Judgement("failed", tuple(failures))
    if basis.doubts or basis.idle:
        return Judgement("inconclusive", (*basis.doubts, *basis.remarks))
    return Judgement("passed", basis.remarks)


def judged_together(clients: Sequence[tuple[str, Basis, Judgement]], not_told_apart: int) -> Judgement:
    """The verdict on all clients, given of each its name, what there was to judge it by, and the verdict on it.

    `not_told_apart` is the number of requests of further clients.
    """
    if not clients:
        return Judgement("inconclusive", (_not_told_apart(not_told_apart) if not_told_apart else NOBODY,))
    counting = {found.verdict for _, basis, found in clients if found.verdict != "inconclusive" or basis.doubts}
    verdict: Verdict = "inconclusive"
    if "failed" in counting:
        verdict = "failed"
    elif counting == {"passed"}:
        verdict = "passed"
    decisive_first = sorted(clients, key=lambda each: each[2].verdict != verdict)
    return Judgement(verdict, tuple(_shared((name, found.reasons) for name, _, found in decisive_first)))


def _shared(reasons: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Each reason once, with the names of the clients that it concerns."""
    names: dict[str, list[str]] = {}
    for name, several in reasons:
        for each in several:
            names.setdefault(each, []).append(name)
    for reason, of in names.items():
        more = f" and {len(of) - MAX_NAMES} more" if len(of) > MAX_NAMES else ""
        yield f"{', '.join(of[:MAX_NAMES])}{more}: {reason}"
