"""Fixture files: scenarios in YAML, with those that come with mockcrm (`docs/reference/fixtures.md`)."""

import errno
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from mockcrm.audit.findings import hazard_advice
from mockcrm.base.escaping import harmless
from mockcrm.base.spelling import did_you_mean
from mockcrm.base.strict_yaml import Document, MalformedYaml, read_yaml
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm
from mockcrm.errors import Refusal, ScenarioInvalid, ScenarioNotFound
from mockcrm.errors.problems import AND_MORE, MAX_PROBLEM, MAX_PROBLEMS, MORE
from mockcrm.errors.text import abridged
from mockcrm.sandbox import actions
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.schema import scenario_schema
from mockcrm.sandbox.scenario.shipped import scenarios
from mockcrm.sandbox.scenario.start_records import StartRecord, bringing
from mockcrm.sandbox.scenario.steps import actions_of, run_until_sync
from mockcrm.sandbox.state import State

MAX_FIXTURE_FILE = 64 * 1024 * 1024
"""The largest fixture file that is read, in bytes."""
_BODY = "scenario"
"""What stands for the name of a file where a body has a mistake."""


def read_scenario(text: str, name: str) -> Scenario:
    """The scenario in a file's text. Raises `ScenarioInvalid`, which names file, line and field of each mistake."""
    return _read(_document(text, name), name)


def _document(text: str, name: str) -> Document:
    try:
        return read_yaml(text)
    except MalformedYaml as error:
        raise _refusal(name, [(error.line, "", str(error))]) from error


def scenario_of(body: Any) -> Scenario:
    """The scenario in a JSON body, or the shipped one that it names, as a string or by `name`.

    Raises `ScenarioInvalid` and `ScenarioNotFound`.
    """
    return _chosen(Document(body, None))


def scenario_of_yaml(text: str) -> Scenario:
    """The same for a body in YAML. The refusal names the lines, too."""
    return _chosen(_document(text, _BODY))


def _chosen(document: Document) -> Scenario:
    body = document.data
    name = body.get("name") if isinstance(body, dict) else body
    if isinstance(body, dict) and "name" in body and len(body) > 1:
        problem = {each: ["The named scenario has its own."] for each in body if each != "name"}
        raise ScenarioInvalid("Give either the name of a scenario, or all of one.", problem)
    return find_scenario(name) if isinstance(name, str) else _read(document, _BODY)


def _read(document: Document, name: str) -> Scenario:
    try:
        scenario: Scenario = scenario_schema().load(document.data)
    except ValidationError as error:
        raise _refusal(name, _located(document, error.messages)) from error
    _try_records(scenario, document, name)
    _try_steps(scenario, document, name)
    return scenario


def _try_steps(scenario: Scenario, document: Document, name: str) -> None:
    """Run the steps as with a client that does nothing. Together they are one whole."""
    if scenario.run is None or not scenario.run.steps:
        return
    state = scenario.start()
    try:
        with state.bounded():
            state.foresee(actions_of(scenario.run.steps))
            while not run_until_sync(state).done:
                pass
    except Refusal as error:
        problem = _text_of(error.details or {"steps": {}}, str(error.args[0]))
        raise _refusal(name, _located(document, problem)) from error


def _text_of(details: Mapping[str, Any], message: str) -> Any:
    """A refusal's details, with its message where they are empty."""
    if not details:
        return [message]
    return {
        int(step) if step.isdecimal() else step: _text_of(inner, message) if isinstance(inner, Mapping) else inner
        for step, inner in details.items()
    }


def _try_records(scenario: Scenario, document: Document, name: str) -> None:
    """Load the records. One that refers to a record with a mistake is not tried: it may have no other."""
    state = State(FakeCrm(scenario.clock.start(), scenario.dialect))
    with bringing(state.crm, scenario.records):
        problems = _problems(state, scenario.records, document)
    if problems:
        raise _refusal(name, problems)


def _problems(state: State, records: Iterable[StartRecord], document: Document) -> list[tuple[int, str, str]]:
    problems: list[tuple[int, str, str]] = []
    refused: set[str] = set()
    for record in records:
        if refused and not refused.isdisjoint(record.names()):
            continue
        try:
            actions.create(state, COLLEAGUE, **record.arguments, ticks=False)
        except Refusal as error:
            found = {record.kind.path: {record.place: _text_of(error.details, error.message)}}
            problems += _located(document, found)
            refused.update([] if record.key is None or record.key in state.crm.names.keys else [record.key])
            if len(problems) >= MAX_PROBLEMS:
                problems.append((1, "", *AND_MORE))
                break
    return problems


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises `ScenarioInvalid`, also when the file cannot be read."""
    return read_scenario(text_of_file(path), str(path))


def text_of_file(path: Path) -> str:
    """The text in a file. Raises `ScenarioInvalid` when it cannot be read."""
    try:
        _check_file(path)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refusal(str(path), [(1, "", f"Cannot be read: {error.strerror}.")]) from error
    except UnicodeDecodeError as error:
        raise _refusal(str(path), [(1, "", "Not UTF-8 text.")]) from error


def _check_file(path: Path) -> None:
    """Raises `OSError` for something else than a file, and `ScenarioInvalid` for one that is too large."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "Not a file")
    if path.stat().st_size > MAX_FIXTURE_FILE:
        raise _refusal(str(path), [(1, "", f"Larger than {MAX_FIXTURE_FILE:,} bytes.")])


def scenario_document(path: Path) -> Any:
    """The content of a valid file as JSON's types, for `PUT /admin/scenario`. Raises `ScenarioInvalid`."""
    document = _document(text_of_file(path), str(path))
    _read(document, str(path))
    return document.data


def find_scenario(name: str) -> Scenario:
    """A shipped scenario by its name. Raises `ScenarioNotFound`."""
    path = _path_of(name)
    return _read_once(path, path.stat().st_mtime_ns)


def _path_of(name: str) -> Path:
    path = scenarios().get(name)
    if path is None:
        raise ScenarioNotFound(
            f"There is no scenario {name!r}.{did_you_mean(name, scenarios())} GET /admin/scenarios lists all."
        )
    return path


def shipped_document(name: str) -> dict[str, Any]:
    """The content of a shipped scenario's file as JSON's types. Raises `ScenarioNotFound`.

    Where the audit knows what a correct client does, its story has that as its `advice`.
    """
    path = _path_of(name)
    return _shipped_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _shipped_once(path: Path, changed: int) -> dict[str, Any]:
    return _with_advice(path.stem, read_yaml(path.read_text(encoding="utf-8")).data)


def _with_advice(name: str, content: dict[str, Any]) -> dict[str, Any]:
    story, advice = content.get("story", {}), hazard_advice(name)
    return {**content, "story": {**story, "advice": story.get("advice", advice)}} if story and advice else content


@lru_cache(maxsize=128)
def _read_once(path: Path, changed: int) -> Scenario:
    document = _document(text_of_file(path), str(path))
    return _read(replace(document, data=_with_advice(path.stem, document.data)), str(path))


def _located(document: Document, messages: Any) -> list[tuple[int, str, str]]:
    return [
        (document.line(path), abridged(_dotted(path), MAX_PROBLEM), abridged(text, MAX_PROBLEM))
        for path, text in _flat(messages, ())
    ]


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        for step, inner in messages.items():
            yield from _flat(inner, path if step in ("_schema", "set") else (*path, step))
    else:
        yield path, messages[0] if isinstance(messages, list) else str(messages)


def _dotted(path: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _refusal(name: str, problems: list[tuple[int, str, str]]) -> ScenarioInvalid:
    found = sorted((each for each in problems if each[-1] not in AND_MORE), key=_place)
    more = AND_MORE if len(problems) > min(len(found), MAX_PROBLEMS) else ()
    shown = found[:MAX_PROBLEMS]
    # Text from the file must not start a line of its own, or send commands to the terminal.
    lines = [harmless(f"{name}:{line}: {field + ': ' if field else ''}{text}") for line, field, text in shown]
    details = {"problems": [{"line": line, "field": field, "message": text} for line, field, text in shown]}
    return ScenarioInvalid("\n".join([*lines, *more]), details | ({MORE: [*more]} if more else {}))


def _place(problem: tuple[int, str, str]) -> tuple[int, list[tuple[int, str]], str]:
    """The sort key of a mistake: `steps[9]` comes before `steps[10]`."""
    line, field, text = problem
    parts = re.split(r"([0-9]+)", field)
    return line, [(int(part[:9]), part) if place % 2 else (0, part) for place, part in enumerate(parts)], text
