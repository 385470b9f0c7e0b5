"""How the controls show things: always plainly, whatever the dialect (contract, section 6)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mockcrm.audit.auditor import Audit
from mockcrm.audit.findings import Finding
from mockcrm.base.times import format_duration, format_instant
from mockcrm.crm.actions import Result
from mockcrm.crm.dialect.knobs import KNOBS, Choice, Dialect, Knob, Lasting, Names, Secret, Shift, settings
from mockcrm.crm.dialect.named import name_of, named_dialect, names
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.record_schema import shown_event
from mockcrm.faults.rules import Rule, Tally
from mockcrm.journal.journal import AppliedFault, Entry
from mockcrm.journal.verification import Failure
from mockcrm.sandbox.moment import Moment
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.scenario.steps import SyncRound, plot_of
from mockcrm.sandbox.state import AgendaRun, Plot, State


def shown_clock(state: State) -> dict[str, Any]:
    """Where the clock stands; also by how much it is behind, while it is."""
    clock, behind = state.crm.clock, state.behind
    return {
        "now": format_instant(clock.now()),
        "mode": "running" if clock.running else "frozen",
        "rate": clock.rate,
        "tick": format_duration(clock.tick),
        **({"behind": format_duration(behind)} if behind else {}),
    }


def shown_version(change: Change, key: str | None) -> dict[str, Any]:
    """An event with its internals. A deleted one keeps its last content, with the moment of its deletion."""
    deleted = {"deletedAt": format_instant(change.stamp)} if change.deleted else {}
    return (
        shown_event(change)
        | {
            "version": change.version,
            "origin": change.origin,
            "key": key,
            "deleted": change.deleted,
            "visibleAt": format_instant(change.visible_at),
        }
        | deleted
    )


def shown_change(change: Change) -> dict[str, Any]:
    """An entry of the change log."""
    return {
        "seq": change.seq,
        "committedAt": format_instant(change.committed_at),
        "stamp": format_instant(change.stamp),
        "visibleAt": format_instant(change.visible_at),
        "op": change.op,
        "eventId": change.event.id,
        "version": change.version,
        "origin": change.origin,
        "by": change.by,
        "requestId": change.request_id,
        "before": change.before and shown_event(change.before),
        "after": None if change.deleted else shown_event(change),
    }


def shown_result(crm: FakeCrm, result: Result) -> dict[str, Any]:
    """The verb, and what it touched: one change spelled out, and those of a verb that may make several as a list."""
    shown: dict[str, Any] = {"verb": result.verb}
    if len(result.changes) == 1:
        shown |= _touched(crm, result.change)
    if result.verb in ("touch", "churn"):
        shown["changes"] = [_touched(crm, change) for change in result.changes]
    return shown | {name: _plain(crm, value) for name, value in result.more.items()}


def _touched(crm: FakeCrm, change: Change) -> dict[str, Any]:
    key = crm.key_of.get(change.event.id)
    touched = {"eventId": change.event.id, "seq": change.seq, "version": change.version, "op": change.op}
    return touched | ({"key": key} if key else {})


def _plain(crm: FakeCrm, value: Any) -> Any:
    if isinstance(value, list):
        return [shown_ran(crm, each) for each in value]
    return format_instant(value) if hasattr(value, "isoformat") else value


def shown_ran(crm: FakeCrm, ran: AgendaRun) -> dict[str, Any]:
    """A thing of the agenda that has run, or was refused when its time came."""
    results = [shown_result(crm, each) for each in ran.results]
    shown: dict[str, Any] = {"at": format_instant(ran.due), "results": results}
    if ran.refusal:
        shown["error"] = {"code": ran.refusal.code, "message": ran.refusal.message}
    return shown


def shown_rule(rule_id: str, rule: Rule, tally: Tally) -> dict[str, Any]:
    """A fault rule as it was told, with its id, the requests that fitted it, and those that it struck."""
    problem = {"problem": tally.problem} if tally.problem else {}
    return {"id": rule_id, **rule.told, "seen": tally.seen, "struck": tally.struck, **problem}


def shown_entry(entry: Entry) -> dict[str, Any]:
    """A request of the journal."""
    return {
        "number": entry.number,
        "client": entry.client,
        "operation": entry.operation,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": entry.headers,
        "body": _shown_body(entry),
        "arrivedAt": format_instant(entry.arrived),
        "completedAt": entry.completed and format_instant(entry.completed),
        "tookMs": None if entry.took is None else round(entry.took * 1000, 3),
        "status": entry.status,
        "code": entry.code,
        "faults": [_shown_strike(each) for each in entry.struck],
        "changes": [entry.committed.seq] if entry.committed else [],
        "delivered": _shown_delivery(entry),
    }


def _shown_body(entry: Entry) -> Any:
    """The body as JSON, or as the text that it was, cut off where the journal has no more of it."""
    if not entry.body:
        return None
    return found if (found := entry.json) is not None else entry.body.decode("utf-8", "replace")


def _shown_strike(struck: AppliedFault) -> dict[str, Any]:
    shown = {"id": struck.rule, "name": struck.name, "effect": struck.effect}
    return shown | {"problem": struck.problem} if struck.problem else shown


def _shown_delivery(entry: Entry) -> dict[str, Any]:
    """Which versions the answer carried; of a list also which page of which walk it was, and whether the last."""
    shown: dict[str, Any] = {
        "events": [{"id": each.event.id, "version": each.version} for each in entry.delivered if not each.deleted],
        "tombstones": [{"id": each.event.id, "version": each.version} for each in entry.delivered if each.deleted],
        "whole": entry.whole,
    }
    page = entry.page_answer
    if page is not None:
        shown |= {"walk": page.walk, "page": page.number, "last": page.next_token is None}
        shown["asOf"] = format_instant(page.as_of)
    return shown


def shown_failure(failure: Failure) -> dict[str, Any]:
    """Why a verification failed, and what came nearest."""
    return {
        "passed": False,
        "reason": failure.reason,
        "matched": [entry.number for entry in failure.matched],
        "nearest": [
            {
                "request": miss.entry.number,
                "method": miss.entry.method,
                "path": miss.entry.path,
                "query": miss.entry.query,
                "differs": {each.part: {"wanted": each.wanted, "found": each.found} for each in miss.differences},
            }
            for miss in failure.nearest
        ],
    }


def shown_audit(audit: Audit, *, held: bool = False) -> dict[str, Any]:
    """What each client got wrong, and where its replica was `held` against the CRM, whether it is in sync."""
    return {
        **({"inSync": audit.in_sync} if held else {}),
        "clean": audit.clean,
        "complete": audit.complete,
        "requestsNotToldApart": audit.not_told_apart,
        "clients": [
            {
                "client": account.client,
                "findings": [shown_finding(found) for found in account.findings],
                "pending": account.pending,
                "stats": {"requests": account.requests, "events": account.events},
            }
            for account in audit.accounts
        ],
    }


def shown_finding(found: Finding) -> dict[str, Any]:
    """One finding, with what its kind says of all of them."""
    return {
        "code": found.kind.code,
        "severity": found.kind.severity,
        "eventId": found.event_id,
        "changes": list(found.changes),
        "requests": list(found.requests),
        "fields": list(found.fields),
        "title": found.title,
        "explanation": found.explanation,
        "hazard": found.hazard,
        "advice": found.advice,
        "timeline": [{"at": format_instant(at), "what": what} for at, what in found.timeline],
    }


def shown_dialect(dialect: Dialect) -> dict[str, Any]:
    """The knobs, and the name if the dialect is exactly a named one."""
    return {"name": name_of(dialect)} | {name: _value(value) for name, value in settings(dialect).items()}


def _value(value: Any) -> Any:
    return format_duration(value) if isinstance(value, timedelta) else value


def shown_dialects() -> dict[str, Any]:
    """The named dialects, and every knob with its values and default."""
    known = [named_dialect(name) for name in names()]
    return {
        "dialects": [
            {"sentence": each.sentence, "source": each.source, "unlike": each.unlike} | shown_dialect(each.dialect)
            for each in known
        ],
        "length": len(known),
        "knobs": [shown_knob(knob) for knob in KNOBS.values()],
    }


def shown_knob(knob: Knob) -> Mapping[str, Any]:
    values: Any
    match knob.values:
        case Choice(words=words):
            values = list(words)
        case Lasting():
            values = "a duration, or null"
        case Shift():
            values = "a duration, which may be negative"
        case Names(words=words):
            values = f"a list of some of {', '.join(words)}"
        case Secret(longest=longest):
            values = f"a text of 1 to {longest} printable ASCII characters without blanks, or null"
        case whole:
            values = f"a whole number from {whole.least} to {whole.most}, or null"
    return {
        "name": knob.name,
        "values": values,
        "default": _value(knob.default),
        "sentence": knob.sentence,
        "hazards": list(knob.hazards),
    }


def shown_title(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped scenario, in a line."""
    return {"name": name, "title": told.get("title", ""), "syncs": told.get("steps", []).count("sync")}


def shown_plot(plot: Plot, failures: list[str]) -> dict[str, Any]:
    """The scenario that is loaded: what is told of it, how far it has come, and what is expected and does not hold."""
    return {
        "title": plot.told.get("title", ""),
        "story": plot.told.get("story", {}),
        "steps": plot.told.get("steps", []),
        "place": plot.place,
        "syncs": plot.syncs,
        "done": plot.done,
        "failures": failures,
    }


def shown_round(crm: FakeCrm, sync_round: SyncRound) -> dict[str, Any]:
    """What has happened up to a sync, or to the end."""
    return {
        "sync": sync_round.sync,
        "done": sync_round.done,
        "results": [shown_result(crm, each) for each in sync_round.results],
        "mailbox": sync_round.mailbox,
        "notes": sync_round.notes,
    }


def shown_end(end: Moment) -> dict[str, Any]:
    """Whether all that was expected of the end holds. Where nothing is expected nothing has passed."""
    failures = end.failures()
    return {"passed": not failures if plot_of(end.state).expected else None, "failures": failures}


def shown_sandbox(sandbox: Sandbox) -> dict[str, Any]:
    """A sandbox as it stands. Nobody waits for whoever is busy in it, or for what its clock has yet to bring about."""
    crm = sandbox.state.crm
    return {
        "name": sandbox.name,
        "path": f"/sandboxes/{sandbox.name}",
        "events": crm.store.live_count(),
        "lastSeq": crm.store.last_seq,
        "now": format_instant(sandbox.clock_reading()),
        "dialect": name_of(crm.dialect),
    }
