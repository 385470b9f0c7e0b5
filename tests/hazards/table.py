"""All hazards, and the table of what they do to whom; `python -m tests.hazards.table` prints it."""

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

HEAD = "| hazard | naive | careful | without |\n|---|---|---|---|\n"


def table() -> str:
    """Each hazard's symptoms in a naive client, in a careful one, and in the naive one without what makes it bite."""
    with serving(create_app()) as server:
        return HEAD + "".join(_row(server, hazard) for hazard in HAZARDS)


def _row(server: str, hazard: Hazard) -> str:
    naive = play(server, hazard.told, hazard.naive).letters
    careful = play(server, hazard.told, hazard.careful).letters
    without = play(server, hazard.harmless, hazard.naive).letters
    return f"| [{hazard.name}](../fixtures/hazards/{hazard.name}.yaml) | {naive} | {careful} | {without} |\n"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201
