"""The files of the page, and what each of them loads."""

import json
import re
from pathlib import Path

from mockcrm.web.console.pages import FILES

SCRIPTS = sorted(FILES.rglob("*.js"))
STYLES = sorted(FILES.rglob("*.css"))
PAGE = FILES / "index.html"

_IMPORT = re.compile(
    r"""^(?:import|export)\s[\w\s{},*$]*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""",
    re.MULTILINE,
)
_JSDOC = re.compile(r"/\*\*.*?\*/", re.DOTALL)
_FUNCTION = re.compile(
    r"\bfunction\b|=>|^\s+(?!(?:if|for|while|switch|catch|return)\b)(?:(?:async|static|get|set) )*[\w#$]+\([^()]*\) \{$"
)


def linked() -> list[str]:
    """What the page itself names, from the folder of the page's files on."""
    return re.findall(r'(?:href|src)="console/([^"]+)"', PAGE.read_text(encoding="utf-8"))


def import_map() -> dict[str, str]:
    """The names of libraries, each with its file, from the folder of the page's files on."""
    (text,) = re.findall(r'<script type="importmap">(.*?)</script>', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return {name: path.removeprefix("./console/") for name, path in json.loads(text)["imports"].items()}


def loaded() -> list[str]:
    """The libraries that `start.js` loads as scripts of the old kind."""
    return re.findall(r'\bload\("([^"]+)"\)', (FILES / "start.js").read_text(encoding="utf-8"))


def imports(script: Path) -> list[str]:
    """What a script imports, in its own words."""
    return _imports(_JSDOC.sub("", script.read_text(encoding="utf-8")))


def named_files(script: Path) -> set[Path]:
    """The files that a script imports, or takes types of, which stand in comments."""
    names = _imports(script.read_text(encoding="utf-8"))
    return {(script.parent / name).resolve() for name in names if name.startswith(".")}


def _imports(text: str) -> list[str]:
    return ["".join(found) for found in _IMPORT.findall(text)]


def functions(script: Path) -> dict[str, int]:
    """The functions of a script: the first line of each, and how many lines it has.

    A function ends with the first line that is indented no more than the one it begins with.
    """
    lines = script.read_text(encoding="utf-8").splitlines()
    found = {}
    for place, line in enumerate(lines):
        if _FUNCTION.search(line) and not line.lstrip().startswith(("//", "*", "/*")):
            found[f"{place + 1}: {line.strip()}"] = _length(lines[place:])
    return found


def _length(lines: list[str]) -> int:
    indent = _indent(lines[0])
    return next((n for n, line in enumerate(lines[1:], 2) if line.strip() and _indent(line) <= indent), len(lines))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
