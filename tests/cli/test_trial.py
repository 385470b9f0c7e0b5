"""`mockcrm trial`: each status brought about by a client made for it."""

import pytest

from mockcrm.journal.journal import Journal
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.trials.play import MOST_REQUESTS
from tests.cli.clients import (
    ASTRAY,
    AWAY,
    CRASHING,
    DEAF,
    ENDLESS,
    FORGETFUL,
    READER,
    REFUSED,
    SECRETIVE,
    SLEEPING,
    program,
)
from tests.cli.trying import HARMFUL, HARMLESS, HAS_MAILBOX, MAY_DROP_THE_EDIT, NEEDS_REPLICA, Trying
from tests.waiting import called, out_of_time

NEVER_WROTE = (
    "The client never wrote in the whole trial, though users changed the calendar on the other side: does it use "
    "CRM_MAILBOX? --no-mailbox says that it does not."
)


def test_a_client_that_loses_nothing_passes(tried: Trying) -> None:
    found = tried(READER)
    assert (found.trial.outcome, found.status, found.why) == ("passed", 0, "")
    assert [sync.number for sync in found.trial.syncs] == [1, 2, 3]


def test_a_client_that_loses_a_change_fails(tried: Trying) -> None:
    found = tried(READER, only=HARMFUL)
    assert (found.trial.outcome, found.status) == ("failed", 1)
    assert "change.outOfReach" in [each["code"] for each in found.trial.findings]


def test_a_copy_that_lacks_what_the_client_was_told_fails(tried: Trying) -> None:
    found = tried(FORGETFUL, only=NEEDS_REPLICA)
    assert (found.trial.outcome, found.status) == ("failed", 1)
    assert any("replica.missing" in failure for failure in found.trial.failures)


def test_a_client_that_crashes_is_said_to_and_its_last_words_are_kept(tried: Trying) -> None:
    found = tried(CRASHING)
    assert (found.trial.outcome, found.status) == ("crashed", 1)
    assert found.trial.reasons[0] == "Its last sync failed: It ended with status 1."
    output = found.trial.syncs[-1].output
    assert "up to here all is well\n" in output
    assert "KeyError: 'records'\n" in output


def test_the_requests_of_the_sync_that_crashed_are_shown_with_what_the_crm_says_of_them(tried: Trying) -> None:
    third = "if os.environ['CRM_SYNC'] == '3': sys.exit(str(ask('GET', '/events?since=yesterday')))\n"
    found = tried([*READER[:-1], READER[-1].replace("from pathlib", third + "from pathlib", 1)])
    assert found.trial.outcome == "crashed"
    (line,) = found.trial.last_requests
    assert line.endswith("GET /api/v1/events?since=yesterday → 400 query.invalid")


def test_of_a_failure_whose_findings_show_its_requests_only_those_that_were_refused_are_shown(tried: Trying) -> None:
    assert tried(READER, only=HARMFUL).trial.last_requests == []
    writes = READER[-1] + "ask('PATCH', '/nothing', {})\n"
    lines = tried([*READER[:-1], writes], only=HARMFUL).trial.last_requests
    assert {line.partition("PATCH")[2] for line in lines} == {" /api/v1/nothing → 404 path.notFound"}


def test_what_a_client_prints_in_a_sync_that_ends_well_is_kept(tried: Trying) -> None:
    found = tried([*READER[:-1], READER[-1] + "print('read', os.environ['CRM_SYNC'])\n"])
    assert [sync.output for sync in found.trial.syncs] == ["read 1\n", "read 2\n", "read 3\n"]
    assert found.trial.last_requests == []


def test_a_client_that_gives_up_once_and_comes_again_has_not_crashed(tried: Trying) -> None:
    once = "import os, sys; os.environ['CRM_SYNC'] == '1' and sys.exit(3)\n"
    command = [*READER[:-1], once + READER[-1]]
    found = tried(command, "--settle", "1")
    assert [sync.end for sync in found.trial.syncs] == ["failed", "done", "done", "done"]
    assert found.trial.outcome == "inconclusive"
    assert "No request came at sync 1." in found.trial.reasons


def test_a_client_that_sleeps_is_stopped_and_the_report_says_what_it_was_doing(
    tried: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of_time(monkeypatch, after=1, once=called(monkeypatch, Journal, "close"))
    found = tried(SLEEPING, "--timeout", "1")
    assert (found.trial.outcome, found.status) == ("stalled", 1)
    assert found.trial.reasons[0].startswith("It was stopped after 1 s. It had sent one request in this sync, GET ")
    assert "/api/v1/events (number 1)." in found.trial.reasons[0]


def test_a_client_that_waits_for_an_answer_that_a_fault_delays_is_a_slow_client(
    tried: Trying, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_of_time(monkeypatch, after=1, once=called(monkeypatch, Sandbox, "pause"))
    waits = program(
        """
        api, place = place, place._replace(path=place.path.removesuffix("/api/v1") + "/admin")
        ask("POST", "/faults", {"name": "a long wait", "effect": {"delay": "1m"}})
        place = api
        ask("GET", "/events")
        """
    )
    found = tried(waits, "--timeout", "1")
    assert (found.trial.outcome, found.status) == ("stalled", 1)
    assert "was under way: the fault rule 'a long wait' delays it." in found.trial.reasons[0]


def test_a_client_that_never_stops_asking_is_stopped(tried: Trying) -> None:
    found = tried(ENDLESS, "--requests", "20")
    assert (found.trial.outcome, found.status) == ("stalled", 1)
    assert found.trial.reasons[0] == "The command was stopped after 20 requests."
    assert "Traceback" in found.trial.syncs[-1].output
    assert len(found.trial.last_requests) == MOST_REQUESTS


def test_a_client_that_goes_on_asking_where_its_connections_break_is_stopped_long_before_the_time_out(
    tried: Trying,
) -> None:
    found = tried(DEAF, "--requests", "5", "--timeout", "600")
    assert (found.trial.outcome, found.status) == ("stalled", 1)
    assert found.trial.seconds < 100
    assert "5 requests" in found.trial.reasons[0]


def test_a_client_that_asks_another_sandbox_is_told_of_its_address(tried: Trying) -> None:
    found = tried(ASTRAY)
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "does the client use CRM_URL?" in found.why
    assert "Meanwhile 3 requests came to the sandbox `default` instead." in found.why


def test_a_client_that_asks_nothing_is_told_of_its_address_alone(tried: Trying) -> None:
    found = tried(AWAY)
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "does the client use CRM_URL?" in found.why
    assert "default" not in found.why


def test_a_client_that_gets_only_refusals_is_not_judged(tried: Trying) -> None:
    found = tried(REFUSED)
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "CRM_URL" not in found.why


def test_a_client_that_shows_no_copy_is_not_judged_by_it(tried: Trying) -> None:
    found = tried(SECRETIVE, only=NEEDS_REPLICA)
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "CRM_REPLICA has none. --no-replica says that it shows none." in found.why
    assert tried(SECRETIVE).trial.outcome == "passed"


def test_a_copy_that_breaks_off_is_not_judged_and_the_reason_says_where(tried: Trying) -> None:
    breaks_off = '\nPath(os.environ[\'CRM_REPLICA\']).write_text(\'{"id": "1001"}\\n{"id": \')\n'
    found = tried([*SECRETIVE[:-1], SECRETIVE[-1] + breaks_off])
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert "The replica cannot be compared: line 2 of the file is not JSON: " in found.why


def test_a_client_that_takes_nothing_from_its_users_is_not_judged_by_what_it_did_not_write(tried: Trying) -> None:
    found = tried(READER, only=MAY_DROP_THE_EDIT)
    assert (found.trial.outcome, found.status) == ("inconclusive", 2)
    assert found.why.startswith("The client wrote nothing in the whole trial, so nobody knows")
    assert [*found.report.notes] == [NEVER_WROTE] if found.report else False


def test_a_client_that_loses_what_its_users_did_is_asked_whether_it_takes_it(tried: Trying) -> None:
    found = tried(READER, only=HAS_MAILBOX)
    assert (found.trial.outcome, found.status) == ("failed", 1)
    title, note, *rest = found.out.split("\n\n")
    assert title.startswith("Trial of ")
    assert " ".join(note.split()) == NEVER_WROTE
    assert "CRM_MAILBOX" not in "".join(rest)


@pytest.mark.parametrize(
    ("option", "hazard"),
    [("--no-mailbox", HAS_MAILBOX), ("--no-writes", HAS_MAILBOX), ("--no-replica", NEEDS_REPLICA)],
)
def test_a_hazard_of_what_the_client_does_not_do_is_not_applicable(tried: Trying, option: str, hazard: str) -> None:
    found = tried(READER, option, only=f"{hazard} {HARMLESS}")
    assert found.report
    assert {each.hazard.name: each.outcome for each in found.report.trials} == {
        hazard: "not applicable",
        HARMLESS: "passed",
    }
    assert found.status == 0
    assert found.report.settings == {option.removeprefix("--"): True}
