"""A command as a client: what it is given, what is kept of what it prints, and that nothing of it is left running."""

import os
import threading
from pathlib import Path

import pytest

from mockcrm import connect, create_app
from mockcrm.client.crm import Crm
from mockcrm.trials.command import CommandClient
from mockcrm.trials.output import KEPT_OUTPUT
from mockcrm.trials.play import ClientUnusable, PlayAbandoned, SyncFailed, SyncStalled
from tests.cli.clients import plain
from tests.waiting import out_of_time


@pytest.fixture
def crm() -> Crm:
    return connect(create_app())


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe: whoever reads it waits until somebody writes, and reads to the end once no writer lives."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def client(code: str, crm: Crm, tmp_path: Path, **options: object) -> CommandClient:
    return CommandClient(plain(code), crm, tmp_path / "client", **options)  # type: ignore[arg-type]


def failure(of: CommandClient) -> SyncFailed:
    with pytest.raises(SyncFailed) as failed:
        of.sync()
    return failed.value


def test_a_sync_finds_what_users_did_since_the_last_one_and_what_it_kept_itself(crm: Crm, tmp_path: Path) -> None:
    code = """
    import json, os, sys
    kept = os.environ["CRM_STATE"] + "/kept"
    before = open(kept).read() if os.path.exists(kept) else ""
    open(kept, "w").write(before + os.environ["CRM_SYNC"] + open(os.environ["CRM_MAILBOX"]).read())
    """
    made = client(code, crm, tmp_path)
    made.sync()
    made.apply([{"delete": {"event": "lunch", "id": "1001"}}])
    made.sync()
    made.sync()
    kept = (tmp_path / "client" / "state" / "kept").read_text()
    assert kept == '1[]2[{"delete": {"event": "lunch", "id": "1001"}}]3[]'


def test_its_files_go_with_it(crm: Crm, tmp_path: Path) -> None:
    made = client("", crm, tmp_path)
    made.sync()
    made.close()
    assert not (tmp_path / "client").exists()


def test_a_client_that_removes_its_folder_gets_it_again(crm: Crm, tmp_path: Path) -> None:
    code = """
    import os, shutil
    assert os.listdir(os.environ["CRM_STATE"]) == []
    shutil.rmtree(os.path.dirname(os.environ["CRM_STATE"]))
    """
    made = client(code, crm, tmp_path)
    made.sync()
    made.sync()


def test_files_that_cannot_be_written_are_not_the_clients_fault(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / "client").write_text("No folder.")
    with pytest.raises(ClientUnusable, match="cannot be written"):
        client("", crm, tmp_path).sync()


def test_of_what_it_prints_the_end_is_kept(crm: Crm, tmp_path: Path) -> None:
    code = """
    import os, sys
    for _ in range(512):
        os.write(1, b"x" * 65536)
    os.write(2, b"\\xff that was all")
    sys.exit(4)
    """
    found = failure(client(code, crm, tmp_path))
    assert str(found) == "It ended with status 4."
    assert found.output.endswith("xxx\ufffd that was all")
    assert len(found.output) == KEPT_OUTPUT


def test_what_it_printed_before_it_was_stopped_is_kept(
    crm: Crm, tmp_path: Path, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = threading.Event()
    out_of_time(monkeypatch, after=1, once=printed)
    code = f"""
    import time
    print("so far", flush=True)
    open({str(pipe)!r}, "w").close()
    time.sleep(3600)
    """
    made = client(code, crm, tmp_path, timeout=1)

    def wait() -> None:
        pipe.read_bytes()
        printed.set()

    threading.Thread(target=wait).start()
    found = failure(made)
    assert isinstance(found, SyncStalled)
    assert found.output == "so far\n"


def test_a_signal_that_ended_it_is_named(crm: Crm, tmp_path: Path) -> None:
    found = failure(client("import os; os.kill(os.getpid(), 9)", crm, tmp_path))
    assert str(found) == "It was ended by SIGKILL."


@pytest.mark.parametrize("status", [0, 1])
def test_what_it_leaves_running_is_ended_whatever_its_status(crm: Crm, tmp_path: Path, pipe: Path, status: int) -> None:
    code = f"""
    import os, time
    ready, told = os.pipe()
    if os.fork():
        os.read(ready, 1)
        os._exit({status})
    held = open({str(pipe)!r}, "w")
    os.write(told, b"x")
    time.sleep(3600)
    """
    made = client(code, crm, tmp_path)
    reader = threading.Thread(target=pipe.read_bytes)
    reader.start()
    if status:
        failure(made)
    else:
        made.sync()
    reader.join(timeout=10)
    assert not reader.is_alive()


def test_a_child_that_has_left_its_group_and_holds_its_output_keeps_nobody_waiting(
    crm: Crm, tmp_path: Path, pipe: Path
) -> None:
    code = f"""
    import os
    ready, told = os.pipe()
    if os.fork():
        os.read(ready, 1)
        os._exit(7)
    os.setsid()
    os.write(told, b"x")
    open({str(pipe)!r}).read()
    """
    found = failure(client(code, crm, tmp_path, timeout=60))
    assert str(found) == "It ended with status 7."
    pipe.write_bytes(b"Enough.")


def test_once_a_trial_is_interrupted_it_ends_and_does_not_start_again(crm: Crm, tmp_path: Path, pipe: Path) -> None:
    stopping = threading.Event()
    code = f"import time; open({str(pipe)!r}, 'w').write('here'); time.sleep(3600)"
    made = client(code, crm, tmp_path, stopping=stopping, timeout=60)

    def interrupt() -> None:
        pipe.read_bytes()
        stopping.set()

    threading.Thread(target=interrupt).start()
    with pytest.raises(PlayAbandoned):
        made.sync()
    with pytest.raises(PlayAbandoned):
        made.sync()


def test_a_zero_byte_in_its_words_is_no_traceback(crm: Crm, tmp_path: Path) -> None:
    with pytest.raises(ClientUnusable, match="cannot be run"):
        CommandClient(["a\0b"], crm, tmp_path / "client").sync()


def test_where_there_are_no_process_groups_the_command_itself_is_ended(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client("import time; time.sleep(3600)", crm, tmp_path, timeout=0.3)
    monkeypatch.delattr(os, "killpg")
    monkeypatch.setattr("mockcrm.trials.command.os", WindowsLike())
    assert isinstance(failure(made), SyncStalled)


class WindowsLike:
    """What the module `os` is on Windows, for the code under test."""

    name = "nt"
    environ = os.environ
