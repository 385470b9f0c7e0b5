"""CRMs that several tests share, and what a failure in one of them says."""

import pytest

from mockcrm import connect, create_app, serving

pytest_plugins = ["pytester"]

EVENT = "  - {startTime: 2026-01-05T09:00:00Z, endTime: 2026-01-05T10:00:00Z}\n"


def test_the_tests_of_a_class_module_or_session_share_a_crm(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def team(make_session_crm):
            return make_session_crm(count=3, seed=1)
    """)
    share = """
        import pytest

        pytestmark = pytest.mark.mockcrm("quickstart")
        used = set()

        @pytest.mark.parametrize("turn", [1, 2])
        def test_the_module_s(module_crm, team, session_crm, crm, turn):
            assert len(module_crm.events.all()) == 44 - turn
            module_crm.events.delete(module_crm.events.all()[0]["id"])
            assert len(team.events.all()) == 3
            assert len(session_crm.events.all()) == 0
            used.update((module_crm.name, team.name, session_crm.name, crm.name))
            assert len(used) == 3 + turn

        @pytest.mark.mockcrm(scenario=None, count=2)
        class TestIt:
            @pytest.mark.mockcrm(count=1)
            def test_one(self, class_crm, make_class_crm):
                assert len(class_crm.events.all()) == 2
                class_crm.reset(empty=True)
                assert len(make_class_crm("quickstart").events.all()) == 43

            def test_two(self, class_crm):
                assert class_crm.events.all() == []
    """
    pytester.makepyfile(test_one=share, test_two=share)
    with serving(create_app()) as url:
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--mockcrm-url", url)
        assert [each["name"] for each in connect(url).ask("GET", "/sandboxes")["sandboxes"]] == ["default"]
    result.assert_outcomes(passed=8)


def test_the_report_of_a_failure_has_the_shared_crms_that_the_test_uses(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest, urllib.request

        @pytest.fixture(scope="module")
        def calendar(make_module_crm):
            return make_module_crm()

        @pytest.fixture
        def other(request):
            return request.getfixturevalue("session_crm")

        def test_passes(calendar):
            urllib.request.urlopen(f"{calendar.url}/events?since=2026-01-05T09:00:00Z").close()

        def test_fails(calendar):
            assert False

        def test_others(other):
            assert False

        def test_alone(crm):
            assert False
    """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=3)
    said = result.stdout.str()
    assert said.count("This is the module's CRM: what follows is of all its tests so far.") == 1
    assert said.count("This is the session's CRM: what follows is of all its tests so far.") == 1
    assert said.count("GET /api/v1/events?since=") == 1
    assert said.count(": replay -") == 3


def test_a_scenario_s_path_starts_from_the_test_s_file(pytester: pytest.Pytester) -> None:
    for folder, count in (("", 1), ("deep", 2)):
        path = pytester.path / folder
        path.mkdir(exist_ok=True)
        (path / "one.yaml").write_text("events:\n" + EVENT * count)
    (pytester.path / "only_here.yaml").write_text("events:\n" + EVENT * 3)
    (pytester.path / "deep" / "test_it.py").write_text("""
import pathlib, pytest

pytestmark = pytest.mark.mockcrm("one.yaml")

def test_the_marker_and_what_is_loaded(crm, module_crm):
    assert [len(each.events.all()) for each in (crm, module_crm)] == [2, 2]
    for crm in (crm, crm.fork()):
        crm.scenario.load("one.yaml")
        assert len(crm.events.all()) == 2
        crm.scenario.load(pathlib.Path("../one.yaml"))
        assert len(crm.events.all()) == 1

def test_another_test(make_crm):
    assert len(make_crm("one.yaml").events.all()) == 2
    assert len(make_crm(pathlib.Path("one.yaml").resolve()).events.all()) == 1

def test_a_file_that_is_in_the_working_directory_alone(make_crm, crm):
    assert len(make_crm("only_here.yaml").events.all()) == 3
    with pytest.raises(Exception, match="deep/nowhere.yaml"):
        crm.scenario.load("nowhere.yaml")
""")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.chdir(pytester.path.parent)
        file = pytester.path / "deep" / "test_it.py"
        pytester.runpytest_inprocess("-p", "no:cacheprovider", file, "-k", "marker").assert_outcomes(passed=1)


def test_the_sandboxes_of_a_run_expire_on_a_server_that_runs_elsewhere(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        from mockcrm import connect

        def shown(server):
            every = connect(server).ask("GET", "/sandboxes")["sandboxes"]
            return {each["name"]: each["expiresAfter"] for each in every}

        def test_it(crm, mockcrm_server, pytestconfig):
            before = shown(mockcrm_server)
            assert before.pop("default") is None
            ours = pytestconfig.getoption("--mockcrm-url") and "PT3H"
            assert [*before.values()] == [ours, ours]
            # Their leases end, but this test's does not.
            for name in before.keys() - {crm.name}:
                connect(mockcrm_server, name).delete()

        def test_the_next(crm):
            assert crm.events.all() == []
    """)
    with serving(create_app()) as url:
        options = ("-p", "no:cacheprovider", "--mockcrm-expires-after", "3h")
        pytester.runpytest_inprocess(*options, "--mockcrm-url", url).assert_outcomes(passed=2)
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=2)
