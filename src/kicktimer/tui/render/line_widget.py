"""`LineWidget`: a widget that shows lines with roles, and redraws only those that have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from kicktimer.tui.render.text_layout import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.tui.render.text_layout import Line


class LineWidget(Widget):
    """Shows lines. Each piece has the style of its role: the component class `line--ROLE` of the style sheet."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{role}" for role in ROLES}
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self.lines: tuple[Line, ...] = ()

    def paint(self, lines: Sequence[Line]) -> None:
        """Shows these lines instead of the earlier ones."""
        before, after = self.lines, tuple(lines)
        if before == after:
            return
        self.lines = after
        width = self.size.width
        changed = [
            Region(0, row, width, 1)
            for row in range(max(len(before), len(after)))
            if row >= len(before) or row >= len(after) or before[row] != after[row]
        ]
        self.refresh(*changed)
        if len(before) != len(after) and self.styles.auto_dimensions:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return len(self.lines)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if y >= len(self.lines):
            return Strip.blank(width, base)
        segments = [
            Segment(text, self.get_component_rich_style(f"line--{role}")) for text, role in self.lines[y] if text
        ]
        return Strip(segments).adjust_cell_length(width, base)
