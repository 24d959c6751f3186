"""The page of one session: the grid of times, lap bars, closing reps, corrections and notes."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from kicktimer.exports.html.charts import bar_axis, lap_bars
from kicktimer.exports.html.markup import Markup, element, join, user_text
from kicktimer.exports.html.page import page, section, table
from kicktimer.review.charts.labels import compact_distance, length_label, rep_label
from kicktimer.review.charts.lap_bars import bar_rows
from kicktimer.review.race import last_200_ms
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import MEASURES, WIDE_CELL, cell_verdict, corrections, session_columns
from kicktimer.units import format_race

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kicktimer.exports.shown_times import ShownTimes
    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.review.session_measures import RepMeasures
    from kicktimer.review.session_text import SessionColumn

MAX_COLUMNS = 10
"""More athletes than this stand in several tables: so many columns are as wide as A4."""
LEGEND = (
    "h by hand, rounded up to the tenth", "~ typed or estimated", "? named by order", "* closing rep",
    "= on target (±0.3 s, or the rep's band)", "▲ slower", "▼ faster",
)  # fmt: skip
EXACT_LEGEND = ("times to the millisecond, as the keys took them", *LEGEND[1:])


def session_page(session: SessionRecord, times: ShownTimes) -> str:
    """Returns the page of a session with everybody in `session.reps`."""
    return page(f"{session.workout} {session.date[:10]}", session_parts(session, times), legend(times))


def legend(times: ShownTimes) -> tuple[str, ...]:
    """Returns the sentences that explain the signs of a grid."""
    return EXACT_LEGEND if times.exact else LEGEND


def session_parts(session: SessionRecord, times: ShownTimes) -> list[Markup]:
    """Returns the parts of the page, from its title to its notes."""
    measures = measure_session(session)
    columns = session_columns(session, measures)
    parts = [element("h1", user_text(session.workout)), _about(session)]
    groups = list(dict.fromkeys(rep.group for rep in measures.reps))
    for group in groups:
        reps = [rep for rep in measures.reps if rep.group == group]
        names = list(dict.fromkeys(cell.record.athlete for rep in reps for cell in rep.cells))
        if len(groups) > 1:
            parts.append(element("h2", "Group ", Markup(" "), user_text(group)))
        size = ceil(len(names) / ceil(len(names) / MAX_COLUMNS))  # as many athletes in each table
        blocks = [names[start : start + size] for start in range(0, len(names), size)]
        parts += [_grid(reps, [columns[name] for name in block], times) for block in blocks]
    found = [
        section("Closing reps", _closing(session, times)),
        section("Against the target", _bars(session)),
        section("Corrected times", *(element("p", text) for text in corrections(session))),
        section("Notes", *(element("p", user_text(note)) for note in session.notes)),
    ]
    return parts + [each for each in found if each is not None]


def _about(session: SessionRecord) -> Markup:
    race = session.race
    texts = [
        f"{session.moment:%A, %Y-%m-%d, %H:%M}",
        session.kind
        if race is None
        else " ".join(filter(None, (f"race over {format_race(race.distance_mm)}", race.name))),
        session.squad,
        "" if session.state == "finished" else session.state,
        "rehearsed" if session.rehearsed else "",
        "imported" if session.imported else "",
    ]
    return element("p", join(_separated([each for each in texts if each])), class_="dim")


def _separated(texts: Sequence[str]) -> Iterator[str]:
    for at, text in enumerate(texts):
        if at:
            yield Markup(" · ")
        yield user_text(text)


def _grid(reps: Sequence[RepMeasures], columns: Sequence[SessionColumn], times: ShownTimes) -> Markup:
    runs, rest = [], []
    for rep in reps:
        cells = {cell.record.athlete: cell for cell in rep.cells}
        own = [cells.get(column.name) for column in columns]
        if not any(own):
            continue
        first = rep.cells[0].record
        head = element("th", rep_label(first), scope="row")
        data = [
            element("td")
            if cell is None
            else element(
                "td", _cell(cell.record, times), class_=f"{cell_verdict(cell)}{' best' if cell.is_best else ''}"
            )
            for cell in own
        ]
        runs.append(element("tr", head, *data, class_="closing" if first.closing else None))
    for label, text in MEASURES:
        texts = [text(column, WIDE_CELL).strip() for column in columns]
        if any(texts):
            head = element("th", label, scope="row")
            rest.append(element("tr", head, *(element("td", each) for each in texts), class_="measure"))
    top = element(
        "thead",
        element(
            "tr", element("th", "rep"),
            *(element("th", user_text(column.name), scope="col", class_="name") for column in columns),
        ),
    )  # fmt: skip
    # Two bodies: the rule between them parts what was run from what follows from it.
    whole = element("table", top, element("tbody", *runs), element("tbody", *rest) if rest else None, class_="grid")
    return element("div", whole, class_="wide")


def _cell(record: RepRecord, times: ShownTimes) -> Markup:
    """Returns a cell: the time, its difference, and the times at the marks inside the rep."""
    difference = times.difference(record)
    splits = [
        f"{compact_distance(each.mark_mm)} {times.time(each.time_ms, by_hand=each.by_hand)}" for each in record.splits
    ]
    small = [element("small", difference)] if difference else []
    small += [element("small", text, class_="split") for text in splits]
    return join((times.rep(record), *small))


def _closing(session: SessionRecord, times: ShownTimes) -> Markup | None:
    found = [rep for rep in session.reps if rep.closing]
    if not found:
        return None
    rows = []
    for rep in found:
        last = last_200_ms(rep) if rep.distance_mm != 200_000 else None
        cells = [
            f"{rep.rep}", user_text(rep.athlete), length_label(rep), times.target(rep), times.rep(rep),
            times.difference(rep),
            "" if last is None else times.time(last, by_hand=rep.by_hand),
            "" if rep.relaxation is None else f"{rep.relaxation} of 5",
        ]  # fmt: skip
        rows.append(cells)
    return table(("rep", "athlete", "", "target", "time", "", "last 200 m", "relaxed"), rows, text=(1,))


def _bars(session: SessionRecord) -> Markup | None:
    by_name = {name: bar_rows(session.reps_of(name)) for name in session.names}
    every = [each for rows in by_name.values() for each in rows if each.difference_ms is not None]
    if not every:
        return None
    axis = bar_axis(every)
    figures = [
        element("figure", element("h3", user_text(name)), lap_bars(f"{name}: seconds against the target", rows, axis))
        for name, rows in by_name.items()
    ]
    caption = "Seconds against the target: faster to the left; green band: on target"
    if any(each.difference.startswith("m") for each in every):
        caption += "; m: no target, against the athlete's own mean over the distance"
    return join((element("p", caption, class_="dim"), element("div", *figures, class_="figures")))
