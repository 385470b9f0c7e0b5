"""`mockcrm serve --watch`: whoever edits the fixture file sees it, and a mistake breaks nothing."""

import os
from pathlib import Path

import httpx
import pytest

from mockcrm import Refused, Sandboxes, connect, create_app
from mockcrm.cli.watching import FileWatch, WatchedFile
from tests.processes import Served, patience, run, served

FROZEN = 'clock: {now: "2026-03-02T09:00:00Z", mode: frozen}\nevents:\n'


def written(path: Path, *subjects: str, broken: bool = False) -> None:
    """A fixture file, saved as editors do: beside its place, and then moved there."""
    times = "startTime: 2026-03-02T10:00:00Z, " + ("" if broken else "endTime: 2026-03-02T11:00:00Z")
    beside = path.with_suffix(".new")
    beside.write_text(FROZEN + "".join(f"  - {{subject: {subject}, {times}}}\n" for subject in subjects))
    beside.replace(path)


def next_line(server: Served) -> str:
    assert server.process.stdout
    with patience(server.process):
        return server.process.stdout.readline()


def test_an_edited_file_is_read_again_and_a_mistake_leaves_the_crm_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    written(file, "One")
    with served("--load", str(file), "--watch", "--count", "1") as server:
        while not next_line(server).startswith("  its controls"):
            pass

        def subjects() -> list[str]:
            records = httpx.get(f"{server.url}/api/v1/events?endAt=2026-03-02T12:00:00Z").json()["records"]
            return [each["subject"] for each in records if each["startTime"] == "2026-03-02T10:00:00.000Z"]

        written(file, "One", "Two")
        # The options hold for the edited file, too.
        assert next_line(server).startswith(f"{file} was read again: 2 events and 1 invented, the clock frozen")
        assert subjects() == ["One", "Two"]
        written(file, "Three", broken=True)
        assert next_line(server) == f"{file}:3: events[0].endTime: Missing data for required field.\n"
        assert next_line(server) == "The CRM stays as it was.\n"
        assert subjects() == ["One", "Two"]


def test_a_reset_reads_the_file_again_before_the_next_look(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    written(file, "One")
    watched = WatchedFile(file, lambda scenario: scenario)
    crm = connect(create_app(Sandboxes(watched.start(), reread=watched.reread)))

    def subjects() -> list[str | None]:
        return [event["subject"] for event in crm.events.all()]

    crm.events.create(startTime="2026-03-02T10:00:00Z", endTime="2026-03-02T10:30:00Z")
    crm.reset()
    assert subjects() == ["One"]
    written(file, "Two")
    crm.reset()
    assert subjects() == ["Two"]
    written(file, "Three", broken=True)
    for _ in range(2):
        with pytest.raises(Refused, match=r"mine.yaml:3: events\[0\].endTime") as refusal:
            crm.reset()
        assert refusal.value.details["problems"][0]["line"] == 3
        assert subjects() == ["Two"]
    crm.reset(empty=True)
    assert subjects() == []
    written(file, "Two")
    crm.reset()
    assert subjects() == ["Two"]


def test_a_file_that_the_server_cannot_serve_is_refused_each_time(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    written(file, "One")
    watched = WatchedFile(file, lambda scenario: scenario)
    crm = connect(create_app(Sandboxes(watched.start(), reread=watched.reread, socketless_server="granian")))
    file.write_text("faults: [{effect: {delay: PT1S}}]\n")
    for _ in range(2):
        with pytest.raises(Refused, match="The server granian cannot apply"):
            crm.reset()
        assert [event["subject"] for event in crm.events.all()] == ["One"]


def test_half_a_file_is_not_read_and_a_file_that_is_gone_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    written(file, "One")
    watched = WatchedFile(file, lambda scenario: scenario)
    sandboxes = Sandboxes(watched.start(), reread=watched.reread)
    watch, lineage = FileWatch(watched, sandboxes), sandboxes.get("default").lineage

    def said(looks: int = 1) -> str:
        for _ in range(looks):
            watch.look()
        return capsys.readouterr().err

    assert said(3) == ""
    file.write_text(FROZEN + "  - {subject: Tw")
    assert said() == ""
    written(file, "Two")
    assert said() == ""
    assert "was read again" in said()
    assert said(3) == ""
    # A file that was only touched starts nothing over.
    renewed = sandboxes.get("default").lineage
    os.utime(file, ns=(1, 1))
    assert said(3) == ""
    assert sandboxes.get("default").lineage == renewed != lineage
    file.unlink()
    assert "Cannot be read: No such file or directory." in said(3)
    written(file, "Three")
    assert "was read again" in said(3)


@pytest.mark.parametrize(
    "options", [(), ("--load", "quickstart"), ("--scenario", "quickstart"), ("--load", "none.yaml")]
)
def test_there_must_be_a_file_to_watch(options: tuple[str, ...]) -> None:
    refused = run("serve", "--watch", *options)
    assert (refused.returncode, "--watch needs a fixture file of yours" in refused.stderr) == (2, True)
