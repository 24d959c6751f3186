"""One session as a grid of text: a row for each rep, a column for each athlete, and each athlete's measures below.

Pure: records in, lines of at most `width` columns out. If the athletes do not fit side by side, the grid continues
below with the next ones. With room, each cell also has the rank in the rep and the difference to the rep before. The
times at the marks inside a rep stand in rows of their own, below it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple

from kicktimer.review.charts.labels import STATUS_WORDS, compact_distance, rep_label
from kicktimer.text import display_width, fit, pack, wrap
from kicktimer.units import (
    mean_shown_target,
    show_clock,
    show_difference,
    show_distance,
    show_target,
    show_time,
)
from kicktimer.view.comparison import SYMBOLS, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import AthleteMeasures, RepCell, RepMeasures, SessionMeasures
    from kicktimer.view.comparison import Verdict

MIN_LABEL_WIDTH = 7
NARROW_CELL = 11
WIDE_CELL = 27
MIN_WIDTH = MIN_LABEL_WIDTH + 1 + NARROW_CELL
GridRole = Literal["text", "dim", "strong", "head", "on", "slow", "fast"]
"""What a piece of the grid is: `on`, `slow` and `fast` are times against their target."""
GridPiece = tuple[str, GridRole]
GridLine = tuple[GridPiece, ...]
LEGEND = (
    "times by hand",
    "~ typed or estimated",
    "? named by order",
    "* closing rep",
    "pacing: % decrement",
)
SEASON_BEST_LEGEND = "SB: season's best"
WIDE_LEGEND = (
    *LEGEND[1:], "= on target", "1. rank in the rep", "(+0.4) against the rep before", "! best of the session",
)  # fmt: skip


def session_lines(session: SessionRecord, measures: SessionMeasures, width: int = 80) -> list[str]:
    """Returns the lines of `session_grid` without their roles."""
    return ["".join(text for text, _ in line).rstrip() for line in session_grid(session, measures, width)]


def session_grid(
    session: SessionRecord, measures: SessionMeasures, width: int = 80, heads: Mapping[str, str] = {}
) -> Iterator[GridLine]:
    """Yields the session as lines: a grid for each pace group, then corrections and notes.

    `heads` has what stands above an athlete's column where that is not the name alone.
    """
    legend: tuple[str, ...] = LEGEND
    by_name = session_columns(session, measures)
    groups = list(dict.fromkeys(rep.group for rep in measures.reps))
    has_season_bests = any(column.season_bests for column in by_name.values())
    for group in groups:
        reps = [rep for rep in measures.reps if rep.group == group]
        names = list(dict.fromkeys(cell.record.athlete for rep in reps for cell in rep.cells))
        label_width = max(MIN_LABEL_WIDTH, *(display_width(rep_label(rep.cells[0].record)) for rep in reps))
        cell_width = NARROW_CELL
        if label_width + len(names) * (WIDE_CELL + 1) <= width:
            cell_width, legend = WIDE_CELL, WIDE_LEGEND
        count = max(1, (width - label_width) // (cell_width + 1))
        title = f"group {group}" if len(groups) > 1 else ""
        for start in range(0, len(names), count):
            columns = [by_name[name] for name in names[start : start + count]]
            shown = [heads.get(column.name, column.name) for column in columns]
            yield from _block((title, *shown), columns, reps, (label_width, cell_width))
            yield ()
    if groups:
        legend = (*legend, SEASON_BEST_LEGEND) if has_season_bests else legend
        yield from (((each, "dim"),) for each in pack(legend, " · ", max(width, MIN_WIDTH)))
    else:
        yield (("no rep was run", "dim"),)
    corrected = corrections(session)
    if corrected or session.notes:
        yield ()
    for text in chain(corrected, (f"note: {note}" for note in session.notes)):  # there may be 100,000 of them
        yield from (((row, "text"),) for row in wrap(text, max(width, MIN_WIDTH)))


def corrections(session: SessionRecord) -> list[str]:
    """Returns a sentence for each time of a key that was corrected: what stands now, and what the key took."""
    found = []
    for rep in session.reps:
        times: list[tuple[str, int | None, int | None]] = [("", rep.original_ms, rep.time_ms)]
        times += [(f" at {show_distance(each.mark_mm)}", each.original_ms, each.time_ms) for each in rep.splits]
        found += [
            f"corrected: {rep.athlete}, rep {rep.rep}{mark}: {show_time(now)}, was {show_time(original)}h"
            for mark, original, now in times
            if original is not None and now is not None
        ]
    return found


def _season_bests(athlete: AthleteMeasures, measures: SessionMeasures) -> frozenset[int]:
    """Returns the distances, in mm, over which the athlete's best of the session is the best of the season, too."""
    return frozenset(
        cell.record.distance_mm or 0
        for rep in measures.reps
        for cell in rep.cells
        if cell.is_season_best and cell.record.athlete == athlete.athlete
    )


def session_columns(session: SessionRecord, measures: SessionMeasures) -> dict[str, SessionColumn]:
    """Returns each athlete's column by name, in the order of the measures."""
    return {
        each.athlete: SessionColumn(each, session.reps_of(each.athlete), _season_bests(each, measures))
        for each in measures.athletes
    }


class SessionColumn(NamedTuple):
    """An athlete's column: the measures, and the reps that they are computed from."""

    measures: AthleteMeasures
    reps: tuple[RepRecord, ...]
    season_bests: frozenset[int]

    @property
    def name(self) -> str:
        return self.measures.athlete

    @property
    def measured(self) -> list[RepRecord]:
        """The reps whose mean is shown: those that were timed, of the distance that was run most often."""
        return [rep for rep in self.reps if rep.time_ms is not None and rep.distance_mm == self.measures.distance_mm]


def _block(
    heads: Sequence[str], columns: Sequence[SessionColumn], reps: Sequence[RepMeasures], widths: tuple[int, int]
) -> list[GridLine]:
    """Returns the grid of some athletes. `heads` are those of the labels and of the columns, and `widths` their widths.

    All columns are of one width.
    """
    label_width, cell_width = widths

    def row(label: str, cells: Sequence[GridPiece], role: GridRole = "dim") -> GridLine:
        pieces: list[GridPiece] = [(fit(label, label_width), role)]
        for text, cell_role in cells:
            pieces += [(" ", "text"), (fit(text, cell_width), cell_role)]
        return tuple(pieces)

    head = row(heads[0], [(text, "head") for text in heads[1:]], "head")
    rows = [head]
    for rep in reps:
        cells = {cell.record.athlete: cell for cell in rep.cells}
        own = [cells.get(column.name) for column in columns]
        if not any(own):
            continue
        wide = cell_width == WIDE_CELL
        first = rep.cells[0].record
        rows.append(row(rep_label(first), [_cell(cell, wide=wide) for cell in own], _label_role(first)))
        for mark in sorted({split.mark_mm for cell in own if cell is not None for split in cell.record.splits}):
            texts = ["" if cell is None else _split_text(cell.record, mark) for cell in own]
            rows.append(row(f"  {compact_distance(mark)}", [(text, "dim") for text in texts]))
        texts = ["" if cell is None else _after_text(cell.record) for cell in own]
        if wide and any(texts):
            rows.append(row("  rest", [(text, "dim") for text in texts]))
    rule = "-" * len("".join(text for text, _ in head).rstrip())
    rows.append(((rule, "dim"),))
    for label, text in MEASURES:
        texts = [text(column, cell_width) for column in columns]
        if any(texts):
            rows.append(row(label, [(each, "text") for each in texts]))
    return rows


def _label_role(record: RepRecord) -> GridRole:
    return "strong" if record.closing else "dim"


def _cell(cell: RepCell | None, *, wide: bool) -> GridPiece:
    if cell is None:
        return "", "text"
    if cell.record.time_ms is None:
        return STATUS_WORDS[cell.record.status], "dim"
    verdict = cell_verdict(cell)
    return _cell_text(cell, cell.record.time_ms, wide=wide), "text" if verdict == "none" else verdict


def cell_verdict(cell: RepCell) -> Verdict:
    """Returns how a cell's time compares with its target."""
    if cell.on_target is None:
        return "none"
    return "on" if cell.on_target else "slow" if (cell.difference_shown_ms or 0) > 0 else "fast"


def _split_text(record: RepRecord, mark_mm: int) -> str:
    split = record.split_at(mark_mm)
    return "" if split is None else format_time(split.time_ms, by_hand=split.by_hand)


def _after_text(record: RepRecord) -> str:
    """Returns the athlete's actual rest after the rep, and how relaxed the rep was."""
    rest = "" if record.recovery_ms is None else show_target(record.recovery_ms)
    relaxed = "" if record.relaxation is None else f"relaxed {record.relaxation}"
    return f"{rest:>7}  {relaxed}".rstrip()


def _cell_text(cell: RepCell, time_ms: int, *, wide: bool) -> str:
    record = cell.record
    by_order = "?" if record.by == "order" else ""
    shown = cell.difference_shown_ms
    difference = "" if shown is None else show_difference(shown)
    if not wide:
        time = f"{'' if record.by_hand else '~'}{show_time(time_ms)}{by_order}"
        return _with_difference(time, difference, NARROW_CELL)
    time = f"{format_time(time_ms, by_hand=record.by_hand)}{by_order}{'!' if cell.is_best else ''}"
    rank = "" if cell.rank is None else f"{cell.rank}."
    previous = cell.against_previous_shown_ms
    step = "" if previous is None else f"({show_difference(previous)})"
    text = f"{time:>8} {difference:>5}{SYMBOLS[cell_verdict(cell)]}"
    return _first_that_fits((f"{text} {rank:>2} {step}".rstrip(), f"{text} {rank}", text), WIDE_CELL)


def _with_difference(time: str, difference: str, width: int) -> str:
    """Returns a time and its difference: without room the space between them goes, then the difference."""
    return _first_that_fits((f"{time:>6} {difference}".rstrip(), f"{time}{difference}", time), width)


def _first_that_fits(texts: Sequence[str], width: int) -> str:
    """Returns the first text with at most `width` characters, else the last one: no figure is cut in the middle."""
    return next((text for text in texts if len(text) <= width), texts[-1])


def _target(column: SessionColumn, _: int) -> str:
    """Returns the mean target of the reps whose mean is shown; `~` if it comes from a race over another distance."""
    targets = [rep.target_ms for rep in column.measured if rep.target_ms is not None]
    if not targets:
        return ""
    return f"{'~' if any(rep.estimated for rep in column.measured) else ''}{show_target(mean_shown_target(targets)):>6}"


def _mean(column: SessionColumn, width: int) -> str:
    shown, against = column.measures.mean_shown_ms, column.measures.mean_minus_target_shown_ms
    if shown is None:
        return ""
    time = f"{'' if all(rep.by_hand for rep in column.measured) else '~'}{show_target(shown)}"
    return _with_difference(time, "" if against is None else show_difference(against), width)


def _best(column: SessionColumn, _: int) -> str:
    """Returns the best time of the reps whose mean is shown; `SB` if it is the best of the season, too."""
    if not column.measured:
        return ""
    best = min(column.measured, key=lambda rep: rep.time_ms or 0)
    mark = " SB" if column.measures.distance_mm in column.season_bests else ""
    return f"{'' if best.by_hand else '~'}{show_time(best.time_ms or 0)}{mark}"


def _spread(column: SessionColumn, _: int) -> str:
    return "" if column.measures.sd_ms is None else f"{column.measures.sd_ms / 1000:.2f}"


def _pacing(column: SessionColumn, _: int) -> str:
    """Returns the % decrement, 100 (sum / (n best) - 1)."""
    return "" if column.measures.decrement is None else f"{column.measures.decrement:.1f} %"


def _closing(column: SessionColumn, _: int) -> str:
    ms = column.measures.closing_minus_earlier_ms
    return "" if ms is None else show_difference(round(ms))


def _on_target(column: SessionColumn, _: int) -> str:
    measures = column.measures
    return f"{measures.on_target} of {measures.with_target}" if measures.with_target else ""


def _recovery(column: SessionColumn, width: int) -> str:
    """Returns the shortest and the longest actual rest, without room to the second."""
    rests = column.measures.recoveries_ms
    if not rests:
        return ""
    ends = [list(dict.fromkeys(show(ms) for ms in (min(rests), max(rests)))) for show in (show_target, show_clock)]
    return _first_that_fits(["-".join(each) for each in ends], width)


def _running(column: SessionColumn, _: int) -> str:
    return show_clock(column.measures.active_ms) if column.measures.active_ms else ""


def _resting(column: SessionColumn, _: int) -> str:
    return show_clock(column.measures.rest_ms) if column.measures.rest_ms else ""


def _relaxed(column: SessionColumn, width: int) -> str:
    """Returns the ratings with their reps, like `7:3 8:4`; without room the ratings alone, then their mean."""
    rated = [(rep.rep, rep.relaxation) for rep in column.reps if rep.relaxation is not None]
    texts = (" ".join(f"{rep}:{rating}" for rep, rating in rated), "".join(f"{rating}" for _, rating in rated))
    return _first_that_fits((*texts, _mean_rating([rating for _, rating in rated])), width)


def _effort(column: SessionColumn, width: int) -> str:
    efforts = [rep.effort for rep in column.reps if rep.effort is not None]
    return _first_that_fits((" ".join(f"{effort:g}" for effort in efforts), _mean_rating(efforts)), width)


def _mean_rating(ratings: Sequence[float]) -> str:
    return f"mean {sum(ratings) / len(ratings):.1f}" if ratings else ""


MEASURES: tuple[tuple[str, Callable[[SessionColumn, int], str]], ...] = (
    ("target", _target), ("mean", _mean), ("best", _best), ("spread", _spread), ("pacing", _pacing),
    ("closing", _closing), ("in ±0.3", _on_target), ("rest", _recovery), ("running", _running), ("resting", _resting),
    ("relaxed", _relaxed), ("effort", _effort),
)  # fmt: skip
"""The measures below the grid: each gets a column and the width of its cells."""
