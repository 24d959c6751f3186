"""Parses the YAML of another program into a tree of nodes; `!include FILE` becomes the text of a list's item.

`SourceText` in, `Node` out. Raises `FaultsError`; the limits are those of kicktimer's own files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kicktimer.yaml_document import MAX_BYTES, Document, Node

if TYPE_CHECKING:
    from kicktimer.imports.source_text import SourceText

INCLUDE = "!include "
_INCLUDE_LINE = re.compile(r"^([ \t]*- +)(!include [^'\n\r]*)$", re.MULTILINE)


def parse_yaml(source: SourceText) -> Node:
    """Returns the root of the tree."""
    if len(source.text.encode("utf-8")) > MAX_BYTES:
        raise source.fatal(1, 1, "the file is longer than 64 KiB", "one workout is a page or two")
    # A tag is refused by `Document`; in quotes it is text. The quote moves the text by one column.
    document = Document(_INCLUDE_LINE.sub(r"\1'\2'", source.text), source.file)
    if document.faults:
        raise document.to_error()
    return document.root
