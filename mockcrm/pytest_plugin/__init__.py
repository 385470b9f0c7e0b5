"""The pytest plugin: a CRM for each test, a report of what the CRM saw when a test failed, and hazards as tests.

See `docs/how-to/pytest.md`.

pytest loads it in every run. So the fixtures import what they need, and a run that uses none of them pays nothing.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Protocol

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
    """The fixture `make_crm`: makes a CRM that lives as long as the test; `make_module_crm`: as the module; and so on.

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


_Scope = Literal["class", "module", "session"]
_CRMS: pytest.StashKey[list[tuple["Crm", str]]] = pytest.StashKey()
"""The CRMs of a test, class, module or session, each with the scope of the fixture that has made it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockcrm", "a fake CRM")
    group.addoption("--mockcrm-url", metavar="URL", help="Use the server that runs there, and start none.")
    group.addoption("--mockcrm-token", metavar="TOKEN", help="The admin token of that server, if it asks for one.")
    group.addoption(
        "--mockcrm-expires-after",
        metavar="DURATION",
        help="That server removes this run's sandboxes once they have been idle for so long, should the run be killed. "
        "[default: 1h]",
    )
    group.addoption("--mockcrm-ca", metavar="FILE", help="The certificate of the CA that issued that server's (PEM).")
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


_AS_THEY_ARE = {
    "click",
    "faker",
    "flask",
    "itsdangerous",
    "jinja2",
    "marshmallow",
    "mockcrm",
    "werkzeug",
}
"""Our package, and the larger ones that a CRM in this process imports."""


class PlainFinder:
    """Finds the modules in some packages as Python does by itself.

    pytest would ask of each whether its assertions are to be rewritten. It rewrites those of all modules of a
    distribution that has a plugin, such as ours and Faker: it parses and compiles them in the first run of an
    environment, and reads their sources beside their compiled form in every other. Theirs are not the assertions of
    tests; what a test is told, we say in words.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = name.partition(".")
        # Whether pytest has rewritten the package itself it looks up in another run in this process, and would warn.
        return PathFinder.find_spec(name, path, target) if module and package in _AS_THEY_ARE else None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    finder = PlainFinder()
    # Before pytest's own finder, and before a `conftest.py` imports one of them.
    sys.meta_path.insert(0, finder)
    early_config.add_cleanup(lambda: sys.meta_path.remove(finder))


# Fixtures


@pytest.fixture(scope="session")
def _mockcrm(request: pytest.FixtureRequest) -> "Iterator[tuple[str, Crm]]":
    """The address of the server, and its controls. A server in this process is controlled without a socket."""
    from mockcrm.base.collecting import making_many  # noqa: PLC0415  a run without fixtures must not import it

    # What is imported stays.
    with making_many():
        from mockcrm import connect, create_app, serving  # noqa: PLC0415
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
def _fork_start(request: pytest.FixtureRequest, _mockcrm: "tuple[str, Crm]") -> "Iterator[Callable[..., Crm]]":
    """Forks start states. Each is made once in a run, for all the tests that start so."""
    from mockcrm import Refused  # noqa: PLC0415  a run without fixtures must not import it
    from mockcrm.client.crm import RUN_LEASE  # noqa: PLC0415

    _, crm = _mockcrm
    made: OrderedDict[str, Crm] = OrderedDict()
    # A server in this process ends with it.
    lease = None
    if request.config.getoption("--mockcrm-url"):
        lease = request.config.getoption("--mockcrm-expires-after") or RUN_LEASE

    def fork(**options: Any) -> "Crm":
        key = repr(sorted(options.items()))
        if key in made:
            made.move_to_end(key)
            try:
                return made[key].fork(expires_after=lease)
            except Refused as refused:
                # It was idle for longer than its lease, while other tests ran.
                if refused.code != "sandbox.notFound":
                    raise
        elif len(made) == MOST_STARTS:
            made.popitem(last=False)[1].delete()
        made[key] = _start_state(crm, options, lease)
        return made[key].fork(expires_after=lease)

    yield fork
    with ExitStack() as stack:
        for each in made.values():
            stack.enter_context(each)


def _start_state(crm: "Crm", options: dict[str, Any], lease: str | None) -> "Crm":
    """A new sandbox with these options. A mistake in them leaves no sandbox behind."""
    scenario, at = options.pop("scenario", None), options.pop("at", None)
    with ExitStack() as on_failure:
        made = on_failure.enter_context(crm.create(expires_after=lease))
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


@contextmanager
def _making(request: pytest.FixtureRequest, fork: "Callable[..., Crm]") -> "Iterator[MakeCrm]":
    """Makes CRMs that live as long as the fixture that asks, and that are shown with the tests that fail meanwhile."""
    from mockcrm.client.scenario_controls import fixture_path  # noqa: PLC0415  a run without fixtures must not import it

    crms, path = request.node.stash.setdefault(_CRMS, []), request.node.path
    folder = path if path.is_dir() else path.parent
    with ExitStack() as stack:

        def make(*scenario: Any, **options: Any) -> "Crm":
            chosen = {name: value for name, value in _options(*scenario, **options).items() if value is not None}
            if (file := fixture_path(chosen.get("scenario"), folder)) is not None:
                chosen["scenario"] = file.resolve()
            crm = stack.enter_context(fork(**chosen))
            crm._admin.folder = folder
            crms.append((crm, request.scope))
            stack.callback(crms.remove, (crm, request.scope))
            return crm

        yield make


@pytest.fixture
def make_crm(request: pytest.FixtureRequest, _fork_start: "Callable[..., Crm]") -> "Iterator[MakeCrm]":
    """Makes CRMs, with the options that the marker has too: `make_crm(scenario="quickstart", dialect="google")`."""
    with _making(request, _fork_start) as make:
        yield make


def _marked(node: Any) -> dict[str, Any]:
    """The options of a node's markers: a nearer one adds to the others, or replaces what they say."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("mockcrm"))):
        options |= _options(*marker.args, **marker.kwargs)
    return options


@pytest.fixture
def crm(request: pytest.FixtureRequest, make_crm: "MakeCrm") -> "Crm":
    """The test's own CRM: empty, or as its markers `mockcrm` say. The client under test gets `crm.url`."""
    options = _marked(request.node)
    if (chosen := _hazard_of(request.node)) is None:
        return make_crm(**options)
    from mockcrm.pytest_plugin.hazard_scenario import HazardScenario  # noqa: PLC0415  few runs play hazards
    from mockcrm.pytest_plugin.hazard_tests import started  # noqa: PLC0415  few runs play hazards

    crm = make_crm(**started(chosen, options))
    crm.scenario = HazardScenario(crm, chosen)
    return crm


# CRMs that several tests share


def _shared(scope: _Scope) -> tuple[Any, Any]:
    """The fixtures `make_crm` and `crm` of a wider scope."""

    @pytest.fixture(scope=scope, name=f"make_{scope}_crm")
    def make(request: pytest.FixtureRequest, _fork_start: "Callable[..., Crm]") -> "Iterator[MakeCrm]":
        """Makes CRMs like `make_crm`, for the whole class, module or session that the name says."""
        with _making(request, _fork_start) as make:
            yield make

    @pytest.fixture(scope=scope, name=f"{scope}_crm")
    def shared_crm(request: pytest.FixtureRequest) -> "Crm":
        """A CRM that all tests of the class, module or session share: empty, or as the markers there say."""
        crm: Crm = request.getfixturevalue(f"make_{scope}_crm")(**_marked(request.node))
        return crm

    return make, shared_crm


_make_class_crm, _class_crm = _shared("class")
_make_module_crm, _module_crm = _shared("module")
_make_session_crm, _session_crm = _shared("session")


def _crms_of(item: pytest.Item) -> list[tuple["Crm", str]]:
    """The CRMs that a test uses, those that it shares with others first."""
    # Those that were asked for by name while the test ran are known there alone.
    names = {*getattr(getattr(item, "_request", item), "fixturenames", ())}
    return [
        (crm, scope)
        for node in item.listchain()
        for crm, scope in node.stash.get(_CRMS, ())
        if scope == "function" or names & {f"{scope}_crm", f"make_{scope}_crm"}
    ]


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
    if report.when != "teardown" and report.failed and call.excinfo and (crms := _crms_of(item)):
        from mockcrm.pytest_plugin.failure_report import sections  # noqa: PLC0415  few tests fail

        report.sections += sections(crms, item, call.excinfo)
