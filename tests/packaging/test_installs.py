"""mockcrm installs beside the packages of a project, and works with the versions that it finds there."""

import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.packaging.environments import MANIFEST, NEEDS, PROJECTS, answers, installed, lower_bound, versions
from tests.sample.users import summary


@pytest.mark.parametrize("name", ["oldest", "dataclasses-json"])
def test_the_server_answers_and_the_sample_passes_beside_a_project_s_packages(tmp_path: Path, name: str) -> None:
    ann = installed(tmp_path, PROJECTS[name])
    assert versions(ann)["marshmallow"].startswith("3.")
    assert answers(ann.python) == answers(sys.executable)
    run = ann.tests()
    assert summary(run) == "14 passed", run.stdout


def test_pip_refuses_no_version_for_being_new() -> None:
    extras = MANIFEST["project"]["optional-dependencies"]
    for each in [*NEEDS, *map(Requirement, [*extras["docs"], *extras["ics"]])]:
        assert lower_bound(each)
