"""How deep JSON and YAML may nest. What goes deeper cannot be written out again, and nobody means it."""

from typing import Any

MAX_NESTING = 64
"""How many levels of objects and lists there may be."""


def too_deep(value: Any, most: int = MAX_NESTING) -> bool:
    """Whether a value nests deeper than that."""
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
