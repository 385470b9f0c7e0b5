"""`dataclass` of the standard library, which declares a class in a tenth of the time. A start declares a hundred.

The standard library compiles up to seven methods for each class, and most are never called. Here the constructor and
the comparisons are compiled when they are first called, and all classes share the others. What is declared is the same,
and so are `fields`, `replace` and `asdict`; type checkers see the standard library's own.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass as standard_dataclass, fields
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

_ABSENT = object()
"""Stands for an argument that was not given, where a function makes the default."""


def _dataclass(
    cls: Any = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, kw_only: bool = False
) -> Any:
    """As the standard library's. There is no `InitVar`, and no order."""

    def declare(cls: type[Any]) -> type[Any]:
        if cls.__doc__ is None:
            cls.__doc__ = cls.__name__  # Else the standard library would find out its signature, to tell it there.
        declared = standard_dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
        methods: dict[str, Any] = {"__init__": _late(declared, "__init__", _constructor, frozen), "__repr__": _repr}
        if frozen:
            methods |= {"__setattr__": _refuse_change, "__delattr__": _refuse_change}
        if frozen and slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
        if eq:
            methods["__eq__"] = _late(declared, "__eq__", _equality)
            methods["__hash__"] = _late(declared, "__hash__", _hash) if frozen else None
        own = vars(declared)
        for name, method in methods.items():
            # Python itself gives a class that has an `__eq__` of its own a `__hash__` of None.
            if own.get(name) is None:
                setattr(declared, name, method)
        return declared

    return declare if cls is None else declare(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _late(cls: type[Any], name: str, text_of: Callable[..., str], *how: Any) -> Callable[..., Any]:
    """A method that makes way for the compiled one when it is first called. Several threads may call it first."""

    def method(self: Any, *given: Any, **named: Any) -> Any:
        scope: dict[str, Any] = {"_set": object.__setattr__, "_ABSENT": _ABSENT}
        exec(text_of(cls, scope, *how), scope)  # noqa: S102  the text is made of the names in our own classes
        compiled = scope[name]
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(self, *given, **named)

    return method


def _constructor(cls: type[Any], scope: dict[str, Any], frozen: bool) -> str:
    own = fields(cls)
    by_place = ["self", *(_parameter(each) for each in own if each.init and not each.kw_only)]
    by_name = [_parameter(each) for each in own if each.init and each.kw_only]
    lines = ["pass"]
    for each in own:
        if each.init or _has_default(each):
            value = _value(each, scope)
            lines.append(f"_set(self, {each.name!r}, {value})" if frozen else f"self.{each.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    return f"def __init__({parameters}):\n " + "\n ".join(lines)


def _parameter(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return f"{field.name}=_ABSENT"
    return field.name if field.default is MISSING else f"{field.name}=_default_{field.name}"


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _value(field: Field[Any], scope: dict[str, Any]) -> str:
    """The expression for a field's value. What it names comes into `scope`."""
    name, default, factory = field.name, f"_default_{field.name}", f"_factory_{field.name}"
    scope |= {default: field.default, factory: field.default_factory}
    if field.default_factory is not MISSING:
        return f"{factory}() if {name} is _ABSENT else {name}" if field.init else f"{factory}()"
    return name if field.init else default


def _equality(cls: type[Any], scope: dict[str, Any]) -> str:
    compared = f"{_compared(cls, 'self')} == {_compared(cls, 'other')}"
    return f"def __eq__(self, other): return {compared} if other.__class__ is self.__class__ else NotImplemented"


def _hash(cls: type[Any], scope: dict[str, Any]) -> str:
    return f"def __hash__(self): return hash({_compared(cls, 'self')})"


def _compared(cls: type[Any], whose: str) -> str:
    return f"({''.join(f'{whose}.{each.name},' for each in fields(cls) if each.compare)})"


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_change(self: Any, name: str, *value: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
