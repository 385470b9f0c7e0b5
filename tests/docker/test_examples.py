"""compose.yaml and the examples of docs/how-to/container.md, held to their schemas and tried without Docker."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from mockcrm.cli.main import main
from tests.docker.dockerfile import command, environment, said
from tests.docker.linters import passes
from tests.docs.pages import ROOT
from tests.processes import COMMAND, started

PAGE = (ROOT / "docs" / "how-to" / "container.md").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


def shown(heading: str, language: str) -> str:
    """The example that stands below a heading of the page."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    (text,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(text)


GITHUB, GITLAB, JAVA = (
    shown(*each) for each in (("GitHub Actions", "yaml"), ("GitLab", "yaml"), ("Testcontainers", "java"))
)


@pytest.mark.parametrize(
    ("schema", "text"),
    [("compose-spec", COMPOSE), ("github-workflows", GITHUB), ("gitlab-ci", GITLAB)],
    ids=["compose", "github", "gitlab"],
)
def test_what_others_read_is_as_their_schema_has_it(schema: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    passes("check-jsonschema", "--builtin-schema", f"vendor.{schema}", file)


def test_every_variable_is_one_of_the_server_s() -> None:
    known = {option.envvar for option in main.commands["serve"].params}
    assert set(re.findall(r"MOCKCRM_\w+", PAGE + COMPOSE)) <= known


def test_compose_opens_the_port_to_this_machine_alone_and_lets_the_engine_wait() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert services["mockcrm"]["ports"] == [f"127.0.0.1:{said('EXPOSE')}:{said('EXPOSE')}"]
    assert services["sync"]["depends_on"] == {"mockcrm": {"condition": "service_healthy"}}


@dataclass(frozen=True)
class Example:
    """What an example sets for the CRM, where it says the API is, and how it asks for the audit."""

    environment: dict[str, str]
    crm: str
    audit: str


def variables(payload: dict[str, Any]) -> dict[str, str]:
    """An environment as YAML has it; what is left to the shell is left out."""
    return {name: str(value) for name, value in payload.items() if value is not None}


def of_compose() -> Example:
    services = yaml.safe_load(COMPOSE)["services"]
    crm = services["sync"]["environment"]["CRM_URL"]
    return Example(variables(services["mockcrm"]["environment"]), crm, "docker exec crm mockcrm audit")


def of_github() -> Example:
    job = yaml.safe_load(GITHUB)["jobs"]["sync"]
    _, sync, audit = job["steps"]
    ask = audit["run"].replace("${{ job.services.mockcrm.id }}", "crm")
    return Example(variables(job["services"]["mockcrm"]["env"]), sync["env"]["CRM_URL"], ask)


def of_gitlab() -> Example:
    job = yaml.safe_load(GITLAB)["sync"]
    return Example(variables(job["variables"]), job["variables"]["CRM_URL"], job["script"][-1])


def of_java() -> Example:
    environment = dict(re.findall(r'withEnv\("(\w+)", "(\w+)"\)', JAVA))
    (words,) = re.findall(r'execInContainer\("(\w+)", "(\w+)"\)', JAVA)
    return Example(environment, "http://localhost:8080/api/v1", f"docker exec crm {' '.join(words)}")


def status(line: str, url: str, environment: dict[str, str]) -> int:
    """The status of a command of the examples, where a container is this machine, and the CRM is at `url`."""
    here = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MOCKCRM_URL": url}
    script = 'docker() { shift 2; "$@"; }; ' + line.replace("http://mockcrm:8080", url)
    return subprocess.run(
        ["bash", "-c", script], env={**os.environ, **environment, **here}, timeout=30, check=False
    ).returncode


@pytest.mark.parametrize("payload", [of_compose, of_github, of_gitlab, of_java])
def test_the_api_and_the_controls_answer_by_the_names_of_the_example(payload: Callable[[], Example]) -> None:
    example = payload()
    address = urlsplit(example.crm)
    assert address.port == int(said("EXPOSE"))
    with started([*COMMAND, *command("CMD", "0")[1:]], os.environ | environment() | example.environment) as server:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        known = {"Host": address.netloc, "Authorization": f"Bearer {example.environment.get('MOCKCRM_ADMIN_TOKEN')}"}
        assert httpx.get(f"{url}{address.path}/events", headers=known).status_code == 200
        assert httpx.get(f"{url}/admin/clock", headers=known).status_code == 200
        assert httpx.get(f"{url}/admin/clock", headers=known | {"Host": "evil.example"}).status_code == 403
        assert status(example.audit, url, example.environment) == 0
    assert status(example.audit, url, example.environment) != 0
