"""YAML 1.2 with guessed types, as an editor's YAML server reads a file before it validates it against a schema."""

from __future__ import annotations

import re
from typing import Any

import yaml

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def load_like_an_editor(text: str) -> Any:
    return _data(yaml.compose(text, yaml.SafeLoader))


def _data(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_data(each) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    assert isinstance(node, yaml.ScalarNode)
    text = node.value
    if node.style:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".Inf", "inf").replace(".NaN", "nan"))
    return text
