"""The plan of a group as text that fits a terminal: a table of its reps, and one of its athletes' targets.

Pure: plan and width in, lines of at most `width` columns out. Equal consecutive reps are one row. Where everything
fits beside each other, the targets stand in the table of the reps; otherwise each athlete has a row in a table below,
with a column for each distinct target and its splits. Columns that do not fit continue in a further block. Where the
terminal is too narrow for the table of the reps, each row becomes a short paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kicktimer.cli.plan_text import pace_text, rep_text, rest_text
from kicktimer.cli.text_table import GAP, format_table, narrow_widths, table_width
from kicktimer.plan import reps_text, start_lines
from kicktimer.text import display_width, fit, pack, wrap
from kicktimer.units import show_clock, show_distance, show_target
from kicktimer.view.comparison import format_target

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kicktimer.plan import GroupPlan, Plan, PlannedRep, Timetable

MIN_NAME_WIDTH = 10
MIN_LABEL_WIDTH = 11  # the numbers of a column's reps are wrapped where column and numbers are wider than this
WRAPPED_HEADS = ("set", "pace", "splits", "recovery", "GO at")
RIGHT_HEADS = ("rep", "", "target")
TARGET_OF = "target of "  # begins the key of an athlete's column: a name may be that of another column


@dataclass(frozen=True, slots=True)
class FoldedReps:
    """Consecutive reps of a group that are shown as one row. They are alike but for the moments of their GOs.

    `line` is where they start (mm before the finish line), and `go_ms` when each does on the session's clock. The rest
    after a group's last rep is not shown, so it may differ. A GO is known only if all before it are.
    """

    reps: tuple[PlannedRep, ...]
    line: int | None
    go_ms: tuple[int | None, ...]


def fold_reps(plan: Plan, group: GroupPlan, timetable: Timetable) -> list[FoldedReps]:
    """Returns the group's reps in order, with consecutive ones that a row shows alike in one."""
    folds: list[FoldedReps] = []
    for rep, line, go in zip(group.reps, start_lines(plan, group), timetable.go_ms[group.name], strict=True):
        if folds and _is_alike(folds[-1], rep, line, is_last=rep is group.reps[-1]):
            before = folds.pop()
            folds.append(FoldedReps((*before.reps, rep), line, (*before.go_ms, go)))
        else:
            folds.append(FoldedReps((rep,), line, (go,)))
    return folds


def _is_alike(fold: FoldedReps, rep: PlannedRep, line: int | None, *, is_last: bool) -> bool:
    one = fold.reps[-1]
    return (
        fold.line == line
        and (one.set, one.set_name, one.closing) == (rep.set, rep.set_name, rep.closing)
        and pace_text(one) == pace_text(rep)
        and _targets_key(one) == _targets_key(rep)
        and (one.rest == rep.rest or is_last)
    )


def _targets_key(rep: PlannedRep) -> tuple[object, ...]:
    """Returns what the targets of a rep show: two reps with equal keys can share a column."""
    targets = {
        name: (target.ms, target.estimated, target.band, tuple(target.marks.get(mark) for mark in rep.splits))
        for name, target in rep.targets.items()
    }
    return rep.distance_mm, rep.duration_ms, rep.splits, tuple(sorted(targets.items()))


def group_lines(plan: Plan, group: GroupPlan, timetable: Timetable, width: int) -> list[str]:
    """Returns a group's reps and targets in lines of at most `width` columns."""
    folds = fold_reps(plan, group, timetable)
    columns = _rep_columns(group, folds)
    marks = {
        mark for rep in group.reps for target in rep.targets.values() for mark in rep.splits if mark in target.marks
    }
    alike = _all_targets_alike(group)
    distinct = {_targets_key(rep) for rep in group.reps if rep.targets}
    title = _title(group, width, names=alike)
    full = _with_targets(columns, group, folds, alike=alike)
    if alike or not marks:
        table = _rep_table(full, width, set(RIGHT_HEADS))
        if table is not None:
            return [*title, *table]
    if alike and len(distinct) != 1:
        return [*title, *(_rep_table(full, width, set(RIGHT_HEADS), WRAPPED_HEADS) or _paragraphs(full, width))]
    reps = _rep_table(columns, width, set(RIGHT_HEADS), WRAPPED_HEADS) or _paragraphs(columns, width)
    return [*title, *reps, "", *_target_table(group, width, alike=alike)] if distinct else [*title, *reps]


def _with_targets(
    columns: Mapping[str, list[str]], group: GroupPlan, folds: Sequence[FoldedReps], *, alike: bool
) -> dict[str, list[str]]:
    """Returns the columns with the targets of all athletes behind the pace; with their splits if they are `alike`."""
    names = {"target": group.athletes[0]} if alike else {f"{TARGET_OF}{name}": name for name in group.athletes}
    targets = {head: [format_target(fold.reps[0].targets.get(name)) for fold in folds] for head, name in names.items()}
    if alike:
        targets["splits"] = [_splits_text(fold.reps[0], group.athletes[0]) for fold in folds]
    at = list(columns).index("pace") + 1
    return dict([*list(columns.items())[:at], *targets.items(), *list(columns.items())[at:]])


def _title(group: GroupPlan, width: int, *, names: bool) -> list[str]:
    title = f"Group {group.name}"
    return wrap(f"{title}: {', '.join(group.athletes)}" if names else title, width, indent="  ")


def _all_targets_alike(group: GroupPlan) -> bool:
    """Whether all athletes have the same targets, or none has one, so that the targets need no names."""
    first, *others = group.athletes
    return all(rep.targets.get(first) == rep.targets.get(name) for rep in group.reps for name in others)


def _splits_text(rep: PlannedRep, name: str) -> str:
    target = rep.targets.get(name)
    if target is None:
        return ""
    return " ".join(show_target(target.marks[mark]) for mark in rep.splits if mark in target.marks)


def _rep_columns(group: GroupPlan, folds: Sequence[FoldedReps]) -> dict[str, list[str]]:
    """Returns the cells of the columns that say nothing of targets, by their heads. The last two have no head."""
    several = len({rep.set for rep in group.reps}) > 1
    columns: dict[str, list[str]] = {}
    for fold in folds:
        first = fold.reps[0]
        is_end = first is group.reps[-1]
        cells = {
            "rep": _range_text(f"{first.number}", f"{fold.reps[-1].number}"),
            "set": f"{first.set} {first.set_name}".strip() if several else "",
            "": rep_text(first),
            "pace": pace_text(first),
            "recovery": "" if is_end else rest_text(first.rest),
            "start": "" if fold.line is None else show_distance(fold.line) if fold.line else "line",
            "GO at": _go_text(fold.go_ms),
            " ": "closing" if first.closing else "",
        }
        for head, cell in cells.items():
            columns.setdefault(head, []).append(cell)
    return columns


def _go_text(moments: Sequence[int | None]) -> str:
    """Returns when the first and the last rep of a row start; `from 0:10` where only the first is known."""
    first, last = moments[0], moments[-1]
    if first is None:
        return ""
    return f"from {show_clock(first)}" if last is None else _range_text(show_clock(first), show_clock(last))


def _range_text(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _rep_table(
    columns: Mapping[str, Sequence[str]], width: int, right: Collection[str], wrapped: Collection[str] = ()
) -> list[str] | None:
    """Returns the columns that are not empty as a table, None if it is wider than `width`."""
    shown = {head: cells for head, cells in columns.items() if any(cells)}
    heads = [head.removeprefix(TARGET_OF) for head in shown]
    rows = list(zip(*shown.values(), strict=True))
    widths = narrow_widths(heads, rows, [at for at, head in enumerate(shown) if head in wrapped], width)
    if widths is None:
        return None
    aligned = [at for at, head in enumerate(shown) if head in right or head.startswith(TARGET_OF)]
    return format_table(heads, rows, aligned, widths).split("\n")


def _paragraphs(columns: Mapping[str, Sequence[str]], width: int) -> list[str]:
    """Returns the rows as paragraphs, for a terminal that is too narrow for a table: `1 to 6: 400 m · 1500m · …`."""
    words = {
        "set": "set {}",
        "target": "target {}",
        "splits": "splits {}",
        "start": "start at the {}",
        "GO at": "GO at {}",
        "recovery": "recovery {}",
    }
    lines: list[str] = []
    for row in zip(*columns.values(), strict=True):
        cells = dict(zip(columns, row, strict=True))
        if cells["start"] not in ("", "line"):
            cells["start"] += " line"
        number = cells.pop("rep")
        parts = [words.get(head, "{}").format(cell) for head, cell in cells.items() if cell]
        if cells["recovery"][:3] in ("on ", "whe"):
            parts = [part.removeprefix("recovery ") for part in parts]
        first, *more = pack([f"{number}: {parts[0]}", *parts[1:]], " · ", width - GAP)
        for line in (first, *(f"{' ' * GAP}{line}" for line in more)):
            indent = " " * (GAP if line is first else 2 * GAP)
            broken = wrap(line, width - GAP, indent=indent) if display_width(line) > width else [line]
            lines += broken if line is first or len(broken) == 1 else [f"{' ' * GAP}{broken[0]}", *broken[1:]]
    return lines


@dataclass(frozen=True, slots=True)
class _TargetColumn:
    """One column of the table of targets: the reps that it holds for, the mark, and a cell for each athlete."""

    label: str
    mark: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        return max(display_width(text) for text in (self.mark, *self.cells))


def _target_columns(group: GroupPlan, names: Sequence[str]) -> list[_TargetColumn]:
    """Returns a column for each split and each finish with other targets. Reps with equal targets share theirs."""
    alike: dict[tuple[object, ...], list[PlannedRep]] = {}
    for rep in group.reps:
        if rep.targets:
            alike.setdefault(_targets_key(rep), []).append(rep)
    columns: list[_TargetColumn] = []
    for reps in alike.values():
        rep = reps[0]
        targets = [rep.targets.get(name) for name in names]
        label = reps_text([each.number for each in reps])
        for mark in rep.splits:
            shown = [None if target is None else target.marks.get(mark) for target in targets]
            if any(ms is not None for ms in shown):
                cells = tuple("" if ms is None else show_target(ms) for ms in shown)
                columns.append(_TargetColumn(label, show_distance(mark), cells))
        columns.append(_TargetColumn(label, rep_text(rep), tuple(format_target(target) for target in targets)))
    return columns


def _target_table(group: GroupPlan, width: int, *, alike: bool) -> list[str]:
    """Returns the targets with a row for each athlete, in blocks that are no wider than `width`."""
    names = group.athletes[:1] if alike else group.athletes
    shown = ["all"] if alike and len(group.athletes) > 1 else shorten_names(names, max(MIN_NAME_WIDTH, width // 5))
    name_width = max(map(display_width, shown))
    lines: list[str] = []
    for block in _blocks(_target_columns(group, names), width - name_width):
        if lines:
            lines.append("")
        lines += _block_lines(shown, name_width, block)
    return lines


def _blocks(columns: Sequence[_TargetColumn], room: int) -> list[list[list[_TargetColumn]]]:
    """Returns the columns in blocks that fit into `room`; a block holds lists of columns of the same reps.

    The columns of the same reps stay in one block if it has room for them.
    """
    blocks: list[list[list[_TargetColumn]]] = [[]]
    for _, same in groupby(columns, key=lambda column: column.label):
        span = list(same)
        if _block_width([*blocks[-1], span]) <= room:
            blocks[-1].append(span)
            continue
        blocks.append([[]])
        for column in span:
            if blocks[-1][-1] and _block_width([[*blocks[-1][-1], column]]) > room:
                blocks.append([[]])
            blocks[-1][-1].append(column)
    return [block for block in blocks if block]


def _block_width(block: Sequence[Sequence[_TargetColumn]]) -> int:
    return sum(GAP + _span_width(span) for span in block)


def _span_width(span: Sequence[_TargetColumn]) -> int:
    """Returns the width of columns of the same reps, wide enough for their label, which may take several lines."""
    columns = table_width([column.width for column in span])
    return max(columns, *map(display_width, _label_lines(span)))


def _label_lines(span: Sequence[_TargetColumn]) -> list[str]:
    return wrap(span[0].label, max(MIN_LABEL_WIDTH, table_width([column.width for column in span])))


def _block_lines(names: Sequence[str], name_width: int, block: Sequence[Sequence[_TargetColumn]]) -> list[str]:
    gap = " " * GAP
    labels = [_label_lines(span) for span in block]
    height = max(map(len, labels))
    lines = []
    for number in range(height):
        texts = [label[number] if number < len(label) else "" for label in labels]
        cells = [fit(text, _span_width(span), right=len(span) == 1) for text, span in zip(texts, block, strict=True)]
        lines.append(gap.join([" " * name_width, *cells]).rstrip())
    columns = [column for span in block for column in span]
    widths = [
        _span_width(span) - table_width([each.width for each in span]) + column.width
        if column is span[0]
        else column.width
        for span in block
        for column in span
    ]
    head = ["", *(column.mark for column in columns)]
    rows = [[name, *(column.cells[at] for column in columns)] for at, name in enumerate(names)]
    table = format_table(head, rows, range(1, len(head)), [name_width, *widths])
    return [*lines, *table.split("\n")]


def shorten_names(names: Sequence[str], width: int) -> list[str]:
    """Returns the names, each cut with an ellipsis to `width` columns.

    Names that would become the same are cut in the middle, and numbered if that does not tell them apart either.
    """
    shown = [name if display_width(name) <= width else fit(name, width) for name in names]
    for at, name in enumerate(names):
        if shown.count(shown[at]) > 1 and display_width(name) > width:
            tail = fit_end(name, width // 2)
            shown[at] = f"{fit(name, width - display_width(tail))}{tail}"
    for at, text in enumerate(shown):
        if text in shown[:at]:
            number = f" {at + 1}"
            shown[at] = f"{fit(text, width - len(number)).rstrip()}{number}"
    return shown


def fit_end(text: str, width: int) -> str:
    """Returns as much of the end of `text` as fits into `width` columns."""
    while display_width(text) > width:
        text = text[1:]
    return text.lstrip()
