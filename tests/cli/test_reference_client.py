"""`mockcrm reference-client`: the reference client as a command, which is run once for each sync."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcrm import Crm, connect, create_app, serving
from mockcrm.cli.main import main
from mockcrm.trials.mutants import TARGETS
from tests.processes import COMMAND
from tests.samples import TIMES


@pytest.fixture(scope="module")
def server() -> Iterator[Crm]:
    app = create_app()
    with serving(app) as url:
        yield connect(app, url=url)


@pytest.fixture
def crm(server: Crm) -> Iterator[Crm]:
    with server.create() as made:
        yield made


def run(*options: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["reference-client", *options], env=environment)


def reads_of_everything(crm: Crm) -> int:
    return sum(each["path"].endswith("/events") and not each["query"] for each in crm.requests.find({"method": "GET"}))


class TestSyncing:
    def test_remembers_from_run_to_run_and_leaves_its_copy(self, crm: Crm, tmp_path: Path) -> None:
        call = crm.events.create(subject="Call", **TIMES)["id"]
        state, replica, mailbox = tmp_path / "state", tmp_path / "replica.json", tmp_path / "mailbox.json"
        environment = {"CRM_URL": crm.url, "CRM_STATE": str(state), "CRM_REPLICA": str(replica)}
        assert run(**environment).exit_code == 0
        assert [each["subject"] for each in json.loads(replica.read_text())["replica"]] == ["Call"]
        action = {"edit": {"event": "call", "id": call, "set": {"location": "Room 7"}}}
        mailbox.write_text(json.dumps([action]))
        assert run(**environment, CRM_MAILBOX=str(mailbox)).exit_code == 0
        assert crm.events.get(call)["location"] == "Room 7"
        assert [each["location"] for each in json.loads(replica.read_text())["replica"]] == ["Room 7"]
        assert reads_of_everything(crm) == 1

    def test_without_a_folder_each_sync_is_the_first(self, crm: Crm) -> None:
        for _ in range(2):
            assert run("--url", crm.url).exit_code == 0
        assert reads_of_everything(crm) == 2

    def test_says_in_one_line_why_it_gave_up_and_keeps_what_it_has(self, crm: Crm, tmp_path: Path) -> None:
        for subject in ("One", "Two"):
            crm.events.create(subject=subject, **TIMES)
        crm.set_dialect(pageSize=1)
        crm.faults.add({"rateLimit": {"requests": 1, "per": "1m", "retryAfter": "seconds"}})
        crm.clock.freeze()
        environment = {"CRM_URL": crm.url, "CRM_STATE": str(tmp_path), "CRM_REPLICA": str(tmp_path / "replica.json")}
        result = run(**environment)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "Error: GET /events: 429, to be repeated after 60 s\n"
        assert len(json.loads((tmp_path / "replica.json").read_text())["replica"]) == 1
        crm.faults.clear()
        assert run(**environment).exit_code == 0
        assert len(json.loads((tmp_path / "replica.json").read_text())["replica"]) == 2
        assert reads_of_everything(crm) == 1

    def test_shows_the_window_that_its_copy_covers(self, crm: Crm, tmp_path: Path) -> None:
        run("--design", "rolling-window", CRM_URL=crm.url, CRM_REPLICA=str(tmp_path / "replica.json"))
        assert json.loads((tmp_path / "replica.json").read_text())["window"].keys() == {"startAt", "endAt"}


class TestMatching:
    MEETING = {
        "create": {"as": "a", "set": {**TIMES, "subject": "Demo", "attendees": [{"emailAddress": "W@acme.example"}]}}
    }

    def people(self, crm: Crm) -> str:
        wile: str = crm.ask("POST", "/contacts", {"lastName": "Coyote", "emailAddress": "w@acme.example"})["id"]
        return wile

    @pytest.mark.parametrize("options", [["--matching"], ["--mutant", "looks once for attendees"], []], ids=str)
    def test_links_attendees_if_it_is_told_to(self, options: list[str], crm: Crm, tmp_path: Path) -> None:
        wile = self.people(crm)
        (tmp_path / "mailbox.json").write_text(json.dumps([self.MEETING]))
        assert run(*options, CRM_URL=crm.url, CRM_MAILBOX=str(tmp_path / "mailbox.json")).exit_code == 0
        (event,) = crm.events.all()
        assert event["attendees"][0]["contactId"] == (int(wile) if options else None)

    def test_aurinkos_client_does_not(self, crm: Crm) -> None:
        assert run("--aurinko", "--matching", CRM_URL=crm.url).exit_code == 2

    def test_links_in_a_later_run_whom_it_did_not_find_before(self, crm: Crm, tmp_path: Path) -> None:
        (tmp_path / "mailbox.json").write_text(json.dumps([self.MEETING]))
        environment = {"CRM_URL": crm.url, "CRM_STATE": str(tmp_path / "state")}
        assert run("--matching", **environment, CRM_MAILBOX=str(tmp_path / "mailbox.json")).exit_code == 0
        wile = self.people(crm)
        assert run("--matching", **environment).exit_code == 0
        (event,) = crm.events.all()
        assert event["attendees"][0]["contactId"] == int(wile)

    def test_nothing_that_it_knows_of_people_may_be_of_another_type(self, crm: Crm, tmp_path: Path) -> None:
        self.people(crm), self.people(crm)
        (tmp_path / "mailbox.json").write_text(json.dumps([self.MEETING]))
        crm.faults.add({"status": 500}, match={"operation": "createEvent"})
        run("--matching", CRM_URL=crm.url, CRM_STATE=str(tmp_path), CRM_MAILBOX=str(tmp_path / "mailbox.json"))
        file = tmp_path / "reference-client.json"
        state = json.loads(file.read_text())
        assert state["PeopleMatcher"]["drafts"]
        assert state["People/contacts"]["known"]
        for kind in ("PeopleMatcher", "Directory", "People/contacts", "Puller/contacts", "Pager/contacts"):
            for name in state[kind]:
                file.write_text(
                    json.dumps({**state, kind: {**state[kind], name: {"a": [5]} if name == "read" else [5]}})
                )
                assert run("--matching", CRM_URL=crm.url, CRM_STATE=str(tmp_path)).exit_code == 2, (kind, name)


class TestChoosing:
    @pytest.mark.parametrize("name", ["TOMBSTONES", "tombstones", "Tombstones"])
    def test_a_safeguard_in_any_case(self, crm: Crm, name: str) -> None:
        assert run("--without", name, CRM_URL=crm.url).exit_code == 0
        assert crm.requests.count({"method": "HEAD"}) == 0

    @pytest.mark.parametrize("name", ["OWN_WATERMARKS", "own-watermarks", "own watermarks"])
    def test_a_safeguard_of_two_words(self, crm: Crm, name: str) -> None:
        assert run("--without", name, "--without", "as-of", CRM_URL=crm.url).exit_code == 0

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--without", "lokback"], "No safeguard is called 'lokback'. Did you mean lookback?"),
            (["--without", "AS_OFF"], "No safeguard is called 'AS_OFF'. Did you mean as-of?"),
            (["--mutant", "larger stamp"], "No mutant is called 'larger stamp'. Did you mean largest stamp"),
            (["--design", "deltas"], "No design is called 'deltas'. Did you mean delta"),
            (["--design", "x"], "No design is called 'x'. There are delta, monthly slices, "),
        ],
    )
    def test_what_is_not_there_is_refused_with_what_may_be_meant(self, options: list[str], said: str) -> None:
        result = run(*options, CRM_URL="http://127.0.0.1:1/api/v1")
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())

    def test_without_an_address_it_says_how_to_run_it(self) -> None:
        result = run()
        assert result.exit_code == 2
        assert "CRM_URL" in result.stderr
        assert "mockcrm trial -- mockcrm reference-client" in result.stderr

    @pytest.mark.parametrize(
        "options",
        [
            ["--aurinko", "--without", "as-of"],
            ["--aurinko", "--design", "delta"],
            ["--aurinko", "--mutant", "largest stamp"],
            ["--mutant", "aurinko", "--without", "as-of"],
            ["--mutant", "aurinko", "--design", "two filters"],
        ],
        ids=" ".join,
    )
    def test_nothing_can_be_left_out_of_aurinkos_client(self, options: list[str], crm: Crm) -> None:
        result = run(*options, CRM_URL=crm.url)
        assert result.exit_code == 2
        assert "Aurinko's client" in result.stderr
        assert crm.requests.count({}) == 0

    @pytest.mark.parametrize("options", [["--aurinko"], ["--mutant", "aurinko"], ["--aurinko", "--mutant", "aurinko"]])
    def test_aurinkos_client_by_both_names(self, options: list[str], crm: Crm) -> None:
        assert run(*options, CRM_URL=crm.url).exit_code == 0

    @pytest.mark.parametrize(
        "url",
        [
            *("http://[::1", "http://a b/api", "http://a/b c", "http://", "ftp://a", "a", "http://a:b"),
            *("http://a:99999", "http://a..b", f"http://{'a' * 64}/", "http://me@a/", "http://a/\u00e4", "http://a\n/"),
        ],
    )
    def test_what_is_not_an_address_is_refused(self, url: str) -> None:
        result = run("--url", url)
        assert result.exit_code == 2
        assert "is not the address of an API" in result.stderr

    @pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e300"])
    def test_a_wait_that_has_no_end_is_refused(self, seconds: str) -> None:
        result = run("--max-wait", seconds, CRM_URL="http://127.0.0.1:1/api/v1")
        assert result.exit_code == 2
        assert "--max-wait" in result.stderr


DEEP = "[" * 200_000


@pytest.mark.parametrize(
    "text",
    ["5", "null", '"a"', '{"a":1}', "[5]", "[{}]", '[{"create":{}}]', '[{"create":5}]', '[{"edit":{"set":{}}}]', DEEP]
    + ['[{"create":{"set":{}},"delete":{"event":"a"}}]', '[{"drop":{"event":"a"}}]', '[{"delete":{"event":[]}}]']
    + [f"{'[' * 90}{']' * 90}", '[{"create":{"set":{},"as":[]}}]', '[{"delete":{"event":"a","id":5}}]']
    + [f'[{{"create":{{"set":{content}}}}}]' for content in ('{"subject":null}', '{"attendees":5}', '{"allDay":true}')]
    + ['[{"create":{"set":{"startTime":"x"}}}]', '[{"create":{"set":{"attendees":[{"emailAddress":5}]}}}]']
    + ['[{"create":{"set":{"allDay":true,"endTime":"0001-01-01T00:00:00Z"}}}]', '[{"create":{"set":{"endTime":{}}}}]'],
)
def test_what_no_user_does_in_a_mailbox_is_said_in_a_line_and_nothing_is_sent(
    text: str, crm: Crm, tmp_path: Path
) -> None:
    (tmp_path / "mailbox.json").write_text(text)
    result = run(CRM_URL=crm.url, CRM_MAILBOX=str(tmp_path / "mailbox.json"), CRM_STATE=str(tmp_path / "state"))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.exception
    assert "mailbox.json" in result.stderr
    assert crm.requests.count({}) == 0
    assert not (tmp_path / "state").exists()


def test_a_user_who_makes_an_entry_last_all_day_needs_to_say_when_it_ends(crm: Crm, tmp_path: Path) -> None:
    """An edit is judged together with what the entry has already."""
    whole_day = {"edit": {"event": "lunch", "set": {"allDay": True}}}
    made = {"create": {"as": "lunch", "set": {"subject": "Lunch", **TIMES}}}
    (tmp_path / "mailbox.json").write_text(json.dumps([made, whole_day]))
    assert run(CRM_URL=crm.url, CRM_MAILBOX=str(tmp_path / "mailbox.json")).exit_code == 0
    (tmp_path / "mailbox.json").write_text(json.dumps([{"create": {"as": "lunch", "set": {}}}, whole_day]))
    result = run(CRM_URL=crm.url, CRM_MAILBOX=str(tmp_path / "mailbox.json"))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "action 2" in result.stderr


@pytest.mark.parametrize(
    "text",
    ["", "[", "{}", "[]", "5", DEEP, '{"ReferenceClient": {"names": {}}}', '{"SyncState": 1}', f'{{"CrmApi": {DEEP}'],
)
def test_a_state_that_is_none_is_told_from_a_sync_that_failed(text: str, crm: Crm, tmp_path: Path) -> None:
    (tmp_path / "reference-client.json").write_text(text)
    result = run(CRM_URL=crm.url, CRM_STATE=str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "reference-client.json" in result.stderr
    assert (tmp_path / "reference-client.json").read_text() == text


class TestForeignState:
    """A state is checked to its last value before anything is sent."""

    @pytest.fixture
    def state(self, crm: Crm, tmp_path: Path) -> Any:
        """What the client wrote when the CRM had it wait on the second of three pages, after the user's entry."""
        for subject in ("One", "Two", "Three"):
            crm.events.create(subject=subject, attendees=[{"emailAddress": "ann@example.org"}], **TIMES)
        crm.set_dialect(pageSize=1)
        crm.faults.add({"rateLimit": {"requests": 1, "per": "1m", "retryAfter": "seconds"}})
        crm.clock.freeze()
        assert run(CRM_URL=crm.url, CRM_STATE=str(tmp_path)).exit_code == 1
        return json.loads((tmp_path / "reference-client.json").read_text())

    def refused(self, state: Any, crm: Crm, tmp_path: Path) -> bool:
        (tmp_path / "reference-client.json").write_text(json.dumps(state))
        before = crm.requests.count({})
        result = run(CRM_URL=crm.url, CRM_STATE=str(tmp_path))
        said = "reference-client.json is not the state of such a client. To start again, delete the folder.\n"
        if crm.requests.count({}) > before:
            return False
        return result.exit_code == 2 and result.stderr.endswith(said) and result.stderr.count("\n") == 1

    def test_its_own_is_taken(self, state: Any, crm: Crm, tmp_path: Path) -> None:
        assert state["Pager"]["unfinished"]
        assert state["SyncState"]["known"]
        assert not self.refused(state, crm, tmp_path)

    def test_no_value_in_it_may_be_of_another_type(self, state: Any, crm: Crm, tmp_path: Path) -> None:
        taken = []
        for kind, attributes in state.items():
            for name, value in attributes.items():
                changed = {**state, kind: {**attributes, name: {"a": [5]} if isinstance(value, list) else [5]}}
                if not self.refused(changed, crm, tmp_path):
                    taken.append((kind, name))
        assert taken == []

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("CrmApi.headers", 5),
            ("CrmApi.headers", {"X-Client": 5}),
            ("CrmApi.headers", {"X-Client": "a\r\nb"}),
            ("CrmApi.headers", {"X Client:": "a"}),
            ("CrmApi.two_streams", "yes"),
            ("ReferenceClient.tokens", True),
            ("Pager.largest", "yesterday"),
            ("Pager.read_all_at", "yesterday"),
            ("Pager.unfinished.0.path", "/\u00e4"),
            ("Pager.unfinished.0.query", {"since": 5}),
            ("Pager.unfinished.0.pages.0.as_of", "x"),
            ("Pager.unfinished.0.pages.0.rows.0", {}),
            ("Pager.unfinished.0.pages.0.rows.0.lastModifiedAt", 5),
            ("Pager.unfinished.0.pages.0.rows.0.attendees", 5),
            ("Pusher.method", "BREW"),
            ("Pusher.sending", {"m1": 5}),
            ("Pusher.refused", {"m1": "x"}),
            ("SyncState.known.*.content", {"startTime": []}),
            ("SyncState.known.*.item_id", 5),
            ("SyncState.known.*.more", 5),
            ("SyncState.known", {}),
            ("SyncState.aside", {"1": 5}),
            ("MemoryMailbox.items.*.content", {"attendees": [{"emailAddress": 5}]}),
            ("MemoryMailbox.items.*.revision", "1"),
        ],
    )
    def test_nor_may_what_is_within(self, path: str, value: Any, state: Any, crm: Crm, tmp_path: Path) -> None:
        *outer, last = path.split(".")
        place = state
        for each in outer:
            place = place[int(each)] if isinstance(place, list) else place[next(iter(place)) if each == "*" else each]
        place[0 if last == "0" else last] = value
        assert self.refused(state, crm, tmp_path)


def test_no_mailbox_file_and_no_answer_are_said_in_a_line(crm: Crm, tmp_path: Path) -> None:
    missing = run(CRM_URL=crm.url, CRM_MAILBOX=str(tmp_path / "none.json"))
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    nobody = run("--max-wait", "0", CRM_URL="http://127.0.0.1:1/api/v1")
    assert (nobody.exit_code, nobody.stderr.count("\n")) == (1, 1)


def trial(*options: str) -> Result:
    return CliRunner().invoke(main, ["trial", *options[:-1], "--", *COMMAND, "reference-client", *options[-1].split()])


def test_a_trial_of_it_passes(tmp_path: Path) -> None:
    few = ["rate-limit-burst", "split-stream-race", "echo-own-write", "token-expires-mid-sync"]
    result = trial(*(f"--only={each}" for each in few), "--max-wait 1")
    assert result.exit_code == 0, result.output


def test_a_trial_of_a_mutant_fails() -> None:
    assert TARGETS["late-commit-visibility"] == "no lookback"
    result = trial("--only=late-commit-visibility", "--mutant no-lookback")
    assert result.exit_code == 1
    assert "change.outOfReach" in result.stdout


def test_it_starts_without_what_only_a_server_needs() -> None:
    """A trial starts it some 170 times."""
    code = "import sys; from mockcrm.cli.main import main\ntry: main()\nfinally: print(sorted(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", code, "reference-client", "--help"], capture_output=True, text=True, check=True
    )
    loaded: Any = ended.stdout.splitlines()[-1]
    assert not {"flask", "faker", "marshmallow", "yaml", "apispec", "gunicorn"} & {*eval(loaded)}


def test_each_command_stands_under_its_own_name() -> None:
    assert {name: command.name for name, command in main.commands.items()} == {name: name for name in main.commands}
