"""Reads the list notation of quick-plan: `running: NAME`, then `- run: 0.6km @ 4:25-4:15` and indented repeats.

It looks like YAML and is none, because a repeat has a value and steps. `SourceText` in; the tree of nodes that the
same workout has in YAML out, for `garmin_yaml`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kicktimer.units import clip
from kicktimer.yaml_document import Node

if TYPE_CHECKING:
    from kicktimer.imports.source_text import SourceText

MAX_DEPTH = 8
_HEAD = re.compile(r"(?P<sport>running|run|cycling|swimming|custom) *: *(?P<name>[^#\[{]*\S)?\s*", re.IGNORECASE)
_STEP = re.compile(r"( *)- *([A-Za-z_]+) *: *(.*?)\s*(?: #.*)?")


def is_quick_plan(source: SourceText) -> bool:
    """Whether the first line names a sport and the next one is a step."""
    lines = [line for line in source.lines if line.strip() and not line.lstrip().startswith("#")]
    return len(lines) > 1 and bool(_HEAD.fullmatch(lines[0]) and _STEP.fullmatch(lines[1]))


def parse_quick_plan(source: SourceText) -> Node:
    """Returns the workout as a mapping with `name`, `sport` and `steps`."""
    root = Node("map", 1, 1)
    steps = Node("list", 1, 1)
    stack: list[tuple[int, Node]] = [(-1, steps)]
    head = True
    for number, raw in enumerate(source.lines, 1):
        line = raw.replace("\t", "    ").rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if head:
            head = False
            found = _HEAD.fullmatch(line)
            assert found is not None
            _add(root, "sport", found["sport"].replace("custom", "running"), number, 1)
            _add(root, "name", found["name"] or "", number, found.start("name") + 1)
            continue
        step = _STEP.fullmatch(line)
        if step is None:
            source.add(number, 1, f"`{clip(line)}` is no step", "like `- run: 400m @ 4:25-4:15`", len(line))
            continue
        indent = len(step[1])
        while len(stack) > 1 and stack[-1][0] >= indent:
            stack.pop()
        if len(stack) > MAX_DEPTH:
            source.add(number, indent + 1, f"repeats are nested over {MAX_DEPTH} deep", "four do")
            continue
        item = Node("map", number, indent + 1, len(line) - indent)
        _add(item, step[2].lower(), step[3], number, step.start(2) + 1)
        stack[-1][1].items.append(item)
        if step[2].lower() == "repeat":
            inner = Node("list", number, indent + 1)
            item.entries["steps"] = Node("scalar", number, indent + 1, text="steps"), inner
            stack.append((indent, inner))
    root.entries["steps"] = Node("scalar", 1, 1, text="steps"), steps
    return root


def _add(node: Node, key: str, text: str, line: int, column: int) -> None:
    value = Node("scalar", line, column + len(key) + 2, max(1, len(text)), text)
    node.entries[key] = Node("scalar", line, column, len(key), key), value
