"""The Dockerfile, read for tests; a mistake in its form is hadolint's to find."""

import json
import re

from tests.docs.pages import ROOT


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in their order, each with what stands behind it."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    return [(word, behind) for word, _, behind in (line.partition(" ") for line in lines if line and line[0] != "#")]


def said(word: str) -> str:
    """What stands behind the one instruction of a kind."""
    (only,) = (behind for each, behind in instructions() if each == word)
    return only


def environment() -> dict[str, str]:
    """What `ENV` puts into the environment."""
    name, _, value = said("ENV").partition("=")
    return {name: value}


def command(word: str, port: str | None = None) -> list[str]:
    """The command of `CMD` or `HEALTHCHECK`, in its exec form, for another port if one is given."""
    words: list[str] = json.loads(re.sub(r"^(--\S+ +)+CMD ", "", said(word)))
    return [each.replace(said("EXPOSE"), port or said("EXPOSE")) for each in words]
