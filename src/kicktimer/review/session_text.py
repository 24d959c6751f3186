"""One session as a grid of text: a row for each rep, a column for each athlete, and each athlete's measures below.

Pure: records in, lines of at most `width` columns out. If the athletes do not fit side by side, the grid continues
below with the next ones. With room, each cell also has the rank in the rep and the difference to the rep before.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from kicktimer.text import display_width
from kicktimer.units import format_duration, round_up_hand_time, show_difference, show_distance, show_target, show_time
from kicktimer.view.comparison import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import AthleteMeasures, RepCell, RepMeasures, SessionMeasures
    from kicktimer.view.comparison import Verdict

MIN_LABEL_WIDTH = 7
NARROW_CELL = 11
WIDE_CELL = 26
MIN_WIDTH = MIN_LABEL_WIDTH + 1 + NARROW_CELL
WORDS = {"missed": "missed", "skipped": "skipped", "dropped": "out", "untimed": "·", "timed": ""}
LEGEND = "times by hand, ~ typed or estimated · ? named by order · * closing rep · pacing: % decrement"
WIDE_LEGEND = f"{LEGEND} · = on target · 1. rank in the rep · (+0.4) against the rep before · ! best of the session"


def session_lines(session: SessionRecord, measures: SessionMeasures, width: int = 80) -> list[str]:
    """Returns the session as lines: a grid for each pace group, then notes."""
    lines: list[str] = []
    is_wide = False
    by_name = {each.athlete: each for each in measures.athletes}
    groups = list(dict.fromkeys(rep.group for rep in measures.reps))
    for group in groups:
        reps = [rep for rep in measures.reps if rep.group == group]
        names = list(dict.fromkeys(cell.record.athlete for rep in reps for cell in rep.cells))
        label_width = max(MIN_LABEL_WIDTH, *(display_width(_rep_label(rep.cells[0].record)) for rep in reps))
        wide = label_width + len(names) * (WIDE_CELL + 1) <= width
        is_wide = is_wide or wide
        cell_width = WIDE_CELL if wide else NARROW_CELL
        count = max(1, (width - label_width) // (cell_width + 1))
        for start in range(0, len(names), count):
            title = f"group {group}" if len(groups) > 1 else ""
            shown = names[start : start + count]
            lines += _block(title, shown, reps, by_name, (label_width, WIDE_CELL if wide else NARROW_CELL))
            lines.append("")
    if not groups:
        lines += ["no rep was run", ""]
    else:
        lines += [*wrap(WIDE_LEGEND if is_wide else LEGEND, max(width, MIN_WIDTH)), ""]
    lines += [f"note: {note}" for note in session.notes]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _block(
    title: str,
    names: Sequence[str],
    reps: Sequence[RepMeasures],
    by_name: dict[str, AthleteMeasures],
    widths: tuple[int, int],
) -> list[str]:
    """Returns the grid of some athletes. `widths` are those of the labels and of the cells."""
    label_width, cell_width = widths

    def row(label: str, cells: Sequence[str]) -> str:
        return _fit(label, label_width) + "".join(f" {_fit(cell, cell_width)}" for cell in cells)

    wide = cell_width == WIDE_CELL
    rows = [row(title, names)]
    for rep in reps:
        cells = {cell.record.athlete: cell for cell in rep.cells}
        if not any(name in cells for name in names):
            continue
        first = rep.cells[0].record
        texts = [_cell_text(cells[name], wide=wide) if name in cells else "" for name in names]
        rows.append(row(_rep_label(first), texts))
    rows.append("-" * len(rows[0].rstrip()))
    for label, text in MEASURES:
        texts = [text(by_name[name]) for name in names]
        if any(texts):
            rows.append(row(label, texts))
    relaxed = [_relaxations(reps, name) for name in names]
    if any(relaxed):
        rows.append(row("relaxed", relaxed))
    return [each.rstrip() for each in rows]


def _fit(text: str, width: int) -> str:
    """Returns `text` in exactly `width` columns; what is cut off is shown by an ellipsis."""
    if display_width(text) > width:
        while display_width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - display_width(text))


def _rep_label(record: RepRecord) -> str:
    if record.distance_mm is not None:
        length = show_distance(record.distance_mm)
    else:
        length = format_duration(record.duration_ms or 0)
    return f"{record.rep}{'*' if record.closing else ' '}{length.replace(' m', 'm')}"


def _cell_text(cell: RepCell, *, wide: bool) -> str:
    record = cell.record
    if record.time_ms is None:
        return WORDS[record.status]
    flag = {"order": "?", "corrected": "~"}.get(record.by or "", "")
    time = show_time(record.time_ms)
    shown = cell.difference_shown_ms
    difference = "" if shown is None else show_difference(shown)
    if not wide:
        # A figure is never cut: without room for the space it goes first, and then the difference.
        texts = (f"{time:>6}{flag or ' '}{difference}".rstrip(), f"{time}{flag}{difference}", f"{time}{flag}")
        return next(text for text in texts if len(text) <= NARROW_CELL or text is texts[-1])
    verdict: Verdict = "none"
    if cell.on_target is not None:
        verdict = "on" if cell.on_target else "slow" if (shown or 0) > 0 else "fast"
    rank = "" if cell.rank is None else f"{cell.rank}."
    previous = cell.against_previous_shown_ms
    step = "" if previous is None else f"({show_difference(previous)})"
    best = "!" if cell.is_best else ""
    return f"{time + flag + best:>8} {difference:>5}{SYMBOLS[verdict]} {rank:>2} {step}".rstrip()


def _relaxations(reps: Sequence[RepMeasures], name: str) -> str:
    ratings = [
        f"{cell.record.relaxation}"
        for rep in reps
        for cell in rep.cells
        if cell.record.athlete == name and cell.record.relaxation is not None
    ]
    return " ".join(ratings)


def _mean(each: AthleteMeasures) -> str:
    if each.mean_shown_ms is None:
        return ""
    against = each.mean_minus_target_shown_ms
    return f"{show_target(each.mean_shown_ms):>6} {'' if against is None else show_difference(against)}".rstrip()


def _seconds(ms: float | None) -> str:
    return "" if ms is None else f"{ms / 1000:.2f}"


def _closing(each: AthleteMeasures) -> str:
    ms = each.closing_minus_earlier_ms
    return "" if ms is None else show_difference(round_up_hand_time(round(ms)) if ms > 0 else round(ms))


def _recovery(each: AthleteMeasures) -> str:
    rests = each.recoveries_ms
    if not rests:
        return ""
    low, high = show_target(min(rests)), show_target(max(rests))
    return low if low == high else f"{low}-{high}"


MEASURES: tuple[tuple[str, Callable[[AthleteMeasures], str]], ...] = (
    ("mean", _mean),
    ("spread", lambda each: _seconds(each.sd_ms)),
    ("pacing", lambda each: "" if each.decrement is None else f"{each.decrement:.1f} %"),
    ("closing", _closing),
    ("in ±0.3", lambda each: f"{each.on_target} of {each.with_target}" if each.with_target else ""),
    ("rest", _recovery),
    ("running", lambda each: format_duration(round(each.active_ms, -3)) if each.active_ms else ""),
    ("resting", lambda each: format_duration(round(each.rest_ms, -3)) if each.rest_ms else ""),
)
"""The measures below the grid. `pacing` is the % decrement: 100 (sum / (n best) - 1)."""
