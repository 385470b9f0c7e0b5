"""The pytest plugin, in test runs of its own: what a test gets, and what a failure says."""

import re
from pathlib import Path

import pytest

from mockcrm import connect, create_app, serving

# Imported here, for a test run within this one would take it away again.
from mockcrm.pytest_plugin import failure_report
from mockcrm.web.certificates import made_for
from tests.processes import run

pytest_plugins = ["pytester"]

SYNC = """
import json, urllib.request

def ask(url, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
"""


@pytest.fixture
def tests(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(sync=SYNC)
    return pytester


def test_each_test_has_a_crm_of_its_own(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest
        from sync import ask

        names = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_empty(crm, turn):
            assert ask(f"{crm.url}/events")["length"] == 0
            crm.events.create(startTime="2026-01-05T09:00:00Z", endTime="2026-01-05T10:00:00Z")
            names.append(crm.name)
            assert len(set(names)) == turn

        @pytest.mark.mockcrm(scenario="quickstart", dialect="google", at="2026-03-05T09:00:00Z")
        def test_quickstart(crm):
            assert crm.dialect()["name"] == "google"
            assert crm.clock.get()["mode"] == "frozen"
            assert crm.events.get("kickoff")["subject"] == "Kickoff with Acme"

        @pytest.mark.mockcrm("quickstart")
        def test_the_scenario_alone(crm, make_crm):
            assert len(crm.events.all()) == len(make_crm("quickstart").events.all()) == 43

        @pytest.mark.mockcrm(count=7, seed=3)
        def test_seeded(crm, make_crm):
            other = make_crm(count=7, seed=3)
            subjects = [[event["subject"] for event in each.events.all()] for each in (crm, other)]
            assert subjects[0] == subjects[1]
            assert len(other.events.all()) == 7
            assert make_crm(dialect={"pageSize": 5}).dialect()["pageSize"] == 5
    """)
    result = tests.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=5)


def test_a_fixture_file_or_a_scenario_told_in_full(tests: pytest.Pytester) -> None:
    (tests.path / "one.yaml").write_text(
        "events:\n  - {startTime: 2026-01-05T09:00:00Z, endTime: 2026-01-05T10:00:00Z}\n"
    )
    tests.makepyfile("""
        import pathlib, pytest

        TIMES = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}

        @pytest.mark.parametrize("scenario", ["one.yaml", pathlib.Path("one.yaml"), {"events": [TIMES]}])
        def test_one(make_crm, scenario):
            assert len(make_crm(scenario=scenario).events.all()) == 1

        def test_no_such_option(make_crm):
            with pytest.raises(TypeError, match="No such option: scenarios. The options are"):
                make_crm(scenarios=3)
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=4)


def test_a_failure_says_what_the_crm_knows(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest
        from sync import ask

        @pytest.mark.mockcrm(scenario="quickstart")
        def test_sync(crm):
            rows = ask(f"{crm.url}/events")["records"]
            crm.events.edit("kickoff", location="Room 7")
            ask(f"{crm.url}/events/1001", "PATCH", {"location": "Room 2"})
            crm.assert_in_sync(rows[1:])
    """)
    result = tests.runpytest_inprocess("-p", "no:cacheprovider", "-vv")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *Not in sync: replica.missing, overwrite.blind.",
            "E *error overwrite.blind ?concurrent-lost-update?: *",
            'E *Request 2 set location from "Room 7" to "Room 2",*',
            "E *error replica.missing: “Kickoff with Acme” is not in the replica (event 1001)",
            "*- mockcrm sandbox-*: requests -*",
            "   1  2026-03-02T09:00:00.000Z  GET /api/v1/events → 200: 43 rows",
            '   2  2026-03-02T09:00:00.001Z  PATCH /api/v1/events/1001 {"location": "Room 2"} → 200',
            "*- mockcrm sandbox-*: changes since the start -*",
            '*145  2026-03-02T09:00:00.001Z  event 1001 updated by a colleague: location "Room Turing" → "Room 7"',
            '*146  2026-03-02T09:00:00.002Z  event 1001 updated by request 2: location "Room 7" → "Room 2"',
            "*- mockcrm sandbox-*: replay -*",
        ],
        consecutive=False,
    )
    result.stdout.no_fnmatch_line("*event 1043 created*")
    (file,) = re.findall(r"^mockcrm replay (.*\.json)$", result.stdout.str(), re.MULTILINE)
    replayed = run("replay", file)
    assert (replayed.returncode, "overwrite.blind" in replayed.stdout) == (0, True)
    assert replayed.stdout.endswith("The verdict is the same as in the file.\n")


def test_a_failure_shows_the_line_of_the_test_and_says_nothing_twice(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        from sync import ask

        def test_sync(crm):
            ask(f"{crm.url}/events")
            crm.events.create(key="call", startTime="2026-01-05T09:00:00Z", endTime="2026-01-05T10:00:00Z")
            ask(f"{crm.url}/events")
            crm.events.edit("call", location="Room 7")
            ask(f"{crm.url}/events/1001", "PATCH", {"location": "Room 2"})
            crm.assert_clean()

        def test_typo(crm):
            crm.events.edit("cal", location="Room 7")
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider").stdout
    payload.fnmatch_lines(
        ["E *AssertionError: Failed: overwrite.blind.", "E *Refused: 404 event.notFound: There is no*"]
    )
    payload.no_fnmatch_line("*mockcrm/client/*")
    assert payload.str().count("error overwrite.blind") == 1
    assert payload.str().count(": audit -") == 1


def test_a_fixture_that_fails_says_what_the_crm_knows(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest
        from sync import ask

        @pytest.fixture
        def client(crm):
            crm.faults.add({"status": 503}, name="down")
            ask(f"{crm.url}/events?since=2026-03-02T09%3A00%3A00%2B01:00")

        def test_it(client):
            pass
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").stdout.fnmatch_lines(
        [
            "E *HTTPError*",
            "*- mockcrm sandbox-*: requests -*",
            "*GET /api/v1/events?since=2026-03-02T09:00:00+01:00 → 503 (down)",
        ]
    )


def test_a_mistake_in_a_marker_is_named(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        @pytest.mark.mockcrm(scenario="late-commit")
        def test_scenario(crm):
            pass

        @pytest.mark.mockcrm(scenarios="quickstart")
        def test_option(crm):
            pass
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider").stdout
    payload.fnmatch_lines(
        [
            "E *Refused: 404 scenario.notFound: *'late-commit'. Did you mean late-commit-visibility? *",
            "E *TypeError: No such option: scenarios. The options are scenario, dialect, seed, count, at.",
        ]
    )
    payload.no_fnmatch_line("*pytest_plugin*")


def test_a_server_that_runs_elsewhere_is_used_and_left_as_it_was(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        def test_it(crm, mockcrm_server):
            crm.seed(3)
            assert crm.url.startswith(mockcrm_server)
            print("SERVER", mockcrm_server)
    """)
    with serving(create_app()) as url:
        result = tests.runpytest_inprocess("-p", "no:cacheprovider", "-s", "--mockcrm-url", url)
        assert [each["name"] for each in connect(url).ask("GET", "/sandboxes")["sandboxes"]] == ["default"]
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*SERVER {url}"])


def test_a_server_over_tls_is_used_with_the_file_of_its_ca(tests: pytest.Pytester, tmp_path: Path) -> None:
    tests.makepyfile("def test_it(crm): assert crm.url.startswith('https://') and crm.seed(3)")
    certificate, ca = made_for(["127.0.0.1"]), tmp_path / "ca.pem"
    ca.write_bytes(certificate.ca)
    with serving(create_app(), tls=certificate.context) as url:
        options = ("--mockcrm-url", url, "--mockcrm-ca", str(ca))
        tests.runpytest_inprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=1)


def test_web_pages_of_an_origin_may_call_the_server_that_is_started(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        from urllib.request import Request, urlopen

        def test_it(crm):
            answer = urlopen(Request(f"{crm.url}/events", headers={"Origin": "http://localhost:3000"}))
            assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    """)
    options = ("-p", "no:cacheprovider", "--mockcrm-cors")
    tests.runpytest_inprocess(*options, "http://localhost:3000").assert_outcomes(passed=1)
    refused = tests.runpytest_inprocess(*options, "http://localhost:3000/")
    refused.stdout.fnmatch_lines(["*--mockcrm-cors: *Did you mean http://localhost:3000?*"])


def test_a_proxy_that_swallowed_all_requests_is_pointed_out(
    tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    tests.makepyfile("""
        from urllib.request import build_opener

        def test_swallowed(crm):
            build_opener().open(f"{crm.url}/events")

        def test_arrived(crm, monkeypatch):
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            build_opener().open(f"{crm.url}/events")
            monkeypatch.delenv("NO_PROXY")
            assert False
    """)
    result = tests.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=2)
    hint = "none. HTTP_PROXY is set: * Set NO_PROXY=127.0.0.1."
    result.stdout.fnmatch_lines(["*: requests -*", hint, "*test_arrived*", "*: requests -*", "*GET /api/v1/events*"])
    assert result.stdout.str().count("NO_PROXY=127.0.0.1.") == 1


def test_a_failure_still_reports_when_the_server_has_gone(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        from mockcrm.client.transport import over_http

        def test_it(crm):
            crm._admin.connection._send = over_http("http://127.0.0.1:9", 1)
            raise AssertionError("mine")
    """)
    result = tests.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["E *mine", "*- mockcrm sandbox-*", "*Connection refused*"])


def test_a_call_that_nobody_answers_shows_the_line_of_the_test_alone(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import mockcrm

        def test_it():
            mockcrm.connect("http://127.0.0.1:9").clock.get()
    """)
    result = tests.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        ["E *NoAnswer: No answer from http://127.0.0.1:9 to GET /*/admin/clock: ConnectionRefusedError*"]
    )
    result.stdout.no_fnmatch_line("*mockcrm/client/*")
    result.stdout.no_fnmatch_line("*wsgi.py*")
    result.stdout.no_fnmatch_line("*socket.py*")


def test_each_worker_has_a_server_of_its_own(tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each worker would load all the plugins that are installed here, which takes most of the time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    tests.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(crm, number):
            crm.seed(2)
            assert len(crm.events.all()) == 2
    """)
    plugins = ("-p", "xdist", "-p", "mockcrm.pytest_plugin")
    tests.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", "-n", "2").assert_outcomes(passed=4)


def test_async_tests_get_it_too(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import asyncio

        def test_it(crm):
            async def main():
                return await asyncio.to_thread(lambda: crm.seed(2)["events"])
            assert asyncio.run(main()) == 2
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_who_asks_for_none_waits_for_nothing(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import sys

        def test_it():
            assert not {name for name in sys.modules if name.startswith("mockcrm.")} - {"mockcrm.pytest_plugin"}
    """)
    tests.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_marker_adds_to_that_of_its_class(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        @pytest.mark.mockcrm("quickstart", dialect="google")
        class TestIt:
            @pytest.mark.mockcrm(dialect="hubspot")
            def test_nearer(self, crm):
                assert (len(crm.events.all()), crm.dialect()["name"]) == (43, "hubspot")

            @pytest.mark.mockcrm(scenario=None)
            def test_none(self, crm):
                assert (len(crm.events.all()), crm.dialect()["name"]) == (0, "google")
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_whatever_a_test_does_its_report_is_made_and_the_run_goes_on(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import socket, pytest
        from sync import ask

        class Mute(Exception):
            def __str__(self):
                raise ValueError("no text")

        def test_mute(crm):
            ask(f"{crm.url}/events")
            raise Mute

        @pytest.mark.parametrize("guard", [None, lambda *_, **__: pytest.fail("no network here")])
        def test_no_socket(crm, monkeypatch, guard):
            monkeypatch.setattr(socket, "socket", guard)
            assert False

        def test_no_json(crm, monkeypatch):
            monkeypatch.setattr("json.dumps", None)
            assert False

        def test_the_last(crm):
            pass
    """)
    with serving(create_app()) as url:
        result = tests.runpytest_inprocess("-p", "no:cacheprovider", "--mockcrm-url", url)
    result.assert_outcomes(failed=4, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*- mockcrm sandbox-*: requests -*",
            "   1 *GET /api/v1/events → 200: nothing",
            "*- mockcrm sandbox-*",
            "*TypeError*",
            "*- mockcrm sandbox-*",
            "Failed: no network here",
            "*- mockcrm sandbox-*",
            "TypeError: 'NoneType' object is not callable",
        ]
    )


def test_without_temporary_folders_there_is_no_file(tests: pytest.Pytester) -> None:
    tests.makepyfile("def test_it(crm):\n    assert False")
    result = tests.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:tmpdir", "-p", "no:pytester")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*: replay -*", "No file: pytest has no temporary folders (-p no:tmpdir).*"])


def test_what_clients_and_colleagues_say_makes_no_line_of_the_report(tests: pytest.Pytester) -> None:
    tests.makepyfile(r"""
        import urllib.error, urllib.parse, urllib.request
        from sync import ask

        def test_it(crm):
            times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
            crm.events.create(key="call", subject="a\x9b31m\x1b[32m", **times)
            ask(f"{crm.url}/events")
            crm.events.edit("call", location="Room 7")
            try:
                ask(f"{crm.url}/events/a%0A::error::x%1B[31m?since=%0A::error::y%1B[31m%26z")
            except urllib.error.HTTPError:
                pass
            ask(f"{crm.url}/events/1001", "PATCH", {"location": "Room 2"})
            assert False
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider", "--color=no").stdout
    payload.fnmatch_lines(
        [
            "*overwrite.blind *“a\\x9b31m\\x1b?32m”*",
            "   2 *GET /api/v1/events/a%0A::error::x%1B%5B31m?since=%0A::error::y%1B%5B31m%26z → 400 query.invalid",
            '*event 1001 created by a colleague: "a\\x9b31m\\u001b?32m"',
        ]
    )
    assert not re.search(r"^::error|[\x1b\x9b]", payload.str(), re.MULTILINE)


def test_the_audit_of_another_crm_is_told_though_it_finds_the_same(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        from sync import ask

        def test_sync(crm, make_crm):
            for each in (crm, make_crm()):
                times = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
                each.events.create(key="call", subject="Call", **times)
                ask(f"{each.url}/events")
                each.events.edit("call", location="Room 7")
                ask(f"{each.url}/events/1001", "PATCH", {"location": "Room 2"})
            ask(f"{each.url}/events")
            crm.assert_clean()
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider").stdout
    payload.fnmatch_lines(["*: audit -*", "Failed: overwrite.blind.", "client: 3 requests, *"])
    assert payload.str().count(": audit -") == 1


def test_a_failure_says_what_was_not_judged(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        from sync import ask

        def test_nobody(crm):
            crm.assert_clean()

        def test_nobody_at_all(crm):
            assert False

        def test_only_refused(crm):
            crm.set_dialect(credentials="secret")
            try:
                ask(f"{crm.url}/events")
            finally:
                crm.assert_clean()
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider").stdout
    payload.fnmatch_lines(
        [
            "E *AssertionError: Inconclusive: No client has made a request to this sandbox.",
            "*: audit -*",
            "Inconclusive: No client has made a request to this sandbox.",
            "E *AssertionError: Inconclusive: client: No list reached it whole: 401 credentials.missing.",
        ]
    )
    assert payload.str().count(": audit -") == 1


def test_a_start_that_fails_leaves_nothing_on_the_server(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        @pytest.mark.mockcrm(dialect="klingon")
        def test_it(crm):
            pass

        def test_what_is_left(mockcrm_server):
            from mockcrm import connect
            names = [each["name"] for each in connect(mockcrm_server).ask("GET", "/sandboxes")["sandboxes"]]
            assert names == ["default"]
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(errors=1, passed=1)


def test_the_same_relative_path_is_another_file_in_another_folder(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        EVENT = "  - {startTime: 2026-01-05T09:00:00Z, endTime: 2026-01-05T10:00:00Z}\\n"

        @pytest.mark.parametrize("count", [1, 2])
        def test_it(make_crm, monkeypatch, tmp_path, count):
            monkeypatch.chdir(tmp_path)
            (tmp_path / "one.yaml").write_text("events:\\n" + EVENT * count)
            assert len(make_crm("one.yaml").events.all()) == count
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_tests_may_begin_in_more_ways_than_a_server_has_room_for(
    tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockcrm.pytest_plugin.MOST_STARTS", 3)
    tests.makepyfile("""
        import pytest

        def there(mockcrm_server):
            from mockcrm import connect
            return len(connect(mockcrm_server).ask("GET", "/sandboxes")["sandboxes"])

        @pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 1])
        def test_it(make_crm, mockcrm_server, count):
            crm = make_crm(count=count)
            assert there(mockcrm_server) <= 5
            for other in range(11, 15):
                make_crm(count=other)
            crm.reset()
            assert len(crm.events.all()) == count
    """)
    with serving(create_app()) as url:
        tests.runpytest_inprocess("-p", "no:cacheprovider", "--mockcrm-url", url).assert_outcomes(passed=6)
        assert [each["name"] for each in connect(url).ask("GET", "/sandboxes")["sandboxes"]] == ["default"]


def test_a_report_is_as_long_as_people_read(tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_report, "MOST_BYTES", 2_000_000)
    tests.makepyfile("""
        def test_many(make_crm):
            for _ in range(8):
                make_crm()
            assert False

        def test_large(make_crm):
            make_crm(count=3000)
            assert False
    """)
    payload = tests.runpytest_inprocess("-p", "no:cacheprovider").stdout
    payload.fnmatch_lines(
        ["The last 5 of this test's 8 CRMs:", "No file: 3 MB is more than 2 MB. Call crm.bundle() in the test."]
    )
    assert len(re.findall(r"^-+ mockcrm sandbox-\w+~\w+: audit -+$", payload.str(), re.MULTILINE)) == 6
    assert len(re.findall(r"^mockcrm replay ", payload.str(), re.MULTILINE)) == 5


def test_a_test_may_delete_its_crm(tests: pytest.Pytester) -> None:
    tests.makepyfile("def test_it(crm):\n    crm.delete()")
    tests.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_requests_name_the_client_where_several_have_asked(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import urllib.request

        def test_it(crm):
            for name in ("phone", "desk"):
                request = urllib.request.Request(f"{crm.url}/events", headers={"X-Mockcrm-Client": name})
                urllib.request.urlopen(request).close()
            assert False
    """)
    tests.runpytest_inprocess("-p", "no:cacheprovider").stdout.fnmatch_lines(
        ["   1  *Z  phone: GET /api/v1/events → 200: nothing", "   2  *Z  desk: GET /api/v1/events → 200: nothing"]
    )
