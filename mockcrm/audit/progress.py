"""What keeps a client from making progress: it repeats a request, a list or a page, and nothing comes of it.

A summary, as a ledger is: entries that the journal drops are folded into it.
"""

from collections.abc import Iterator
from dataclasses import field

from mockcrm.audit.duplicates import LatestVersion
from mockcrm.audit.ledger import Observation
from mockcrm.audit.page_tokens import PageTokens
from mockcrm.audit.refused_requests import Refusals
from mockcrm.audit.repeated_reads import RepeatedReads, Waiting
from mockcrm.base.declaring import dataclass
from mockcrm.journal.entry import Entry


@dataclass(frozen=True, slots=True)
class Progress:
    """One client's account of what it repeats."""

    refusals: Refusals = field(default_factory=Refusals)
    reads: RepeatedReads = field(default_factory=RepeatedReads)
    tokens: PageTokens = field(default_factory=PageTokens)

    def copy(self) -> "Progress":
        """An independent copy: neither side sees what is entered in the other."""
        return Progress(self.refusals.copy(), self.reads.copy(), self.tokens.copy())

    def enter(self, entry: Entry) -> None:
        """Enter a request that was answered."""
        self.refusals.enter(entry)
        self.reads.enter(entry)
        self.tokens.enter(entry)

    def observations(self, latest: LatestVersion, waiting: Waiting) -> Iterator[Observation]:
        """All that the client repeats in vain; `latest` returns the latest version of a record."""
        yield from self.refusals.observations(latest)
        yield from self.reads.observations(waiting)
        yield from self.tokens.observations()

    def leaves(self, observation: Observation) -> bool:
        """Whether another observation is a finding of its own, and not the same mistake under another name."""
        return observation.code != "expired.ignored" or not self.refusals.names_expiry(observation.requests[-1])
