"""The effect `status`: an answer in place of the CRM's."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Named, Whole
from mockcrm.errors import Injected, Refusal
from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.effects.made_answer import made_answer
from mockcrm.faults.plan import FaultContext, Plan, Reply, When
from mockcrm.journal.entry import AppliedFault

MAX_HEADERS = 100
"""The most headers that a rule may give its answer."""


_FIELD_NAME = validate.Regexp(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_FIELD_VALUE = validate.Regexp(r"[\t -~\x80-\xff]{0,4000}\Z")
_HOP_BY_HOP = ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade")
_SET_BY_SERVER = frozenset((*_HOP_BY_HOP, "content-length", "date", "server", "transfer-encoding", "x-request-id"))
"""Headers that the server sets itself, or that no gateway forwards (RFC 9110, section 7.6.1)."""


def _check_name(name: str) -> None:
    if name.lower() in _SET_BY_SERVER:
        raise ValidationError(f"Only the server sets {name}.")


@dataclass(frozen=True)
class Status(Effect):
    """Answers with this status, instead of asking the CRM or after the CRM has handled the request."""

    name = "status"
    shorthand = "status"
    status: int = argument(Whole(least=200, most=599, required=True))
    headers: Mapping[str, str] = argument(
        Named(
            fields.String(validate=[_FIELD_NAME, _check_name]),
            fields.String(validate=_FIELD_VALUE),
            most=MAX_HEADERS,
            load_default=dict,
        )
    )
    body: Any = argument(fields.Raw(allow_none=True, load_default=None))
    when: When = when_argument()

    def check(self) -> None:
        if len({name.lower() for name in self.headers}) < len(self.headers):
            raise ValidationError("The same header twice.", "headers")
        if self.status in (204, 205, 304) and self.body is not None:
            raise ValidationError(f"An answer with status {self.status} has no body.", "body")

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        answer = self._answer()
        if self.when == "before":
            plan.early_response = answer
        else:
            plan.transform_response = lambda reply: answer

    def _answer(self) -> Refusal | Reply:
        if self.body is None and self.status >= 400:
            return Injected(self.status, "A fault rule asks for this answer.", headers=self.headers)
        return made_answer(self.status, self.headers, self.body)
