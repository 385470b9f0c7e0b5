"""The drawings of the documentation, as SVG: `python -m tests.docs.drawings` writes them anew.

Each is light or dark as its reader's system is, and says in its title and description what it shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.docs.pages import DOCS

FOLDER = DOCS / "images"

STYLE = """
svg { color-scheme: light dark; font: 15px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.ground { fill: #ffffff; }
.box { fill: #f5f6f8; stroke: #8a929e; }
.server { fill: #e8eefc; stroke: #2457d6; }
text { fill: #1a1e24; }
.soft { fill: #535b67; font-size: 13px; }
.strong { font-weight: 600; }
.code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: 13px; }
.line { fill: none; stroke: #535b67; stroke-width: 1.5; }
.faint { stroke: #dfe2e7; }
.read { stroke: #2457d6; stroke-width: 2; }
.missed { stroke: #b3261e; stroke-width: 2; }
.dashed { stroke-dasharray: 5 4; }
.dot { fill: #1a1e24; }
.dot-missed { fill: #b3261e; }
.hollow { fill: #ffffff; stroke: #535b67; stroke-width: 1.5; }
.text-missed { fill: #b3261e; }
.text-read { fill: #2457d6; }
.tip { fill: #535b67; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #15181d; }
  .box { fill: #1c2027; stroke: #6b7482; }
  .server { fill: #1d2a47; stroke: #84a9ff; }
  text { fill: #e8ebef; }
  .soft { fill: #a7afbb; }
  .line { stroke: #a7afbb; }
  .faint { stroke: #2b313a; }
  .read { stroke: #84a9ff; }
  .missed { stroke: #ff8f86; }
  .dot { fill: #e8ebef; }
  .dot-missed { fill: #ff8f86; }
  .hollow { fill: #15181d; stroke: #a7afbb; }
  .text-missed { fill: #ff8f86; }
  .text-read { fill: #84a9ff; }
  .tip { fill: #a7afbb; }
}
"""
"""The colours are those of the console's page."""


@dataclass(frozen=True)
class Drawing:
    title: str
    description: str
    size: tuple[int, int]
    shapes: Iterable[str]

    def svg(self) -> str:
        width, height = self.size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' role="img" aria-labelledby="title description">'
        )
        parts = (
            head,
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="description">{escape(self.description)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
            *self.shapes,
            "</svg>\n",
        )
        return "\n".join(parts)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def path(kind: str, points: str) -> str:
    return f'<path class="line {kind}" d="{points}"/>'


def box(x: float, y: float, width: float, height: float, kind: str = "box") -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'


def arrow(x: float, y: float, to: float) -> str:
    """A line from left to right, with a tip at each end: a call and its answer."""
    tips = f"M{x},{y} l9,-5 v10 z M{to},{y} l-9,-5 v10 z"
    return path("", f"M{x + 6},{y} H{to - 6}") + f'<path class="tip" d="{tips}"/>'


def dot(x: float, y: float, kind: str = "dot", radius: float = 5) -> str:
    return f'<circle class="{kind}" cx="{x}" cy="{y}" r="{radius}"/>'


def who_calls_what() -> Drawing:
    """The client under test at the left, mockcrm in the middle, and you at the right."""
    return Drawing(
        "Who calls what",
        "The client under test calls /api/v1. You call /admin, from the page in the browser, a test, or a command.",
        (760, 236),
        (
            box(16, 68, 172, 100),
            text(102, 112, "Your sync client", "strong", "middle"),
            text(102, 136, "is tested", "soft", "middle"),
            arrow(188, 118, 292),
            text(240, 106, "/api/v1", "code", "middle"),
            text(240, 142, "events", "soft", "middle"),
            box(292, 26, 176, 184, "server"),
            text(380, 60, "mockcrm", "strong", "middle"),
            *(text(380, 92 + 25 * row, words, "", "middle") for row, words in enumerate(INSIDE)),
            arrow(468, 118, 572),
            text(520, 106, "/admin", "code", "middle"),
            text(520, 142, "controls", "soft", "middle"),
            box(572, 26, 172, 184),
            text(658, 60, "You", "strong", "middle"),
            *(text(658, 104 + 25 * row, words, "", "middle") for row, words in enumerate(YOURS)),
        ),
    )


INSIDE = ("calendar", "clock", "change log", "faults", "audit")
YOURS = ("the page in a browser", "tests", "the command line", "curl")


def late_commit() -> Drawing:
    """A change that is stamped before a read, and that lists show only after it."""
    first, stamp, second, visible, third = 190, 290, 400, 510, 650
    crm, lists, reach, passing, reads = 72, 112, 196, 164, 232
    return Drawing(
        "A late commit on the time axis",
        "A change is committed and stamped at 9:05, and lists show it from 9:12. Request 2 at 9:10 does not return it, "
        "and request 3 asks only for changes since 9:10: the watermark has passed the change by.",
        (760, 296),
        (
            text(16, crm + 5, "CRM", "strong"),
            text(16, lists + 5, "in lists", "soft"),
            text(16, reads + 5, "Client", "strong"),
            path("faint", f"M110,{crm} H744"),
            path("faint", f"M110,{lists} H744"),
            path("faint", f"M110,{reads} H744"),
            path("dashed", f"M{stamp},{crm} L{visible},{lists}"),
            dot(visible, lists, "hollow"),
            text(visible + 12, lists + 20, "9:12 lists show it", "soft"),
            text(stamp, crm - 38, "a colleague moves a meeting", "text-missed strong", "middle"),
            text(stamp, crm - 18, "committed and stamped 9:05", "soft", "middle"),
            path("read", f"M{first},{reach - 7} v14 M{first},{reach} H{second} V{reads}"),
            text((first + second) / 2, reach + 20, "since 9:00", "soft", "middle"),
            path("missed dashed", f"M{stamp},{crm} V{passing} H{second}"),
            path("missed", f"M{second},{passing - 7} v14 M{second},{passing} H{third} V{reads}"),
            text((second + third) / 2, passing + 20, "since 9:10, the watermark", "soft", "middle"),
            dot(stamp, crm, "dot-missed", 7),
            *(dot(x, reads) for x in (first, second, third)),
            text(first, reads + 26, "request 1, 9:00", "", "middle"),
            text(second, reads + 26, "request 2, 9:10", "", "middle"),
            text(second, reads + 46, "does not see it yet", "soft", "middle"),
            text(third, reads + 26, "request 3, 9:15", "", "middle"),
            text(third, reads + 46, "asks past it", "text-missed", "middle"),
        ),
    )


DRAWINGS = {"who-calls-what.svg": who_calls_what, "late-commit.svg": late_commit}
"""Each drawing, by its file."""


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in DRAWINGS.items():
        (folder / name).write_text(draw().svg(), encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
