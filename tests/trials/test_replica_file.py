"""The copy of the events that a command leaves in a file, in whatever form and state it is."""

import os
from pathlib import Path
from typing import Any

import pytest

from mockcrm.trials import replica_file
from mockcrm.trials.play import UnusableReplica
from mockcrm.trials.replica_file import read_replica

LUNCH = {"id": "1001", "subject": "Lunch"}


def read(tmp_path: Path, content: str | bytes) -> Any:
    path = tmp_path / "replica.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_replica(path)


def test_no_file_is_no_replica(tmp_path: Path) -> None:
    assert read_replica(tmp_path / "replica.json") is None


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": "1001", "subject": "Lunch"}]',
        '{"1001": {"id": "1001", "subject": "Lunch"}}',
        '{"1001": {"subject": "Lunch"}}',
        '{"id": "1001", "subject": "Lunch"}',
        '{"id": "1001", "subject": "Lunch"}\n',
        '\n{"id": "1001", "subject": "Lunch"}\r\n\n',
        '\ufeff[{"id": "1001", "subject": "Lunch"}]',
    ],
)
def test_every_form_says_the_same(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == [LUNCH]


def test_lines_have_a_record_each(tmp_path: Path) -> None:
    content = '{"id": "1", "subject": "One\u2028still one"}\n{"id": "2"}'
    assert read(tmp_path, content) == [{"id": "1", "subject": "One\u2028still one"}, {"id": "2"}]


@pytest.mark.parametrize(("content", "found"), [("[]", []), ("{}", []), ("", []), ('["1001"]', ["1001"])])
def test_nothing_and_ids_alone_are_replicas_too(tmp_path: Path, content: str, found: Any) -> None:
    assert read(tmp_path, content) == found


def test_a_body_of_the_audit_may_have_a_window(tmp_path: Path) -> None:
    content = '{"replica": [{"id": "1001", "subject": "Lunch"}], "window": {"from": "2026-03-01"}}'
    assert read(tmp_path, content) == {"replica": [LUNCH], "window": {"from": "2026-03-01"}}


def test_a_file_may_have_a_section_for_each_kind_of_records(tmp_path: Path) -> None:
    content = """{
        "events": {"replica": [{"id": "1001", "subject": "Lunch"}], "window": {"startAt": "2026-03-01T00:00:00Z"}},
        "contacts": [{"id": "501", "lastName": "Coyote"}],
        "leads": {"601": {"lastName": "Runner"}},
        "users": []
    }"""
    assert read(tmp_path, content) == {
        "events": {"replica": [LUNCH], "window": {"startAt": "2026-03-01T00:00:00Z"}},
        "contacts": [{"id": "501", "lastName": "Coyote"}],
        "leads": [{"id": "601", "lastName": "Runner"}],
        "users": [],
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"subject": "caf\xe9"}]', "byte 17 of the file is not UTF-8."),
        ('[{"id": "1001"}, {"id"', "the file is not JSON: "),
        ('{"id": "1"}\n{"id": "2"}\n{"id": ', "line 3 of the file is not JSON: "),
        ("42", "the file has neither a list of records nor an object of records by id."),
        ("null", "the file has neither"),
        ("[42]", "entry 1 of the file is not a record."),
        ('[{"id": "1"}, null]', "entry 2 of the file is not a record."),
        ('{"a": "1001"}', "'a' of the file is not a record."),
        ('{"events": [], "contacts": [7]}', "entry 1 in contacts of the file is not a record."),
        ('{"contacts": {"501": 7}}', "'501' in contacts of the file is not a record."),
        ('{"contacts": 7}', "by id in contacts."),
        ('{"id": 7}\n17', "entry 2 of the file is not a record."),
        ("[" * 100_000, "the file is not JSON: "),
        ("NaN", "the file is not JSON: "),
        ("\x00\x01", "the file is not JSON: "),
    ],
)
def test_a_file_that_is_no_replica_is_refused_with_the_place(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(UnusableReplica) as refused:
        read(tmp_path, content)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_file, "MAX_REPLICA_FILE", 10)
    assert read(tmp_path, "[        ]") == []
    with pytest.raises(UnusableReplica, match="larger than 10 bytes"):
        read(tmp_path, "[         ]")


def test_what_is_no_file_is_refused_and_nobody_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "replica.json"
    path.mkdir()
    with pytest.raises(UnusableReplica, match="not a file"):
        read_replica(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(UnusableReplica, match="not a file"):
        read_replica(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(UnusableReplica, match="not a file"):
        read_replica(path)
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(UnusableReplica, match="cannot be read"):
        read_replica(path)
