"""A state as one JSON document, written and read: all but the sandbox's name and its journal (contract, section 6)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any, cast

from marshmallow import fields, post_load, pre_load, validate

from mockcrm.base.progress import tracked
from mockcrm.base.schema.fields import Duration, Flag, Instant, ListOf, Named, Rate, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import MILLISECOND, floor_to, format_duration, format_exact
from mockcrm.crm.change import OPS, Change, VisibilityPoint
from mockcrm.crm.clock import MAX_RATE, ClockSetting
from mockcrm.crm.dialect.knobs import CONTROLS, SAVED, knob_values
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.drafts import Draft, drafted_record
from mockcrm.crm.fake_crm import MAX_ANSWERS, Answer, FakeCrm
from mockcrm.crm.kinds.calendars import CALENDAR
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS, kind_of
from mockcrm.crm.link_names import with_names
from mockcrm.crm.names import RecordName
from mockcrm.crm.record import Record
from mockcrm.crm.weights import CHANGE, weight_of
from mockcrm.errors import Refusal, SnapshotInvalid
from mockcrm.faults.rules import MAX_RULES, Faults, Rule, Tally
from mockcrm.sandbox.action_schemas import MAX_ACTIONS, RULE, AgendaField
from mockcrm.sandbox.actions import MAX_AGENDA
from mockcrm.sandbox.control_schemas import CLOCK_MODES, KindField, key_field, whole_tick
from mockcrm.sandbox.scenario.schema import read_scenario_run
from mockcrm.sandbox.state import SNAPSHOT_FORMAT, ScenarioRun, State

MAX_SAVED_CHANGES = 2_000_000
"""The most changes, and the most keys, in a snapshot: more than fit in the largest body that is read."""

_ID = "[0-9A-Za-z-]{1,64}"
_MOST_IDS = 2**53
"""More ids than any CRM will assign, and few enough for every form of id."""
_WORDS = 625
"""The state of `random.Random` is this many 32-bit words."""


def dump_snapshot(state: State, listed: Callable[[Iterator[Any]], Any] = list) -> dict[str, Any]:
    """The state as JSON's types. `listed` decides what the changes become: a list, or with `iter` an iterator."""
    crm = state.crm
    return {
        "format": SNAPSHOT_FORMAT,
        "clock": dump_clock(crm.clock.setting()),
        "dialect": dump_dialect(crm),
        "chance": _dump_chance(crm.chance),
        "clientsAsked": state.asked,
        "primaryCalendar": {"id": crm.primary_id, "startedAt": format_exact(crm.started)},
        "idsGiven": dict(sorted(crm.names.given.items())),
        "changes": listed(map(_dump_change, crm.store.changes(0))),
        "pending": crm.store.pending(),
        "keys": {key: named._asdict() for key, named in sorted(crm.names.keys.items())},
        "agenda": [
            {
                "due": format_exact(entry.due),
                "every": entry.every and format_duration(entry.every),
                "do": [action.raw for action in entry.item],
            }
            for entry in state.agenda
        ],
        "faults": {
            "given": state.faults.added,
            "rules": [_dump_rule(rule_id, rule, tally) for rule_id, rule, tally in state.faults],
        },
        "plot": state.scenario_run and _dump_scenario_run(state.scenario_run),
        "answers": [
            {"key": at.key, "digest": answer.digest, "seq": answer.change.seq} for at, answer in crm.answers.items()
        ],
    }


def dump_clock(setting: ClockSetting) -> dict[str, Any]:
    """A clock's setting with its instant to the microsecond."""
    return {
        "now": setting.now and format_exact(setting.now),
        "mode": "running" if setting.running else "frozen",
        "rate": setting.rate,
        "tick": format_duration(setting.tick),
    }


def dump_dialect(crm: FakeCrm) -> dict[str, Any]:
    """The knobs' values as JSON's types."""
    return {
        name: format_duration(value) if hasattr(value, "total_seconds") else value
        for name, value in knob_values(crm.dialect).items()
    }


def _dump_change(change: Change) -> dict[str, Any]:
    return {
        "op": change.op,
        "committedAt": format_exact(change.committed_at),
        "stamp": format_exact(change.stamp),
        "stampSeq": change.stamp_seq,
        "visibleAt": format_exact(change.visible_at),
        "origin": change.origin,
        "by": change.by,
        "requestId": change.request_id,
        "kind": change.kind,
        "record": kind_of(change.record).schema(CONTROLS).show(change.record),
        **({"mergedInto": change.merged_into} if change.merged_into else {}),
    }


def _dump_rule(rule_id: str, rule: Rule, tally: Tally) -> dict[str, Any]:
    """A rule with its counts. The memory of its effect is left out: it has real times, and hashes of secrets."""
    counts = {"seed": tally.seed, "seen": tally.seen, "turns": tally.turns, "applied": tally.applied}
    return {"id": rule_id, "rule": rule.raw, **counts}


def _dump_scenario_run(run: ScenarioRun) -> dict[str, Any]:
    shown = run.shown and {"changes": run.shown.seen, "delayed": run.shown.revealed}
    progress = {"place": run.place, "syncs": run.syncs, "done": run.done}
    return {"told": run.raw, **progress, "asked": [*run.asked], "shown": shown}


def _dump_chance(chance: Random) -> str:
    _, words, _ = chance.getstate()
    return "".join(f"{word:08x}" for word in words)


def _renamed(data: Any, old: str, new: str) -> Any:
    """An object with the new name of a member that has the old one."""
    if not isinstance(data, Mapping) or old not in data or new in data:
        return data
    return {new if name == old else name: value for name, value in data.items()}


class _SavedChange(Strict):
    op = fields.String(required=True, validate=validate.OneOf(OPS))
    committedAt = Instant(required=True, attribute="committed_at")
    stamp = Instant(required=True)
    stampSeq = Whole(required=True, least=0, attribute="stamp_seq")
    visibleAt = Instant(required=True, attribute="visible_at")
    origin = fields.String(required=True, validate=validate.OneOf(("crm", "client")))
    by = fields.String(required=True, allow_none=True)
    requestId = fields.String(required=True, allow_none=True, attribute="request_id")
    kind = KindField()
    record = fields.Raw(required=True)
    mergedInto = fields.String(attribute="merged_into")

    @pre_load
    def rename_event(self, data: Any, **_: Any) -> Any:
        """Older snapshots have events alone, and call them so."""
        return _renamed(data, "event", "record")


class _SavedClock(Strict):
    now = Instant(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(CLOCK_MODES))
    rate = Rate(required=True, most=MAX_RATE)
    tick = Duration(required=True, validate=whole_tick)


class _SavedEntry(Strict):
    due = Instant(required=True)
    every = Duration(required=True, allow_none=True, least=MILLISECOND)
    do = AgendaField(required=True)


class _SavedAnswer(Strict):
    key = fields.String(required=True)
    digest = fields.String(required=True)
    seq = Whole(required=True, least=1)


class _SavedRule(Strict):
    id = fields.String(required=True, validate=validate.Regexp(re.compile(r"f[1-9][0-9]{0,15}\Z")))
    rule = fields.Raw(required=True)
    seed = Whole(required=True, least=0, most=2**32 - 1)
    seen = Whole(required=True, least=0)
    turns = Whole(required=True, least=0)
    applied = Whole(required=True, least=0)

    @pre_load
    def rename_struck(self, data: Any, **_: Any) -> Any:
        """Older snapshots call it `struck`."""
        return _renamed(data, "struck", "applied")


class _SavedFaults(Strict):
    given = Whole(required=True, least=0)
    rules = ListOf(fields.Nested(_SavedRule), most=MAX_RULES, required=True)


class _SavedShown(Strict):
    """What lists could show at a scenario's latest sync: how many changes, and how many of the delayed ones."""

    changes = Whole(required=True, least=0, most=MAX_SAVED_CHANGES)
    delayed = Whole(required=True, least=0, most=MAX_SAVED_CHANGES)

    @post_load
    def build(self, data: dict[str, int], **_: Any) -> VisibilityPoint:
        return VisibilityPoint(data["changes"], data["delayed"])


class _SavedScenarioRun(Strict):
    told = fields.Raw(required=True)
    place = Whole(required=True, least=0)
    syncs = Whole(required=True, least=0)
    done = Flag(required=True)
    asked = ListOf(Flag(), most=MAX_ACTIONS)
    shown = fields.Nested(_SavedShown, allow_none=True)


class _SavedName(Strict):
    """A record, by kind and id. Older snapshots have events alone, by their ids."""

    kind = KindField()
    id = fields.String(required=True)

    def load(self, data: Any, **options: Any) -> RecordName:
        loaded: dict[str, Any] = super().load({"id": data} if isinstance(data, str) else data, **options)
        return RecordName(loaded["kind"].name, loaded["id"])


class _IdsGiven(Named):
    """How many ids were given, by kind. In older snapshots, a number: that of events."""

    def __init__(self) -> None:
        number = Whole(required=True, least=0, most=_MOST_IDS)
        super().__init__(fields.String(validate=validate.OneOf([*KINDS])), number, required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize({EVENT.name: value} if type(value) is int else value, attr, data, **kwargs)


class _SavedCalendar(Strict):
    """The primary calendar: its id, and since when it is there. Older snapshots do not have it."""

    id = fields.String(required=True, validate=validate.Regexp(re.compile(rf"{_ID}\Z")))
    startedAt = Instant(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> tuple[str, datetime]:
        return data["id"], data["startedAt"]


class SnapshotSchema(Strict):
    format = fields.String(required=True, validate=validate.Equal(SNAPSHOT_FORMAT))
    clock = fields.Nested(_SavedClock, required=True)
    dialect = fields.Raw(required=True)
    chance = fields.String(required=True, validate=validate.Regexp(re.compile(rf"[0-9a-f]{{{8 * _WORDS}}}\Z")))
    clientsAsked = Flag()
    primaryCalendar = fields.Nested(_SavedCalendar)
    idsGiven = _IdsGiven()
    changes = ListOf(fields.Nested(_SavedChange), most=MAX_SAVED_CHANGES, required=True)
    pending = ListOf(Whole(least=1), most=MAX_SAVED_CHANGES, required=True)
    keys = Named(key_field(), fields.Nested(_SavedName), most=MAX_SAVED_CHANGES, required=True)
    agenda = ListOf(fields.Nested(_SavedEntry), most=MAX_AGENDA, required=True)
    answers = ListOf(fields.Nested(_SavedAnswer), most=MAX_ANSWERS, required=True)
    faults = fields.Nested(_SavedFaults, required=True)
    plot = fields.Nested(_SavedScenarioRun, required=True, allow_none=True)


_SNAPSHOT = SnapshotSchema()


def load_snapshot(body: Any) -> State:
    """The state in a document. Raises `SnapshotInvalid` for a state that no CRM can be in."""
    saved = _SNAPSHOT.check(body, SnapshotInvalid, "The snapshot")
    try:
        return _load(saved)
    except SnapshotInvalid:
        raise
    except Refusal as error:
        raise SnapshotInvalid(f"The snapshot is not valid: {error.message}", error.details) from error


def _load(saved: Mapping[str, Any]) -> State:
    clock = saved["clock"]
    setting = ClockSetting(clock["now"], clock["mode"] == "running", clock["rate"], clock["tick"])
    crm = FakeCrm(setting.start(), read_dialect(saved["dialect"]), primary=saved.get("primaryCalendar"))
    state = State(crm)
    # Older snapshots do not say it, but their changes may.
    state.asked = saved.get("clientsAsked", any(each["origin"] == "client" for each in saved["changes"]))
    _load_chance(crm.chance, saved["chance"])
    crm.names.given |= saved["idsGiven"]
    _load_changes(crm, saved["changes"], saved["pending"])
    for key, named in saved["keys"].items():
        record = crm.find(KINDS[named.kind], named.id).record
        crm.names.check_key(crm.store, key)
        _must(named not in crm.names.key_of, f"{named.kind} {named.id} has two keys")
        crm.name(key, record)
    for collection in [*crm.store.collections.values()]:
        # The document may say that fewer ids were given than there are records.
        crm.names.pass_over_taken(crm.store, collection.kind, crm.dialect.id_form)
    for entry in saved["agenda"]:
        state.agenda.add(entry["due"], entry["do"], entry["every"])
    _load_faults(state.faults, saved["faults"])
    if saved["plot"]:
        state.scenario_run = read_scenario_run(**saved["plot"])
    for answer in saved["answers"]:
        _must(answer["seq"] <= crm.store.last_seq, f"answer {answer['key']!r} names a change that does not exist")
        crm.remember(answer["key"], Answer(answer["digest"], crm.store.changes(answer["seq"] - 1, 1)[0]))
    return state


def _load_faults(faults: Faults, saved: Mapping[str, Any]) -> None:
    faults.added = saved["given"]
    for each in saved["rules"]:
        place = f"fault rule {each['id']}"
        _must(int(each["id"][1:]) <= faults.added, f"{place} has a higher number than any rule so far")
        _must(each["id"] not in faults, f"{place} occurs twice")
        rule = RULE.check(each["rule"], SnapshotInvalid, f"In the snapshot, {place}")
        faults.restore(each["id"], rule, Tally(each["seed"], each["seen"], each["turns"], each["applied"]))


def _load_chance(chance: Random, text: str) -> None:
    words = tuple(int(text[at : at + 8], 16) for at in range(0, len(text), 8))
    _must(words[-1] < _WORDS and any(words[:-1]), "chance is not a state of the random source")
    chance.setstate((3, words, None))


def _load_changes(crm: FakeCrm, changes: Sequence[Mapping[str, Any]], pending: Sequence[int]) -> None:
    delayed = set(pending)
    for seq, change in enumerate(tracked(changes, len(changes), "Loading changes"), start=1):
        _load_change(crm, seq, change, visible=seq not in delayed)
    _must(crm.store.pending() == sorted(pending), "pending names a change that is not delayed")


def _load_change(crm: FakeCrm, seq: int, saved: Mapping[str, Any], *, visible: bool) -> None:
    where = f"changes[{seq - 1}]"
    kind: Kind = saved["kind"]
    draft = Draft(saved["record"], SAVED, kind=kind)
    record_id = draft.id
    is_id = isinstance(record_id, str) and re.fullmatch(_ID, record_id)
    _must(is_id, f"{where} has no {kind.name} id")
    prior = crm.store.of(kind).latest(record_id)
    _check_change(where, seq, saved, prior)
    record = _located(crm, drafted_record(record_id, draft, SAVED))
    if prior is not None and record == prior.record:
        record = prior.record
    if saved["op"] != "deleted":
        record = with_names(crm.store, record)
    change = Change(
        seq=seq,
        version=prior.version + 1 if prior else 1,
        prior=prior,
        **{name: value for name, value in saved.items() if name not in ("kind", "record")},
        record=record,
    )
    survives = change.merged_into is None or (
        change.deleted and change.merged_into != record_id and change.merged_into in crm.store.of(kind)
    )
    _must(survives, f"{where} was merged into a record that does not exist")
    _must(visible or change.delayed, f"{where} is pending, but not delayed")
    crm.holding.grow(CHANGE if change.deleted and prior and record is prior.record else weight_of(record))
    crm.store.commit(change, visible=visible)


def _located(crm: FakeCrm, record: Any) -> Record:
    """A saved record. In older snapshots events have no calendar; and which one is the primary is said by its id."""
    if record.kind == EVENT.name and record.calendar_id is None:
        return cast(Record, replace(record, calendar_id=crm.primary_id))
    if record.kind == CALENDAR.name and record.id == crm.primary_id:
        return cast(Record, replace(record, primary=True))
    return cast(Record, record)


def _check_change(where: str, seq: int, saved: Mapping[str, Any], prior: Change | None) -> None:
    alive = prior is not None and not prior.deleted
    fits = {"created": prior is None, "restored": prior is not None and not alive}.get(saved["op"], alive)
    _must(fits, f"{where} has the op {saved['op']}, which does not fit the change before")
    stamps = {seq} if prior is None else {seq, prior.stamp_seq}
    _must(saved["stamp_seq"] in stamps, f"{where} has a stampSeq of another record")
    _must(saved["stamp"] == floor_to(saved["stamp"], MILLISECOND), f"{where} has a stamp between two milliseconds")
    _must(saved["visible_at"] >= saved["committed_at"], f"{where} was visible before it was committed")


def _must(fact: object, problem: str) -> None:
    if not fact:
        raise SnapshotInvalid(f"The snapshot is not valid: {problem}.")
