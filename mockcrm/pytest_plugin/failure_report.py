"""What the report of a failed test says of its CRMs."""

import json
import re
from collections.abc import Iterator, Sequence

import pytest

from mockcrm.base import escaping
from mockcrm.base.loopback import swallowing_proxy
from mockcrm.base.saving import save
from mockcrm.client import report
from mockcrm.client.crm import Crm

LATEST = 20
"""How many requests and changes a report shows: the latest ones."""
MOST_CRMS = 5
"""How many CRMs of one test a report shows: the latest ones. It says how many there were."""
MOST_BYTES = 10_000_000
"""The largest replay file that a failed test leaves, in bytes."""


def sections(
    crms: Sequence[tuple[Crm, str]], item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]
) -> Iterator[tuple[str, str]]:
    """The sections of the report, each with its title. Each CRM comes with the scope of its fixture."""
    if len(crms) > MOST_CRMS:
        yield "mockcrm", f"The last {MOST_CRMS} of this test's {len(crms)} CRMs:"
    for crm, scope in crms[-MOST_CRMS:]:
        if scope != "function":
            yield f"mockcrm {crm.name}", f"This is the {scope}'s CRM: what follows is of all its tests so far."
        yield from _sections_of(crm, item, failure)


def _sections_of(
    crm: Crm, item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]
) -> Iterator[tuple[str, str]]:
    """What a CRM saw in a test that failed, without what the failure itself says; or why it cannot be read."""
    name = f"mockcrm {crm.name}"
    # An exception in here would end the whole run, and a test may have done anything to this process. A guard against
    # sockets may call `pytest.fail`, which does not raise an `Exception`.
    try:
        audit = report.message(crm.audit())
        if not _is_in(failure.exconly(), audit):
            yield f"{name}: audit", audit
        yield f"{name}: requests", "\n".join(report.of_requests(crm.requests.all(), LATEST)) or _none_came(crm)
        bundle = crm.bundle()
        start, end = len(bundle["start"]["changes"]), crm.ask("GET", f"/sandboxes/{crm.name}")["lastSeq"]
        changes = crm.changes(after=max(start, end - LATEST))
        yield f"{name}: changes since the start", "\n".join(map(report.of_change, changes)) or "none"
        yield f"{name}: replay", _replay_command(json.dumps(bundle), item, crm)
    except (Exception, pytest.fail.Exception) as error:
        yield name, escaping.harmless_lines(pytest.ExceptionInfo.from_exception(error).exconly())


def _none_came(crm: Crm) -> str:
    proxy = swallowing_proxy(crm.url)
    return "none" if proxy is None else f"none. {proxy}"


def _is_in(failure: str, audit: str) -> bool:
    """Whether a failure's text has the whole audit already, perhaps among what it says of a replica."""
    _, *lines = audit.splitlines()
    return audit in failure or (bool(lines) and all(line in failure for line in lines if not line.startswith("More: ")))


def _replay_command(bundle: str, item: pytest.Item, crm: Crm) -> str:
    """Save a bundle among pytest's temporary files, which stay for three runs; the command that replays it."""
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
