"""One athlete over time, as text: the kick report in words, the sessions as a table, charts, the best times. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import count_label
from kicktimer.review.charts.rep_history import rep_history_lines
from kicktimer.review.charts.target_history import target_history_lines
from kicktimer.review.charts.volume_scatter import volume_scatter_lines
from kicktimer.review.charts.week_columns import week_lines
from kicktimer.review.kick_chart import chart_lines
from kicktimer.review.kick_sentences import kick_sentences
from kicktimer.text import display_width, fit, wrap
from kicktimer.units import show_difference, show_distance, show_target
from kicktimer.view.comparison import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.athlete import AthleteReview, AthleteSession
    from kicktimer.review.kick import KickReport

HEAD = ("date", "workout", "mean", "target", "closing", "spread", "relaxed")
MIN_WORKOUT_WIDTH = 8
RIGHT = 2  # from this column on, figures are aligned right


def kick_lines(report: KickReport, width: int) -> list[str]:
    """Returns the kick report in words and as a chart, and what it lacks, in lines of at most `width` columns."""
    lines = [line for sentence in kick_sentences(report) for line in wrap(sentence, width)]
    if chart := chart_lines(report, width):
        lines += ["", *chart]
    if report.missing:
        lines += ["", "Missing:"]
        lines += [line for text in report.missing for line in wrap(f"- {text}", width, indent="  ")]
    return lines


def athlete_lines(review: AthleteReview, report: KickReport, width: int = 80) -> list[str]:
    """Returns everything about an athlete in lines of at most `width` columns.

    The kick report, the table of sessions (newest first), mean and closing mean over time, weeks, volume against pace,
    best times, and the last closing rep of the workout that was run most often. A chart without data or room is left
    out.
    """
    blocks = [kick_lines(report, width)]
    if review.sessions:
        blocks.append(_table([_row(each) for each in reversed(review.sessions)], width))
    blocks.append(target_history_lines(review.sessions, width))
    blocks.append([*_mix_lines(review, width), *week_lines(review.weeks, width)])
    blocks.append(volume_scatter_lines(review.volume, review.goal_lines_ms, width))
    if review.bests:
        times = [(each.distance_mm, format_time(each.time_ms, by_hand=each.by_hand)) for each in review.bests]
        bests = [f"{show_distance(mm)} {time}" for mm, time in times]
        blocks.append(wrap(f"Best in training: {', '.join(bests)}.", width))
    if review.workouts:
        blocks.append(rep_history_lines(review.last_closing_rep, review.workouts[0], width))
    lines: list[str] = []
    for block in filter(None, blocks):
        lines += ["", *block] if lines else block
    return lines


def _mix_lines(review: AthleteReview, width: int) -> list[str]:
    """Returns how many sessions of each kind there were in how many weeks."""
    if not review.weeks:
        return []
    kinds: dict[str, int] = {}
    for week in review.weeks:
        for kind, count in week.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    mix = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1]))
    return wrap(
        f"{count_label(len(review.sessions), 'session')} in {count_label(len(review.weeks), 'week')}: {mix}.", width
    )


def _row(session: AthleteSession) -> tuple[str, ...]:
    measures = session.measures
    against, closing = measures.mean_minus_target_shown_ms, measures.closing_minus_earlier_ms
    return (
        session.date[:10],
        session.workout,
        "" if measures.mean_shown_ms is None else show_target(measures.mean_shown_ms),
        "" if against is None else show_difference(against),
        "" if closing is None else show_difference(round(closing)),
        "" if measures.sd_ms is None else f"{measures.sd_ms / 1000:.2f}",
        "" if session.relaxation_mean is None else f"{session.relaxation_mean:.1f}",
    )


def _table(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """Returns the sessions under their heads. Without room for all columns the last ones are left out."""
    columns = len(HEAD)
    while True:
        widths = [max(display_width(row[at]) for row in (HEAD, *rows)) for at in range(columns)]
        rest = width - sum(widths) - 2 * (columns - 1)
        if rest < 0:
            widths[1] = max(MIN_WORKOUT_WIDTH, widths[1] + rest)
        if columns <= RIGHT or sum(widths) + 2 * (columns - 1) <= width:
            break
        columns -= 1
    cells = ([fit(row[at], widths[at], right=at >= RIGHT) for at in range(columns)] for row in (HEAD, *rows))
    return ["  ".join(row).rstrip() for row in cells]
