"""The page of a season: every session, every athlete, the weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.exports.html.charts import kind_legend, week_columns
from kicktimer.exports.html.markup import Markup, element, user_text
from kicktimer.exports.html.page import page, section, table
from kicktimer.exports.season import gather_season
from kicktimer.review.charts.labels import count_label
from kicktimer.units import show_difference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.exports.season import SeasonAthlete, SeasonSession
    from kicktimer.review.records import SessionRecord

LEGEND = (
    "on target: of the reps that have a time and a target",
    "closing: mean difference of the closing reps to their targets in seconds",
    "pacing: mean % decrement", "relaxed: mean of the ratings, 1 to 5",
)  # fmt: skip


def season_page(sessions: Iterable[SessionRecord]) -> str:
    """Returns the page of these sessions; they are gathered one after the other."""
    season = gather_season(sessions)
    days = [each.date[:10] for each in season.sessions]
    span = f"{days[0]} to {days[-1]}" if days else ""
    about = f"{count_label(len(days), 'session')} {span}, {count_label(len(season.athletes), 'athlete')}"
    weeks = None
    if season.weeks:
        weeks = element("figure", week_columns("sessions by week", season.weeks), kind_legend(season.weeks))
    athletes = table(
        ("athlete", "sessions", "races", "reps", "km", "on target", "closing", "pacing", "relaxed"),
        [_athlete(each) for each in season.athletes],
        text=(0,),
    )
    rows = [_session(each) for each in reversed(season.sessions)]
    sessions_table = table(("date", "workout", "kind", "athletes", "reps", "on target"), rows, text=(1,))
    parts = [section("Weeks", weeks), section("Athletes", athletes), section("Sessions", sessions_table)]
    head = [element("h1", Markup(f"Season {span}")), element("p", about, class_="dim")]
    return page(f"Season {span}", [*head, *(each for each in parts if each is not None)], LEGEND)


def _athlete(athlete: SeasonAthlete) -> list[str]:
    return [
        user_text(athlete.name), f"{athlete.sessions}", f"{athlete.races or ''}", f"{athlete.timed}",
        f"{athlete.metres / 1000:.1f}", _part(athlete.on_target, athlete.with_target),
        show_difference(round(_mean(athlete.closing_ms))) if athlete.closing_ms else "",
        f"{_mean(athlete.decrements):.1f} %" if athlete.decrements else "",
        f"{_mean(athlete.ratings):.1f}" if athlete.ratings else "",
    ]  # fmt: skip


def _session(session: SeasonSession) -> list[str]:
    return [
        session.date[:10], user_text(session.workout), "race" if session.is_race else session.kind,
        f"{session.athletes}", f"{session.timed}", _part(session.on_target, session.with_target),
    ]  # fmt: skip


def _part(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else ""


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
