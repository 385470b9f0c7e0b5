"""Every refusal of mockcrm, and the code that clients see.

    Refusal
    ├── QueryInvalid           400  query.invalid
    ├── BodyMalformed          400  body.malformed
    ├── PageTokenInvalid       400  pageToken.invalid
    ├── CredentialsMissing     401  credentials.missing
    ├── CredentialsInvalid     401  credentials.invalid
    ├── AdminForbidden         403  admin.forbidden
    ├── RecordNotFound         404  {kind}.notFound, such as event.notFound
    ├── RecordDeleted          404  {kind}.deleted        (410 where the dialect says so)
    ├── SandboxNotFound        404  sandbox.notFound
    ├── ScenarioNotFound       404  scenario.notFound
    ├── RequestNotFound        404  request.notFound
    ├── FaultNotFound          404  fault.notFound
    ├── PathNotFound           404  path.notFound
    ├── MethodNotAllowed       405  method.notAllowed
    ├── BodyTooSlow            408  body.tooSlow
    ├── SandboxExists          409  sandbox.exists
    ├── SandboxElsewhere       409  sandbox.elsewhere
    ├── SandboxLimit           409  sandbox.limit
    ├── SandboxProtected       409  sandbox.protected
    ├── SandboxFull            409  sandbox.full
    ├── CalendarProtected      409  calendar.protected
    ├── RecordExists           409  {kind}.exists
    ├── RecordNotDeleted       409  {kind}.notDeleted
    ├── RecordReferenced       409  record.referenced     (where the dialect blocks deletions)
    ├── KeyExists              409  key.exists
    ├── ReplayImpossible       409  replay.impossible
    ├── DemoNotRunning         409  demo.notRunning
    ├── TourNotRunning         409  tour.notRunning
    ├── TourRunning            409  tour.running
    ├── PageTokenExpired       410  pageToken.expired
    ├── SinceExpired           410  since.expired
    ├── PreconditionFailed     412  precondition.failed
    ├── BodyTooLarge           413  body.tooLarge
    ├── BodyNotJson            415  body.notJson
    ├── BodyEncodingUnsupported 415  body.encodingUnsupported
    ├── RecordInvalid          422  {kind}.invalid
    ├── ChildReadOnly          422  event.childReadOnly
    ├── ReferenceUnknown       422  reference.unknown     (where the dialect checks references)
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
    ├── DemoInvalid            422  demo.invalid
    ├── PreconditionRequired   428  precondition.required (where the dialect wants If-Match)
    ├── RateLimited            429  rate.limited
    ├── Injected               any  fault.injected        (only where a fault rule asks for it)
    └── InternalError          500  internal.error        (a bug in mockcrm, always)

Contract, section 5. A refusal is raised before the first change, or on a fork that is then dropped; see `problems`.
"""

from collections.abc import Iterable, Mapping

from mockcrm.errors.records import (
    RECORD_REFUSALS as RECORD_REFUSALS,
    ChildReadOnly as ChildReadOnly,
    RecordDeleted as RecordDeleted,
    RecordExists as RecordExists,
    RecordInvalid as RecordInvalid,
    RecordNotDeleted as RecordNotDeleted,
    RecordNotFound as RecordNotFound,
)
from mockcrm.errors.refusal import Details as Details, Refusal as Refusal


class QueryInvalid(Refusal):
    """A parameter or header is unknown to the call, or its value is wrong."""

    status, code = 400, "query.invalid"


class BodyMalformed(Refusal):
    """The body is missing, is not JSON, is nested too deeply, ends too early, or is not encoded as its headers say."""

    status, code = 400, "body.malformed"


class PageTokenInvalid(Refusal):
    """This CRM never issued the page token, or issued it for another list.

    Then `changed` names the parameters that differ from that list's, or just `path`.
    """

    status, code = 400, "pageToken.invalid"

    def __init__(self, message: str, details: Details | None = None, *, changed: Iterable[str] = ()) -> None:
        super().__init__(message, details)
        self.changed = tuple(changed)


class CredentialsMissing(Refusal):
    """The request needs a bearer token, and has none."""

    status, code = 401, "credentials.missing"


class CredentialsInvalid(Refusal):
    """The request has the wrong bearer token."""

    status, code = 401, "credentials.invalid"


class AdminForbidden(Refusal):
    """The controls refuse this host name or web page, or they are off because the server listens off loopback."""

    status, code = 403, "admin.forbidden"


class SandboxNotFound(Refusal):
    """There is no sandbox of this name."""

    status, code = 404, "sandbox.notFound"


class ScenarioNotFound(Refusal):
    """There is no scenario of this name, or no scenario is loaded."""

    status, code = 404, "scenario.notFound"


class RequestNotFound(Refusal):
    """The journal does not hold this request."""

    status, code = 404, "request.notFound"


class FaultNotFound(Refusal):
    """There is no fault rule with this id."""

    status, code = 404, "fault.notFound"


class PathNotFound(Refusal):
    """There is nothing at this path, or this CRM's dialect leaves the path out."""

    status, code = 404, "path.notFound"


class MethodNotAllowed(Refusal):
    """The path does not have this method, or this CRM's dialect does not allow it."""

    status, code = 405, "method.notAllowed"


class BodyTooSlow(Refusal):
    """The body did not arrive in time (RFC 9110, section 15.5.9)."""

    status, code = 408, "body.tooSlow"


class SandboxExists(Refusal):
    """A sandbox of this name already exists."""

    status, code = 409, "sandbox.exists"


class SandboxLimit(Refusal):
    """The server has as many sandboxes as `--max-sandboxes` allows."""

    status, code = 409, "sandbox.limit"


class SandboxElsewhere(Refusal):
    """The sandbox may be on another node: this server is one of several behind a proxy."""

    status, code = 409, "sandbox.elsewhere"


class SandboxProtected(Refusal):
    """The sandbox `default` cannot be deleted."""

    status, code = 409, "sandbox.protected"


class CalendarProtected(Refusal):
    """The primary calendar cannot be deleted."""

    status, code = 409, "calendar.protected"


class SandboxFull(Refusal):
    """The records of all sandboxes take as much memory as `--max-memory` allows."""

    status, code = 409, "sandbox.full"


class RecordReferenced(Refusal):
    """Other records refer to the record, and this CRM's dialect does not let it be deleted.

    `details` names some of them by kind and id, with the fields.
    """

    status, code = 409, "record.referenced"


class KeyExists(Refusal):
    """The key already names a record."""

    status, code = 409, "key.exists"


class ReplayImpossible(Refusal):
    """The sandbox cannot be replayed, because its record of what happened is not complete."""

    status, code = 409, "replay.impossible"


class DemoNotRunning(Refusal):
    """No demo is running here, or its sync is not mockcrm's: start `mockcrm demo`."""

    status, code = 409, "demo.notRunning"


class TourNotRunning(Refusal):
    """No tour is playing in this demo: start one."""

    status, code = 409, "tour.notRunning"


class TourRunning(Refusal):
    """A tour is playing, and this would disturb it: end it first."""

    status, code = 409, "tour.running"


class PageTokenExpired(Refusal):
    """The page token is from before a reset, or older than the dialect allows: start the list again."""

    status, code = 410, "pageToken.expired"


class SinceExpired(Refusal):
    """The CRM no longer keeps the tombstones since that instant: read everything again."""

    status, code = 410, "since.expired"


class PreconditionFailed(Refusal):
    """`If-Match` names another version than the record has now."""

    status, code = 412, "precondition.failed"


class BodyTooLarge(Refusal):
    """The body is larger than `--max-body` allows."""

    status, code = 413, "body.tooLarge"


class BodyNotJson(Refusal):
    """The body's `Content-Type` is not JSON in UTF-8."""

    status, code = 415, "body.notJson"


class BodyEncodingUnsupported(Refusal):
    """The body's `Content-Encoding` is neither gzip nor deflate."""

    status, code = 415, "body.encodingUnsupported"


class ReferenceUnknown(Refusal):
    """The record refers to a record that does not exist, or was deleted, and this CRM's dialect does not allow that.

    `details` names the fields with their places.
    """

    status, code = 422, "reference.unknown"


class ActionInvalid(Refusal):
    """The action is not valid, or cannot be done."""

    status, code = 422, "action.invalid"


class IdempotencyMismatch(Refusal):
    """The `Idempotency-Key` was used before, with a different body."""

    status, code = 422, "idempotency.mismatch"


class DialectInvalid(Refusal):
    """The dialect is not valid."""

    status, code = 422, "dialect.invalid"


class FaultInvalid(Refusal):
    """The fault rule is not valid, the server cannot apply it, or there are too many."""

    status, code = 422, "fault.invalid"


class RequestInvalid(Refusal):
    """The matcher is not valid, or its search takes too long."""

    status, code = 422, "request.invalid"


class AuditInvalid(Refusal):
    """The client's replica is not valid, or does not name a known client."""

    status, code = 422, "audit.invalid"


class ClockInvalid(Refusal):
    """The clock cannot be set or moved in this way."""

    status, code = 422, "clock.invalid"


class SeedInvalid(Refusal):
    """The request to invent events is not valid."""

    status, code = 422, "seed.invalid"


class SandboxInvalid(Refusal):
    """The description of a sandbox is not valid."""

    status, code = 422, "sandbox.invalid"


class SnapshotInvalid(Refusal):
    """The snapshot is not valid, or describes a state that no CRM can be in."""

    status, code = 422, "snapshot.invalid"


class ScenarioInvalid(Refusal):
    """The scenario is not valid.

    The message has a line for each problem.
    """

    status, code = 422, "scenario.invalid"
    longest = 16_000


class ReplayInvalid(Refusal):
    """The document is not a replay bundle, or is too long to be replayed here."""

    status, code = 422, "replay.invalid"


class DemoInvalid(Refusal):
    """A safeguard, a tour or another setting of the demo is unknown or out of range."""

    status, code = 422, "demo.invalid"


class PreconditionRequired(Refusal):
    """The dialect requires `If-Match`, and it is missing (RFC 6585, section 3)."""

    status, code = 428, "precondition.required"


class RateLimited(Refusal):
    """The client has sent more requests than a fault rule allows.

    The rule may ask for another `status`.
    """

    status, code = 429, "rate.limited"

    def __init__(self, message: str, *, status: int = 429, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers=headers)
        self.status = status


class Injected(Refusal):
    """A fault rule answered instead of the CRM, with any `status`."""

    code = "fault.injected"

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers=headers)
        self.status = status


class InternalError(Refusal):
    """This is always a bug in mockcrm."""

    status, code = 500, "internal.error"


def every_refusal(of: type[Refusal] = Refusal) -> list[type[Refusal]]:
    """All classes of refusals that have a code, in the order of their tree."""
    found = [kind for direct in of.__subclasses__() for kind in (direct, *every_refusal(direct))]
    return [kind for kind in found if hasattr(kind, "code")]
