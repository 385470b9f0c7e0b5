"""The packages are those of the lock, which names no address, and the wheel has what the page loads of them."""

import json
import re

from hatch_build import FILES
from tests.docs.pages import ROOT
from tests.page import lock
from tests.page.code import import_map, linked, loaded

ASKED_FOR = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))


def test_the_lock_names_no_address() -> None:
    text = lock.FILE.read_text(encoding="utf-8")
    assert re.findall(r"\S*://\S*", text) == [], "python -m tests.page.lock takes them out"
    assert '"resolved"' not in text


def test_each_package_is_known_by_its_content() -> None:
    packages = {path: package for path, package in lock.read()["packages"].items() if path}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any(package.get("hasInstallScript") for package in packages.values())


def test_what_is_asked_for_is_one_version_and_the_lock_has_it() -> None:
    packages = lock.read()["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert packages[""][kind] == ASKED_FOR[kind]
        for name, version in ASKED_FOR[kind].items():
            assert packages[f"node_modules/{name}"]["version"] == version
            assert packages[f"node_modules/{name}"].get("dev", False) == (kind == "devDependencies")


def test_what_is_installed_with_the_page_has_the_licences_that_the_metadata_names() -> None:
    packages = {path.removeprefix("node_modules/"): each for path, each in lock.read()["packages"].items()}
    taken = {"/".join(path.split("/")[: 2 if path[0] == "@" else 1]) for path in FILES.values()}
    assert {packages[name]["license"] for name in taken} == {"Apache-2.0", "MIT"}


def test_the_page_loads_all_that_is_taken_of_the_packages_and_nothing_else() -> None:
    libraries = {name for name in FILES if not name.endswith("-LICENSE")}
    used = {path.removeprefix("libraries/") for path in (*linked(), *import_map().values()) if "libraries/" in path}
    assert used | set(loaded()) == libraries


def test_each_library_has_its_licence_beside_it() -> None:
    licences = tuple(name.removesuffix("-LICENSE") for name in FILES if name.endswith("-LICENSE"))
    assert [name for name in FILES if not name.startswith(licences)] == []
