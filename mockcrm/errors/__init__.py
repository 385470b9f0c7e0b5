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
    ├── BodyTooSlow            408  body.tooSlow
    ├── SandboxExists          409  sandbox.exists
    ├── SandboxLimit           409  sandbox.limit
    ├── SandboxProtected       409  sandbox.protected
    ├── SandboxFull            409  sandbox.full
    ├── EventExists            409  event.exists
    ├── EventNotDeleted        409  event.notDeleted
    ├── KeyExists              409  key.exists
    ├── ReplayImpossible       409  replay.impossible
    ├── PageTokenExpired       410  pageToken.expired
    ├── SinceExpired           410  since.expired
    ├── PreconditionFailed     412  precondition.failed
    ├── BodyTooLarge           413  body.tooLarge
    ├── BodyNotJson            415  body.notJson
    ├── BodyEncodingUnsupported 415  body.encodingUnsupported
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

from mockcrm.errors.problems import brief, shortened

Details = Mapping[str, Any]


class Refusal(Exception):
    """A request that mockcrm will not carry out, and why.

    `code` is stable and made for programs; `message` tells a person what to do, in at most so many bytes as `longest`
    says; `details` names the fields at fault, the first few of many. `headers` are sent along with the answer.
    """

    status: int
    code: ClassVar[str]
    longest: ClassVar[int] = 2_000

    def __init__(
        self, message: str, details: Details | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.message = shortened(message, self.longest)
        super().__init__(self.message)
        self.details: Details = brief(details) if details else {}
        self.headers: Mapping[str, str] = headers or {}

    def within(self, place: str, prefix: str | None = None) -> "Refusal":
        """A copy of this refusal for a larger request: its details stand at `place`, its message after `prefix`."""
        twin = type(self).__new__(type(self))
        message = f"{prefix}: {self.message}" if prefix else self.message
        vars(twin).update(vars(self), message=message, details={place: self.details})
        twin.args = (twin.message,)
        return twin


class QueryInvalid(Refusal):
    """A parameter or a header that the call does not take, or not so."""

    status, code = 400, "query.invalid"


class BodyMalformed(Refusal):
    """A body that is no JSON, nests too deep, is not encoded as it says, ends too early, or is missing."""

    status, code = 400, "body.malformed"


class PageTokenInvalid(Refusal):
    """A page token that was never given out, or for another list."""

    status, code = 400, "pageToken.invalid"


class CredentialsMissing(Refusal):
    """No bearer token where one is asked for."""

    status, code = 401, "credentials.missing"


class CredentialsInvalid(Refusal):
    """Another bearer token than the one that is asked for."""

    status, code = 401, "credentials.invalid"


class AdminForbidden(Refusal):
    """The controls do not answer to this name, to this page, or off loopback."""

    status, code = 403, "admin.forbidden"


class EventNotFound(Refusal):
    """There never was such an event."""

    status, code = 404, "event.notFound"


class EventDeleted(Refusal):
    """An event that was there once. `status` is 404, or 410 where the dialect says so (contract, section 3)."""

    status, code = 404, "event.deleted"

    def __init__(self, message: str, *, status: int = 404) -> None:
        super().__init__(message)
        self.status = status


class SandboxNotFound(Refusal):
    """There is no such sandbox."""

    status, code = 404, "sandbox.notFound"


class ScenarioNotFound(Refusal):
    """There is no such scenario, or none is loaded."""

    status, code = 404, "scenario.notFound"


class RequestNotFound(Refusal):
    """The journal does not hold this request."""

    status, code = 404, "request.notFound"


class FaultNotFound(Refusal):
    """There is no such fault rule."""

    status, code = 404, "fault.notFound"


class PathNotFound(Refusal):
    """There is nothing at this path, or not in this CRM's dialect."""

    status, code = 404, "path.notFound"


class MethodNotAllowed(Refusal):
    """The path does not answer to this method, or not in this CRM's dialect."""

    status, code = 405, "method.notAllowed"


class BodyTooSlow(Refusal):
    """The body did not arrive in time (RFC 9110, section 15.5.9)."""

    status, code = 408, "body.tooSlow"


class SandboxExists(Refusal):
    """There is a sandbox of this name already."""

    status, code = 409, "sandbox.exists"


class SandboxLimit(Refusal):
    """There are as many sandboxes as there may be."""

    status, code = 409, "sandbox.limit"


class SandboxProtected(Refusal):
    """The sandbox `default` cannot be deleted."""

    status, code = 409, "sandbox.protected"


class SandboxFull(Refusal):
    """The events of all sandboxes hold as much memory as they may (`--max-memory`)."""

    status, code = 409, "sandbox.full"


class EventExists(Refusal):
    """The id is in use."""

    status, code = 409, "event.exists"


class EventNotDeleted(Refusal):
    """The event lives, and cannot be restored."""

    status, code = 409, "event.notDeleted"


class KeyExists(Refusal):
    """The key stands for an event already."""

    status, code = 409, "key.exists"


class ReplayImpossible(Refusal):
    """What happened in a sandbox is not known well enough to be played again."""

    status, code = 409, "replay.impossible"


class PageTokenExpired(Refusal):
    """A page token from before a reset, or too old for this CRM's dialect: begin the walk anew."""

    status, code = 410, "pageToken.expired"


class SinceExpired(Refusal):
    """Tombstones are not kept for that long: read everything anew."""

    status, code = 410, "since.expired"


class PreconditionFailed(Refusal):
    """The event has another version than the one that `If-Match` means."""

    status, code = 412, "precondition.failed"


class BodyTooLarge(Refusal):
    """The body has more bytes than are read."""

    status, code = 413, "body.tooLarge"


class BodyNotJson(Refusal):
    """The body's `Content-Type` is not one that is read: JSON in UTF-8 is."""

    status, code = 415, "body.notJson"


class BodyEncodingUnsupported(Refusal):
    """The body's `Content-Encoding` is not one that is decoded: gzip and deflate are."""

    status, code = 415, "body.encodingUnsupported"


class EventInvalid(Refusal):
    """What should be an event is none."""

    status, code = 422, "event.invalid"


class ActionInvalid(Refusal):
    """What should be an action is none, or it cannot be done."""

    status, code = 422, "action.invalid"


class IdempotencyMismatch(Refusal):
    """The `Idempotency-Key` came with another body before."""

    status, code = 422, "idempotency.mismatch"


class DialectInvalid(Refusal):
    """What should be a dialect is none."""

    status, code = 422, "dialect.invalid"


class FaultInvalid(Refusal):
    """What should be a fault rule is none, or there are too many."""

    status, code = 422, "fault.invalid"


class RequestInvalid(Refusal):
    """What should say which requests are meant, and does not."""

    status, code = 422, "request.invalid"


class AuditInvalid(Refusal):
    """What should be a client's replica, and is none."""

    status, code = 422, "audit.invalid"


class ClockInvalid(Refusal):
    """The clock cannot be set or moved like that."""

    status, code = 422, "clock.invalid"


class SeedInvalid(Refusal):
    """What should say which events to invent does not."""

    status, code = 422, "seed.invalid"


class SandboxInvalid(Refusal):
    """What should describe a sandbox does not."""

    status, code = 422, "sandbox.invalid"


class SnapshotInvalid(Refusal):
    """What should be a snapshot is none, or none that a CRM can be in."""

    status, code = 422, "snapshot.invalid"


class ScenarioInvalid(Refusal):
    """What should be a scenario is none.

    The message has a line for each problem.
    """

    status, code = 422, "scenario.invalid"
    longest = 16_000


class ReplayInvalid(Refusal):
    """A file that is no replay bundle. It is read on the command line alone."""

    status, code = 422, "replay.invalid"


class PreconditionRequired(Refusal):
    """The dialect asks for `If-Match`, which is missing (RFC 6585, section 3)."""

    status, code = 428, "precondition.required"


class RateLimited(Refusal):
    """Too many requests: a fault rule asked for it."""

    status, code = 429, "rate.limited"


class Injected(Refusal):
    """The answer that a fault rule asks for in place of the CRM's, with any `status`."""

    code = "fault.injected"

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers=headers)
        self.status = status


class InternalError(Refusal):
    """A bug in mockcrm, always."""

    status, code = 500, "internal.error"


def every_refusal(of: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """All kinds of refusals, in the order of their tree."""
    return [kind for direct in of.__subclasses__() for kind in (direct, *every_refusal(direct))]
