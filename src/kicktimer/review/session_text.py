"""One session as a grid of text: a row for each rep, a column for each athlete, and each athlete's measures below.

Pure: records in, lines of at most `width` columns out. If the athletes do not fit side by side, the grid continues
below with the next ones. With room, each cell also has the rank in the rep and the difference to the rep before. The
times at the marks inside a rep stand in rows of their own, below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kicktimer.text import display_width, pack
from kicktimer.units import (
    format_duration,
    mean_shown_target,
    show_clock,
    show_difference,
    show_distance,
    show_target,
    show_time,
)
from kicktimer.view.comparison import SYMBOLS, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import AthleteMeasures, RepCell, RepMeasures, SessionMeasures
    from kicktimer.view.comparison import Verdict

MIN_LABEL_WIDTH = 7
NARROW_CELL = 11
WIDE_CELL = 27
MIN_WIDTH = MIN_LABEL_WIDTH + 1 + NARROW_CELL
WORDS = {"missed": "missed", "skipped": "skipped", "dropped": "out", "untimed": "·", "timed": ""}
LEGEND = ("times by hand", "~ typed or estimated", "? named by order", "* closing rep", "pacing: % decrement")
WIDE_LEGEND = (
    *LEGEND[1:], "= on target", "1. rank in the rep", "(+0.4) against the rep before", "! best of the session",
)  # fmt: skip


def session_lines(session: SessionRecord, measures: SessionMeasures, width: int = 80) -> list[str]:
    """Returns the session as lines: a grid for each pace group, then notes."""
    lines: list[str] = []
    legend: tuple[str, ...] = LEGEND
    by_name = {each.athlete: _Column(each, session.reps_of(each.athlete)) for each in measures.athletes}
    groups = list(dict.fromkeys(rep.group for rep in measures.reps))
    for group in groups:
        reps = [rep for rep in measures.reps if rep.group == group]
        names = list(dict.fromkeys(cell.record.athlete for rep in reps for cell in rep.cells))
        label_width = max(MIN_LABEL_WIDTH, *(display_width(_rep_label(rep.cells[0].record)) for rep in reps))
        cell_width = NARROW_CELL
        if label_width + len(names) * (WIDE_CELL + 1) <= width:
            cell_width, legend = WIDE_CELL, WIDE_LEGEND
        count = max(1, (width - label_width) // (cell_width + 1))
        title = f"group {group}" if len(groups) > 1 else ""
        for start in range(0, len(names), count):
            columns = [by_name[name] for name in names[start : start + count]]
            lines += [*_block(title, columns, reps, (label_width, cell_width)), ""]
    if groups:
        lines += [*pack(legend, " · ", max(width, MIN_WIDTH)), ""]
    else:
        lines += ["no rep was run", ""]
    lines += [f"note: {note}" for note in session.notes]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class _Column(NamedTuple):
    """An athlete's column: the measures, and the reps that they are computed from."""

    measures: AthleteMeasures
    reps: tuple[RepRecord, ...]

    @property
    def name(self) -> str:
        return self.measures.athlete

    @property
    def measured(self) -> list[RepRecord]:
        """The reps whose mean is shown: those that were timed, of the distance that was run most often."""
        return [rep for rep in self.reps if rep.time_ms is not None and rep.distance_mm == self.measures.distance_mm]


def _block(title: str, columns: Sequence[_Column], reps: Sequence[RepMeasures], widths: tuple[int, int]) -> list[str]:
    """Returns the grid of some athletes. `widths` are those of the labels and of the cells."""
    label_width, cell_width = widths

    def row(label: str, cells: Sequence[str]) -> str:
        return _fit(label, label_width) + "".join(f" {_fit(cell, cell_width)}" for cell in cells)

    rows = [row(title, [column.name for column in columns])]
    for rep in reps:
        cells = {cell.record.athlete: cell for cell in rep.cells}
        own = [cells.get(column.name) for column in columns]
        if not any(own):
            continue
        texts = ["" if cell is None else _cell_text(cell, wide=cell_width == WIDE_CELL) for cell in own]
        rows.append(row(_rep_label(rep.cells[0].record), texts))
        for mark in sorted({split.mark_mm for cell in own if cell is not None for split in cell.record.splits}):
            texts = ["" if cell is None else _split_text(cell.record, mark) for cell in own]
            rows.append(row(f"  {_distance(mark)}", texts))
    rows.append("-" * len(rows[0].rstrip()))
    for label, text in MEASURES:
        texts = [text(column) for column in columns]
        if any(texts):
            rows.append(row(label, texts))
    return [each.rstrip() for each in rows]


def _fit(text: str, width: int) -> str:
    """Returns `text` in exactly `width` columns; what is cut off is shown by an ellipsis."""
    if display_width(text) > width:
        while display_width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - display_width(text))


def _rep_label(record: RepRecord) -> str:
    length = format_duration(record.duration_ms or 0) if record.distance_mm is None else _distance(record.distance_mm)
    return f"{record.rep}{'*' if record.closing else ' '}{length}"


def _distance(mm: int) -> str:
    return show_distance(mm).replace(" ", "")


def _split_text(record: RepRecord, mark_mm: int) -> str:
    split = record.split_at(mark_mm)
    return "" if split is None else format_time(split.time_ms, by_hand=split.by_hand)


def _cell_text(cell: RepCell, *, wide: bool) -> str:
    record = cell.record
    if record.time_ms is None:
        return WORDS[record.status]
    by_order = "?" if record.by == "order" else ""
    shown = cell.difference_shown_ms
    difference = "" if shown is None else show_difference(shown)
    if not wide:
        time = f"{'' if record.by_hand else '~'}{show_time(record.time_ms)}{by_order}"
        # A figure is never cut: without room for the space it goes first, and then the difference.
        texts = (f"{time:>6} {difference}".rstrip(), f"{time}{difference}", time)
        return next(text for text in texts if len(text) <= NARROW_CELL or text is texts[-1])
    verdict: Verdict = "none"
    if cell.on_target is not None:
        verdict = "on" if cell.on_target else "slow" if (shown or 0) > 0 else "fast"
    time = f"{format_time(record.time_ms, by_hand=record.by_hand)}{by_order}{'!' if cell.is_best else ''}"
    rank = "" if cell.rank is None else f"{cell.rank}."
    previous = cell.against_previous_shown_ms
    step = "" if previous is None else f"({show_difference(previous)})"
    return f"{time:>8} {difference:>5}{SYMBOLS[verdict]} {rank:>2} {step}".rstrip()


def _target(column: _Column) -> str:
    """Returns the mean target of the reps whose mean is shown; `~` if it comes from a race over another distance."""
    targets = [rep.target_ms for rep in column.measured if rep.target_ms is not None]
    if not targets:
        return ""
    return f"{'~' if any(rep.estimated for rep in column.measured) else ''}{show_target(mean_shown_target(targets)):>6}"


def _mean(column: _Column) -> str:
    shown, against = column.measures.mean_shown_ms, column.measures.mean_minus_target_shown_ms
    if shown is None:
        return ""
    time = f"{'' if all(rep.by_hand for rep in column.measured) else '~'}{show_target(shown)}"
    return f"{time:>6} {'' if against is None else show_difference(against)}".rstrip()


def _closing(column: _Column) -> str:
    ms = column.measures.closing_minus_earlier_ms
    return "" if ms is None else show_difference(round(ms))


def _on_target(column: _Column) -> str:
    measures = column.measures
    return f"{measures.on_target} of {measures.with_target}" if measures.with_target else ""


def _recovery(column: _Column) -> str:
    rests = column.measures.recoveries_ms
    if not rests:
        return ""
    low, high = show_target(min(rests)), show_target(max(rests))
    return low if low == high else f"{low}-{high}"


MEASURES: tuple[tuple[str, Callable[[_Column], str]], ...] = (
    ("target", _target),
    ("mean", _mean),
    ("spread", lambda each: "" if each.measures.sd_ms is None else f"{each.measures.sd_ms / 1000:.2f}"),
    ("pacing", lambda each: "" if each.measures.decrement is None else f"{each.measures.decrement:.1f} %"),
    ("closing", _closing),
    (
        "in ±0.3",
        lambda each: f"{each.measures.on_target} of {each.measures.with_target}" if each.measures.with_target else "",
    ),
    ("rest", _recovery),
    ("running", lambda each: show_clock(each.measures.active_ms) if each.measures.active_ms else ""),
    ("resting", lambda each: show_clock(each.measures.rest_ms) if each.measures.rest_ms else ""),
    ("relaxed", lambda each: " ".join(f"{rep.relaxation}" for rep in each.reps if rep.relaxation is not None)),
    ("effort", lambda each: " ".join(f"{rep.effort:g}" for rep in each.reps if rep.effort is not None)),
)
"""The measures below the grid. `pacing` is the % decrement: 100 (sum / (n best) - 1)."""
