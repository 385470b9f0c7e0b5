"""Rules that make no sense: each is refused by the name of its field, and nothing is installed.

See `docs/reference/faults.md`.
"""

from typing import Any

import pytest

from tests.faults.faulting import add_fault
from tests.refusals import nothing_changes
from tests.served import Crm, error
from tests.unchanged import EVENT, declined

DEEP: Any = {"do": [{"fault": {"effect": {"do": [{"fault": {"effect": {"status": 99}}}]}}}]}
NAMES = ("operation", "method", "path", "client", "eventId")
OF_LISTS = ("emptyList", "repeatToken", "repeatPage", "emptyPage", "shortPage")
WORDS = ("status", "delay", "disconnect", "truncate", "malformed", "html", "rateLimit", "expireCredentials", "stale")
JSON = {"Content-Type": "application/json"}
HOUR = {"requests": 1, "per": "1h"}


def of(*wrong: Any) -> tuple[Any, ...]:
    return wrong


RULES: list[tuple[str, Any]] = [
    ("effect", {}),
    ("effect", {"effect": None}),
    *(("effect", {"effect": each}) for each in of({}, [], 5, True, ["html"], {"html": {}, "malformed": {}})),
    ("effect.explode", {"effect": "explode"}),
    ("effect.explode", {"effect": {"explode": {}}}),
    ("effect.Status", {"effect": {"Status": 503}}),
    ("colour", {"effect": "html", "colour": "red"}),
    ("id", {"effect": "html", "id": "f1"}),
    ("seen", {"effect": "html", "seen": 5}),
    *(("match", {"effect": "html", "match": each}) for each in of(None, [], "listEvents", 5)),
    *(("name", {"effect": "html", "name": each}) for each in of(None, "", 5, [], "x" * 101)),
    *(("times", {"effect": "html", "times": each}) for each in of(None, 0, -1, 1.5, "1", True, 2**63)),
    *(("skip", {"effect": "html", "skip": each}) for each in of(None, -1, 1.5, "1", False)),
    *(("probability", {"effect": "html", "probability": each}) for each in of(None, 2, 1.01, -0.1, "0.5", True, [])),
    *(("from", {"effect": "html", "from": each}) for each in of(None, "5m", "2026-01-05", 0, "2026-01-05T09:00:00")),
    *(("until", {"effect": "html", "until": each}) for each in of(None, "never", 5)),
    ("until", {"effect": "html", "from": "2026-01-05T09:00:00Z", "until": "2026-01-05T09:00:00Z"}),
    ("until", {"effect": "html", "from": "2026-01-05T09:00:00Z", "until": "2026-01-05T09:30:00+01:00"}),
    ("from_", {"effect": "html", "from_": "2026-01-05T09:00:00Z"}),
]
"""What is wrong with a rule, and the field that says so."""

MATCHES: list[tuple[str, Any]] = [
    ("colour", {"colour": "red"}),
    ("status", {"status": 200}),
    ("fault", {"fault": "f1"}),
    ("every", {"nth": 1, "every": 2}),
    *((name, {name: each}) for name in NAMES for each in of(None, 5, True, [], [5], ["listEvents", None], {})),
    ("operation", {"operation": "explode"}),
    ("operation", {"operation": ["listEvents", "explode"]}),
    ("operation", {"operation": {"matches": "^list"}}),
    ("path", {"path": {"matches": "("}}),
    ("path", {"path": {"matches": "[a"}}),
    ("path", {"path": {"matches": "a{2,1}"}}),
    ("path", {"path": {"matches": "x" * 501}}),
    ("path", {"path": {"matches": "a{99999999999999999999}"}}),
    ("path", {"path": {"matches": 5}}),
    ("path", {"path": {"matches": "a", "flags": "i"}}),
    ("path", {"path": {"contains": "a"}}),
    *(("query", {"query": each}) for each in of(None, [], "limit=2", {str(name): "" for name in range(21)})),
    *(("query.limit", {"query": {"limit": each}}) for each in of(2, True, [], [None], {"matches": "("})),
    *(("headers", {"headers": each}) for each in of(None, [], "X-A: b", {str(name): "" for name in range(21)})),
    *(("headers.X-A", {"headers": {"X-A": each}}) for each in of(2, True, [], [None], {"matches": "("})),
    *((name, {name: each}) for name in ("page", "nth") for each in of(None, 0, -1, 1.5, "1", True, [], [0], [1, "2"])),
    *(("every", {"every": each}) for each in of(None, 0, -1, 1.5, "2", [2], True)),
]
"""What is wrong with a `match`, and the field that says so."""

EFFECTS: list[tuple[str, Any]] = [
    *((word, {word: {"colour": "red"}}) for word in (*WORDS, *OF_LISTS)),
    *((word, {word: []}) for word in ("malformed", "html", "rateLimit", "expireCredentials", "stale", "emptyList")),
    ("do", {"do": {"colour": "red"}}),
    ("status.status", "status"),
    *(("status.status", {"status": each}) for each in of(None, 99, 199, 600, -1, "503", 503.0, True, [])),
    *(("status.status", {"status": {"status": each}}) for each in of(None, 101, 600, "503")),
    *(("status.body", {"status": {"status": each, "body": ""}}) for each in of(204, 205, 304)),
    ("status.body", {"status": {"status": 204, "body": {"a": 1}}}),
    *(
        ("status.headers", {"status": {"status": 503, "headers": each}})
        for each in of(
            *(None, [], "X-A: b", {"X-A": 5}, {"X-A": None}, {"X-A": ["b"]}),
            *({name: "5"} for name in ("Content-Length", "content-length", "Transfer-Encoding", "Connection", "Date")),
            *({name: "5"} for name in ("X-Request-Id", "", "X A", "X:A", "X-A\r\nX-B", "Xé", "X" * 101)),
            *({"X-A": value} for value in ("b\r\nX-B: c", "b\n", "\r", "\0", "€", "b" * 4001)),
        )
    ),
    *(("status.when", {"status": {"status": 503, "when": each}}) for each in of(None, "during", "", 5)),
    ("delay", "delay"),
    ("delay", {"delay": {}}),
    ("delay", {"delay": {"when": "after"}}),
    ("delay", {"delay": {"by": "1s", "min": "1s"}}),
    ("delay", {"delay": {"by": "1s", "min": "1s", "max": "2s"}}),
    ("delay", {"delay": {"min": "1s"}}),
    ("delay", {"delay": {"max": "1s"}}),
    ("delay.max", {"delay": {"min": "2s", "max": "1s"}}),
    ("delay", {"delay": None}),
    *(("delay.by", {"delay": each}) for each in of("1h", "5m1ms", "-1s", 5, "soon", True, [])),
    *((f"delay.{name}", {"delay": {"min": "0s", "max": "1s", name: "1h"}}) for name in ("min", "max")),
    ("delay.when", {"delay": {"by": "1s", "when": "during"}}),
    *(("disconnect.how", {"disconnect": each}) for each in of(None, "explode", "", 5, [])),
    ("disconnect.when", {"disconnect": {"when": "during"}}),
    *(("truncate.fraction", {"truncate": {"fraction": each}}) for each in of(1.1, -0.1, "0.5", True)),
    *(("truncate.bytes", {"truncate": {"bytes": each}}) for each in of(-1, 1.5, "5", True)),
    ("truncate.bytes", {"truncate": {"fraction": 0.5, "bytes": 5}}),
    *(("truncate.contentLength", {"truncate": {"contentLength": each}}) for each in of(None, "none", 5)),
    ("rateLimit.per", {"rateLimit": {"requests": 1}}),
    ("rateLimit.requests", {"rateLimit": {"per": "1m"}}),
    *(
        ("rateLimit.requests", {"rateLimit": HOUR | {"requests": each}})
        for each in of(None, -1, 10_001, "5", 1.5, True)
    ),
    *(("rateLimit.per", {"rateLimit": HOUR | {"per": each}}) for each in of(None, "0s", "-1m", 60, "often")),
    *(("rateLimit.retryAfter", {"rateLimit": HOUR | {"retryAfter": each}}) for each in of(None, "soon", 5)),
    *(("rateLimit.status", {"rateLimit": HOUR | {"status": each}}) for each in of(None, 399, 200, 600, "503", True)),
    ("stale", "stale"),
    ("stale", {"stale": {"asOf": "now"}}),
    ("stale", {"stale": {"by": "1m", "changes": 1}}),
    *(("stale.by", {"stale": {"by": each}}) for each in of("0s", "-1m", 60, "1y")),
    *(("stale.changes", {"stale": {"changes": each}}) for each in of(0, -1, "1", 1.5, True)),
    *(("stale.asOf", {"stale": {"by": "1m", "asOf": each}}) for each in of(None, "later", 5)),
    *(("repeatToken.length", {"repeatToken": each}) for each in of(None, 0, -1, 101, "1", 1.5, True)),
    *(("shortPage.keep", {"shortPage": each}) for each in of(-1, "1", 1.5, True)),
    ("do.actions", "do"),
    ("do.actions", {"do": {"when": "after"}}),
    *(("do.actions", {"do": each}) for each in of(None, 5, "touch", [5], [{}], [{"explode": {}}], {"explode": {}})),
    ("do.actions.explode", {"do": {"actions": {"explode": {}}}}),
    ("do.actions.1.delete.event", {"do": [{"touch": {"events": "all"}}, {"delete": {}}]}),
    ("do.actions.0.advance.by", {"do": [{"advance": {"by": "-1s"}}]}),
    ("do.actions.0.schedule.do", {"do": [{"schedule": {"after": "1m", "do": [{"advance": {"by": "1s"}}]}}]}),
    ("do.actions", {"do": [{"clearFaults": {}}] * 1001}),
    ("do.actions", {"do": [{"churn": {}}] * 11}),
    ("do.when", {"do": {"actions": [], "when": "during"}}),
    ("do.actions.0.fault.effect.do.actions.0.fault.effect.status.status", DEEP),
]
"""What is wrong with an effect, and the field that says so."""

CASES = [
    *RULES,
    *((f"match.{field}", {"effect": "html", "match": match}) for field, match in MATCHES),
    *((f"effect.{field}", {"effect": effect}) for field, effect in EFFECTS),
]
FIELDS = list(dict.fromkeys(field for field, _ in CASES))


def names(details: Any, field: str) -> bool:
    """Whether details name a field, which may be deep within."""
    for step in field.split("."):
        if not isinstance(details, dict) or step not in details:
            return False
        details = details[step]
    return bool(details)


@pytest.mark.parametrize("field", FIELDS)
def test_a_rule_that_makes_no_sense_is_refused_by_the_name_of_its_field(crm: Crm, field: str) -> None:
    with nothing_changes(crm):
        for rule in (rule for name, rule in CASES if name == field):
            details = error(crm.admin("POST", "/faults", rule), 422, "fault.invalid")
            assert names(details, field), (rule, details)


def test_what_is_no_object_is_no_rule(crm: Crm) -> None:
    with nothing_changes(crm):
        for content in (b"null", b"5", b'"html"', b"true", b"[null]", b"[[]]", b'["html"]'):
            error(crm.admin("POST", "/faults", content=content, headers=JSON), 422, "fault.invalid")


def test_a_malformed_body_is_no_rule(crm: Crm) -> None:
    declined(crm, 400, "body.malformed", "POST", "/faults", content=b'{"effect": NaN}', headers=JSON)
    declined(crm, 415, "body.notJson", "POST", "/faults", content=b'{"effect": "html"}')


@pytest.mark.parametrize("word", ["malformed", "truncate"])
def test_what_alters_a_body_cannot_apply_to_what_has_none(crm: Crm, word: str) -> None:
    rule = {"effect": word, "match": {"operation": "deleteEvent"}}
    details = declined(crm, 422, "fault.invalid", "POST", "/faults", rule)
    assert names(details, f"effect.{word}")
    add_fault(crm, word, {"operation": ["deleteEvent", "getEvent"]})


@pytest.mark.parametrize("word", OF_LISTS)
def test_what_alters_a_page_cannot_apply_to_what_is_no_list(crm: Crm, word: str) -> None:
    rule = {"effect": word, "match": {"operation": ["getEvent", "createEvent"]}}
    details = declined(crm, 422, "fault.invalid", "POST", "/faults", rule)
    assert names(details, f"effect.{word}")
    add_fault(crm, word, {"operation": "listDeletedEvents"})


def test_a_replica_is_not_written_to(crm: Crm) -> None:
    rule = {"effect": {"stale": {"changes": 1}}, "match": {"operation": "updateEvent"}}
    assert names(declined(crm, 422, "fault.invalid", "POST", "/faults", rule), "effect.stale")


def test_flags_of_a_pattern_that_exclude_each_other_are_refused(crm: Crm) -> None:
    rule = {"effect": "html", "match": {"path": {"matches": "(?a)(?u)"}}}
    assert names(declined(crm, 422, "fault.invalid", "POST", "/faults", rule), "match.path")


def test_in_a_list_the_place_of_the_bad_rule_is_named(crm: Crm) -> None:
    good = {"effect": "html", "probability": 0.5}
    details = declined(crm, 422, "fault.invalid", "POST", "/faults", [good, good, good | {"times": 0}])
    assert set(details) == {"2"}
    assert names(details, "2.times")


def test_a_thousand_rules_are_plenty(crm: Crm) -> None:
    rules = [{"effect": "html", "probability": 0.5}] * 999
    assert crm.admin("POST", "/faults", rules).status_code == 201
    declined(crm, 422, "fault.invalid", "POST", "/faults", rules[:2])
    assert crm.admin("POST", "/faults", rules[:1]).status_code == 201
    declined(crm, 422, "fault.invalid", "POST", "/faults", rules[0])
    declined(crm, 422, "fault.invalid", "POST", "/actions", [{"create": {"set": EVENT}}, {"fault": rules[0]}])
    crm.act({"clearFaults": {}}, {"fault": rules[0]})


def test_a_thousand_and_one_at_once_are_refused_as_a_whole(crm: Crm) -> None:
    declined(crm, 422, "fault.invalid", "POST", "/faults", [{"effect": "html"}] * 1001)


@pytest.mark.parametrize(
    ("field", "rule"),
    [("effect.status.status", {"effect": {"status": 99}}), ("times", {"effect": "html", "times": 0})],
    ids=str,
)
def test_an_action_refuses_the_same_rules_as_an_action_that_is_wrong(crm: Crm, field: str, rule: Any) -> None:
    good = {"create": {"set": EVENT}}
    details = declined(crm, 422, "action.invalid", "POST", "/actions", [good, {"fault": rule}])
    assert names(details, f"1.fault.{field}")
    later = {"schedule": {"after": "1m", "do": [good, {"fault": rule}]}}
    assert names(declined(crm, 422, "action.invalid", "POST", "/actions", later), f"schedule.do.1.fault.{field}")


@pytest.mark.parametrize("arguments", [None, [], 5, {"all": True}], ids=str)
def test_clearing_takes_no_arguments(crm: Crm, arguments: Any) -> None:
    add_fault(crm, "html")
    declined(crm, 422, "action.invalid", "POST", "/actions", {"clearFaults": arguments})


def test_a_snapshot_refuses_the_same_rules(crm: Crm) -> None:
    add_fault(crm, {"status": 503})
    snapshot = crm.everything()
    snapshot["faults"]["rules"][0]["rule"]["effect"]["status"] = 99
    declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", snapshot)


def test_a_snapshot_refuses_a_rule_that_was_never_given_or_counted_so(crm: Crm) -> None:
    add_fault(crm, {"status": 503})
    snapshot = crm.everything()
    (rule,) = snapshot["faults"]["rules"]
    wrong: list[Any] = [{"id": each} for each in ("f2", "f0", "x1", "f1\n", 1, None)]
    wrong += [{name: each} for name in ("seed", "seen", "turns", "applied") for each in (-1, None, "0", 1.5)]
    wrong += [{"rule": None}, {"rule": []}, {"colour": "red"}]
    with nothing_changes(crm):
        for each in wrong:
            snapshot["faults"]["rules"] = [rule | each]
            error(crm.admin("PUT", "/snapshot", snapshot), 422, "snapshot.invalid")


def test_a_snapshot_holds_each_rule_once_and_a_thousand_at_most(crm: Crm) -> None:
    add_fault(crm, {"status": 503})
    snapshot = crm.everything()
    (rule,) = snapshot["faults"]["rules"]
    for rules in ([rule, rule], [rule | {"id": f"f{number}"} for number in range(1, 1002)]):
        snapshot["faults"] = {"given": 2000, "rules": rules}
        declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", snapshot)
    snapshot["faults"] = {"given": -1, "rules": []}
    declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", snapshot)
