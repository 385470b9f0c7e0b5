"""`mockcrm trial`: what its options change, and what it says of those that make no sense."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask

from mockcrm import Access, connect, create_app, serving
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.random_trials import careful_client
from mockcrm.trials.slow_sync import requests_under_way
from mockcrm.trials.suite import Suite, TrialSettings, own_server
from tests.cli.clients import CRASHING, READER, plain, program
from tests.cli.trying import HARMFUL, HARMLESS, Trying
from tests.forking import PATIENCE
from tests.waiting import out_of_time


def test_only_the_report_goes_to_standard_output(tried: Trying) -> None:
    found = tried(READER, only=f"{HARMLESS} {HARMFUL}")
    assert f"{HARMFUL} failed" in found.err
    assert "2 of 2 hazards in" in found.err
    assert "2 of 2" not in found.out
    assert "\r" not in found.err
    assert "\x1b" not in found.err


def test_the_words_of_only_choose_any_of_them_in_the_order_of_the_catalogue(tried: Trying) -> None:
    found = tried(plain(""), only="transport token-loop")
    assert found.report
    assert [each.hazard.name for each in found.report.trials] == [
        each.name for each in hazards() if each.group == "transport" or each.name == "token-loop"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "token-lop"], "Did you mean token-loop?"),
        (["--timeout", "0"], "--timeout"),
        (["--timeout", "nan"], "--timeout"),
        (["--requests", "0"], "--requests"),
        (["--settle", "-1"], "--settle"),
        (["--jobs", "0"], "--jobs"),
        (["--dialect", "klingon"], "'plain'"),
        (["--seed", "x"], "--seed"),
        (["--format", "pdf"], "--format"),
        (["--out", "no/such/folder/report.html"], "There is no folder"),
        (["--known", "no-such-file"], "no-such-file cannot be read: No such file or directory."),
        (["--fail-fastt"], "--fail-fast"),
        (["--url", "localhost"], "is not the address of a server"),
        (["--url", "http://127.0.0.1:9"], "Is a server running there?"),
    ],
)
def test_options_without_sense_are_refused_before_anything_runs(tried: Trying, options: list[str], said: str) -> None:
    found = tried(plain(""), *options)
    assert (found.status, found.out, found.report) == (2, "", None)
    assert said in found.err


def test_a_command_is_needed(tried: Trying) -> None:
    found = tried([])
    assert (found.status, found.out) == (2, "")
    assert "COMMAND" in found.err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-program", "'no-such-program' cannot be run: No such file or directory."),
        ("node sync.mjs", "its words are to be arguments of their own."),
        ("/", "'/' cannot be run: Permission denied."),
        ("{state}", "cannot be run: Permission denied."),
    ],
)
def test_a_command_that_cannot_be_run_ends_the_whole_trial_with_a_sentence(
    tried: Trying, command: str, said: str
) -> None:
    found = tried([command], only="paging")
    assert (found.status, found.out, found.report) == (2, "", None)
    assert said in found.err
    assert len(found.err.splitlines()) == 1


def test_words_after_the_command_are_the_commands(tried: Trying) -> None:
    found = tried(
        [*plain("import sys; sys.exit(' '.join(sys.argv[1:]))"), "--only", "{sync}", "{url", "{{sync}}", "{}"]
    )
    assert found.trial.syncs[1].output == "--only 2 {url {2} {}\n"


def test_placeholders_and_variables_say_the_same(tried: Trying) -> None:
    code = """
    import os, sys
    names = ["URL", "STATE", "SYNC", "MAILBOX", "REPLICA"]
    same = sys.argv[1:] == [os.environ["CRM_" + name] for name in names]
    print(same, os.environ["CRM_URL"].endswith("/api/v1"), os.listdir(sys.argv[2]))
    sys.exit(1)
    """
    found = tried([*plain(code), "{url}", "{state}", "{sync}", "{mailbox}", "{replica}"])
    assert {sync.output for sync in found.trial.syncs} == {"True True []\n"}


def test_a_known_failure_fails_nothing_and_a_new_one_does(tried: Trying, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text(f"# Until offsets are gone:\n\n  {HARMFUL}  # issue 12\n")
    assert tried(READER, "--known", str(known), only=HARMFUL).status == 0
    assert tried(CRASHING, "--known", str(known)).status == 1


def test_a_known_failure_that_is_mended_is_said_to_be(tried: Trying, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text(HARMLESS)
    found = tried(READER, "--known", str(known))
    assert found.status == 0
    assert found.report
    assert [each.hazard.name for each in found.report.mended] == [HARMLESS]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"token-loop\ntoken-lop\n", "line 2: no hazard is called 'token-lop'. Did you mean token-loop?"),
        (b"paging\n", "line 1: no hazard is called 'paging'."),
        (b"\xff\n", "is not UTF-8."),
        (b"#" * (1024 * 1024 + 1), "is larger than 1,048,576 bytes."),
    ],
)
def test_mistakes_in_the_file_of_known_failures_are_said_with_their_line(
    tried: Trying, tmp_path: Path, content: bytes, said: str
) -> None:
    known = tmp_path / "known.txt"
    known.write_bytes(content)
    found = tried(READER, "--known", str(known))
    assert (found.status, found.report) == (2, None)
    assert f"{known}, {said}" in found.err or f"{known} {said}" in found.err


def test_fail_fast_leaves_the_rest_out(tried: Trying) -> None:
    found = tried(CRASHING, "--fail-fast", only="paging")
    assert found.report
    assert (len(found.report.trials), len(found.report.unplayed), found.status) == (1, 9, 1)


def test_fail_fast_goes_on_after_a_known_failure(tried: Trying, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text(HARMFUL)
    found = tried(READER, "--fail-fast", "--known", str(known), only=f"{HARMFUL} {HARMLESS}")
    assert found.report
    assert (len(found.report.trials), found.status) == (2, 0)


def test_fail_fast_ends_the_commands_that_still_run(tried: Trying) -> None:
    code = """
    import time
    own = os.environ["CRM_STATE"]
    try:
        open(own + "/../../taken", "x").close()
        open(own + "/failing", "x").close()
    except FileExistsError:
        pass
    if not os.path.exists(own + "/failing"):
        time.sleep(3600)
    sys.exit(1)
    """
    found = tried(program(code), "--fail-fast", "--jobs", "2", only="paging")
    assert found.report
    assert (len(found.report.trials), found.status) == (1, 1)
    assert found.report.seconds < 20


def test_dialect_seed_and_settle_are_in_the_report(tried: Trying) -> None:
    options = ["--dialect", "google", "--seed", "5", "--settle", "2", "--timeout", "20", "--requests", "50"]
    found = tried(READER, *options)
    assert found.report
    assert found.report.settings == {"dialect": "google", "seed": 5, "settle": 2, "timeout": 20.0, "requests": 50}
    assert [sync.settling for sync in found.trial.syncs] == [False, False, False, True, True]


@pytest.mark.parametrize("dialect", ["dynamics", "graph", "salesforce"])
def test_a_hazard_that_a_dialect_cannot_have_is_not_applicable(tried: Trying, dialect: str) -> None:
    found = tried(plain(""), "--dialect", dialect, only=f"contact-merged {HARMLESS}")
    assert found.report
    there_too, (impossible,) = [
        [each for each in found.report.trials if (each.outcome == "not applicable") is wanted]
        for wanted in (False, True)
    ]
    assert impossible.hazard.name == "contact-merged"
    assert impossible.reasons[0].startswith(f"This hazard does not exist in the dialect {dialect}: steps[")
    assert [each.hazard.name for each in there_too] == [HARMLESS]


@pytest.mark.parametrize("dialect", [None, "graph"])
def test_a_mistake_in_a_scenario_is_no_matter_of_the_dialect(dialect: str | None) -> None:
    mistaken = Hazard("mistaken", own_document={"steps": ["sink"]})
    with own_server() as server:
        trial = Suite(server, careful_client, TrialSettings(dialect=dialect)).play(mistaken)
    assert trial
    assert trial.outcome == "inconclusive"
    assert trial.reasons[0].startswith("It could not be played")


def test_the_crm_speaks_the_dialect_as_far_as_the_hazard_needs_no_other_and_its_chance_has_the_seed(
    tried: Trying,
) -> None:
    code = """
    place = place._replace(path=place.path.removesuffix("/api/v1") + "/admin")
    dialect = ask("GET", "/dialect")[1]
    sys.exit(f"{dialect['deletions']} {dialect['pageSize']} {ask('GET', '/snapshot')[1]['chance'][-60:]}")
    """
    first, second, other = (
        {sync.output for sync in tried(program(code), "--dialect", "hubspot", "--seed", seed, only=HARMFUL).trial.syncs}
        for seed in ("77", "77", "78")
    )
    assert all(output.startswith("endpoint 2 ") for output in first)
    assert first == second
    assert first != other


def test_a_server_elsewhere_is_used_and_left_as_it_was(tried: Trying) -> None:
    app = create_app()
    with serving(app) as url:
        found = tried(READER, "--url", url)
        assert (found.trial.outcome, found.status) == ("passed", 0)
        assert connect(url).ask("GET", "/sandboxes")["length"] == 1
    assert found.report
    assert found.report.settings == {"url": url}


def test_a_server_that_asks_for_a_token_gets_it_and_nobody_else(tried: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKCRM_ADMIN_TOKEN", "hush-hush")
    tells = program("print(dict(os.environ), sys.argv); sys.exit(1)")
    with serving(create_app(access=Access(token="hush-hush"))) as url:
        found = tried(tells, "--url", url)
        assert found.trial.outcome == "crashed"
        assert "CRM_URL" in found.trial.syncs[-1].output
        refused = tried(READER, "--url", url, "--admin-token", "wrong")
    assert (refused.status, "401" in refused.err) == (2, True)
    assert "hush-hush" not in f"{found.report}{found.out}{found.err}{refused.err}"


def test_a_server_that_is_something_else_is_said_to_be(tried: Trying) -> None:
    app = Flask("other")
    app.add_url_rule("/<path:path>", view_func=lambda path: {"hello": path})
    with serving(app) as url:
        found = tried(READER, "--url", url)
    assert (found.status, found.report) == (2, None)
    assert "is not mockcrm." in found.err


def test_a_busy_server_is_told_from_a_slow_client(tried: Trying, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app()
    asked, looked, never = Event(), Event(), Event()
    view = app.view_functions["api.list_events"]

    def busy(*arguments: Any, **more: Any) -> Any:
        asked.set()
        looked.wait(PATIENCE)
        never.wait(0.8)
        return view(*arguments, **more)

    def under_way(*arguments: Any) -> set[int]:
        found = requests_under_way(*arguments)
        looked.set()
        return found

    # All applications of this process share their views.
    monkeypatch.setitem(app.view_functions, "api.list_events", busy)
    monkeypatch.setattr("mockcrm.trials.command.requests_under_way", under_way)
    out_of_time(monkeypatch, after=1, once=asked)
    with serving(app) as url:
        found = tried(READER, "--url", url, "--timeout", "1")
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "the server is busy, and nothing can be said of the client" in found.trial.reasons[0]


def test_several_hazards_are_played_at_a_time(tried: Trying) -> None:
    waits_for_another = """
    import time
    own = os.path.dirname(os.environ["CRM_STATE"])
    open(own + "-is-here", "w").close()
    while sum(each.endswith("-is-here") for each in os.listdir(own + "/..")) < 2:
        time.sleep(0.01)
    ask("GET", "/events")
    """
    found = tried(program(waits_for_another), "--jobs", "2", only=f"{HARMFUL} {HARMLESS}")
    assert found.report
    assert [each.syncs[0].end for each in found.report.trials] == ["done", "done"]
