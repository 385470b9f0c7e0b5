"""What `deploy/` has for Compose and Kubernetes: held against the schemas, the server's options and the proxy."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockcrm.cli.main import main
from tests.deploy.proxy import CONFIG
from tests.docker.dockerfile import said
from tests.docker.linters import passes

FOLDER = CONFIG.parent
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
KUBERNETES = {
    (each["kind"], each["metadata"]["name"]): each
    for each in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
}
PAGE = (FOLDER.parent / "docs" / "how-to" / "many-servers.md").read_text()


def test_the_files_are_as_their_schemas_have_them() -> None:
    passes("check-jsonschema", "--builtin-schema", "vendor.compose-spec", FOLDER / "compose.yaml")
    passes("kubernetes-validate", "--strict", FOLDER / "kubernetes.yaml")


@pytest.mark.parametrize("file", ["compose.yaml", "kubernetes.yaml"])
def test_every_variable_is_one_of_the_server_s(file: str) -> None:
    known = {option.envvar for option in main.commands["serve"].params}
    assert set(re.findall(r"MOCKCRM_[A-Z_]+", (FOLDER / file).read_text())) <= known


def servers() -> dict[str, str]:
    """The nodes that the proxy knows: the variable that has a node's address, and the address without it."""
    return dict(re.findall(r'^ +server \S+ "\$\{(\w+)-(.+)\}"$', CONFIG.read_text(), re.MULTILINE))


def test_compose_has_each_node_that_the_proxy_knows() -> None:
    nodes = {
        name: each["environment"]["MOCKCRM_NODE"] for name, each in COMPOSE["services"].items() if name != "mockcrm"
    }
    assert {f"{name}:{said('EXPOSE')}" for name in nodes} == {*servers().values()}
    assert all(name == node for name, node in nodes.items())
    proxy = COMPOSE["services"]["mockcrm"]
    assert set(proxy["depends_on"]) == set(nodes)
    assert proxy["ports"] == ["127.0.0.1:8080:8080"]


def container(kind: str, name: str) -> Any:
    (only,) = KUBERNETES[kind, name]["spec"]["template"]["spec"]["containers"]
    return only


def test_kubernetes_has_each_node_that_the_proxy_knows() -> None:
    nodes = KUBERNETES["StatefulSet", "mockcrm-node"]
    service = nodes["spec"]["serviceName"]
    pods = [f"mockcrm-node-{at}.{service}:{said('EXPOSE')}" for at in range(nodes["spec"]["replicas"])]
    places = {each["name"]: each["value"] for each in container("Deployment", "mockcrm-proxy")["env"]}
    assert [places[variable] for variable in servers()] == pods
    assert ("Service", service) in KUBERNETES


def test_the_controls_answer_to_the_name_by_which_the_proxy_is_called() -> None:
    environment = {each["name"]: each.get("value") for each in container("StatefulSet", "mockcrm-node")["env"]}
    assert ("Service", environment["MOCKCRM_ALLOWED_HOST"]) in KUBERNETES
    assert COMPOSE["services"]["node-1"]["environment"]["MOCKCRM_ALLOWED_HOST"] in COMPOSE["services"]


def test_kustomize_makes_what_the_deployment_mounts_and_the_image_that_the_pods_run() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert all(Path(FOLDER, name).exists() for name in kustomization["resources"])
    (made,) = kustomization["configMapGenerator"]
    (volume,) = KUBERNETES["Deployment", "mockcrm-proxy"]["spec"]["template"]["spec"]["volumes"]
    assert volume["configMap"]["name"] == made["name"]
    assert made["files"] == [CONFIG.name]
    assert container("StatefulSet", "mockcrm-node")["image"] == kustomization["images"][0]["name"]
