"""Sessions as Markdown, to post in a chat: one session as tables, or several as a line each.

Users' text is escaped, so it cannot become markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.exports.markdown_text import escape, markdown_table
from kicktimer.exports.season import gather_season
from kicktimer.review.charts.labels import length_label
from kicktimer.review.session_measures import measure_session
from kicktimer.units import show_difference, show_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.exports.shown_times import ShownTimes
    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import AthleteMeasures, RepMeasures

MAX_COLUMNS = 6
"""More athletes than this stand in several tables: a chat is narrow."""


def session_markdown(session: SessionRecord, times: ShownTimes) -> str:
    """Returns the session: a table for each group, its means, its notes."""
    measures = measure_session(session)
    by_name = {each.athlete: each for each in measures.athletes}
    head = f"**{escape(session.workout)}**, {session.moment:%A %Y-%m-%d}"
    parts = [head + ("" if session.state == "finished" else f" ({session.state})")]
    groups = list(dict.fromkeys(rep.group for rep in measures.reps))
    for group in groups:
        reps = [rep for rep in measures.reps if rep.group == group]
        names = list(dict.fromkeys(cell.record.athlete for rep in reps for cell in rep.cells))
        if len(groups) > 1:
            parts.append(f"Group {escape(group)}:")
        for start in range(0, len(names), MAX_COLUMNS):
            own = [by_name[name] for name in names[start : start + MAX_COLUMNS]]
            parts.append(_table(reps, own, times))
    parts += [f"Note: {escape(note)}" for note in session.notes]
    signs = {"h by hand": "h", r"\~ typed or estimated": "~", "? named by order": "?"}
    shown = [times.rep(rep) for rep in session.reps if rep.time_ms is not None]
    found = [text for text, sign in signs.items() if any(sign in each for each in shown)]
    found += ["= on target"] if any(rep.target_ms is not None for rep in session.reps) else []
    found += [r"\* closing rep"] if any(rep.closing for rep in session.reps) else []
    return "\n\n".join([*parts, " · ".join(found)] if found else parts) + "\n"


def _table(reps: Sequence[RepMeasures], athletes: Sequence[AthleteMeasures], times: ShownTimes) -> str:
    rows = [["rep", "", *(escape(each.athlete) for each in athletes)]]
    for rep in reps:
        cells = {cell.record.athlete: cell.record for cell in rep.cells}
        first = rep.cells[0].record
        texts = [_cell(cells.get(each.athlete), times) for each in athletes]
        if any(texts):
            rows.append([f"{rep.rep}{escape('*') if first.closing else ''}", length_label(first), *texts])
    means = ["" if each.mean_shown_ms is None else _mean(each) for each in athletes]
    if any(means):
        rows.append(["mean", "", *means])
    return markdown_table(rows, right=2)


def _cell(record: RepRecord | None, times: ShownTimes) -> str:
    return "" if record is None else f"{times.rep(record)} {times.difference(record)}".strip().replace("~", r"\~")


def _mean(measures: AthleteMeasures) -> str:
    against = measures.mean_minus_target_shown_ms
    difference = "" if against is None else show_difference(against)
    return f"{show_target(measures.mean_shown_ms or 0)} {difference}".strip()


def sessions_markdown(sessions: Iterable[SessionRecord], athlete: str = "") -> str:
    """Returns a table with a line for each session, newest first; of one athlete with the means."""
    if athlete:
        ordered = sorted(sessions, key=lambda each: (each.moment, each.seq, each.id), reverse=True)
        rows = [["date", "workout", "mean", "target", "closing"], *(_athlete_row(each, athlete) for each in ordered)]
        return f"**{escape(athlete)}**\n\n{markdown_table(rows, right=2)}\n"
    season = gather_season(sessions)
    rows = [["date", "workout", "athletes", "reps", "on target"]]
    rows += [
        [
            each.date[:10],
            escape(each.workout),
            f"{each.athletes}",
            f"{each.timed}",
            f"{each.on_target} of {each.with_target}",
        ]
        for each in reversed(season.sessions)
    ]
    return markdown_table(rows, right=2) + "\n"


def _athlete_row(session: SessionRecord, athlete: str) -> list[str]:
    measures = next((each for each in measure_session(session).athletes if each.athlete == athlete), None)
    cells = [session.date[:10], escape(session.workout)]
    if measures is None:
        return [*cells, "", "", ""]
    closing = measures.closing_minus_earlier_ms
    against = measures.mean_minus_target_shown_ms
    return [
        *cells,
        "" if measures.mean_shown_ms is None else show_target(measures.mean_shown_ms),
        "" if against is None else show_difference(against),
        "" if closing is None else show_difference(round(closing)),
    ]
