"""How deep JSON and YAML may nest. Deeper values are mistakes, and cannot be written out again."""

from typing import Any

MAX_NESTING = 64
"""The most levels of objects and lists."""


def too_deep(value: Any, most: int = MAX_NESTING) -> bool:
    """Whether a value has more than `most` levels."""
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
