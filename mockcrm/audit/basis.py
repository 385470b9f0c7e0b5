"""What there is to judge a client by, and how the verdicts on clients make one on all of them (contract, section 7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mockcrm.audit.judgement import Judgement, Verdict
from mockcrm.audit.ledger import Ledger

MAX_LISTED = 5
"""How many refusals or requests a reason lists."""
MAX_NAMES = 3
"""How many clients are named with a reason that they share."""

NOBODY = "No client has made a request to this sandbox."
_IDLE = "It asked for no list and changed no event, so there is nothing to judge."
_UNREAD = "It asked for no list, so its reading was not judged."


@dataclass(frozen=True, slots=True)
class Basis:
    """What there is to judge a client by.

    An `idle` client neither read nor wrote: it has no verdict, and does not hold up that on the others. `doubts` are
    the reasons for which a client that failed in nothing has not passed. `remarks` say what else was not judged.
    """

    idle: bool = False
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def basis_of(ledger: Ledger) -> Basis:
    """What there is to judge a client by, as its requests have it."""
    if ledger.unlisted and not ledger.listed:
        return Basis(doubts=(f"No list reached it whole: {_counted(ledger.unlisted)}.",))
    if ledger.listed:
        return Basis()
    return Basis(remarks=(_UNREAD,)) if ledger.wrote else Basis(idle=True, remarks=(_IDLE,))


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


def judged_together(clients: Sequence[tuple[str, Basis, Judgement]]) -> Judgement:
    """The verdict on all clients, given of each its name, what there was to judge it by, and the verdict on it."""
    if not clients:
        return Judgement("inconclusive", (NOBODY,))
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
