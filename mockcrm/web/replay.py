"""Replay of a bundle that somebody has as a file (`docs/how-to/replay.md`).

The answers and the audit must be the same as then; a `ReplayOutcome` has the differences.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from mockcrm.base.declaring import dataclass
from mockcrm.errors import ReplayInvalid
from mockcrm.sandbox.bundle import load_bundle
from mockcrm.web.app import create_app
from mockcrm.web.replaying import play_bundle

MAX_BUNDLE = 1024 * 1024 * 1024
"""The largest bundle that is read, in bytes. It fits the largest snapshot with the requests."""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """The result of a replay.

    `audit` is what `GET /admin/audit` would answer. `divergences` are sentences about the requests that were answered
    differently this time, `changed` about what differs in the verdict.
    """

    audit: Mapping[str, Any]
    divergences: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.changed


def replay(document: Any) -> ReplayOutcome:
    """Replay a bundle, given in JSON's types. Raises `ReplayInvalid`.

    `replay(json.loads(Path("bundle.json").read_text())).same` says whether the verdict is the same.
    """
    played = play_bundle(load_bundle(document), create_app)
    return ReplayOutcome(played.audit, played.divergences, played.changed)


def read_document(file: Path) -> Any:
    """The JSON in a file; `-` is standard input. Raises `ReplayInvalid`."""
    try:
        with sys.stdin.buffer if file == Path("-") else file.open("rb") as source:
            data = source.read(MAX_BUNDLE + 1)
    except OSError as error:
        raise ReplayInvalid(f"The bundle cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BUNDLE:
        raise ReplayInvalid(f"The bundle is larger than {MAX_BUNDLE:,} bytes.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ReplayInvalid(f"The bundle is not JSON: {error}.") from error
