"""What commands print and write: on a full disk, into closed pipes, in any console, and whatever a file says."""

import json
import os
import resource
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from mockcrm import create_app, serving
from tests.processes import COMMAND, run, run_in_bytes, served

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
SPRING = FIXTURES.parent / "docs" / "how-to" / "spring.ics"
EVIL = "\x1b[31mred\x07\u202egnp\u200b\x9b2J\U000e0041"
"""A text that colours, beeps, turns letters, hides some, and clears a terminal."""
SHOWN = r"\x1b[31mred\x07\u202egnp\u200b\x9b2J\U000e0041"
STRANGE = [letter for letter in EVIL if not letter.isprintable()]
TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server whose one client, with an emoji in its name, has lost a change of an event with a hostile subject."""
    with serving(create_app()) as address:
        crm, client = f"{address}/admin", httpx.Headers({b"X-Mockcrm-Client": "grün 🍜".encode()})
        httpx.put(f"{crm}/clock", json={"mode": "frozen"}).raise_for_status()
        made = httpx.post(f"{crm}/events", json={**TIMES, "subject": f"🍜 → {EVIL}", "key": "lost"}).raise_for_status()
        httpx.post(f"{crm}/clock/advance", json={"by": "1m"}).raise_for_status()
        bound = httpx.get(f"{address}/api/v1/events", headers=client).json()["asOf"]
        httpx.patch(f"{crm}/events/lost", json={"location": EVIL, "bump": False}).raise_for_status()
        httpx.get(f"{address}/api/v1/events", params={"since": bound}, headers=client).raise_for_status()
        assert made.json()["subject"].startswith("🍜")
        yield address


@pytest.fixture
def bundle(url: str, tmp_path: Path) -> Path:
    file = tmp_path / "bundle.json"
    file.write_bytes(httpx.get(f"{url}/admin/replay").content)
    return file


COMMANDS: dict[str, tuple[str, ...]] = {
    "seed": ("seed", "--count", "500"),
    "import": ("import", str(SPRING)),
    "bundle": ("bundle", "--url", "{url}"),
    "audit": ("audit", "--url", "{url}"),
    "audit as JSON": ("audit", "--url", "{url}", "--json"),
    "audit as JUnit": ("audit", "--url", "{url}", "--format", "junit"),
    "replay": ("replay", "{bundle}"),
    "config": ("config",),
    "config as JSON": ("config", "--json"),
    "validate": ("validate", str(FIXTURES / "quickstart.yaml")),
    "schema": ("scenario", "schema"),
    "scenario": ("scenario", "json", str(FIXTURES / "quickstart.yaml")),
    "explain": ("explain",),
    "explain as JSON": ("explain", "--json"),
    "help": ("--help",),
    "help of one": ("audit", "--help"),
}
EACH = pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))


@pytest.fixture
def line(url: str, bundle: Path) -> Callable[[tuple[str, ...]], list[str]]:
    return lambda command: [*COMMAND, *(part.format(url=url, bundle=bundle) for part in command)]


def in_one_line(process: "subprocess.CompletedProcess[str]", complaint: str) -> bool:
    """Whether a command ended with status 2, and its last line, the only one that it did not mean to say, says why."""
    *_, last = process.stderr.splitlines()
    return process.returncode == 2 and last.startswith(f"Error: {complaint}") and "Traceback" not in process.stderr


# A full disk, and nobody who reads


@EACH
def test_on_a_full_disk_a_command_says_so_in_a_line(command: tuple[str, ...], line: Any) -> None:
    done = run_in_bytes(*line(command)[len(COMMAND) :], out=Path("/dev/full"))
    said = subprocess.CompletedProcess(done.args, done.returncode, "", done.stderr.decode())
    assert in_one_line(said, "Standard output cannot be written: No space left on device."), done


@pytest.mark.parametrize("command", [COMMANDS[name] for name in ("seed", "bundle", "audit", "validate", "config")])
def test_when_standard_output_is_closed_a_command_says_so_in_a_line(command: tuple[str, ...], line: Any) -> None:
    closed = ["sh", "-c", 'exec "$0" "$@" >&-', *line(command)]
    done = subprocess.run(closed, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert in_one_line(done, "Standard output cannot be written: "), done


@pytest.mark.parametrize("command", [COMMANDS[name] for name in ("seed", "bundle", "audit", "validate", "config")])
def test_when_nobody_reads_on_a_command_says_so_in_a_line(command: tuple[str, ...], line: Any) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(line(command), stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)
    assert in_one_line(done, "Standard output cannot be written: Broken pipe."), done


def test_without_standard_error_the_status_still_says_it(line: Any) -> None:
    with Path("/dev/full").open("wb") as full:
        for streams in ({"stdout": full, "stderr": full}, {"stdout": subprocess.DEVNULL, "stderr": full}):
            done = subprocess.run(line(("seed", "--count", "5")), **streams, timeout=60, check=False)
            assert done.returncode == (2 if streams["stdout"] is full else 0)
        refused = subprocess.run(line(("validate", "/nowhere.yaml")), stderr=full, timeout=60, check=False)
    assert refused.returncode == 2


def limited() -> None:
    # Python would write half a module's bytecode, and every later process would read it.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


WRITERS = pytest.mark.parametrize("command", [COMMANDS[name] for name in ("seed", "import", "bundle")])


@WRITERS
@pytest.mark.parametrize("before", [None, "what was there"])
def test_a_file_that_cannot_be_written_whole_is_not_written(
    command: tuple[str, ...], before: str | None, line: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "out.yaml"
    if before is not None:
        out.write_text(before)
    asked = [*line(command), "--out", str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limited)
    assert in_one_line(done, f"{out} cannot be written: File too large."), done
    assert {file.name: file.read_text() for file in folder.iterdir()} == ({} if before is None else {out.name: before})


@WRITERS
def test_a_file_that_is_written_has_the_permissions_that_any_has(
    command: tuple[str, ...], line: Any, tmp_path: Path
) -> None:
    fresh, kept, linked = tmp_path / "fresh", tmp_path / "kept", tmp_path / "linked"
    kept.write_text("before")
    kept.chmod(0o640)
    linked.symlink_to(kept)
    for out in (fresh, linked):
        subprocess.run([*line(command), "--out", str(out)], check=True, timeout=60, umask=0o027, capture_output=True)
    assert stat.S_IMODE(fresh.stat().st_mode) == stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert linked.is_symlink()
    assert kept.read_bytes()[:1] == fresh.read_bytes()[:1]


def test_what_is_no_regular_file_is_written_as_it_is(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert run("seed", "--count", "2", "--out", str(pipe)).returncode == 0
    reader.join()
    assert run("seed", "--count", "2", "--out", "/dev/stdout").stdout == read[0]
    assert run("seed", "--count", "2", "--out", "/dev/null").returncode == 0
    assert (pipe.is_fifo(), Path("/dev/null").is_char_device()) == (True, True)


# Consoles

CONSOLES: dict[str, dict[str, str]] = {
    "cp1252": {"PYTHONIOENCODING": "cp1252:strict"},
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
IN_EACH_CONSOLE = pytest.mark.parametrize("env", CONSOLES.values(), ids=list(CONSOLES))


def printed(arguments: list[str], env: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    if "LC_ALL" not in env:
        return run_in_bytes(*arguments[len(COMMAND) :], env=env)
    return subprocess.run(arguments, capture_output=True, env=os.environ | env, timeout=60, check=False)


@IN_EACH_CONSOLE
def test_in_any_console_an_audit_is_told_and_its_status_is_the_verdict(env: dict[str, str], line: Any) -> None:
    done = printed(line(COMMANDS["audit"]), env)
    assert (done.returncode, done.stderr) == (1, b"")
    text = done.stdout.decode(env.get("PYTHONIOENCODING", "ascii").partition(":")[0])
    assert r"\U0001f35c" in text
    assert SHOWN in text


@pytest.mark.parametrize("command", ["audit as JSON", "audit as JUnit", "bundle", "scenario", "seed"])
def test_what_is_for_programs_is_utf_8_in_any_console(command: str, line: Any) -> None:
    in_utf_8 = printed(line(COMMANDS[command]), {"PYTHONIOENCODING": "utf-8"}).stdout
    for env in CONSOLES.values():
        done = printed(line(COMMANDS[command]), env)
        assert done.returncode == (1 if command.startswith("audit") else 0), env
        assert done.stdout == in_utf_8, env
        assert not any(letter in done.stdout.decode() for letter in STRANGE), env


def test_what_is_for_programs_says_the_same_as_the_server(url: str, line: Any) -> None:
    as_json, as_xml = (printed(line(COMMANDS[f"audit as {form}"]), {}).stdout for form in ("JSON", "JUnit"))
    assert json.loads(as_json) == httpx.get(f"{url}/admin/audit").json()
    assert "\u202egnp\u200b" in "".join(fromstring(as_xml).itertext())


@IN_EACH_CONSOLE
def test_in_any_console_files_are_told_of_by_their_names(env: dict[str, str], tmp_path: Path) -> None:
    for name, text in (("grün 🍜.yaml", "title: Lunch\n"), ("→.yaml", "→🍜: 1\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = printed([*COMMAND, "validate", str(tmp_path)], env)
    assert (done.returncode, b"fine" in done.stdout) == (1, True)
    assert b"No such field." in done.stderr
    assert b"Traceback" not in done.stderr


@IN_EACH_CONSOLE
def test_in_any_console_a_server_starts(env: dict[str, str], tmp_path: Path) -> None:
    start = tmp_path / "grün 🍜.yaml"
    start.write_text("title: 🍜\n", encoding="utf-8")
    # How Python starts shall tell.
    prelude = "pass" if "LC_ALL" in env else None
    with served("--load", str(start), env={**env, "MOCKCRM_🍜": "🍜"}, prelude=prelude) as server:
        assert "serves a fake CRM" in server.said


# Text of strangers


def harmless(done: "subprocess.CompletedProcess[str]") -> bool:
    """Whether nothing that was printed steers a terminal, and what was wrong was told."""
    assert SHOWN in done.stdout + done.stderr, done
    return not any(letter in done.stdout + done.stderr for letter in STRANGE)


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    file = tmp_path / "evil.yaml"
    key = json.dumps(EVIL[:-1])[:-1] + '\\U000E0041"'
    file.write_text(f'title: Evil\n{key}: 1\n"a\\nb": 1\n', encoding="ascii")
    return file


@pytest.mark.parametrize("command", [("validate",), ("serve", "--load"), ("config", "--load"), ("scenario", "json")])
def test_what_a_fixture_file_says_reaches_no_terminal_raw(command: tuple[str, ...], evil: Path) -> None:
    done = run(*command, str(evil))
    assert (done.returncode, harmless(done)) == (1, True)
    assert ":3: a\\nb: No such field." in done.stderr


@pytest.mark.parametrize(
    "command",
    [("validate",), ("serve", "--load"), ("config", "--load"), ("scenario", "json"), ("import",), ("replay",)],
)
def test_nor_does_the_name_of_a_file(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, str(tmp_path / f"{EVIL}.yaml"))
    assert harmless(done)
    assert done.returncode == (1 if command[0] in ("serve", "config", "scenario") else 2)


def test_nor_does_what_a_dialect_file_says(tmp_path: Path) -> None:
    (tmp_path / "dialects").mkdir()
    file = tmp_path / "dialects" / "evil.yaml"
    file.write_text(f'{json.dumps(EVIL)[:-1]}\\U000E0041": 1\n'.replace("\\udb40\\udc41", ""), encoding="ascii")
    assert harmless(run("validate", str(file)))


def test_nor_does_what_a_calendar_says(tmp_path: Path) -> None:
    file = tmp_path / "evil.ics"
    text = SPRING.read_text(encoding="utf-8").replace("SUMMARY:", f"SUMMARY:{EVIL}")
    file.write_text(text, encoding="utf-8")
    made = run("import", str(file))
    assert made.returncode == 0
    assert not any(letter in made.stdout + made.stderr for letter in STRANGE)
    file.write_text(text.replace("RRULE:FREQ=", "RRULE:INTERVAL=0;FREQ="), encoding="utf-8")
    refused = run("import", str(file))
    assert (refused.returncode, "INTERVAL=0" in refused.stderr, harmless(refused)) == (2, True, True)


def test_nor_does_what_a_bundle_says(bundle: Path) -> None:
    payload = json.loads(bundle.read_bytes())
    payload["steps"][-1]["status"] = 404
    payload["verdict"]["clients"][0]["client"] = EVIL
    bundle.write_text(json.dumps(payload))
    done = run("replay", str(bundle))
    assert (done.returncode, harmless(done)) == (1, True)


class Liar(BaseHTTPRequestHandler):
    """A server that is no CRM, and answers what it is made for."""

    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


ANSWERS: list[tuple[int, bytes]] = [
    (200, b"<html>" + EVIL.encode()),
    (404, json.dumps({"code": EVIL, "message": EVIL}).encode()),
    (500, EVIL.encode()),
    (200, b'"\\ud800"'),
    (200, b"[" * 100_000),
    (200, b"[]"),
    (200, b"{}"),
    (200, b'{"clients": [{}], "verdict": "passed", "reasons": [], "clean": true, "complete": true}'),
    (200, b'{"clients": [], "clean": true, "complete": true}'),
    (200, b'{"clients": [], "verdict": "inconclusive", "reasons": [], "clean": true, "complete": true}'),
    (200, b'{"clients": [], "verdict": "brilliant", "reasons": [], "clean": true, "complete": true}'),
    (200, b""),
]


@pytest.mark.parametrize(("status", "body"), ANSWERS, ids=str)
def test_whatever_a_server_answers_no_audit_of_it_ends_in_a_traceback(status: int, body: bytes) -> None:
    kind = type("_Liar", (Liar,), {"status": status, "body": body})
    with HTTPServer(("127.0.0.1", 0), kind) as liar:
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        done = run("audit", "--url", f"http://127.0.0.1:{liar.server_port}")
        liar.shutdown()
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done
    assert not any(letter in done.stdout + done.stderr for letter in STRANGE)


# Many files


def test_validate_looks_at_all_files_whatever_is_wrong_with_some(tmp_path: Path) -> None:
    for name, text in (
        ("a", "titel: x\n"),
        ("b", "title: fine\n"),
        ("c", "a: [\n"),
        ("d", "\x00"),
        ("e", "title: fine\n"),
    ):
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "f.yaml").write_bytes(b"\xff")
    done = run("validate", str(tmp_path))
    assert [line.split(":")[1:3] for line in done.stdout.splitlines()] == [
        [" fine", " 0 events and 0 invented, real time"]
    ] * 2
    assert [Path(line.split(":")[0]).name for line in done.stderr.splitlines()] == [f"{name}.yaml" for name in "acdf"]
    assert done.returncode == 1


def test_validate_tells_mistakes_from_files_that_it_could_not_look_at(tmp_path: Path) -> None:
    wrong, missing, empty = tmp_path / "wrong.yaml", tmp_path / "missing.yaml", tmp_path / "empty"
    wrong.write_text("titel: x\n")
    empty.mkdir()
    assert run("validate", str(wrong)).returncode == 1
    both = run("validate", str(missing), str(wrong))
    assert (both.returncode, len(both.stderr.splitlines())) == (2, 2)
    nothing = run("validate", str(empty), str(wrong))
    assert (nothing.returncode, "has no fixture file" in nothing.stderr) == (2, True)
