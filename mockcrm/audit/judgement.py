"""A verdict: what is judged has passed, failed, or could not be judged (contract, section 7)."""

from typing import Literal, get_args

from mockcrm.base.declaring import dataclass

Verdict = Literal["passed", "failed", "inconclusive"]
"""`passed`: judged, and nothing is wrong. `failed`: something is wrong. `inconclusive`: there is nothing to judge, or
not all that judging needs.
"""
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the `reasons` for it in words. One that `passed` has reasons where something was not judged.

    `Judgement("inconclusive", ("No client has made a request to this sandbox.",))`
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
