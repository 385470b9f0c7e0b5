"""`mockcrm config`: what is in force, where it comes from, and what follows; and what is in the environment in vain."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcrm.cli.main import main
from mockcrm.cli.serve import serve
from tests.processes import run

QUICKSTART = str(Path(__file__).parent.parent.parent / "fixtures" / "quickstart.yaml")
TOKEN = "s3cret-0f-mine"


def config(*options: str, **env: str) -> Result:
    return CliRunner().invoke(main, ["config", *options], env=env)


def payload(*options: str, **env: str) -> Any:
    """The same for programs."""
    return json.loads(config("--json", *options, **env).stdout)


def test_every_option_of_serve_is_told_with_its_default() -> None:
    found = payload()["options"]
    assert [f"--{name}" for name in found] == [param.opts[0] for param in serve.params]
    assert {each["source"] for each in found.values()} == {"default"}
    assert {name: each["value"] for name, each in found.items() if each["value"] not in (None, [], False)} == {
        "host": "127.0.0.1",
        "port": 8080,
        "count": 150,
        "max-body": 1024 * 1024,
        "read-timeout": 30.0,
        "server": "gunicorn",
        "max-sandboxes": 1000,
        "max-memory": 4 * 1024**3,
        "journal": 10_000,
        "log": "none",
    }


def test_the_command_line_goes_before_the_environment_and_that_before_defaults() -> None:
    found = payload("--port", "1", "--allowed-host", "a", "--allowed-host", "b", MOCKCRM_PORT="2", MOCKCRM_COUNT="3")
    port, count, journal = (found["options"][name] for name in ("port", "count", "journal"))
    assert port == {"value": 1, "source": "command line", "variable": "MOCKCRM_PORT"}
    assert count == {"value": 3, "source": "environment", "variable": "MOCKCRM_COUNT"}
    assert journal == {"value": 10_000, "source": "default", "variable": "MOCKCRM_JOURNAL"}
    assert found["options"]["allowed-host"]["value"] == ["a", "b"]


def test_people_get_a_line_for_each_option() -> None:
    lines = config("--frozen-at", "2026-03-02T10:00:00+01:00", "--open-admin", MOCKCRM_HOST="::1").stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["--host", "::1", "MOCKCRM_HOST"],
        ["--port", "8080", "default"],
        ["--load", "not", "set", "default"],
    ]
    assert "--frozen-at      2026-03-02T09:00:00.000Z  command line" in lines
    assert "--open-admin     yes                       command line" in lines
    assert lines[-2:] == [
        "The start: 0 events and 150 invented, the clock frozen at 2026-03-02T09:00:00.000Z, seed 0, dialect plain.",
        "The controls: open.",
    ]


def test_an_empty_variable_is_none() -> None:
    assert payload(MOCKCRM_PORT="")["options"]["port"]["source"] == "default"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(("options", "env"), [(("--admin-token", TOKEN), {}), ((), {"MOCKCRM_ADMIN_TOKEN": TOKEN})])
def test_the_admin_token_is_never_told(form: str, options: tuple[str, ...], env: dict[str, str]) -> None:
    result = config("--format", form, *options, **env)
    assert (result.exit_code, "set" in result.stdout) == (0, True)
    assert TOKEN[:3] not in result.output


def test_nor_is_one_that_is_refused_or_misspelt() -> None:
    refused, misspelt = config(MOCKCRM_ADMIN_TOKEN=f"{TOKEN} "), config(MOCKCRM_ADMIN_TOKNE=TOKEN)
    assert (refused.exit_code, "A token has" in refused.stderr) == (2, True)
    assert "MOCKCRM_ADMIN_TOKNE" in misspelt.stderr
    assert TOKEN[:3] not in refused.output + misspelt.output


@pytest.mark.parametrize(
    ("options", "mode", "words"),
    [
        ((), "open", "open"),
        (("--host", "0.0.0.0"), "shut", "shut off loopback: start with --admin-token or --open-admin"),
        (("--host", "0.0.0.0", "--open-admin"), "open", "open"),
        (("--host", "0.0.0.0", "--admin-token", TOKEN), "token", "with the admin token"),
        (("--open-admin", "--admin-token", TOKEN), "token", "with the admin token"),
    ],
)
def test_it_says_who_may_use_the_controls(options: tuple[str, ...], mode: str, words: str) -> None:
    assert payload(*options)["controls"] == mode
    assert f"The controls: {words}.\n" in config(*options).stdout


def test_it_says_what_the_crm_starts_with() -> None:
    assert payload()["start"] == {
        "kind": "scenario",
        "events": 0,
        "records": {},
        "invented": 150,
        "steps": 0,
        "now": None,
        "mode": "running",
        "seed": 0,
        "dialect": "plain",
    }
    assert payload("--load", QUICKSTART)["options"]["count"] == {
        "value": 0,
        "source": "default",
        "variable": "MOCKCRM_COUNT",
    }
    assert payload("--load", QUICKSTART, "--count", "5", "--dialect", "google", "--seed", "1")["start"] == {
        "kind": "scenario",
        "events": 3,
        "records": {"event": 3},
        "invented": 45,
        "steps": 0,
        "now": "2026-03-02T09:00:00.000Z",
        "mode": "frozen",
        "seed": 1,
        "dialect": "google",
    }


def test_nothing_listens_and_a_port_in_use_is_nobody_s_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        monkeypatch.delattr(socket, "socket")
        assert payload("--port", port)["options"]["port"]["value"] == int(port)


KEEPS = """
dialect: {unknownFields: keep}
events:
  - {startTime: 2026-01-06T09:00:00Z, endTime: 2026-01-06T10:00:00Z, colour: red}
"""


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "99999"),
        ("--dialect", "klingon"),
        ("--frozen-at", "yesterday"),
        ("--load", "no/such/file.yaml"),
        ("--load", "keeps.yaml", "--dialect", "plain"),
    ],
)
def test_what_serve_refuses_is_refused_in_the_same_words(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keeps.yaml").write_text(KEEPS)
    monkeypatch.chdir(tmp_path)
    found, wanted = config(*options), run("serve", *options, env={"MOCKCRM_PORT": "0"})
    assert (found.exit_code, found.stderr.splitlines()[-1]) == (wanted.returncode, wanted.stderr.splitlines()[-1])
    assert found.exit_code != 0
    assert "Error: " in found.stderr


def test_a_variable_that_no_option_has_is_told() -> None:
    known = {"MOCKCRM_URL": "http://127.0.0.1:1", "MOCKCRM_REQUIRE_CONSOLE": "1"}
    env = {"MOCKCRM_PROT": "9000", "MOCKCRM_COLOUR": "red", **known}
    expected = [
        "MOCKCRM_COLOUR has no effect: no option uses it.",
        "MOCKCRM_PROT has no effect: no option uses it. Did you mean MOCKCRM_PORT?",
    ]
    assert config(**env).stderr.splitlines() == expected
    assert payload(**env)["warnings"] == expected
    served = run("serve", "--load", "no/such/file.yaml", env=env)
    assert served.stderr.splitlines()[:2] == expected


@pytest.mark.parametrize(("workers", "count"), [("4", 1), ("many", 1), ("1", 0)])
def test_workers_that_there_will_not_be_are_told(workers: str, count: int) -> None:
    assert len(payload(WEB_CONCURRENCY=workers)["warnings"]) == count


def test_what_is_no_text_in_the_environment_is_told_all_the_same() -> None:
    odd = {"MOCKCRM_\udcff": "1", "WEB_CONCURRENCY": "\udcff"}
    warnings = payload(**odd)["warnings"]
    assert [warning.partition(" has no")[0] for warning in warnings] == ["MOCKCRM_\ufffd", "WEB_CONCURRENCY=\ufffd"]


@pytest.mark.parametrize(
    ("told_so", "size"),
    [("1048576", 1048576), ("500MB", 500_000_000), ("2GiB", 2 * 1024**3), ("2 gib", 2 * 1024**3), ("1b", 1)],
)
def test_memory_is_told_in_bytes_or_in_units(told_so: str, size: int) -> None:
    assert payload("--max-memory", told_so)["options"]["max-memory"]["value"] == size
    assert payload(MOCKCRM_MAX_MEMORY=told_so)["options"]["max-memory"]["value"] == size


@pytest.mark.parametrize("told_so", ["0", "-1", "2 bananas", "1.5GiB", "", "GiB", "9" * 20, "\uff12GB"])
def test_what_is_no_size_is_refused(told_so: str) -> None:
    refused = run("config", "--max-memory", told_so)
    assert (refused.returncode, "is not a number of bytes" in refused.stderr) == (2, True)


def test_a_start_that_is_larger_than_memory_may_be_is_refused() -> None:
    refused = run("serve", "--port", "0", "--count", "1000", "--max-memory", "1MB")
    assert (refused.returncode, "--max-memory" in refused.stderr) == (1, True)


@pytest.mark.parametrize("option", ["--seed", "--max-body", "--max-sandboxes", "--journal"])
def test_a_number_that_no_program_reads_is_refused(option: str) -> None:
    refused = run("config", "--json", option, str(2**63))
    assert (refused.returncode, "is not in the range" in refused.stderr) == (2, True)


# What is masked


def test_names_that_are_masked_are_in_force_wherever_they_come_from() -> None:
    assert payload("--mask", "X-Tenant", "--mask", "tenant")["options"]["mask"]["value"] == ["X-Tenant", "tenant"]
    found = payload(MOCKCRM_MASK="X-Tenant tenant")["options"]["mask"]
    assert found == {"value": ["X-Tenant", "tenant"], "source": "environment", "variable": "MOCKCRM_MASK"}


@pytest.mark.parametrize("command", ["config", "serve"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "cannot be the name of a header or a parameter"),
        ("X-Tenant: ", "cannot be the name of a header or a parameter"),
        ("X-*", "cannot be the name of a header or a parameter"),
        ("pageToken", "pageToken is a name of the API itself, and is never masked."),
        ("if_match", "if_match is a name of the API itself, and is never masked."),
        ("X-Mockcrm-Client", "X-Mockcrm-Client is a name of the API itself"),
    ],
)
def test_a_name_that_cannot_be_masked_is_refused(command: str, name: str, why: str) -> None:
    result = CliRunner().invoke(main, [command, "--port", "0", "--mask", name])
    assert result.exit_code == 2
    assert "Invalid value for '--mask'" in result.stderr
    assert why in " ".join(result.stderr.split())


class TestWhatItStartsFrom:
    def test_a_shipped_scenario_is_named_by_option_or_variable(self) -> None:
        by_option, by_variable = payload("--scenario", "token-loop"), payload(MOCKCRM_SCENARIO="token-loop")
        assert by_option["options"]["scenario"] == {
            "value": "token-loop",
            "source": "command line",
            "variable": "MOCKCRM_SCENARIO",
        }
        assert by_variable["options"]["scenario"]["source"] == "environment"
        assert by_option["start"] == by_variable["start"] == payload("--load", "token-loop")["start"]
        assert (by_option["options"]["count"]["value"], by_option["start"]["invented"]) == (0, 0)

    def test_a_file_of_the_same_name_does_not_count(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "token-loop").write_text("title: My own", encoding="utf-8")
        assert payload("--scenario", "token-loop")["start"]["steps"] > 0
        assert payload("--load", "token-loop")["start"]["steps"] == 0

    @pytest.mark.parametrize("more", [{}, {"MOCKCRM_SCENARIO": "token-loop"}])
    def test_there_is_only_one_start(self, more: dict[str, str]) -> None:
        refused = config("--load", QUICKSTART, *([] if more else ["--scenario", "token-loop"]), **more)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "Give either --load or --scenario" in refused.stderr

    def test_for_an_unknown_scenario_the_nearest_is_named(self) -> None:
        refused = config("--scenario", "token-lop")
        assert refused.exit_code == 2
        assert "There is no scenario 'token-lop'. Did you mean token-loop?" in refused.stderr
        assert "`mockcrm scenario list` lists all." in refused.stderr

    def test_for_an_unknown_file_the_nearest_scenario_is_named(self) -> None:
        refused = config("--load", "token-lop")
        assert refused.exit_code == 1
        assert refused.stderr == "Error: There is no file and no scenario 'token-lop'. Did you mean token-loop?\n"
        assert config("--load", "nowhere/at-all.yaml").stderr.startswith("Error: nowhere/at-all.yaml:1: Cannot be read")

    def test_for_an_unknown_dialect_the_nearest_is_named(self) -> None:
        refused = config("--dialect", "gogle")
        assert refused.exit_code == 2
        assert "'salesforce'. Did you mean google?" in refused.stderr
