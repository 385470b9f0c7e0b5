"""A request to any server, as benchmarks make it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
