"""A verdict: what is judged has passed, failed, or could not be judged (contract, section 7)."""

from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["passed", "failed", "inconclusive"]
"""`passed`: judged, and nothing is wrong. `failed`: something is wrong. `inconclusive`: there is nothing to judge, or
not all that judging needs.
"""
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the `reasons` for it in words; one that `passed` has none.

    `Judgement("inconclusive", ("No client has made a request.",))`
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
