"""Two things side by side as text: two sessions, two athletes, or an athlete's two seasons.

Pure: records in, lines of at most `width` columns out (`MIN_WIDTH` or more). A difference is right minus left: `-0.4`
says that the right one was faster. Without room for all columns the recoveries are left out. A season is a calendar
year, as for season's bests in athletics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import compact_distance, length_label, time_label
from kicktimer.review.compare import compare_athletes, compare_seasons, compare_sessions
from kicktimer.text import display_width, fit
from kicktimer.units import show_difference, show_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kicktimer.review.compare import AthletePair, RepPair, SeasonPair
    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import AthleteMeasures

GAP = 2
MIN_CELL = 4
MIN_WIDTH = 4 * MIN_CELL + 3 * GAP
RESTS = (2, 4)
"""The columns of the recoveries: label, left, its recovery, right, its recovery, difference."""


def session_comparison(left: SessionRecord, right: SessionRecord, width: int) -> list[str]:
    """Returns two sessions side by side, for each athlete who ran in both; without one, a sentence that says so."""
    pairs = [pair for pair in compare_sessions(left, right) if any(each.left and each.right for each in pair.reps)]
    if not pairs:
        return ["nobody ran in both sessions"]
    lines: list[str] = []
    for pair in pairs:
        lines += [pair.left_name, *pair_lines(pair, _heads(left, right), width), ""]
    return lines[:-1]


def athlete_comparison(session: SessionRecord, left: str, right: str, width: int) -> list[str]:
    """Returns two athletes of one session side by side."""
    return pair_lines(compare_athletes(session, left, session, right), (left, right), width)


def season_comparison(name: str, sessions: Sequence[SessionRecord], width: int) -> list[str]:
    """Returns the athlete's newest season beside the one before; without times in both, a sentence that says so."""
    year = max((each.moment.year for each in sessions if each.race is None), default=None)
    if year is None:
        return [f"{name} has not run yet"]
    before, now = ([each for each in sessions if each.moment.year == some] for some in (year - 1, year))
    pairs = compare_seasons(name, before, now)
    for season, count in (
        (year, sum(pair.right_count for pair in pairs)),
        (year - 1, sum(pair.left_count for pair in pairs)),
    ):
        if not count:
            return [f"{name} has no time of a rep in {season}"]
    return season_lines(pairs, (str(year - 1), str(year)), width)


def _heads(left: SessionRecord, right: SessionRecord) -> tuple[str, str]:
    """Returns the days of two sessions; of two on one day, the times."""
    days = left.date[:10], right.date[:10]
    return days if days[0] != days[1] else (left.date[11:16], right.date[11:16])


def pair_lines(pair: AthletePair, heads: tuple[str, str], width: int) -> list[str]:
    """Returns the reps of a pair and their measures, in lines of at most `width` columns. `heads` name the sides."""
    rows: list[tuple[str, ...]] = [("", heads[0], "rest", heads[1], "rest", "")]
    for each in pair.reps:
        difference = each.difference_shown_ms
        rows.append(
            (
                _rep_label(each), _time(each.left), _rest(each.left), _time(each.right), _rest(each.right),
                "" if difference is None else show_difference(difference),
            )
        )  # fmt: skip
    rows += [(label, left, "", right, "", difference) for label, left, right, difference in _measures(pair)]
    return _table(rows, width)


def season_lines(pairs: Sequence[SeasonPair], heads: tuple[str, str], width: int) -> list[str]:
    """Returns an athlete's two seasons by rep distance, in lines of at most `width` columns."""
    rows: list[tuple[str, ...]] = [("", heads[0], "rest", heads[1], "rest", "")]
    for pair in pairs:
        rows.append(
            (
                compact_distance(pair.distance_mm),
                _mean(pair.left_mean_shown_ms, pair.left_count, by_hand=pair.left_by_hand),
                _seconds(pair.left_recovery_ms),
                _mean(pair.right_mean_shown_ms, pair.right_count, by_hand=pair.right_by_hand),
                _seconds(pair.right_recovery_ms),
                _signed(pair.difference_shown_ms),
            )
        )  # fmt: skip
        left, right = pair.left_closing_shown_ms, pair.right_closing_shown_ms
        if left is not None or right is not None:
            difference = _signed(pair.closing_difference_shown_ms)
            rows.append((" closing", _shown(left), "", _shown(right), "", difference))
    return _table(rows, width) if pairs else []


def _rep_label(pair: RepPair) -> str:
    """Returns the rep's number and length; the lengths of both sides if they differ."""
    sides = [each for each in (pair.left, pair.right) if each is not None]
    closing = "*" if all(each.closing for each in sides) else " "
    return f"{pair.rep}{closing}{'/'.join(dict.fromkeys(length_label(each) for each in sides))}"


def _time(rep: RepRecord | None) -> str:
    return "" if rep is None else time_label(rep)


def _rest(rep: RepRecord | None) -> str:
    return "" if rep is None else _seconds(rep.recovery_ms)


def _seconds(ms: float | None) -> str:
    return "" if ms is None else show_target(round(ms))


def _shown(ms: int | None) -> str:
    return "" if ms is None else show_target(ms)


def _signed(ms: int | None) -> str:
    return "" if ms is None else show_difference(ms)


def _mean(ms: int | None, count: int, *, by_hand: bool) -> str:
    """Returns a mean and the number of its times; `~` if one of them was typed or estimated."""
    return "" if ms is None else f"{'' if by_hand else '~'}{show_target(ms)} ({count})"


def _measures(pair: AthletePair) -> list[tuple[str, str, str, str]]:
    """Returns label, left, right and difference of each measure that one of the sides has."""
    left, right = pair.left, pair.right
    both_means = left.distance_mm == right.distance_mm and None not in (left.mean_shown_ms, right.mean_shown_ms)
    difference = (right.mean_shown_ms or 0) - (left.mean_shown_ms or 0)
    means = _mean_text(left, [each.left for each in pair.reps]), _mean_text(right, [each.right for each in pair.reps])
    rows = [("mean", *means, _signed(difference) if both_means else "")]

    def row(label: str, text: Callable[[AthleteMeasures], str]) -> None:
        rows.append((label, text(left), text(right), ""))

    row("to target", lambda side: _signed(side.mean_minus_target_shown_ms))
    row("closing", lambda side: _rounded(side.closing_minus_earlier_ms))
    row("spread", lambda side: "" if side.sd_ms is None else f"{side.sd_ms / 1000:.2f}")
    return [each for each in rows if each[1] or each[2]]


def _mean_text(measures: AthleteMeasures, reps: Sequence[RepRecord | None]) -> str:
    """Returns the mean, with `~` if one of its times was typed or estimated."""
    if measures.mean_shown_ms is None:
        return ""
    timed = [each for each in reps if each and each.time_ms is not None and each.distance_mm == measures.distance_mm]
    return f"{'' if all(each.by_hand for each in timed) else '~'}{show_target(measures.mean_shown_ms)}"


def _rounded(ms: float | None) -> str:
    return "" if ms is None else show_difference(round(ms))


def _table(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """Returns the rows as columns, the first aligned left and the others right."""
    columns = [at for at in range(len(rows[0])) if at not in RESTS or any(row[at] for row in rows[1:])]
    widths = _widths(rows, columns)
    if sum(widths) + GAP * (len(columns) - 1) > width:
        columns = [at for at in columns if at not in RESTS]
        widths = _widths(rows, columns)
    while sum(widths) + GAP * (len(columns) - 1) > width and max(widths) > MIN_CELL:
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in rows:
        cells = [fit(row[at], size, right=at > 0) for at, size in zip(columns, widths, strict=True)]
        lines.append((" " * GAP).join(cells).rstrip())
    return lines


def _widths(rows: Sequence[tuple[str, ...]], columns: Sequence[int]) -> list[int]:
    return [max(display_width(row[at]) for row in rows) for at in columns]
