"""The named dialects: each is what its file says, and a careful client can sync with a CRM that speaks it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockcrm.base.fixtures import fixture_files
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.base.times import format_duration, parse_duration
from mockcrm.crm.dialect.named import named_dialect, names
from tests.making import Make, making
from tests.refusals import nothing_changes
from tests.served import Crm
from tests.unchanged import made

NAMES = names()

every = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def make(http: httpx.Client) -> Iterator[Make]:
    with making(http) as maker:
        yield maker


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(fixture_files("dialects")[name].read_text(encoding="utf-8")).data
    return found


def spoken(crm: Crm) -> dict[str, Any]:
    found: dict[str, Any] = crm.admin("GET", "/dialect").json()
    return found


def adopt(crm: Crm, name: str) -> dict[str, Any]:
    assert crm.admin("PUT", "/dialect", name).status_code == 200
    return spoken(crm)


def test_there_are_those_that_the_reference_names() -> None:
    assert NAMES == ["plain", "aurinko", "dynamics", "google", "graph", "hubspot", "salesforce"]


def test_each_says_what_it_is_where_that_is_known_from_and_what_it_lacks(crm: Crm) -> None:
    listed = crm.admin("GET", "/dialects").json()["dialects"]
    assert [each["name"] for each in listed] == NAMES
    for each in listed:
        file = payload(each["name"])
        assert file.keys() == {"sentence", "source", "unlike", "knobs"}
        for part in ("sentence", "source", "unlike"):
            assert each[part] == getattr(named_dialect(each["name"]), part) == file[part]
            assert each[part].endswith(".")


@every
def test_it_is_the_plain_one_but_for_what_its_file_says(crm: Crm, name: str) -> None:
    plain = spoken(crm)
    knobs = {
        knob: format_duration(parse_duration(value)) if str(value).startswith("P") and knob != "credentials" else value
        for knob, value in payload(name)["knobs"].items()
    }
    assert adopt(crm, name) == {**plain, **knobs, "name": name}
    assert not [knob for knob, value in knobs.items() if plain[knob] == value], "a file says what is different"


@every
def test_it_is_known_by_its_name_for_as_long_as_no_knob_is_turned(crm: Crm, name: str) -> None:
    status = 404 if adopt(crm, name)["deletedStatus"] == 410 else 410
    crm.set_dialect(deletedStatus=status)
    assert spoken(crm)["name"] is None
    crm.set_dialect(deletedStatus=410 if status == 404 else 404)
    assert spoken(crm)["name"] == name
    assert crm.http.get(f"/admin{crm.path}").json()["dialect"] == name


@every
def test_it_can_be_sent_back_as_it_is_shown(crm: Crm, name: str) -> None:
    before = adopt(crm, name)
    with nothing_changes(crm):
        assert crm.admin("PUT", "/dialect", before).json() == before
        assert crm.admin("PATCH", "/dialect", before).json() == before
    adopt(crm, "plain")
    nameless = {**before, "name": None}
    assert crm.admin("PUT", "/dialect", nameless).json() == before


@every
def test_a_snapshot_and_a_fork_speak_it_too(crm: Crm, name: str, make: Make) -> None:
    before = adopt(crm, name)
    other = make()
    assert other.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    fork = make(**{"from": other.path.rpartition("/")[2]})
    assert spoken(other) == spoken(fork) == before
    assert other.everything() == crm.everything()


@every
def test_it_is_given_by_name_wherever_a_dialect_is_given(crm: Crm, name: str, make: Make) -> None:
    (result,) = crm.act({"dialect": name})
    assert result["name"] == name
    assert spoken(crm) == spoken(make(dialect=name)) == spoken(make(dialect={"name": name}))
    scenario = make()
    assert scenario.admin("PUT", "/scenario", {"dialect": name}).status_code == 200
    assert spoken(scenario) == spoken(crm)
    assert spoken(make(dialect={"name": name, "pageSize": 3})) == {**spoken(crm), "name": None, "pageSize": 3}


# A small sync


class Replica:
    """What a careful client keeps: the CRM's events, and each `asOf` that it was given."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.events: dict[str, Any] = {}
        self.given: list[str] = []

    def sync(self) -> None:
        """Read all that has changed since the sync before the last, for lists may lag."""
        since = {"since": self.given[-2:][0], "limit": 4} if self.given else {}
        self.given.append(self._walk("/events", since))
        if since:
            deleted = {**since, "showDeleted": "true"}
            for path, parameters in (("/events", deleted), ("/deletedEvents", since)):
                if self.crm.api("GET", path, params=parameters).status_code == 200:
                    self._walk(path, parameters)

    def _walk(self, path: str, parameters: dict[str, Any]) -> str:
        first = page = self._page(path, parameters)
        while page["nextPageToken"] is not None:
            page = self._page(path, {"pageToken": page["nextPageToken"]})
        as_of: str = first["asOf"]
        return as_of

    def _page(self, path: str, parameters: dict[str, Any]) -> Any:
        answer = self.crm.api("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        for record in answer.json()["records"]:
            if record.get("deleted"):
                self.events.pop(record["id"], None)
            else:
                self.events[record["id"]] = record["subject"]
        return answer.json()


def truth(crm: Crm) -> dict[str, Any]:
    living = crm.admin("GET", "/events", params={"showDeleted": "false"}).json()["records"]
    return {event["id"]: event["subject"] for event in living}


@every
def test_a_careful_client_keeps_up_with_it(crm: Crm, name: str) -> None:
    adopt(crm, name)
    crm.admin("POST", "/seed", {"count": 21, "seed": 1})
    replica = Replica(crm)
    replica.sync()
    assert replica.events == truth(crm)
    for seed in range(2):
        moved, gone = made(crm, subject="moved"), made(crm, subject="gone")
        replica.sync()
        crm.act({"delete": {"event": gone}}, {"edit": {"event": moved, "set": {"subject": "moved again"}}})
        crm.act({"churn": {"creates": 3, "edits": 4, "deletes": 2, "seed": seed}})
        replica.sync()
        crm.advance("20s")
        replica.sync()
        assert replica.events == truth(crm)
        crm.advance("1h")


@every
def test_its_client_can_write(crm: Crm, name: str) -> None:
    knobs = adopt(crm, name)
    times = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
    made_there = crm.api("POST", "/events", times)
    path = made_there.headers["Location"].rpartition("/api/v1")[2]
    event = crm.api("GET", path).json()
    method = "PUT" if knobs["updateVerbs"] == "put" else "PATCH"
    assert crm.api(method, path, {**event, "subject": "x"}).is_success
    assert crm.api("GET", path).json()["subject"] == "x"
    assert crm.api("DELETE", path).status_code == 204
    assert crm.api("GET", path).status_code == knobs["deletedStatus"]
