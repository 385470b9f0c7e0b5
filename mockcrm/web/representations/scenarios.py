"""Scenarios: the shipped ones, and the one that is loaded."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict, cast

from marshmallow import Schema, fields, validate

from mockcrm.audit.judgement import VERDICTS
from mockcrm.base.hazard_groups import hazard_group
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.sandbox.state import ScenarioRun
from mockcrm.web.representations.actions import ResultJson, result_json
from mockcrm.web.representations.base import Count, Ordinal, as_answer

if TYPE_CHECKING:
    from mockcrm.sandbox.moment import Moment
    from mockcrm.sandbox.scenario.steps import SyncRound
    from mockcrm.sandbox.scenario.verdict import ScenarioVerdict


class TitleJson(TypedDict):
    """A shipped scenario, in a line. `group` is that of the catalogue of hazards, and null for any other scenario."""

    name: str
    group: str | None
    title: str
    syncs: Count


class TitlesJson(TypedDict):
    scenarios: list[TitleJson]
    length: Count


def titles_json(scenarios: Iterable[tuple[str, Mapping[str, Any]]]) -> TitlesJson:
    """Shipped scenarios, given by name and content."""
    titles = [_title_json(name, content) for name, content in scenarios]
    return {"scenarios": titles, "length": len(titles)}


def _title_json(name: str, content: Mapping[str, Any]) -> TitleJson:
    syncs = content.get("steps", []).count("sync")
    return {"name": name, "group": hazard_group(name), "title": content.get("title", ""), "syncs": syncs}


def scenario_file_json(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped scenario: its name, and what its file says."""
    return {"name": name, **content}


def describe_scenario_file(refer: Refer) -> Described:
    return refer(_scenario_file_schema())


@cache
def _scenario_file_schema() -> Schema:
    """The fields of a scenario, and its name. Made when the API is described."""
    from mockcrm.sandbox.scenario.schema import ScenarioSchema  # noqa: PLC0415  no start of a server needs it

    class ScenarioFileSchema(ScenarioSchema):
        """A shipped scenario: its name, and what its file says."""

        name = fields.String()

        def described(self, described: Described, refer: Refer) -> Described:
            return as_answer(super().described(described, refer), ("name",))

    return ScenarioFileSchema()


ScenarioFile = Annotated[dict[str, Any], describe_scenario_file]


class JudgedJson(TypedDict):
    """A verdict, with reasons unless it is `passed`; `failures` are all expectations that do not hold.

    `passed` says the same as `verdict`: true, false, or null where it is `inconclusive`.
    """

    verdict: Annotated[str, validate.OneOf(VERDICTS)]
    passed: bool | None
    reasons: list[str]
    failures: list[str]


def _judged_json(judged: "ScenarioVerdict") -> JudgedJson:
    verdict, reasons = judged.judgement.verdict, judged.judgement.reasons
    passed = None if verdict == "inconclusive" else verdict == "passed"
    return {"verdict": verdict, "passed": passed, "reasons": [*reasons], "failures": [*judged.failures]}


class ShownPlotJson(JudgedJson):
    """The loaded scenario: how far it has come, and the verdict so far.

    `asked` says of each of its `syncs` so far whether a client's request came at it.
    """

    title: str
    story: dict[str, str]
    steps: list[Any]
    expect: dict[str, Any]
    place: Count
    syncs: Count
    done: bool
    asked: list[bool]


def plot_json(run: ScenarioRun, judged: "ScenarioVerdict") -> ShownPlotJson:
    return {
        "title": run.raw.get("title", ""),
        "story": run.raw.get("story", {}),
        "steps": run.raw.get("steps", []),
        "expect": run.raw.get("expect", {}),
        "place": run.place,
        "syncs": run.syncs,
        "done": run.done,
        "asked": [*run.asked],
        **_judged_json(judged),
    }


UserCreatedJson = TypedDict("UserCreatedJson", {"as": NotRequired[str], "set": dict[str, Any]})
UserCreatedJson.__doc__ = "A new entry in the calendar on the other side. Later actions name it by its `as`."


class UserDeletedJson(TypedDict):
    """An entry: its name in the scenario, and the CRM's `id` of its event, unless the user made the entry."""

    event: str
    id: NotRequired[str]


class UserEditedJson(UserDeletedJson):
    """An entry, what was changed in it (`set`), and the CRM's `id` of its event, unless the user made the entry."""

    set: dict[str, Any]


class ShownMailboxJson(TypedDict):
    """What the client's user did in the calendar on the other side: one of these."""

    create: NotRequired[UserCreatedJson]
    edit: NotRequired[UserEditedJson]
    delete: NotRequired[UserDeletedJson]


class SyncRoundJson(TypedDict):
    """What has happened up to a sync; at the end, also the verdict, as the loaded scenario has it."""

    sync: Ordinal | None
    done: bool
    results: list[ResultJson]
    mailbox: list[ShownMailboxJson]
    notes: list[str]
    verdict: NotRequired[Annotated[str, validate.OneOf(VERDICTS)]]
    passed: NotRequired[bool | None]
    reasons: NotRequired[list[str]]
    failures: NotRequired[list[str]]


def round_json(crm: FakeCrm, sync_round: "SyncRound") -> SyncRoundJson:
    return {
        "sync": sync_round.sync,
        "done": sync_round.done,
        "results": [result_json(crm, each) for each in sync_round.results],
        "mailbox": cast("list[ShownMailboxJson]", sync_round.mailbox),
        "notes": sync_round.notes,
    }


def last_round_json(sync_round: SyncRoundJson, end: "Moment", asked: int) -> SyncRoundJson:
    """The last round with the verdict at the end. The latest request before the question had the number `asked`."""
    return {**sync_round, **_judged_json(end.verdict(asked=asked))}
