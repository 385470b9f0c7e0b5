"""A state as one JSON document, out and in: everything but the sandbox's name and its journal (contract, section 6)."""

import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from marshmallow import fields, validate

from mockcrm.base.schema.fields import Duration, Flag, Instant, ListOf, Named, Rate, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.base.times import MILLISECOND, floor_to, format_duration, format_exact
from mockcrm.crm.clock import MAX_RATE, ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, PLAIN_KEEPING, settings
from mockcrm.crm.dialect.named import read_dialect
from mockcrm.crm.drafts import Draft, new_event
from mockcrm.crm.event import OPS, Change, Event
from mockcrm.crm.fake_crm import MAX_ANSWERS, Answer, FakeCrm
from mockcrm.crm.record_schema import event_schema
from mockcrm.crm.weights import CHANGE, weight_of
from mockcrm.errors import Refusal, SnapshotInvalid
from mockcrm.faults.rules import MAX_RULES, Faults, Rule, Tally
from mockcrm.sandbox.action_schemas import RULE, AgendaField
from mockcrm.sandbox.actions import MAX_AGENDA
from mockcrm.sandbox.control_schemas import MODE, key_field, whole_tick
from mockcrm.sandbox.scenario.scenario import read_plot
from mockcrm.sandbox.state import Plot, State

FORMAT = "mockcrm.snapshot/1"
MAX_CHANGES = 2_000_000
"""How many changes, and keys, a snapshot has at most: more than the largest that is read has room for."""

_MOST_IDS = 2**53
"""More ids than anybody will give out, and few enough for every form of id."""
_WORDS = 625
"""How many 32-bit words the state of `random.Random` has."""


def dump(state: State, listed: Callable[[Iterator[Any]], Any] = list) -> dict[str, Any]:
    """The state as JSON's types. `listed` makes a list of the changes, or leaves it to whoever writes them."""
    crm = state.crm
    return {
        "format": FORMAT,
        "clock": dump_clock(crm.clock.setting()),
        "dialect": dump_dialect(crm),
        "chance": _dump_chance(crm.chance),
        "idsGiven": crm.ids_given,
        "changes": listed(map(_dump_change, crm.store.changes(0))),
        "pending": crm.store.pending(),
        "keys": dict(sorted(crm.keys.items())),
        "agenda": [
            {
                "due": format_exact(entry.due),
                "every": entry.every and format_duration(entry.every),
                "do": [action.raw for action in entry.item],
            }
            for entry in state.agenda
        ],
        "faults": {
            "given": state.faults.given,
            "rules": [_dump_rule(rule_id, rule, tally) for rule_id, rule, tally in state.faults],
        },
        "plot": state.plot and _dump_plot(state.plot),
        "answers": [
            {"key": key, "digest": answer.digest, "seq": answer.change.seq} for key, answer in crm.answers.items()
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
        for name, value in settings(crm.dialect).items()
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
        "event": event_schema(PLAIN).show(change.event),
    }


def _dump_rule(rule_id: str, rule: Rule, tally: Tally) -> dict[str, Any]:
    """A rule with what it has counted. What its effect remembers is of this world's time and of secrets, and stays."""
    counts = {"seed": tally.seed, "seen": tally.seen, "turns": tally.turns, "struck": tally.struck}
    return {"id": rule_id, "rule": rule.told, **counts}


def _dump_plot(plot: Plot) -> dict[str, Any]:
    return {"told": plot.told, "place": plot.place, "syncs": plot.syncs, "done": plot.done}


def _dump_chance(chance: Random) -> str:
    _, words, _ = chance.getstate()
    return "".join(f"{word:08x}" for word in words)


class _KeptChange(Strict):
    op = fields.String(required=True, validate=validate.OneOf(OPS))
    committedAt = Instant(required=True, attribute="committed_at")
    stamp = Instant(required=True)
    stampSeq = Whole(required=True, least=1, attribute="stamp_seq")
    visibleAt = Instant(required=True, attribute="visible_at")
    origin = fields.String(required=True, validate=validate.OneOf(("crm", "client")))
    by = fields.String(required=True, allow_none=True)
    requestId = fields.String(required=True, allow_none=True, attribute="request_id")
    event = fields.Raw(required=True)


class _KeptClock(Strict):
    now = Instant(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODE))
    rate = Rate(required=True, most=MAX_RATE)
    tick = Duration(required=True, validate=whole_tick)


class _KeptEntry(Strict):
    due = Instant(required=True)
    every = Duration(required=True, allow_none=True, least=MILLISECOND)
    do = AgendaField(required=True)


class _KeptAnswer(Strict):
    key = fields.String(required=True)
    digest = fields.String(required=True)
    seq = Whole(required=True, least=1)


class _KeptRule(Strict):
    id = fields.String(required=True, validate=validate.Regexp(re.compile(r"f[1-9][0-9]{0,15}\Z")))
    rule = fields.Raw(required=True)
    seed = Whole(required=True, least=0, most=2**32 - 1)
    seen = Whole(required=True, least=0)
    turns = Whole(required=True, least=0)
    struck = Whole(required=True, least=0)


class _KeptFaults(Strict):
    given = Whole(required=True, least=0)
    rules = ListOf(fields.Nested(_KeptRule), most=MAX_RULES, required=True)


class _KeptPlot(Strict):
    told = fields.Raw(required=True)
    place = Whole(required=True, least=0)
    syncs = Whole(required=True, least=0)
    done = Flag(required=True)


class SnapshotSchema(Strict):
    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    clock = fields.Nested(_KeptClock, required=True)
    dialect = fields.Raw(required=True)
    chance = fields.String(required=True, validate=validate.Regexp(re.compile(rf"[0-9a-f]{{{8 * _WORDS}}}\Z")))
    idsGiven = Whole(required=True, least=0, most=_MOST_IDS)
    changes = ListOf(fields.Nested(_KeptChange), most=MAX_CHANGES, required=True)
    pending = ListOf(Whole(least=1), most=MAX_CHANGES, required=True)
    keys = Named(key_field(), fields.String(), most=MAX_CHANGES, required=True)
    agenda = ListOf(fields.Nested(_KeptEntry), most=MAX_AGENDA, required=True)
    answers = ListOf(fields.Nested(_KeptAnswer), most=MAX_ANSWERS, required=True)
    faults = fields.Nested(_KeptFaults, required=True)
    plot = fields.Nested(_KeptPlot, required=True, allow_none=True)


def load(body: Any) -> State:
    """The state in a document. Raises `SnapshotInvalid` for one that no CRM can be in."""
    told = SnapshotSchema().check(body, SnapshotInvalid, "The snapshot")
    try:
        return _loaded(told)
    except SnapshotInvalid:
        raise
    except Refusal as error:
        raise SnapshotInvalid(f"The snapshot is not valid: {error.message}", error.details) from error


def _loaded(told: Mapping[str, Any]) -> State:
    clock = told["clock"]
    setting = ClockSetting(clock["now"], clock["mode"] == "running", clock["rate"], clock["tick"])
    crm = FakeCrm(setting.start(), read_dialect(told["dialect"]))
    state = State(crm)
    _load_chance(crm.chance, told["chance"])
    crm.ids_given = told["idsGiven"]
    pending = set(told["pending"])
    for seq, change in enumerate(told["changes"], start=1):
        _load_change(crm, seq, change, visible=seq not in pending)
    if crm.store.pending() != sorted(told["pending"]):
        raise SnapshotInvalid("The snapshot is not valid: pending names a change that is not delayed.")
    for key, event_id in told["keys"].items():
        crm.find(event_id)
        crm.check_key(key)
        _must(event_id not in crm.key_of, f"event {event_id} has two keys")
        crm.name(key, event_id)
    for entry in told["agenda"]:
        state.agenda.add(entry["due"], entry["do"], entry["every"])
    _load_faults(state.faults, told["faults"])
    if told["plot"]:
        state.plot = read_plot(**told["plot"])
    for answer in told["answers"]:
        _must(answer["seq"] <= crm.store.last_seq, f"answer {answer['key']!r} names a change that is not there")
        crm.remember(answer["key"], Answer(answer["digest"], crm.store.changes(answer["seq"] - 1, 1)[0]))
    return state


def _load_faults(faults: Faults, told: Mapping[str, Any]) -> None:
    faults.given = told["given"]
    for each in told["rules"]:
        place = f"fault rule {each['id']}"
        _must(int(each["id"][1:]) <= faults.given, f"{place} was never given")
        _must(each["id"] not in {rule_id for rule_id, _, _ in faults}, f"{place} stands there twice")
        rule = RULE.check(each["rule"], SnapshotInvalid, f"In the snapshot, {place}")
        faults.keep(each["id"], rule, Tally(each["seed"], each["seen"], each["turns"], each["struck"]))


def _load_chance(chance: Random, text: str) -> None:
    words = tuple(int(text[at : at + 8], 16) for at in range(0, len(text), 8))
    _must(words[-1] < _WORDS and any(words[:-1]), "chance is no state of a random source")
    chance.setstate((3, words, None))


def _load_change(crm: FakeCrm, seq: int, told: Mapping[str, Any], *, visible: bool) -> None:
    where = f"changes[{seq - 1}]"
    draft = Draft(told["event"], PLAIN_KEEPING)
    event_id = draft.id
    _must(isinstance(event_id, str) and re.fullmatch(r"[0-9A-Za-z-]{1,64}", event_id), f"{where} has no event id")
    prior = crm.store.latest(event_id)
    alive = prior is not None and not prior.deleted
    fits = {"created": prior is None, "restored": prior is not None and not alive}.get(told["op"], alive)
    _must(fits, f"{where} says {told['op']}, which does not fit the change before")
    stamps = {seq} if prior is None else {seq, prior.stamp_seq}
    _must(told["stamp_seq"] in stamps, f"{where} has a stampSeq of another event")
    _must(told["stamp"] == floor_to(told["stamp"], MILLISECOND), f"{where} has a stamp between two milliseconds")
    _must(told["visible_at"] >= told["committed_at"], f"{where} was visible before it was committed")
    event: Event = new_event(event_id, draft, PLAIN_KEEPING)
    if prior is not None and event == prior.event:
        event = prior.event
    change = Change(
        seq=seq,
        version=prior.version + 1 if prior else 1,
        prior=prior,
        **{name: value for name, value in told.items() if name != "event"},
        event=event,
    )
    _must(visible or change.delayed, f"{where} is pending, and yet not delayed")
    crm.holding.grow(CHANGE if change.deleted and prior and event is prior.event else weight_of(event))
    crm.store.commit(change, visible=visible)


def _must(fact: object, problem: str) -> None:
    if not fact:
        raise SnapshotInvalid(f"The snapshot is not valid: {problem}.")
