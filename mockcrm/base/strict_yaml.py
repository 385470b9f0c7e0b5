"""YAML for fixture files: only JSON's types, and the line of each value for error messages.

YAML reads `2026-01-05` as a date, `on` as true and `1:30` as ninety. Here they are strings, as in JSON. Anchors and
tags are refused, so a file is never larger than it looks.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import orjson
import yaml

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless
from mockcrm.base.nesting import MAX_NESTING

_OPENING = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class MalformedYaml(ValueError):
    """The file is not YAML of this kind. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Plain(yaml.SafeLoader):
    """Resolves null, booleans and numbers as JSON writes them."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", list("tf")),
    ("tag:yaml.org,2002:int", r"-?(0|[1-9][0-9]{0,30})", list("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"-?(0|[1-9][0-9]*)(\.[0-9]+([eE][+-]?[0-9]{1,3})?|[eE][+-]?[0-9]{1,3})",
        list("-0123456789"),
    ),
):
    _Plain.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)

_Quick = type(
    "_Quick",
    (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
    {"yaml_implicit_resolvers": _Plain.yaml_implicit_resolvers},
)
"""The same by libyaml, where PyYAML has it, in a fifth of the time.

It accepts slightly more, such as a tab or `? ` within a text without quotes, and skips a byte order mark.
"""


class _Writer(yaml.SafeDumper):
    """Quotes only what `_Plain` would take for something else than text, and writes no anchors."""

    yaml_implicit_resolvers: dict[str, Any] = _Plain.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _InlineWriter(_Writer):
    """Writes a text of several lines on one."""


_InlineWriter.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if "\n" in text else None)
)

_WIDTH = 100
"""How many characters fit on a line that is written."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content, with the lines that it came from."""

    data: Any
    _root: yaml.Node | None

    def line(self, path: Sequence[Any]) -> int:
        """The line, from 1, of the value at a path, or else of the nearest existing value above it."""
        node, line = self._root, 1
        for step in (*path, None):
            if node is None:
                break
            line = node.start_mark.line + 1
            node = _child(node, step)
        return line


def _child(node: yaml.Node, step: Any) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def one_line(value: Any) -> str:
    """A value as JSON on one line, with YAML's escapes. `read_yaml` reads the same value from it."""
    # YAML takes this blank for the end of a line, or refuses it.
    return harmless(orjson.dumps(value).decode()).replace("\xa0", "\\xa0")


def in_blocks(value: Any) -> str:
    """A value as YAML in several lines, as people write it. `read_yaml` reads the same value from it."""
    text: str = yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def flow_style(value: Any) -> str:
    """A value in YAML's flow style, on one line, with quotes only where `read_yaml` needs them to read the same value.

    >>> flow_style({"edit": {"event": "lunch", "set": {"subject": "7"}}})
    "{edit: {event: lunch, set: {subject: '7'}}}"
    """
    text: str = yaml.dump(
        value, Dumper=_InlineWriter, default_flow_style=True, width=inf, sort_keys=False, allow_unicode=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def read_yaml(text: str) -> Document:
    """The one document in a text. Raises `MalformedYaml`."""
    try:
        root = _root(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MalformedYaml(mark.line + 1 if mark else 1, f"Not YAML: {error.problem or error.context}.") from error
    except MalformedYaml:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise MalformedYaml(1, f"Not YAML: {str(error).splitlines()[0]}") from error
    return Document(None if root is None else _value(root), root)


def _root(text: str) -> yaml.Node | None:
    """A text that libyaml refuses is read again by PyYAML, which reports the place of the mistake better."""
    if "\ufeff" not in text:
        with contextlib.suppress(yaml.YAMLError, RecursionError, ValueError, OverflowError):
            return _composed(text, _Quick)
    return _composed(text, _Plain)


def _composed(text: str, loader: Any) -> yaml.Node | None:
    _check_tokens(text, loader)
    return yaml.compose(text, Loader=loader)


def _check_tokens(text: str, loader: Any) -> None:
    depth = 0
    for token in yaml.scan(text, Loader=loader):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
            raise MalformedYaml(token.start_mark.line + 1, "Anchors, aliases and tags are not allowed here.")
        if depth > MAX_NESTING:
            raise MalformedYaml(token.start_mark.line + 1, "Nested too deep.")


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(each) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    return _scalar(node)


def _mapping(node: yaml.MappingNode) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise MalformedYaml(line, "A key must be a word.")
        if key.value in values:
            raise MalformedYaml(line, f"{key.value!r} stands here twice.")
        _check_json(key.value, line)
        values[key.value] = _value(value)
    return values


def _scalar(node: yaml.Node) -> Any:
    value = _resolved(node)
    _check_json(value, node.start_mark.line + 1)
    return value


def _check_json(value: Any, line: int) -> None:
    """Raises `MalformedYaml` for a value that JSON cannot hold."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise MalformedYaml(line, f"JSON has no such value: {error}.") from error
    if value in (inf, -inf):
        raise MalformedYaml(line, "JSON has no such value: a number is too large.")


def _resolved(node: yaml.Node) -> Any:
    kind = node.tag.rpartition(":")[2]
    match kind:
        case "null":
            return None
        case "bool":
            return node.value == "true"
        case "int":
            return int(node.value)
        case "float":
            return float(node.value)
        case "str":
            return node.value
        case _:
            raise MalformedYaml(node.start_mark.line + 1, f"{node.value!r} has a type that is not allowed here.")
