"""Two nodes behind HAProxy beside one node without it: what a request costs, with a hundred sandboxes."""

import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.calls import Call
from benchmarks.wrk import Load, load
from mockcrm import connect
from tests.deploy.proxy import CONFIG, proxied
from tests.processes import served

SANDBOXES, EVENTS, CONNECTIONS, ROUNDS = 100, 10, 16, 5
COLUMNS = ("requests per second", "p99", "nodes' CPU time per request", "HAProxy's", "failed")
HEAD = f"| what | {' | '.join(COLUMNS)} |\n{'|---' * (len(COLUMNS) + 1)}|\n"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Side:
    """Where requests go, and the processes that serve them."""

    url: str
    nodes: Sequence[int]
    proxies: Sequence[int]
    calls: Sequence[Call]


@dataclass(frozen=True)
class Figures:
    load: Load
    node: float
    proxy: float


def lines() -> Iterator[str]:
    """The table, line by line."""
    with sides() as (alone, behind):
        rounds = [(figures(alone), figures(behind)) for _ in range(ROUNDS)]
    for name, measured in zip(("one node", "two nodes behind HAProxy"), zip(*rounds, strict=True), strict=True):
        rate, slowest, node, proxy = (
            statistics.median(each)
            for each in zip(*((one.load.rate, one.load.slowest, one.node, one.proxy) for one in measured), strict=True)
        )
        failed = sum(one.load.failed for one in measured)
        cells = (f"{rate:,.0f}", f"{slowest * 1e3:,.1f} ms", f"{node * 1e6:,.0f} µs", f"{proxy * 1e6:,.0f} µs", failed)
        yield f"| {name} | {' | '.join(map(str, cells))} |\n"
    ratios = sorted(behind.node / alone.node for alone, behind in rounds)
    yield f"| nodes' CPU time, behind HAProxy / alone | | | {statistics.median(ratios):.2f} "
    yield f"({ratios[0]:.2f}\N{EN DASH}{ratios[-1]:.2f}) | | |\n"


@contextmanager
def sides() -> Iterator[tuple[Side, Side]]:
    with ExitStack() as stack:
        alone, *several = (stack.enter_context(served("--count", "0", "--node", f"node-{at}")) for at in range(3))
        config = two_servers(stack.enter_context(TemporaryDirectory()))
        proxy = stack.enter_context(proxied([each.url for each in several], config))
        yield (
            Side(alone.url, [alone.process.pid], [], made(alone.url)),
            Side(proxy.url, [each.process.pid for each in several], [proxy.pid], made(proxy.url)),
        )


def two_servers(folder: str) -> Path:
    """The configuration without its third server."""
    file = Path(folder, "haproxy.cfg")
    file.write_text("".join(line for line in CONFIG.read_text().splitlines(keepends=True) if "NODE_3" not in line))
    return file


def made(url: str) -> list[Call]:
    """Sandboxes, and the request for one event of each."""
    crm, calls = connect(url), []
    for at in range(SANDBOXES):
        box = crm.create(f"box-{at}", count=EVENTS, seed=1)
        event = box.events.all()[0]["id"]
        calls.append(Call("GET", f"/sandboxes/{box.name}/api/v1/events/{event}"))
    return calls


def figures(side: Side) -> Figures:
    before = [cpu(each) for each in (side.nodes, side.proxies)]
    got = load(side.url, side.calls, CONNECTIONS)
    after = [cpu(each) for each in (side.nodes, side.proxies)]
    node, proxy = ((end - begin) / got.requests for begin, end in zip(before, after, strict=True))
    return Figures(got, node, proxy)


def cpu(processes: Sequence[int]) -> float:
    """The processor time in seconds that processes and their children have had."""
    return sum(ticks(each) for process in processes for each in (process, *children(process))) / _TICK


def ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
