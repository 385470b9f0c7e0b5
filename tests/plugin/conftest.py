"""A test run within this one takes away again what it has imported. YAML's parser in C cannot be imported twice."""

from mockcrm.base import strict_yaml

__all__ = ["strict_yaml"]
