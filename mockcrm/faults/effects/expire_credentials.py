"""The effect `expireCredentials`."""

from dataclasses import dataclass
from typing import Any

from mockcrm.errors import CredentialsInvalid
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault


@dataclass(frozen=True)
class ExpireCredentials(Effect):
    """The credentials of the first request it strikes are refused from then on, with 401; all others are good."""

    word = "expireCredentials"

    def holds(self, case: FaultContext) -> bool:
        return case.credentials in (case.remembers or ())

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        return case.remembers is None, case.remembers or (case.credentials,)

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        asked = {"WWW-Authenticate": 'Bearer realm="mockcrm", error="invalid_token"'}
        plan.early_response = CredentialsInvalid("The credentials have expired: get new ones.", headers=asked)
