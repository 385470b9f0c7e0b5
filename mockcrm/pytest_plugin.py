"""The pytest plugin: a CRM for each test, and in the report of a failure what it knows of it (`docs/pytest.md`).

It costs nothing where no test asks for it: what it needs is imported by its fixtures.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockcrm.client.crm import Crm

LATEST = 20
"""How many requests and changes a report shows, the latest."""
MOST_CRMS = 5
"""How many CRMs of a test a report shows, the latest; more are counted."""
MOST_BYTES = 10_000_000
"""How large a file a failed test leaves for a replay, at most."""
MOST_STARTS = 100
"""How many starts are kept to be forked; a server has room for a thousand sandboxes, and tests need theirs."""
_MARKER = "mockcrm(scenario=None, dialect=None, seed=None, count=None, at=None): what the CRM of the test begins with."
_OPTIONS = ("scenario", "dialect", "seed", "count", "at")

__tracebackhide__ = True
"""What a test asks for wrongly is shown by what is said of it, and not by what is in here."""

MakeCrm = Callable[..., "Crm"]
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
    """The address of the server and its controls, which use no socket where the server is in this process."""
    from mockcrm import connect, create_app, serving  # noqa: PLC0415  who uses no fixture waits for no import

    if url := request.config.getoption("--mockcrm-url"):
        yield url, connect(url, token=request.config.getoption("--mockcrm-token"))
        return
    app = create_app()
    with serving(app) as url:
        yield url, connect(app, url=url)


@pytest.fixture(scope="session")
def mockcrm_server(_mockcrm: "tuple[str, Crm]") -> str:
    """The address of the server: one in this process, or the one that runs at `--mockcrm-url`."""
    return _mockcrm[0]


@pytest.fixture(scope="session")
def _mockcrm_starts(_mockcrm: "tuple[str, Crm]") -> "Iterator[Callable[..., Crm]]":
    """Sandboxes as tests begin with them, each made once, to be forked."""
    _, crm = _mockcrm
    made: OrderedDict[str, Crm] = OrderedDict()

    def start(**options: Any) -> "Crm":
        key = _key(options)
        if key not in made:
            if len(made) == MOST_STARTS:
                made.popitem(last=False)[1].delete()
            made[key] = _begun(crm, options)
        made.move_to_end(key)
        return made[key]

    yield start
    with ExitStack() as stack:
        for each in made.values():
            stack.enter_context(each)


def _key(options: dict[str, Any]) -> str:
    """What tests that begin alike have in common; the same relative path is another file in another folder."""
    scenario = options.get("scenario")
    if isinstance(scenario, str | Path) and isfile(scenario):  # noqa: PTH113  it takes any text, however long
        options = {**options, "scenario": Path(scenario).resolve()}
    return repr(sorted(options.items()))


def _begun(crm: "Crm", options: dict[str, Any]) -> "Crm":
    """A new sandbox with a scenario, by name, as a file or told in full; a dialect, events, and a clock that stands."""
    scenario, at = options.pop("scenario", None), options.pop("at", None)
    with ExitStack() as unless_it_begins:
        made = unless_it_begins.enter_context(crm.create())
        if scenario is not None:
            made.scenario.load(scenario)
        if at is not None:
            made.clock.freeze(at)
        if dialect := options.pop("dialect", None):
            made.set_dialect(**(dialect if isinstance(dialect, dict) else {"name": dialect}))
        if options:
            made.seed(**{"count": 100, **options})
        unless_it_begins.pop_all()
    return made


def _options(scenario: Any = None, /, **options: Any) -> dict[str, Any]:
    """What a CRM begins with, by name; the scenario may stand alone."""
    if unknown := options.keys() - set(_OPTIONS):
        raise TypeError(f"No such option: {', '.join(sorted(unknown))}; there are {', '.join(_OPTIONS)}.")
    return options if scenario is None else {**options, "scenario": scenario}


@pytest.fixture
def make_crm(request: pytest.FixtureRequest, _mockcrm_starts: "MakeCrm") -> "Iterator[MakeCrm]":
    """Makes CRMs, each with what the marker may say too: `make_crm(scenario="quickstart", dialect="google")`."""
    crms = request.node.stash.setdefault(_CRMS, [])
    with ExitStack() as stack:

        def make(*scenario: Any, **options: Any) -> "Crm":
            given = {name: value for name, value in _options(*scenario, **options).items() if value is not None}
            crm: Crm = stack.enter_context(_mockcrm_starts(**given).fork())
            crms.append(crm)
            return crm

        yield make


@pytest.fixture
def crm(request: pytest.FixtureRequest, make_crm: "MakeCrm") -> "Crm":
    """A CRM of the test's own: empty, or as its markers `mockcrm` say. The client under test gets `crm.url`."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mockcrm"))):
        options |= _options(*marker.args, **marker.kwargs)
    return make_crm(**options)


# What a failure says


# The old style of wrappers, for pluggy before 1.2, which pytest 7 takes.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    report: pytest.TestReport = (yield).get_result()
    # After the teardown there is no CRM to be asked.
    if report.when != "teardown" and report.failed and call.excinfo:
        crms = item.stash.get(_CRMS, [])
        if len(crms) > MOST_CRMS:
            report.sections.append(("mockcrm", f"The latest {MOST_CRMS} of {len(crms)} CRMs:"))
        for crm in crms[-MOST_CRMS:]:
            report.sections += _sections(crm, item, call.excinfo)


def _sections(crm: "Crm", item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]) -> Iterator[tuple[str, str]]:
    """What a CRM knows when a test has failed, besides what the failure says; or why it cannot be told."""
    from mockcrm.base import escaping  # noqa: PLC0415  the same
    from mockcrm.client import report  # noqa: PLC0415  the same

    name = f"mockcrm {crm.name}"
    # Whatever the test has done to this process, an exception in here would end the whole run. Who forbids sockets may
    # do it by `pytest.fail`, which raises no `Exception`.
    try:
        audit = report.message(crm.audit())
        if not _has_said(failure.exconly(), audit):
            yield f"{name}: audit", audit
        yield f"{name}: requests", "\n".join(report.of_requests(crm.requests.all(), LATEST)) or "none"
        bundle = crm.bundle()
        start, end = len(bundle["start"]["changes"]), crm.ask("GET", f"/sandboxes/{crm.name}")["lastSeq"]
        changes = crm.changes(after=max(start, end - LATEST))
        yield f"{name}: changes since the start", "\n".join(map(report.of_change, changes)) or "none"
        yield f"{name}: replay", _kept(json.dumps(bundle), item, crm)
    except (Exception, pytest.fail.Exception) as error:
        yield name, escaping.harmless_lines(pytest.ExceptionInfo.from_exception(error).exconly())


def _has_said(said: str, audit: str) -> bool:
    """Whether a failure has told the audit already: by itself, or with what it says of a replica."""
    _, *lines = audit.splitlines()
    return audit in said or (bool(lines) and all(line in said for line in lines if not line.startswith("More: ")))


def _kept(bundle: str, item: pytest.Item, crm: "Crm") -> str:
    """How to replay the bundle of a failed test: it lies beside pytest's own temporary folders, kept for three runs."""
    from mockcrm.base.saving import save  # noqa: PLC0415  the same

    if len(bundle) > MOST_BYTES:
        size = f"{len(bundle) // 1_000_000} MB, and {MOST_BYTES // 1_000_000} are the most"
        return f"No file: it would have {size}. In the test crm.bundle() has it."
    # A fixture has it, and no hook.
    factory: pytest.TempPathFactory | None = getattr(item.config, "_tmp_path_factory", None)
    if factory is None:
        return "No file: pytest has no temporary folders (-p no:tmpdir). In the test crm.bundle() has it."
    folder = factory.getbasetemp() / "mockcrm"
    folder.mkdir(exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', item.name)[:80]}-{crm.name}.json"
    save(file, [bundle.encode()])
    return f"mockcrm replay {file}"
