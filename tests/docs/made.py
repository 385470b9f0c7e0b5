"""The parts of the documentation that are made from the code: `python -m tests.docs.made` writes them anew.

Each stands in its page between a comment with its name and one that says `end`.
"""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click
from marshmallow import validate
from packaging.requirements import Requirement

from mockcrm import create_app
from mockcrm.audit.advice import ADVICE
from mockcrm.audit.finding_type import FindingType
from mockcrm.audit.progress_findings import PROGRESS_FINDINGS
from mockcrm.audit.reading_findings import READING_FINDINGS
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.base.schema.descriptions import sentence_of
from mockcrm.base.schema.fields import Flag, Number
from mockcrm.cli.main import main
from mockcrm.cli.trial.text import text_report
from mockcrm.client.controls import ClockControls, EventControls, FaultControls, RequestControls
from mockcrm.client.crm import Crm
from mockcrm.client.demo_controls import DemoControls
from mockcrm.client.scenario_controls import ScenarioControls
from mockcrm.crm.dialect.knobs import KNOBS, PLAIN, Knob
from mockcrm.crm.kinds.calendars import OwnFlag
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.fields import IdTexts, Texts, TimeText
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record_schema import Links
from mockcrm.errors import every_refusal
from mockcrm.faults.effects.table import EFFECTS
from mockcrm.trials import matrix
from mockcrm.trials.in_process import trial
from mockcrm.web.representations.dialects import knob_json
from tests.cli.trial.clients import NoTombstones
from tests.docs.pages import DOCS
from tests.docs.wings import picture
from tests.packaging.environments import MANIFEST, NEEDS, lower_bound
from tests.sample.users import EXPECTED

Row = tuple[str, ...]
_END = "<!-- end -->\n"


def commands() -> Iterator[str]:
    """Every command, with its arguments and options as `--help` knows them."""
    for words, command in _commands(main, "mockcrm"):
        context = click.Context(command, show_default=True)
        arguments = "".join(f" {each}" for each in command.collect_usage_pieces(context) if each != "[OPTIONS]")
        yield f"\n## `{words}{arguments}`\n\n"
        yield ("\n\n".join(" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")) + "\n")
        rows = [_option(each, context) for each in command.params if isinstance(each, click.Option)]
        if rows:
            yield "\n" + "".join(table(("option", "variable", "default", "what it does"), rows))
    yield "\n"


def _commands(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def _option(option: click.Option, context: click.Context) -> Row:
    extra = option.get_help_extra(context)
    said, _, payload = (option.help or "").partition("[default: ")
    default = payload.removesuffix("]") or (f"`{extra['default']}`" if "default" in extra else "")
    values = f"One of {_codes(option.type.choices)}." if isinstance(option.type, click.Choice) else ""
    return f"`{option.opts[0]}`", _codes(extra.get("envvars", ())), default, f"{said.strip()} {values}".strip()


def calls() -> Iterator[str]:
    """Every call, as the API's own description has it."""
    description = create_app().test_client().get("/openapi.json").get_json()
    parts = description["components"]
    for tag in description["tags"]:
        yield f"\n## {tag['description']}\n"
        for path, methods in description["paths"].items():
            for method, call in methods.items():
                if call["tags"] == [tag["name"]]:
                    yield f"\n### `{method.upper()} {path}`\n\n{call['summary']}\n\n"
                    yield from _call(call, parts)
    yield "\n"


def _call(call: Any, parts: Any) -> Iterator[str]:
    parameters = [
        (f"`{each['name']}`", each["in"], each["description"])
        for each in call["parameters"]
        if each["in"] != "path" and each["name"] != "X-Mockcrm-Client"
    ]
    if parameters:
        yield from table(("parameter", "in", "what it says"), parameters)
        yield "\n"
    answers = [f"{status} {each['description']}" for status, each in call["responses"].items() if "$ref" not in each]
    yield f"Answers with {' or '.join(answers)}."
    refusals = {
        status: parts["responses"][each["$ref"].rpartition("/")[2]]["content"]["application/json"]["examples"].keys()
        for status, each in call["responses"].items()
        if "$ref" in each
    }
    payload = [
        f"{status} {_codes(sorted(codes - _ANYWHERE))}" for status, codes in refusals.items() if codes - _ANYWHERE
    ]
    yield f" Refuses with {'; '.join(payload)}.\n" if payload else "\n"


_ANYWHERE = frozenset({"internal.error", "sandbox.notFound", "credentials.missing", "credentials.invalid"})


_CONTROLS: Mapping[str, type] = {
    "crm": Crm,
    "crm.clock": ClockControls,
    "crm.events": EventControls,
    "crm.faults": FaultControls,
    "crm.requests": RequestControls,
    "crm.scenario": ScenarioControls,
    "crm.demo": DemoControls,
}


def client() -> Iterator[str]:
    """Every call of the control client, as it is declared, without types."""
    rows = []
    for name, part in _CONTROLS.items():
        for call, function in vars(part).items():
            if inspect.isfunction(function) and not call.startswith("_"):
                rows.append((f"`{name}.{call}{_untyped(function)}`", sentence_of(function)))
    yield from table(("call", "what it does"), rows)


def _untyped(function: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(function)
    _, *parameters = (each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values())
    return signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)


def knobs() -> Iterator[str]:
    yield from table(("knob", "values", "default", "what it does"), map(_knob, KNOBS.values()))


def _knob(knob: Knob) -> Row:
    known = knob_json(knob)
    values = _codes(known["values"]) if isinstance(known["values"], list) else known["values"]
    default = {None: "null", (): "[]"}.get(known["default"], known["default"])
    return f"`{knob.name}`", values, f"`{default}`", knob.sentence


def errors() -> Iterator[str]:
    rows = ((str(getattr(kind, "status", "any")), f"`{kind.code}`", sentence_of(kind)) for kind in every_refusal())
    yield from table(("status", "code", "what it means"), rows)


def effects() -> Iterator[str]:
    rows = (
        (f"`{word}`", sentence_of(effect), _codes(each.name for each in dataclasses.fields(effect)))
        for word, effect in EFFECTS.items()
    )
    yield from table(("effect", "what happens", "arguments"), rows)


def findings_of(kinds: Iterable[FindingType]) -> Callable[[], Iterator[str]]:
    """A table of some of the findings."""
    head = ("finding", "severity", "what it means", "for example", "what to do")
    rows = [(f"`{kind.code}`", kind.severity, kind.meaning, kind.example, kind.advice) for kind in kinds]
    return lambda: table(head, rows)


def advice() -> Iterator[str]:
    yield from table(("hazard", "what to do"), ((f"`{hazard}`", said) for hazard, said in ADVICE.items()))


def report() -> Iterator[str]:
    """What pytest says of the sample project's careless client, up to the file for a replay."""
    whole = EXPECTED.read_text(encoding="utf-8")
    first = whole.index(">       crm.assert_clean()\nE       AssertionError: Failed: change.outOfReach.")
    end = whole.index("\n", whole.index("\nmockcrm replay ", first) + 1)
    yield f"```text\n{whole[first:end]}\n```\n"


def trial_report() -> Iterator[str]:
    """What a trial says of a client that never asks for deletions."""
    # How long it took differs from time to time.
    found = dataclasses.replace(trial(NoTombstones, only=["deletion"]), seconds=0.2)
    lines = [click.unstyle(line) for line in text_report(found)]
    yield "```text\n{}\n```\n".format("\n".join(lines))


def packages() -> Iterator[str]:
    """What comes with mockcrm, and from which version on."""
    return table(("package", "from"), ((each.name, lower_bound(each)) for each in NEEDS))


def extras() -> Iterator[str]:
    """The same for the extras of users."""
    meanings = {
        "docs": "a page to read the API on, and to try it",
        "fast": "load tests, except on Windows",
        "ics": "the import of calendars",
    }
    for name, meaning in meanings.items():
        needs = map(Requirement, MANIFEST["project"]["optional-dependencies"][name])
        yield f"- `{name}` is for {meaning}: {', '.join(f'{each.name} from {lower_bound(each)}' for each in needs)}\n"


def table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |\n{'|---' * len(head)}|\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def kinds() -> Iterator[str]:
    """The kinds of records but events: their paths, fields and filters."""
    yield "| path, kind | fields beside `id` and `lastModifiedAt` | filters |\n|---|---|---|\n"
    for kind in KINDS.values():
        if kind is not EVENT:
            declared = kind.schema(PLAIN).fields
            fields = ", ".join(_field(name, declared[name]) for name in kind.fields)
            filters = ", ".join(f"`{name}`" for name in kind.filters)
            yield f"| `/{kind.path}`, {kind.name} | {fields} | {filters} |\n"


def _field(name: str, field: Any) -> str:
    """A field by its name, and what it takes if that is not a text."""
    called = f"**`{name}`**" if field.required else f"`{name}`"
    types = {
        OwnFlag: "boolean, the CRM's",
        Flag: f"boolean, default {str(field.load_default).lower()}",
        Number: "number",
        Texts: "list of strings",
        IdTexts: "list of ids",
        TimeText: "date-time",
        Links: "as an event's",
    }
    words = next((each.choices for each in field.validators if isinstance(each, validate.OneOf)), None)
    note = types.get(type(field)) or (words and " or ".join(f"`{word}`" for word in words))
    return f"{called} ({note})" if note else called


MADE: dict[tuple[str, str], Callable[[], Iterable[str]]] = {
    ("contributing/architecture.md", "wings"): picture,
    ("contributing/trials.md", "safeguards"): matrix.safeguard_table,
    ("contributing/trials.md", "mutants that read"): lambda: matrix.mutant_table(matrix.READ_COLUMNS),
    ("contributing/trials.md", "mutants that write"): lambda: matrix.mutant_table(matrix.WRITE_COLUMNS),
    ("contributing/trials.md", "marks"): matrix.legend,
    ("how-to/pytest.md", "report"): report,
    ("reference/command-line.md", "commands"): commands,
    ("reference/calls.md", "calls"): calls,
    ("reference/client.md", "client"): client,
    ("reference/dialect.md", "knobs"): knobs,
    ("reference/errors.md", "errors"): errors,
    ("reference/faults.md", "effects"): effects,
    ("reference/findings.md", "findings of reading"): findings_of(READING_FINDINGS),
    ("reference/findings.md", "advice by hazard"): advice,
    ("reference/findings.md", "findings of progress"): findings_of(PROGRESS_FINDINGS),
    ("reference/findings.md", "findings of writing"): findings_of(WRITING_FINDINGS),
    ("reference/findings.md", "findings of replicas"): findings_of(REPLICA_FINDINGS),
    ("reference/installation.md", "packages"): packages,
    ("reference/installation.md", "extras"): extras,
    ("reference/trial-report.md", "report"): trial_report,
    ("reference/contract.md", "kinds"): kinds,
}
"""What is made, by the page and the name it has there."""


def parts(page: str, name: str) -> tuple[str, str, str]:
    """A page: what stands before a part of it, the part, and what follows."""
    before, mark, rest = (DOCS / page).read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    part, end, after = rest.partition(_END)
    assert mark, f"{page} has no part {name}."
    assert end, f"{page}: the part {name} has no end."
    return before + mark, part, end + after


if __name__ == "__main__":
    for (page, name), make in MADE.items():
        before, _, after = parts(page, name)
        (DOCS / page).write_text(f"{before}{''.join(make())}{after}", encoding="utf-8")
