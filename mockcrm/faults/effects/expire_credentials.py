"""The effect `expireCredentials`: credentials that are no longer valid."""

from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.errors import CredentialsInvalid
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault


@dataclass(frozen=True)
class ExpireCredentials(Effect):
    """Refuses the credentials of the first request that it applies to, from then on, with 401. Others stay valid."""

    name = "expireCredentials"
    lasting = True

    def persists(self, context: FaultContext) -> bool:
        return context.credentials in (context.memory or ())

    def should_apply(self, context: FaultContext) -> tuple[bool, Any]:
        return context.memory is None, context.memory or (context.credentials,)

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        challenge = {"WWW-Authenticate": 'Bearer realm="mockcrm", error="invalid_token"'}
        plan.early_response = CredentialsInvalid("The credentials have expired: get new ones.", headers=challenge)
