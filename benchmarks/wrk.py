"""Load by wrk, a generator that Debian has: requests per second, how long the slowest take, and what went wrong."""

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calls import Call

THREADS = 1
SECONDS = 3
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Load:
    """Requests per second, the 99th percentile of their times in seconds; how many failed or timed out, and all."""

    rate: float
    slowest: float
    failed: int
    requests: int


def load(url: str, calls: Sequence[Call], connections: int, *, keep: bool = True, seconds: int = SECONDS) -> Load:
    """The calls, one after the other on each of so many connections, which are kept open or closed after each."""
    command = ["wrk", "--latency", "--timeout", "10s", f"-t{min(THREADS, connections)}", f"-c{connections}"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "calls.lua")
        script.write_text(_lua(calls, keep=keep))
        command += [f"-d{seconds}s", "-s", str(script), url]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    failed = sum(map(int, errors.groups())) if errors else 0
    failed += int(refused[1]) if refused else 0
    rate, requests = _number(r"Requests/sec: +([\d.]+)", said), _number(r"(\d+) requests in", said)
    return Load(rate, _slowest(said), failed, int(requests))


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    assert found, said
    return float(found[1])


def _slowest(said: str) -> float:
    found = re.search(r" 99% +([\d.]+)(us|ms|s|m)\b", said)
    assert found, said
    return float(found[1]) * _UNITS[found[2]]


def _lua(calls: Sequence[Call], *, keep: bool) -> str:
    """The program by which wrk asks. A string of JSON is one of Lua's, too, as long as it is ASCII and has no `\\u`."""
    close = {} if keep else {"Connection": "close"}
    rows = [
        "wrk.format({}, {}, {{{}}}, {})".format(
            json.dumps(each.method),
            json.dumps(each.path),
            ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in (each.headers | close).items()),
            _bytes(each.body),
        )
        for each in calls
    ]
    return f"""
local made, at = {{}}, 0
init = function() made = {{ {", ".join(rows)} }} end
request = function() at = at % #made + 1; return made[at] end
"""


def _bytes(body: bytes | None) -> str:
    return "nil" if body is None else '"' + "".join(f"\\{each:03d}" for each in body) + '"'
