"""`yamlfile` and `scenario`: what a fixture file may say, and what is said of one that is wrong."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from mockcrm.base import strict_yaml as yamlfile
from mockcrm.base.strict_yaml import MalformedYaml, one_line, read_yaml
from mockcrm.crm.dialect.named import names
from mockcrm.errors import ScenarioInvalid, ScenarioNotFound
from mockcrm.sandbox.scenario.fixture_file import find_scenario, load_scenario, read_scenario
from mockcrm.sandbox.scenario.shipped import scenarios


def complaints(text: str) -> list[str]:
    with pytest.raises(ScenarioInvalid) as refusal:
        read_scenario(text, "f.yaml")
    return refusal.value.message.splitlines()


def test_yaml_has_json_s_types_and_no_others() -> None:
    text = "[2026-01-05, 2026-01-05T09:00:00Z, on, yes, 1:30, 0x10, 010, 1_000, true, null, ~, -3, 1.5, 1e3, '1']"
    assert read_yaml(text).data == [
        *("2026-01-05", "2026-01-05T09:00:00Z", "on", "yes", "1:30", "0x10", "010", "1_000"),
        *(True, None, None, -3, 1.5, 1000.0, "1"),
    ]


@given(st.text())
@example("\x00\x1b\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\uffff\U0001f35c \t\r\n'\"\\: # - {}[]")
def test_any_text_can_stand_on_one_line(text: str) -> None:
    line = one_line({"text": text, "title": [text]})
    assert len(line.splitlines()) == 1
    assert read_yaml(f"- {line}\n").data == [{"text": text, "title": [text]}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1", 1),
        ("a: 1\nb: {c: 2", 2),
        ("a: 1\na: 2", 2),
        ("a: &x 1\nb: *x", 1),
        ("a: 1\nb: !!python/object:os.system {}", 2),
        ("a: 1\n---\nb: 2", 2),
        ("? [1]\n: 2", 1),
        ("a: \x00", 1),
        ('a:\n  "\\ud800": 1', 2),
        ("a: " + 100 * "[" + 100 * "]", 1),
        (100_000 * "[", 1),
    ],
)
def test_what_is_no_yaml_of_ours_has_a_line(text: str, line: int) -> None:
    with pytest.raises(MalformedYaml) as error:
        read_yaml(text)
    assert error.value.line == line


BITS = [
    *(
        "a",
        "b: ",
        "- ",
        "? ",
        "é",
        "key:",
        "null",
        "true",
        "-1",
        "1.5",
        "~",
        "[",
        "]",
        "{",
        "}",
        ",",
        ": ",
        ":",
        "-",
        "\\",
    ),
    *("\n", "\r", "  ", " ", "\t", "\x85", "\u2028", "\ufeff", "|\n", ">\n", "|+\n", "---\n", "...\n", "%YAML 1.1\n"),
    *('"', "'", "#", "&a", "*a", "!t", "@", "`", "🍜", "\\u2028"),
]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(BITS), max_size=12).map("".join))
@example("a\ufeffb\n")
@example("\ufeff\ufeff'")
def test_what_can_be_read_without_libyaml_says_the_same_with_it(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch, suppress(MalformedYaml):
        patch.setattr(yamlfile, "_Quick", yamlfile._Plain)
        without = read_yaml(text).data
        patch.undo()
        assert read_yaml(text).data == without


def test_the_line_of_a_value_or_of_the_nearest_thing_above_it() -> None:
    document = read_yaml("a:\n  - b: 1\n    c: 2\n")
    assert document.line(("a", 0, "c")) == 3
    assert document.line(("a", 0, "missing")) == 2
    assert document.line(("nothing",)) == 1


def test_each_mistake_has_its_line_and_field() -> None:
    text = """\
title: [no]
clock: {now: tomorrow}
seed: -1
colour: blue
events:
  - subject: 5
    startTime: 2026-01-06T09:00:00Z
  - visibleAfter: -1s
    startTime: 2026-01-06T09:00:00Z
    endTime: 2026-01-06T10:00:00Z
generate:
  cuont: 5
"""
    assert complaints(text) == [
        "f.yaml:1: title: Not a valid string.",
        "f.yaml:2: clock.now: Not an RFC 3339 date-time such as 2026-01-05T09:00:00Z.",
        "f.yaml:3: seed: Must be from 0 to 9223372036854775807.",
        "f.yaml:4: colour: No such field.",
        "f.yaml:8: events[1].visibleAfter: Must be at least PT0S.",
        "f.yaml:12: generate[0].cuont: No such field. Did you mean count?",
    ]


def test_the_rules_for_events_hold_in_files_too() -> None:
    text = """\
events:
  - key: one
    startTime: 2026-01-06T09:00:00Z
    endTime: 2026-01-06T10:00:00Z
    attendees:
      - {userId: u1}
      - {status: Accepted}
  - key: one
    startTime: 2026-01-06T09:00:00Z
    endTime: 2026-01-06T10:00:00Z
  - key: one
    startTime: 2026-01-06T09:00:00Z
    endTime: 2026-01-06T10:00:00Z
"""
    first, second = complaints(text)
    assert first == "f.yaml:7: events[0].attendees[1]: An attendee needs a userId, an emailAddress or a contactId."
    assert second == "f.yaml:11: events[2]: The key 'one' already stands for event 1001."


def test_a_dialect_is_a_name_or_knobs() -> None:
    assert read_scenario("dialect: aurinko", "f").dialect.since == "exclusive"
    assert read_scenario("dialect: {name: aurinko, pageSize: 3}", "f").dialect.page_size == 3
    assert complaints("title: x\ndialect: {sinse: exclusive}") == [
        "f.yaml:2: dialect.sinse: No such field. Did you mean since?"
    ]
    assert complaints("title: x\ndialect: martian") == [f"f.yaml:2: dialect: Must be one of: {', '.join(names())}."]
    assert complaints("title: x\ndialect: gogle")[0].endswith("salesforce. Did you mean google?")
    assert complaints("title: x\ndialect: {paging: ofset}")[0].endswith("Did you mean offset?")


def test_a_clock_with_an_instant_is_frozen_unless_the_file_says_otherwise() -> None:
    assert not read_scenario("clock: {now: 2026-01-05T09:00:00Z}", "f").clock.running
    assert read_scenario("clock: {now: 2026-01-05T09:00:00Z, mode: running}", "f").clock.running
    assert read_scenario("clock: {tick: 0s}", "f").clock.running


@pytest.mark.parametrize("text", ["", "null", "[]", "5", "events: {}", "events: [5]", "generate: 5", "clock: []"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    assert complaints(text)


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "none.yaml", tmp_path, binary):
        with pytest.raises(ScenarioInvalid, match=str(path)):
            load_scenario(path)


@pytest.mark.parametrize("name", scenarios())
def test_every_shipped_scenario_starts(name: str) -> None:
    scenario = find_scenario(name)
    loaded = len(scenario.records) + sum(order["count"] for order in scenario.generate)
    crm = scenario.start().crm
    if scenario.generate:
        assert crm.store.events.live_count() == loaded
    else:
        # Child events are the CRM's own.
        made = crm.dialect.child_events != "none"
        children = [each for each in crm.store.events.live() if made and each.event.parent_id]
        assert crm.store.live_count() == loaded + len(children)


def test_a_scenario_that_is_not_shipped_is_not_found() -> None:
    with pytest.raises(ScenarioNotFound, match="quickstart"):
        find_scenario("../quickstart")


@pytest.mark.parametrize("value", [r'"\ud800"', "123456789012345678901234567890", "1e999", r'"\UFFFFFFFF"'])
def test_a_value_that_json_has_not_is_refused(value: str) -> None:
    (complaint,) = complaints(f"dialect: plain\ntitle: {value}")
    assert complaint.startswith("f.yaml:")


def test_a_pipe_is_no_fixture_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ScenarioInvalid, match="Not a file"):
        load_scenario(tmp_path / "pipe.yaml")
