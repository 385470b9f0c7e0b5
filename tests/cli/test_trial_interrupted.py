"""`mockcrm trial`, interrupted: its report says what there is, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from mockcrm import connect, create_app, serving
from mockcrm.cli.trial.interruption import interruptible
from tests.cli.clients import plain
from tests.cli.trying import HARMLESS
from tests.forking import PATIENCE
from tests.processes import COMMAND, patience

EARLIER = "edit-during-paging"
"""A hazard that is played before `HARMLESS`, and has three syncs."""


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe, whose reader waits for a writer, and at the end of all writers knows that none lives."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def hanging(pipe: Path, rest: str = "") -> list[str]:
    """A client that starts a child, says so through the pipe, and hangs like its child, which ignores SIGTERM."""
    code = f"""
    child = os.fork()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = open({str(pipe)!r}, "w")
    held.write("x")
    held.flush()
    time.sleep(3600)
    """
    return [*plain("")[:-1], "import os, signal, time\n" + dedent(rest) + dedent(code)]


def started(client: Sequence[str], tmp_path: Path, *options: str) -> "subprocess.Popen[str]":
    (tmp_path / "temporary").mkdir()
    return subprocess.Popen(
        [*COMMAND, "trial", "--jobs", "1", *options, "--", *client],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        start_new_session=True,
    )


@pytest.mark.parametrize("to_group", [False, True], ids=["to mockcrm alone", "to the whole group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_trial_that_is_interrupted_ends_its_commands_with_their_children_and_reports_what_there_is(
    tmp_path: Path, pipe: Path, to_group: bool, number: signal.Signals
) -> None:
    app = create_app()
    with serving(app) as url:
        process = started(hanging(pipe), tmp_path, "--url", url, "--only", HARMLESS)
        with patience(process), pipe.open() as reader:
            assert reader.read(1) == "x"
            (os.killpg if to_group else os.kill)(process.pid, number)
            out, err = process.communicate(timeout=15)
            # The pipe ends when nobody is left who could write to it.
            reader.read()
        assert connect(url).ask("GET", "/sandboxes")["length"] == 1
    assert process.returncode == 2
    assert HARMLESS in out
    assert "Interrupted." in err
    assert "Traceback" not in err
    assert [*(tmp_path / "temporary").iterdir()] == []


def test_a_trial_that_is_interrupted_after_a_failure_has_failed(tmp_path: Path, pipe: Path) -> None:
    rest = """
    failed = os.environ["CRM_STATE"] + "/../../failed"
    if not os.path.exists(failed):
        if os.environ["CRM_SYNC"] == "3":
            open(failed, "x").close()
        os._exit(1)
    """
    process = started(hanging(pipe, rest), tmp_path, "--only", HARMLESS, "--only", EARLIER)
    with patience(process), pipe.open() as reader:
        assert reader.read(1) == "x"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=15)
    assert process.returncode == 1
    assert "crashed" in out
    assert EARLIER in out
    assert HARMLESS in out


def test_a_signal_that_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stopping = threading.Event()
    try:
        with interruptible(stopping):
            os.kill(os.getpid(), signal.SIGHUP)
        assert not stopping.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_interruption_ends_at_once() -> None:
    code = """
    import signal, threading
    from mockcrm.cli.trial.interruption import interruptible
    with interruptible(threading.Event()):
        print("ready", flush=True)
        while True:
            signal.pause()
    """
    command = [sys.executable, "-c", dedent(code)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        patience(process),
    ):
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        process.stderr.readline()
        assert process.stderr.readline().startswith("Interrupted.")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
