"""Scenarios: the shipped ones, and the one that is loaded."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, NotRequired, TypedDict, cast

from marshmallow import Schema, fields

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.sandbox.moment import Moment
from mockcrm.sandbox.scenario.schema import ScenarioSchema
from mockcrm.sandbox.scenario.steps import SyncRound, scenario_run_of
from mockcrm.sandbox.state import ScenarioRun
from mockcrm.web.representations.actions import ResultJson, result_json
from mockcrm.web.representations.base import Count, Ordinal, as_answer


class TitleJson(TypedDict):
    """A shipped scenario, in a line."""

    name: str
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
    return {"name": name, "title": content.get("title", ""), "syncs": content.get("steps", []).count("sync")}


def scenario_file_json(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped scenario: its name, and what its file says."""
    return {"name": name, **content}


def describe_scenario_file(refer: Refer) -> Described:
    return refer(_scenario_file_schema())


@cache
def _scenario_file_schema() -> Schema:
    """The fields of a scenario, and its name. Made when the API is described."""

    class ScenarioFileSchema(ScenarioSchema):
        """A shipped scenario: its name, and what its file says."""

        name = fields.String()

        def described(self, described: Described, refer: Refer) -> Described:
            return as_answer(super().described(described, refer), ("name",))

    return ScenarioFileSchema()


ScenarioFile = Annotated[dict[str, Any], describe_scenario_file]


class ShownPlotJson(TypedDict):
    """The loaded scenario: how far it has come, and which of its expectations do not hold."""

    title: str
    story: dict[str, str]
    steps: list[Any]
    place: Count
    syncs: Count
    done: bool
    failures: list[str]


def plot_json(run: ScenarioRun, failures: list[str]) -> ShownPlotJson:
    return {
        "title": run.raw.get("title", ""),
        "story": run.raw.get("story", {}),
        "steps": run.raw.get("steps", []),
        "place": run.place,
        "syncs": run.syncs,
        "done": run.done,
        "failures": failures,
    }


UserCreatedJson = TypedDict("UserCreatedJson", {"as": NotRequired[str], "set": dict[str, Any]})
UserCreatedJson.__doc__ = "An event, which the scenario calls `as`."


class UserDeletedJson(TypedDict):
    """An event: its name in the scenario, and its id where the CRM has an event of that name."""

    event: str
    id: NotRequired[str]


class UserEditedJson(UserDeletedJson):
    """What was changed in an event: its name in the scenario, and its id where the CRM has an event of that name."""

    set: dict[str, Any]


class ShownMailboxJson(TypedDict):
    """What the client's user did in the calendar on the other side: one of these."""

    create: NotRequired[UserCreatedJson]
    edit: NotRequired[UserEditedJson]
    delete: NotRequired[UserDeletedJson]


class SyncRoundJson(TypedDict):
    """What has happened up to a sync; at the end, also whether the expectations hold."""

    sync: Ordinal | None
    done: bool
    results: list[ResultJson]
    mailbox: list[ShownMailboxJson]
    notes: list[str]
    passed: NotRequired[bool | None]
    failures: NotRequired[list[str]]


def round_json(crm: FakeCrm, sync_round: SyncRound) -> SyncRoundJson:
    return {
        "sync": sync_round.sync,
        "done": sync_round.done,
        "results": [result_json(crm, each) for each in sync_round.results],
        "mailbox": cast("list[ShownMailboxJson]", sync_round.mailbox),
        "notes": sync_round.notes,
    }


def last_round_json(sync_round: SyncRoundJson, end: Moment) -> SyncRoundJson:
    """The last round with the expectations held against the end. Without expectations `passed` is null."""
    failures = end.failures()
    passed = not failures if scenario_run_of(end.state).expected else None
    return {**sync_round, "passed": passed, "failures": failures}
