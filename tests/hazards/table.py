"""All hazards, and the table of what they do to whom, which `python -m tests.hazards.table` puts into the docs."""

from pathlib import Path

from mockcrm import create_app, serving
from tests.hazards import deletion, identity, paging, times, transport, watermark, writes
from tests.hazards.world import Hazard, play

HAZARDS: tuple[Hazard, ...] = (
    *watermark.HAZARDS,
    *paging.HAZARDS,
    *deletion.HAZARDS,
    *writes.HAZARDS,
    *times.HAZARDS,
    *identity.HAZARDS,
    *transport.HAZARDS,
)

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "hazards.md"
HEAD = "| hazard | what happens | naive | careful | without |\n|---|---|---|---|---|\n"


def row(hazard: Hazard, naive: str, careful: str = "-", without: str = "-") -> str:
    """A hazard with the symptoms that it causes: in two clients, and in the first without what makes it bite."""
    link = f"[{hazard.name}](../../fixtures/hazards/{hazard.name}.yaml)"
    return f"| {link} | {hazard.told['title']} | {naive} | {careful} | {without} |\n"


def table() -> str:
    """Every hazard's row, from playing it thrice."""
    with serving(create_app()) as server:
        return HEAD + "".join(_played(server, hazard) for hazard in HAZARDS)


def _played(server: str, hazard: Hazard) -> str:
    told = ((hazard.told, hazard.naive), (hazard.told, hazard.careful), (hazard.harmless, hazard.naive))
    return row(hazard, *(play(server, scenario, kind).letters for scenario, kind in told))


if __name__ == "__main__":
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEAD)
    PAGE.write_text(before + table(), encoding="utf-8")
