"""The pytest plugin: a CRM for each test, a report of what the CRM saw when a test failed, and hazards as tests.

See `docs/how-to/pytest.md`.

pytest loads it in every run. So the fixtures import what they need, and a run that uses none of them pays nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from mockcrm.client.crm import Crm
    from mockcrm.client.types import DialectName, InstantLike, NamedKnobs, ScenarioDocument
    from mockcrm.trials.hazards import Hazard

MOST_STARTS = 100
"""How many start states are kept for forks. A server holds a thousand sandboxes, and each test needs some."""
_MARKER = "mockcrm(scenario=None, dialect=None, seed=None, count=None, at=None): what the test's CRM starts with."
_HAZARDS = "mockcrm_hazards"
_HAZARD = "mockcrm.hazard"
"""The property of a test's report that names its hazard."""
_HAZARDS_MARKER = (
    f"{_HAZARDS}(*only, known=(), mailbox=True, writes=True, replica=True): make a test of each hazard of the "
    "catalogue, or of those that any of the words `only` chooses; `known` are expected to fail."
)
_OPTIONS = ("scenario", "dialect", "seed", "count", "at")

__tracebackhide__ = True
"""pytest shows the line of the test that makes a mistake, and none in here."""


class MakeCrm(Protocol):
    """The fixture `make_crm`: makes a CRM that lives as long as the test.

    `scenario` is the name of a shipped one, a fixture file, or the content of such a file; `dialect` a name or knobs.
    `count` events are invented from `seed`. The clock stands still `at` an instant.
    """

    def __call__(
        self,
        scenario: "str | Path | ScenarioDocument | None" = None,
        *,
        dialect: "DialectName | NamedKnobs | None" = None,
        seed: int | None = None,
        count: int | None = None,
        at: "InstantLike | None" = None,
    ) -> "Crm": ...


_CRMS: pytest.StashKey[list["Crm"]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockcrm", "a fake CRM")
    group.addoption("--mockcrm-url", metavar="URL", help="Use the server that runs there, and start none.")
    group.addoption("--mockcrm-token", metavar="TOKEN", help="The admin token of that server, if it asks for one.")
    group.addoption("--mockcrm-ca", metavar="FILE", help="The certificate of the CA that that server's is from (PEM).")
    group.addoption(
        "--mockcrm-cors",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="An origin whose web pages may call the API of the server that is started; can be repeated.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _HAZARDS_MARKER)


# Fixtures


@pytest.fixture(scope="session")
def _mockcrm(request: pytest.FixtureRequest) -> "Iterator[tuple[str, Crm]]":
    """The address of the server, and its controls. A server in this process is controlled without a socket."""
    from mockcrm import connect, create_app, serving  # noqa: PLC0415  a run without fixtures must not import it

    if url := request.config.getoption("--mockcrm-url"):
        option = request.config.getoption
        yield url, connect(url, token=option("--mockcrm-token"), verify=option("--mockcrm-ca") or True)
        return
    try:
        app = create_app(cors=request.config.getoption("--mockcrm-cors"))
    except ValueError as error:
        raise pytest.UsageError(f"--mockcrm-cors: {error}") from error
    with serving(app) as url:
        yield url, connect(app, url=url)


@pytest.fixture(scope="session")
def mockcrm_server(_mockcrm: "tuple[str, Crm]") -> str:
    """The address of the server: one in this process, or the one at `--mockcrm-url`."""
    return _mockcrm[0]


@pytest.fixture(scope="session")
def _mockcrm_starts(_mockcrm: "tuple[str, Crm]") -> "Iterator[Callable[..., Crm]]":
    """Start states: each is made once in a run, and forked for every test that starts so."""
    _, crm = _mockcrm
    made: OrderedDict[str, Crm] = OrderedDict()

    def start(**options: Any) -> "Crm":
        key = _key(options)
        if key not in made:
            if len(made) == MOST_STARTS:
                made.popitem(last=False)[1].delete()
            made[key] = _start_state(crm, options)
        made.move_to_end(key)
        return made[key]

    yield start
    with ExitStack() as stack:
        for each in made.values():
            stack.enter_context(each)


def _key(options: dict[str, Any]) -> str:
    """A name for a start state. A relative path is another file in another folder."""
    scenario = options.get("scenario")
    if isinstance(scenario, str | Path) and isfile(scenario):  # noqa: PTH113  Path.is_file fails for a long text
        options = {**options, "scenario": Path(scenario).resolve()}
    return repr(sorted(options.items()))


def _start_state(crm: "Crm", options: dict[str, Any]) -> "Crm":
    """A new sandbox with these options. A mistake in them leaves no sandbox behind."""
    scenario, at = options.pop("scenario", None), options.pop("at", None)
    with ExitStack() as on_failure:
        made = on_failure.enter_context(crm.create())
        if scenario is not None:
            made.scenario.load(scenario)
        if at is not None:
            made.clock.freeze(at)
        if dialect := options.pop("dialect", None):
            made.set_dialect(**(dialect if isinstance(dialect, dict) else {"name": dialect}))
        if options:
            made.seed(**{"count": 100, **options})
        on_failure.pop_all()
    return made


def _options(scenario: Any = None, /, **options: Any) -> dict[str, Any]:
    """The options of a marker. The scenario may come without its name."""
    if unknown := options.keys() - set(_OPTIONS):
        raise TypeError(f"No such option: {', '.join(sorted(unknown))}. The options are {', '.join(_OPTIONS)}.")
    return options if scenario is None else {**options, "scenario": scenario}


@pytest.fixture
def make_crm(request: pytest.FixtureRequest, _mockcrm_starts: "MakeCrm") -> "Iterator[MakeCrm]":
    """Makes CRMs, with the options that the marker has too: `make_crm(scenario="quickstart", dialect="google")`."""
    crms = request.node.stash.setdefault(_CRMS, [])
    with ExitStack() as stack:

        def make(*scenario: Any, **options: Any) -> "Crm":
            chosen = {name: value for name, value in _options(*scenario, **options).items() if value is not None}
            crm: Crm = stack.enter_context(_mockcrm_starts(**chosen).fork())
            crms.append(crm)
            return crm

        yield make


@pytest.fixture
def crm(request: pytest.FixtureRequest, make_crm: "MakeCrm") -> "Crm":
    """The test's own CRM: empty, or as its markers `mockcrm` say. The client under test gets `crm.url`."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mockcrm"))):
        options |= _options(*marker.args, **marker.kwargs)
    if (chosen := _hazard_of(request.node)) is None:
        return make_crm(**options)
    from mockcrm.pytest_plugin.hazard_scenario import HazardScenario  # noqa: PLC0415  few runs play hazards
    from mockcrm.pytest_plugin.hazard_tests import started  # noqa: PLC0415  few runs play hazards

    crm = make_crm(**started(chosen, options))
    crm.scenario = HazardScenario(crm, chosen)
    return crm


# Hazards as tests


@pytest.fixture
def hazard() -> "Hazard":
    """The hazard that a test is about. The marker `mockcrm_hazards` makes a test of each; `crm` has it loaded."""
    raise TypeError("Mark the test with mockcrm_hazards, or parametrize it with mockcrm.hazards().")


def _hazard_of(item: pytest.Item) -> "Hazard | None":
    """The hazard that our marker has chosen for a test."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.get_closest_marker(_HAZARDS) is None:
        return None
    from mockcrm.trials.hazards import Hazard  # noqa: PLC0415  few runs play hazards

    found = callspec.params.get("hazard")
    return found if isinstance(found, Hazard) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker(_HAZARDS) is not None:
        from mockcrm.pytest_plugin.hazard_tests import parametrize  # noqa: PLC0415  few runs play hazards

        parametrize(metafunc, _HAZARDS)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    every = [each for reports in terminalreporter.stats.values() for each in reports]
    # The tests may have run in other processes. Of those, this one has the reports, and nothing else.
    if any(name == _HAZARD for each in every for name, _ in getattr(each, "user_properties", ())):
        from mockcrm.pytest_plugin.hazard_tests import summary  # noqa: PLC0415  few runs play hazards

        terminalreporter.section("mockcrm: hazards")
        for line in summary(terminalreporter.stats, _HAZARD):
            terminalreporter.line(line)


# The report of a failure


# The old style of wrappers, for pluggy before 1.2, which pytest 7 takes.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    report: pytest.TestReport = (yield).get_result()
    if (chosen := _hazard_of(item)) is not None:
        report.user_properties.append((_HAZARD, chosen.name))
    # After the teardown the CRMs are gone.
    if report.when != "teardown" and report.failed and call.excinfo and (crms := item.stash.get(_CRMS, [])):
        from mockcrm.pytest_plugin.failure_report import sections  # noqa: PLC0415  few tests fail

        report.sections += sections(crms, item, call.excinfo)
