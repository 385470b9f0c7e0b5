"""The clock, and what actions did."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from mockcrm.base.schema.fields import Rate
from mockcrm.base.times import format_duration, format_instant
from mockcrm.crm.actions import Result
from mockcrm.crm.change import Change, Op
from mockcrm.crm.clock import MAX_RATE
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.sandbox.state import AgendaRun, State
from mockcrm.web.representations.base import ComponentName, Count, DurationText, InstantText, Ordinal, RefusalCode
from mockcrm.web.representations.events import EventId, KindName


class ShownClockJson(TypedDict):
    """The clock: its time, its rate, the `tick` by which each write moves it, and how far it is `behind`, if it is."""

    now: InstantText
    mode: Literal["running", "frozen"]
    rate: Annotated[float, Rate(most=MAX_RATE)]
    tick: DurationText
    behind: NotRequired[DurationText]


def clock_json(state: State) -> ShownClockJson:
    clock, behind = state.crm.clock, state.behind
    shown: ShownClockJson = {
        "now": format_instant(clock.now()),
        "mode": "running" if clock.running else "frozen",
        "rate": clock.rate,
        "tick": format_duration(clock.tick),
    }
    if behind:
        shown["behind"] = format_duration(behind)
    return shown


class TouchedJson(TypedDict):
    """One change that an action made."""

    kind: KindName
    recordId: str
    eventId: EventId
    seq: Ordinal
    version: Ordinal
    op: Op
    key: NotRequired[str]


def _touched_json(crm: FakeCrm, change: Change) -> TouchedJson:
    touched: TouchedJson = {
        "kind": change.kind,
        "recordId": change.record.id,
        "eventId": change.record.id if change.kind == EVENT.name else None,
        "seq": change.seq,
        "version": change.version,
        "op": change.op,
    }
    if key := crm.names.key(change.record):
        touched["key"] = key
    return touched


class WriteResultJson(TouchedJson):
    """The change of the record, and what the CRM changed in consequence."""

    verb: Literal["create", "edit", "delete", "restore", "merge"]
    consequences: NotRequired[list[TouchedJson]]


class WritesResultJson(TypedDict):
    """The changes that were made; a single change is also spelled out beside them."""

    verb: Literal["touch", "churn"]
    changes: list[TouchedJson]
    kind: NotRequired[KindName]
    recordId: NotRequired[str]
    eventId: NotRequired[EventId]
    seq: NotRequired[Ordinal]
    version: NotRequired[Ordinal]
    op: NotRequired[Op]
    key: NotRequired[str]


class ClockResultJson(TypedDict):
    """The time that the clock moved to, and the entries of the agenda that have run."""

    verb: Literal["advance", "clock"]
    now: InstantText
    ran: list["RanJson"]


class ScheduleResultJson(TypedDict):
    """When it will happen for the first time."""

    verb: Literal["schedule"]
    at: InstantText


class FaultResultJson(TypedDict):
    """The id of the new rule."""

    verb: Literal["fault"]
    id: str


class ClearFaultsResultJson(TypedDict):
    """How many rules there were."""

    verb: Literal["clearFaults"]
    cleared: Count


class DialectResultJson(TypedDict):
    """The name of the dialect, if it is exactly a named one."""

    verb: Literal["dialect"]
    name: str | None


ResultJson = Annotated[
    WriteResultJson
    | WritesResultJson
    | ClockResultJson
    | ScheduleResultJson
    | FaultResultJson
    | ClearFaultsResultJson
    | DialectResultJson,
    ComponentName("Result", "What an action did, by its verb."),
]


def result_json(crm: FakeCrm, result: Result) -> ResultJson:
    """The verb and what it did. A single change is spelled out; verbs that may make several also list them."""
    shown: dict[str, Any] = {"verb": result.verb}
    own = result.own or (result.changes[0] if len(result.changes) == 1 else None)
    if own is not None:
        shown |= _touched_json(crm, own)
    if result.own is not None and len(result.changes) > 1:
        shown["consequences"] = [_touched_json(crm, each) for each in result.changes if each is not result.own]
    if result.verb in ("touch", "churn"):
        shown["changes"] = [_touched_json(crm, change) for change in result.changes]
    shown |= {name: _plain(crm, value) for name, value in result.more.items()}
    return cast("ResultJson", shown)


def _plain(crm: FakeCrm, value: Any) -> Any:
    if isinstance(value, list):
        return [ran_json(crm, each) for each in value]
    return format_instant(value) if hasattr(value, "isoformat") else value


class ProblemJson(TypedDict):
    """Why an entry of the agenda was refused when it was due."""

    code: RefusalCode
    message: str


class RanJson(TypedDict):
    """An entry of the agenda that has run, or was refused when it was due."""

    at: InstantText
    results: list[ResultJson]
    error: NotRequired[ProblemJson]


def ran_json(crm: FakeCrm, ran: AgendaRun) -> RanJson:
    shown: RanJson = {"at": format_instant(ran.due), "results": [result_json(crm, each) for each in ran.results]}
    if ran.refusal:
        shown["error"] = {"code": ran.refusal.code, "message": ran.refusal.message}
    return shown


class MovedClockJson(ShownClockJson):
    """The clock after it was moved, and the entries of the agenda that have run."""

    ran: list[RanJson]


def moved_clock_json(state: State, result: Result) -> MovedClockJson:
    return {**clock_json(state), "ran": [ran_json(state.crm, each) for each in result.more["ran"]]}


class ResultsJson(TypedDict):
    results: list[ResultJson]


def results_json(crm: FakeCrm, results: list[Result]) -> ResultsJson:
    return {"results": [result_json(crm, each) for each in results]}
