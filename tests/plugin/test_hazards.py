"""Every hazard as a test of its own, and one summary: the marker `mockcrm_hazards`, in test runs of their own."""

import pytest

from mockcrm import connect, create_app, serving

pytest_plugins = ["pytester"]

CLIENT = """
import json, urllib.request

class Naive:
    \"\"\"Reads one page of the events, and follows no page token.\"\"\"

    def __init__(self, url):
        self.url, self.events = url, {}

    def sync(self):
        with urllib.request.urlopen(f"{self.url}/events") as answer:
            self.events = {event["id"]: event for event in json.load(answer)["records"]}

    def apply(self, mailbox):
        pass

    def replica(self):
        return self.events
"""
ALONE = ("-p", "no:cacheprovider", "--strict-markers")


@pytest.fixture
def tests(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(naive=CLIENT)
    return pytester


PAGING = """
    import pytest
    from naive import Naive

    @pytest.mark.mockcrm_hazards("paging", known=["result-cap", "newest-token-on-truncated-page"])
    def test_hazard(crm, hazard):
        crm.scenario.play(Naive(crm.url))
"""
SUMMARY = [
    "*= mockcrm: hazards =*",
    "test_*.py::test_hazard: 10 hazards: 8 failed, 1 failed as expected, 1 passed unexpectedly",
    "  failed * edit-during-paging * A row is edited between two pages*",
    "  failed * page-token-expired *",
    "  failed as expected * result-cap *",
    "  passed unexpectedly * newest-token-on-truncated-page *",
    "  More: mockcrm explain HAZARD",
]


def test_each_hazard_is_a_test_and_there_is_one_summary(tests: pytest.Pytester) -> None:
    tests.makepyfile(PAGING)
    result = tests.runpytest_inprocess(*ALONE, "-rN")
    result.assert_outcomes(failed=8, xfailed=1, xpassed=1)
    result.stdout.fnmatch_lines(SUMMARY)


def test_without_a_word_it_is_the_whole_catalogue(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import mockcrm, pytest

        @pytest.mark.mockcrm_hazards
        def test_hazard(crm, hazard):
            assert crm.scenario.get()["title"] == hazard.title
    """)
    result = tests.runpytest_inprocess(*ALONE)
    result.assert_outcomes(passed=86)
    result.stdout.fnmatch_lines(["test_*.py::test_hazard: 86 hazards: 86 passed"])
    result.stdout.no_fnmatch_line("*More: *")


def test_workers_share_one_summary(tests: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each worker would load all the plugins that are installed here, which takes most of the time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    tests.makepyfile(PAGING)
    result = tests.runpytest_subprocess("-p", "xdist", "-p", "mockcrm.pytest_plugin", *ALONE, "-rN", "-n", "2")
    result.assert_outcomes(failed=8, xfailed=1, xpassed=1)
    result.stdout.fnmatch_lines(SUMMARY)


def test_a_server_that_runs_elsewhere_plays_them_too(tests: pytest.Pytester) -> None:
    tests.makepyfile(PAGING)
    with serving(create_app()) as url:
        result = tests.runpytest_inprocess(*ALONE, "--mockcrm-url", url)
        assert [each["name"] for each in connect(url).ask("GET", "/sandboxes")["sandboxes"]] == ["default"]
    result.assert_outcomes(failed=8, xfailed=1, xpassed=1)


def test_what_the_client_does_not_do_is_skipped(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        pytestmark = pytest.mark.mockcrm_hazards(mailbox=False)

        @pytest.mark.mockcrm_hazards("concurrent-lost-update", "put-clobbers-absent", "duplicate-page", replica=False)
        def test_hazard(crm, hazard):
            pass

        def test_no_hazard(crm):
            pass
    """)
    result = tests.runpytest_inprocess(*ALONE, "-rs")
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["test_*.py::test_hazard: 3 hazards: 3 skipped"])
    result.stdout.fnmatch_lines(["SKIPPED * The client does not take what users do in a calendar on the other side."])


def test_a_dialect_leaves_a_hazard_its_own_knobs(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest

        @pytest.mark.mockcrm(dialect="google", seed=7)
        @pytest.mark.mockcrm_hazards("result-cap")
        def test_hazard(crm, hazard):
            own = hazard.document["dialect"]
            assert own["resultCap"]
            assert {**crm.dialect(), **own} == crm.dialect()
            assert crm.dialect()["deletions"] == "inline"
            assert crm.events.all()
    """)
    tests.runpytest_inprocess(*ALONE).assert_outcomes(passed=1)


def test_a_mistake_in_the_marker_is_named(tests: pytest.Pytester) -> None:
    tests.makepyfile(
        test_word="""
            import pytest

            @pytest.mark.mockcrm_hazards("pagin")
            def test_it(crm, hazard):
                pass
        """,
        test_option="""
            import pytest

            @pytest.mark.mockcrm_hazards(knwon=["token-loop"])
            def test_it(crm, hazard):
                pass
        """,
        test_argument="""
            import pytest

            @pytest.mark.mockcrm_hazards("paging")
            def test_it(crm):
                pass
        """,
        test_known="""
            import pytest

            @pytest.mark.mockcrm_hazards(known=["token-lop"])
            def test_it(crm, hazard):
                pass
        """,
    )
    payload = tests.runpytest_inprocess(*ALONE).stdout
    for line in (
        "*No hazard is called 'pagin', and no group of them. Did you mean paging*",
        "*test_it: No such option: knwon. The options are known, mailbox, writes, replica.",
        "*test_it has the marker mockcrm_hazards, and no argument `hazard`.",
        "*No hazard is called 'token-lop', * Did you mean token-loop*",
    ):
        payload.fnmatch_lines([line])
    payload.no_fnmatch_line("*mockcrm/*")


def test_a_test_of_one_s_own_hazards_is_left_alone(tests: pytest.Pytester) -> None:
    tests.makepyfile(
        test_parametrized="""
            import mockcrm, pytest

            @pytest.mark.parametrize("hazard", mockcrm.hazards("transport"), ids=str)
            def test_it(crm, hazard):
                crm.scenario.load(hazard.name)
                assert crm.scenario.get()["title"] == hazard.title

            @pytest.mark.mockcrm_hazards
            @pytest.mark.parametrize(("number", "hazard"), [(1, "token-loop")])
            def test_both(crm, hazard, number):
                assert hazard == "token-loop"
        """,
        test_fixture="""
            import pytest

            @pytest.fixture
            def hazard():
                return "mine"

            def test_it(crm, hazard):
                assert hazard == "mine"
        """,
    )
    result = tests.runpytest_inprocess(*ALONE, "-v")
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["*::test_it[[]slow-response] PASSED*"])
    result.stdout.no_fnmatch_line("*mockcrm: hazards*")


def test_the_fixture_alone_says_what_is_missing(tests: pytest.Pytester) -> None:
    tests.makepyfile("def test_it(crm, hazard):\n    pass")
    result = tests.runpytest_inprocess(*ALONE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *Mark the test with mockcrm_hazards, or parametrize it with mockcrm.hazards()."])


def test_the_hazard_of_a_test_is_in_its_junit_xml(tests: pytest.Pytester) -> None:
    tests.makepyfile(PAGING.replace('"paging"', '"duplicate-page"'))
    tests.runpytest_inprocess(*ALONE, "--junit-xml=found.xml")
    assert '<property name="mockcrm.hazard" value="duplicate-page" />' in (tests.path / "found.xml").read_text()


def test_to_mark_tests_takes_no_server_while_they_are_collected(tests: pytest.Pytester) -> None:
    tests.makepyfile(
        PAGING
        + """
    def test_modules():
        pass
"""
    )
    tests.makeconftest("""
        import sys

        def pytest_collection_finish(session):
            assert len(session.items) == 11
            assert not {"flask", "marshmallow", "yaml"} & {*sys.modules}
    """)
    found = tests.runpytest_subprocess(*ALONE, "-p", "no:schemathesis", "--collect-only", "-q")
    assert found.ret == 0


def test_a_client_that_shows_no_copy_has_not_passed_what_only_its_copy_shows(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest
        from naive import Naive

        @pytest.mark.mockcrm_hazards("undelete-same-id")
        def test_without_a_copy(crm, hazard):
            crm.scenario.play(Naive(crm.url).sync)

        @pytest.mark.mockcrm_hazards("undelete-same-id")
        def test_with_its_copy(crm, hazard):
            crm.scenario.play(Naive(crm.url))

        @pytest.mark.mockcrm_hazards("undelete-same-id")
        def test_that_hands_it_in(crm, hazard):
            client = Naive(crm.url)
            crm.scenario.play(lambda: (client.sync(), crm.scenario.replica(client.replica().values())))
    """)
    result = tests.runpytest_inprocess(*ALONE)
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["*Inconclusive: this hazard shows in the client's copy alone.*"])


def test_a_client_that_writes_without_a_reason_fails_although_the_audit_is_clean(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import json, pytest, urllib.request
        from naive import Naive

        class Loop(Naive):
            syncs = 0

            def sync(self):
                super().sync()
                self.syncs += 1
                for event in self.events.values() if self.syncs == 2 else ():
                    change = json.dumps({"location": "Room 7"}).encode()
                    head = {"Content-Type": "application/json"}
                    address = f"{self.url}/events/{event['id']}"
                    urllib.request.urlopen(urllib.request.Request(address, change, head, method="PATCH")).close()

        @pytest.mark.mockcrm_hazards("inclusive-since-repeat")
        def test_hazard(crm, hazard):
            crm.scenario.play(Loop(crm.url).sync)
    """)
    result = tests.runpytest_inprocess(*ALONE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Sync 2 wrote*though nobody had changed anything since sync 1.*"])


def test_a_sync_may_send_as_many_requests_as_in_a_trial(tests: pytest.Pytester) -> None:
    tests.makepyfile("""
        import pytest, urllib.request

        @pytest.mark.mockcrm_hazards("duplicate-page")
        def test_hazard(crm, hazard):
            def sync():
                while True:
                    urllib.request.urlopen(f"{crm.url}/events").close()

            crm.scenario.play(sync)
    """)
    result = tests.runpytest_inprocess(*ALONE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*`sync` was stopped after 1,000 requests*"])
