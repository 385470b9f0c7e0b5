"""What a run imports for its first test, and how it imports it: a budget of modules, for a test cannot hold time."""

import selectors
import subprocess
import sys
from typing import Any

import pytest

from mockcrm import create_app, serving
from mockcrm.crm.seeding.people import FIRMS_OF_A_LOCALE, cast_of

pytest_plugins = ["pytester"]

FIRST_TEST = """
    import sys
    from urllib.request import urlopen

    import pytest


    @pytest.mark.mockcrm(count=1000, seed=1)
    def test_it(crm):
        assert urlopen(f"{crm.url}/events?limit=10").status == 200
        print("\\nimported:", *sys.modules)
"""
SEEDED = """
import sys
from mockcrm import connect, create_app
crm = connect(create_app())
crm.seed(50, seed=1, locales=["de_DE"])
crm.seed(5, seed=1, kind="contact", locales=["de_DE"])
print(*sys.modules)
"""
TWO_RUNS = """
import sys
import pytest

for _ in range(2):
    assert pytest.main(["-q", "-p", "no:cacheprovider", "test_two_runs.py"]) == 0
    assert "PlainFinder" not in [type(each).__name__ for each in sys.meta_path]
"""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugin is loaded unless it is asked for: those of others import much."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("alone")
def test_the_first_test_imports_nothing_for_later(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FIRST_TEST)
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "mockcrm.pytest_plugin", "-s")
    done.assert_outcomes(passed=1)
    (modules,) = ({*line.split()[1:]} for line in done.outlines if line.startswith("imported: "))
    assert not modules & {
        "requests",
        "httpx",
        "asyncio",
        "regex",
        "yaml",
        "apispec",
        "icalendar",
        "dateutil",
        "gunicorn",
    }
    assert not modules & {"mockcrm.audit.books", "mockcrm.trials", "mockcrm.client.types", "mockcrm.sandbox.snapshot"}
    assert len([name for name in modules if name.partition(".")[0] == "mockcrm"]) <= 235


def test_the_names_of_one_locale_import_those_of_no_other() -> None:
    done = subprocess.run([sys.executable, "-c", SEEDED], capture_output=True, text=True, check=True)
    names = [each.split(".") for each in done.stdout.split() if each.startswith("faker.providers.")]
    assert {each[3] for each in names if each[2] in ("person", "company") and len(each) > 3} == {"de_DE"}


def test_faker_is_asked_only_for_names_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from faker.providers.company import Provider as Companies  # noqa: PLC0415
    from faker.providers.person import Provider as People  # noqa: PLC0415

    asked: list[str] = []
    for provider, method in ((People, "name"), (Companies, "company")):
        monkeypatch.setattr(provider, method, noting(asked, method, getattr(provider, method)))
    cast_of.cache_clear()
    cast = cast_of("de_DE")
    assert not asked
    first = cast.colleague(0)
    assert {*asked} == {"name"}
    assert len(asked) < 15
    assert len(cast.firms) == FIRMS_OF_A_LOCALE
    assert "company" in asked
    many = len(asked)
    assert cast.colleague(0) == first
    assert len(asked) == many
    assert cast.colleague(24) == cast.colleagues[24]
    assert len(asked) > many


def noting(asked: list[str], method: str, works: Any) -> Any:
    def noted(provider: Any) -> Any:
        asked.append(method)
        return works(provider)

    return noted


def test_what_a_crm_imports_is_not_rewritten_and_tests_are(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        from mockcrm import connect
    """)
    pytester.makepyfile("""
        import sys

        import pytest

        def rewritten(name):
            return type(sys.modules[name].__loader__).__name__ == "AssertionRewritingHook"

        @pytest.mark.mockcrm(count=50, seed=1)
        def test_it(crm):
            # The plugin itself is imported before it can say anything.
            early = {"mockcrm", "mockcrm.pytest_plugin"}
            ours = {name for name in sys.modules if name.partition(".")[0] == "mockcrm"}
            assert len(ours) > 100
            assert not [name for name in ours - early if rewritten(name)]
            # Faker has a plugin, too.
            assert not rewritten("faker.providers.person.de_DE")
            assert rewritten(__name__)
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_what_finds_our_modules_goes_with_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_two_runs="def test_it(crm): pass")
    assert pytester.runpython(pytester.makepyfile(twice=TWO_RUNS)).ret == 0


def test_a_server_that_waits_for_clients_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            waits.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(selectors, "DefaultSelector", Selector)
    with serving(create_app()):
        pass
    assert {*waits} == {None}, "it would look now and then whether it should end"
