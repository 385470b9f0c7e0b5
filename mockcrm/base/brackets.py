"""Classes of libraries that are generic in some versions only.

The project whose tests use mockcrm decides which versions are installed. Types are checked with the newest ones, where
such a class takes its type in brackets.
"""

from typing import TypeVar

Generic = TypeVar("Generic")


def with_brackets(kind: type[Generic]) -> type[Generic]:
    """The class itself if it is generic, else a subclass that may be followed by brackets, which mean nothing.

    `List = with_brackets(fields.List)`, and then `class ListOf(List[Any])`
    """
    if hasattr(kind, "__class_getitem__"):
        return kind
    return type(kind.__name__, (kind,), {"__class_getitem__": classmethod(lambda cls, _: cls)})
