"""The pytest plugin: a CRM for each test, and a report of what the CRM saw when a test failed.

See `docs/how-to/pytest.md`.

pytest loads it in every run. So the fixtures import what they need, and a run that uses none of them pays nothing.
"""

import json
import re
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

LATEST = 20
"""How many requests and changes a report shows: the latest ones."""
MOST_CRMS = 5
"""How many CRMs of one test a report shows: the latest ones. It says how many there were."""
MOST_BYTES = 10_000_000
"""The largest replay file that a failed test leaves, in bytes."""
MOST_STARTS = 100
"""How many start states are kept for forks. A server holds a thousand sandboxes, and each test needs some."""
_MARKER = "mockcrm(scenario=None, dialect=None, seed=None, count=None, at=None): what the test's CRM starts with."
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


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


# Fixtures


@pytest.fixture(scope="session")
def _mockcrm(request: pytest.FixtureRequest) -> "Iterator[tuple[str, Crm]]":
    """The address of the server, and its controls. A server in this process is controlled without a socket."""
    from mockcrm import connect, create_app, serving  # noqa: PLC0415  a run without fixtures must not import it

    if url := request.config.getoption("--mockcrm-url"):
        yield url, connect(url, token=request.config.getoption("--mockcrm-token"))
        return
    app = create_app()
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
    return make_crm(**options)


# The report of a failure


# The old style of wrappers, for pluggy before 1.2, which pytest 7 takes.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    report: pytest.TestReport = (yield).get_result()
    # After the teardown the CRMs are gone.
    if report.when != "teardown" and report.failed and call.excinfo:
        crms = item.stash.get(_CRMS, [])
        if len(crms) > MOST_CRMS:
            report.sections.append(("mockcrm", f"The last {MOST_CRMS} of this test's {len(crms)} CRMs:"))
        for crm in crms[-MOST_CRMS:]:
            report.sections += _sections(crm, item, call.excinfo)


def _sections(crm: "Crm", item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]) -> Iterator[tuple[str, str]]:
    """What a CRM saw in a test that failed, without what the failure itself says; or why it cannot be read."""
    from mockcrm.base import escaping  # noqa: PLC0415  a run without failures must not import it
    from mockcrm.client import report  # noqa: PLC0415  a run without failures must not import it

    name = f"mockcrm {crm.name}"
    # An exception in here would end the whole run, and a test may have done anything to this process. A guard against
    # sockets may call `pytest.fail`, which does not raise an `Exception`.
    try:
        audit = report.message(crm.audit())
        if not _is_in(failure.exconly(), audit):
            yield f"{name}: audit", audit
        yield f"{name}: requests", "\n".join(report.of_requests(crm.requests.all(), LATEST)) or "none"
        bundle = crm.bundle()
        start, end = len(bundle["start"]["changes"]), crm.ask("GET", f"/sandboxes/{crm.name}")["lastSeq"]
        changes = crm.changes(after=max(start, end - LATEST))
        yield f"{name}: changes since the start", "\n".join(map(report.of_change, changes)) or "none"
        yield f"{name}: replay", _replay_command(json.dumps(bundle), item, crm)
    except (Exception, pytest.fail.Exception) as error:
        yield name, escaping.harmless_lines(pytest.ExceptionInfo.from_exception(error).exconly())


def _is_in(failure: str, audit: str) -> bool:
    """Whether a failure's text has the whole audit already, perhaps among what it says of a replica."""
    _, *lines = audit.splitlines()
    return audit in failure or (bool(lines) and all(line in failure for line in lines if not line.startswith("More: ")))


def _replay_command(bundle: str, item: pytest.Item, crm: "Crm") -> str:
    """Save a bundle among pytest's temporary files, which stay for three runs; the command that replays it."""
    from mockcrm.base.saving import save  # noqa: PLC0415  a run without failures must not import it

    if len(bundle) > MOST_BYTES:
        size = f"{len(bundle) // 1_000_000} MB is more than {MOST_BYTES // 1_000_000} MB"
        return f"No file: {size}. Call crm.bundle() in the test."
    # pytest gives it to fixtures, but not to hooks.
    factory: pytest.TempPathFactory | None = getattr(item.config, "_tmp_path_factory", None)
    if factory is None:
        return "No file: pytest has no temporary folders (-p no:tmpdir). Call crm.bundle() in the test."
    folder = factory.getbasetemp() / "mockcrm"
    folder.mkdir(exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', item.name)[:80]}-{crm.name}.json"
    save(file, [bundle.encode()])
    return f"mockcrm replay {file}"
