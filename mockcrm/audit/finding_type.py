"""What every type of finding has: a code, how severe it is, what it means, and what a correct client does."""

from typing import Literal, get_args

from mockcrm.base.declaring import dataclass

Severity = Literal["error", "warning", "note"]
"""`error`: harm that the requests prove. `warning`: a risky habit, so far without harm. `note`: for information."""
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""All severities, the gravest first."""


@dataclass(frozen=True, slots=True)
class FindingType:
    """One type of finding.

    `title` and `explanation` are templates for a finding, with `{record}`, its `{kind}` and other facts; where the
    explanation depends on the cause, it is empty. `meaning`, `example` and `advice` hold for all findings of the type.
    A finding names the `hazard` behind it, or one of the hazards in `causes`, or none.
    """

    code: str
    severity: Severity
    title: str
    meaning: str
    example: str
    advice: str
    explanation: str = ""
    hazard: str | None = None
    causes: tuple[str, ...] = ()

    @property
    def is_grave(self) -> bool:
        """Whether the client has something to mend: true for errors and warnings."""
        return self.severity != "note"

    @property
    def hazards(self) -> tuple[str, ...]:
        """All hazards that a finding of this type may name."""
        return (self.hazard, *self.causes) if self.hazard else self.causes
