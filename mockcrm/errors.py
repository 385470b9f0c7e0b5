"""Every refusal that mockcrm can give, and nothing else raises one.

    Refusal
    ├── QueryInvalid           400  query.invalid
    ├── BodyMalformed          400  body.malformed
    ├── PageTokenInvalid       400  pageToken.invalid
    ├── CredentialsMissing     401  credentials.missing
    ├── CredentialsInvalid     401  credentials.invalid
    ├── AdminForbidden         403  admin.forbidden
    ├── EventNotFound          404  event.notFound
    ├── EventDeleted           404  event.deleted         (410 where the dialect says so)
    ├── SandboxNotFound        404  sandbox.notFound
    ├── ScenarioNotFound       404  scenario.notFound
    ├── RequestNotFound        404  request.notFound
    ├── FaultNotFound          404  fault.notFound
    ├── PathNotFound           404  path.notFound
    ├── MethodNotAllowed       405  method.notAllowed
    ├── SandboxExists          409  sandbox.exists
    ├── SandboxLimit           409  sandbox.limit
    ├── SandboxProtected       409  sandbox.protected
    ├── EventExists            409  event.exists
    ├── EventNotDeleted        409  event.notDeleted
    ├── KeyExists              409  key.exists
    ├── ReplayImpossible       409  replay.impossible
    ├── PageTokenExpired       410  pageToken.expired
    ├── SinceExpired           410  since.expired
    ├── PreconditionFailed     412  precondition.failed
    ├── BodyTooLarge           413  body.tooLarge
    ├── BodyNotJson            415  body.notJson
    ├── EventInvalid           422  event.invalid
    ├── ActionInvalid          422  action.invalid
    ├── IdempotencyMismatch    422  idempotency.mismatch
    ├── DialectInvalid         422  dialect.invalid
    ├── FaultInvalid           422  fault.invalid
    ├── RequestInvalid         422  request.invalid
    ├── AuditInvalid           422  audit.invalid
    ├── ClockInvalid           422  clock.invalid
    ├── SeedInvalid            422  seed.invalid
    ├── SandboxInvalid         422  sandbox.invalid
    ├── SnapshotInvalid        422  snapshot.invalid
    ├── ScenarioInvalid        422  scenario.invalid
    ├── ReplayInvalid          422  replay.invalid
    ├── PreconditionRequired   428  precondition.required (where the dialect wants If-Match)
    ├── RateLimited            429  rate.limited
    ├── Injected               any  fault.injected        (only where a fault rule asks for it)
    └── InternalError          500  internal.error        (a bug in mockcrm, always)

Contract, section 5. A refused request changes nothing, so whoever raises one of these does it before the first change,
or works on a fork that is then thrown away.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

Details = Mapping[str, Any]


class Refusal(Exception):
    """A request that mockcrm will not carry out, and why.

    `code` is stable and made for programs; `message` tells a person what to do; `details` names the fields at fault.
    `headers` are sent along with the answer.
    """

    status: int
    code: ClassVar[str]

    def __init__(
        self, message: str, details: Details | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details: Details = details or {}
        self.headers: Mapping[str, str] = headers or {}

    def within(self, place: str, prefix: str) -> "Refusal":
        """The same refusal, said of one `place` in a larger request."""
        self.details = {place: self.details}
        self.message = f"{prefix}: {self.message}"
        return self


class QueryInvalid(Refusal):
    status, code = 400, "query.invalid"


class BodyMalformed(Refusal):
    status, code = 400, "body.malformed"


class PageTokenInvalid(Refusal):
    status, code = 400, "pageToken.invalid"


class CredentialsMissing(Refusal):
    status, code = 401, "credentials.missing"


class CredentialsInvalid(Refusal):
    status, code = 401, "credentials.invalid"


class AdminForbidden(Refusal):
    status, code = 403, "admin.forbidden"


class EventNotFound(Refusal):
    status, code = 404, "event.notFound"


class EventDeleted(Refusal):
    """An event that was there once. `status` is 404, or 410 where the dialect says so (contract, section 3)."""

    status, code = 404, "event.deleted"

    def __init__(self, message: str, *, status: int = 404) -> None:
        super().__init__(message)
        self.status = status


class SandboxNotFound(Refusal):
    status, code = 404, "sandbox.notFound"


class ScenarioNotFound(Refusal):
    status, code = 404, "scenario.notFound"


class RequestNotFound(Refusal):
    status, code = 404, "request.notFound"


class FaultNotFound(Refusal):
    status, code = 404, "fault.notFound"


class PathNotFound(Refusal):
    status, code = 404, "path.notFound"


class MethodNotAllowed(Refusal):
    status, code = 405, "method.notAllowed"


class SandboxExists(Refusal):
    status, code = 409, "sandbox.exists"


class SandboxLimit(Refusal):
    status, code = 409, "sandbox.limit"


class SandboxProtected(Refusal):
    status, code = 409, "sandbox.protected"


class EventExists(Refusal):
    status, code = 409, "event.exists"


class EventNotDeleted(Refusal):
    status, code = 409, "event.notDeleted"


class KeyExists(Refusal):
    status, code = 409, "key.exists"


class ReplayImpossible(Refusal):
    """What happened in a sandbox is not known well enough to be played again."""

    status, code = 409, "replay.impossible"


class PageTokenExpired(Refusal):
    status, code = 410, "pageToken.expired"


class SinceExpired(Refusal):
    status, code = 410, "since.expired"


class PreconditionFailed(Refusal):
    status, code = 412, "precondition.failed"


class BodyTooLarge(Refusal):
    status, code = 413, "body.tooLarge"


class BodyNotJson(Refusal):
    status, code = 415, "body.notJson"


class EventInvalid(Refusal):
    status, code = 422, "event.invalid"


class ActionInvalid(Refusal):
    status, code = 422, "action.invalid"


class IdempotencyMismatch(Refusal):
    status, code = 422, "idempotency.mismatch"


class DialectInvalid(Refusal):
    status, code = 422, "dialect.invalid"


class FaultInvalid(Refusal):
    status, code = 422, "fault.invalid"


class RequestInvalid(Refusal):
    """What should say which requests are meant, and does not."""

    status, code = 422, "request.invalid"


class AuditInvalid(Refusal):
    """What should be a client's replica, and is none."""

    status, code = 422, "audit.invalid"


class ClockInvalid(Refusal):
    status, code = 422, "clock.invalid"


class SeedInvalid(Refusal):
    status, code = 422, "seed.invalid"


class SandboxInvalid(Refusal):
    status, code = 422, "sandbox.invalid"


class SnapshotInvalid(Refusal):
    status, code = 422, "snapshot.invalid"


class ScenarioInvalid(Refusal):
    status, code = 422, "scenario.invalid"


class ReplayInvalid(Refusal):
    """A file that is no replay bundle. It is read on the command line alone."""

    status, code = 422, "replay.invalid"


class PreconditionRequired(Refusal):
    """RFC 6585, section 3."""

    status, code = 428, "precondition.required"


class RateLimited(Refusal):
    status, code = 429, "rate.limited"


class Injected(Refusal):
    """The answer that a fault rule asks for in place of the CRM's, with any `status`."""

    code = "fault.injected"

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers=headers)
        self.status = status


class InternalError(Refusal):
    status, code = 500, "internal.error"
