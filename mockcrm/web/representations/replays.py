"""A bundle that was replayed into a sandbox."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from mockcrm.web.representations.base import Count
from mockcrm.web.representations.sandboxes import ShownSandboxJson

MOST_DIFFERENCES = 100
"""How many differences an answer names."""


class ReplayedJson(TypedDict):
    """A sandbox in which a bundle was replayed, and how that went."""

    sandbox: ShownSandboxJson
    same: Annotated[bool, "Whether the audit comes to the verdict that the bundle has."]
    differences: Annotated[
        list[str],
        f"The first {MOST_DIFFERENCES} differences: requests that were answered otherwise than then, and what differs "
        "in the verdict.",
    ]
    differencesLeftOut: Annotated[Count, "How many more there are."]


def replayed_json(sandbox: ShownSandboxJson, divergences: Sequence[str], changed: Sequence[str]) -> ReplayedJson:
    """A sandbox in which a bundle was replayed, with the divergences of its answers and what changed in the verdict."""
    differences = [*divergences, *changed]
    return {
        "sandbox": sandbox,
        "same": not changed,
        "differences": differences[:MOST_DIFFERENCES],
        "differencesLeftOut": max(0, len(differences) - MOST_DIFFERENCES),
    }
