"""The effect `html`: the sign-in page of a proxy."""

from mockcrm.base.declaring import dataclass
from mockcrm.faults.effects.effect import Effect
from mockcrm.faults.plan import FaultContext, Plan, Reply
from mockcrm.journal.entry import AppliedFault

_LOGIN = (
    b"<!doctype html>\n<html lang=en>\n<title>Sign in</title>\n<h1>Sign in to continue</h1>\n"
    b"<form method=post><input name=user><input name=password type=password><button>Sign in</button></form>\n</html>\n"
)


@dataclass(frozen=True)
class Html(Effect):
    """Answers with an HTML page and status 200, like a proxy that wants the user to sign in."""

    name = "html"

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.early_response = Reply(200, [("Content-Type", "text/html; charset=utf-8")], _LOGIN, whole=False)
