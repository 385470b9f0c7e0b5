"""What an audit can find: all types of findings by code, and a finding itself."""

from collections.abc import Mapping
from datetime import datetime

from mockcrm.audit.advice import ADVICE
from mockcrm.audit.finding_type import FindingType
from mockcrm.audit.progress_findings import PROGRESS_FINDINGS
from mockcrm.audit.reading_findings import READING_FINDINGS
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import Event

FINDINGS: Mapping[str, FindingType] = {
    kind.code: kind for kind in (*READING_FINDINGS, *PROGRESS_FINDINGS, *WRITING_FINDINGS, *REPLICA_FINDINGS)
}
"""All types of findings by their codes."""

RENAMED: Mapping[str, str] = {
    "answer.notWhole": "answer.incomplete",
    "bound.backwards": "watermark.backwards",
    "bound.beyondClock": "watermark.beyondClock",
    "token.notGiven": "pageToken.notGiven",
    "walk.abandoned": "read.abandoned",
    "zombie.remade": "resurrection.remade",
    "zombie.unaware": "resurrection.unaware",
}
"""Codes of earlier versions, each with its code of today. Verdicts and scenarios that have them are still read."""


def current_code(code: str) -> str:
    """A code as it is named today, for documents of earlier versions: `walk.abandoned` is `read.abandoned`."""
    return RENAMED.get(code, code)


def hazard_advice(name: str) -> str:
    """What a correct client does against a hazard, as findings say it. Empty where only the hazard's story may say so.

    >>> hazard_advice("token-loop")
    'Stop a paged read when a page token repeats, and read again from the old watermark.'
    """
    return ADVICE.get(name) or next((kind.advice for kind in FINDINGS.values() if kind.hazard == name), "")


def _grave(*kinds: FindingType) -> tuple[str, ...]:
    return tuple(kind.code for kind in kinds if kind.is_grave)


GRAVE = _grave(*READING_FINDINGS, *PROGRESS_FINDINGS, *WRITING_FINDINGS)
"""The codes of the findings with which an audit is not clean."""
GRAVE_IN_REPLICAS = _grave(*REPLICA_FINDINGS)
"""The codes of the grave findings that exist only when a replica is compared with the CRM."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a client got wrong: its type, the records, changes and fields concerned, the requests at fault.

    One cause gives one finding: `record_ids` are the records that it concerns, in the order in which they were found,
    and `count` says how many there are, or how often a client did the same. All are of the kind `record_kind`; it is
    None where the requests were of any kind.

    `explanation` says in order what happened; `timeline` lists what happened to the record, and the requests, with
    their instants. `hazard` names the cause where it is known, and `own_advice` says what helps against exactly that.
    """

    kind: FindingType
    title: str
    explanation: str
    record_id: str | None = None
    changes: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    hazard: str | None = None
    fields: tuple[str, ...] = ()
    timeline: tuple[tuple[datetime, str], ...] = ()
    own_advice: str | None = None
    record_ids: tuple[str, ...] = ()
    count: int = 1
    record_kind: str | None = Event.kind

    @property
    def event_id(self) -> str | None:
        """The id of the event that it concerns, or of the first of several; None for a record of another kind."""
        return self.record_id if self.record_kind == Event.kind else None

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The ids of the events that it concerns; none for records of another kind."""
        return self.record_ids if self.record_kind == Event.kind else ()

    @property
    def advice(self) -> str:
        """What a correct client does against this cause, or against this type of finding."""
        return self.own_advice or self.kind.advice
