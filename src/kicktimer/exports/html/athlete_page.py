"""The page of one athlete: the kick report, the sessions, charts over time, the best times. Nobody else is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.exports.html.charts import (
    Mark,
    ReferenceLine,
    differences_over_time,
    kind_legend,
    over_time,
    week_columns,
)
from kicktimer.exports.html.markup import Markup, element, join, user_text
from kicktimer.exports.html.page import page, section, table
from kicktimer.review.charts.labels import count_label, difference_label
from kicktimer.review.kick_sentences import THESIS, kick_sentences
from kicktimer.units import show_difference, show_distance, show_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kicktimer.exports.shown_times import ShownTimes
    from kicktimer.review.athlete import AthleteReview, AthleteSession
    from kicktimer.review.kick import KickReport

LEGEND = (
    "means of times rounded up to the tenth", "differences to the target in seconds",
    "spread: standard deviation in seconds",
    "closing: the closing reps' mean against the earlier reps'",
)  # fmt: skip


def athlete_page(review: AthleteReview, report: KickReport, moments: Mapping[str, datetime], times: ShownTimes) -> str:
    """Returns the page. `moments` has when each session of the review took place, by its id."""
    head = [element("h1", user_text(review.athlete)), _about(review)]
    kick = [element("p", text) for text in kick_sentences(report) if text != THESIS]
    missing = [element("li", text) for text in report.missing]
    parts = [
        section(
            "The last 200 m when tired", *kick, _kick_chart(report, moments),
            join((element("p", "Missing:"), element("ul", *missing))) if missing else None,
            element("blockquote", THESIS),
        ),
        section("Sessions", _sessions(review)),
        section("Mean and closing mean against the target", _differences(review, moments)),
        section("Weeks", _weeks(review)),
        section("Best in training", _bests(review, times)),
        section("The same closing rep, session by session", _last_closing_rep(review, times)),
    ]  # fmt: skip
    return page(review.athlete, [*head, *(each for each in parts if each is not None)], LEGEND)


def _about(review: AthleteReview) -> Markup:
    if not review.sessions:
        return element("p", "no session yet", class_="dim")
    days = [each.date[:10] for each in review.sessions]
    return element("p", f"{count_label(len(days), 'session')}, {days[0]} to {days[-1]}", class_="dim")


def _kick_chart(report: KickReport, moments: Mapping[str, datetime]) -> Markup | None:
    marks = [
        Mark(moments[session.id], each.time_ms, "tired", faint=True)
        for session in report.sessions
        if session.id in moments
        for each in session.tired
    ]
    marks += [Mark(moments[each.id], each.mean_ms, "tired") for each in report.sessions if each.id in moments]
    if not marks:
        return None
    levels = [ReferenceLine(report.fresh.time_ms, "fresh")] if report.fresh is not None else []
    levels += [ReferenceLine(report.goal_ms, "goal")] if report.goal_ms is not None else []
    own = [each.time_ms for each in report.races if each.own]
    levels += [ReferenceLine(min(own), "race")] if own else []
    chart = over_time("the tired 200 m by session, in seconds", marks, show_target, levels=levels)
    return element("figure", chart, element("figcaption", "Tired 200 m by session; pale: each rep. Faster is up."))


def _sessions(review: AthleteReview) -> Markup | None:
    if not review.sessions:
        return None
    head = ("date", "workout", "mean", "target", "closing", "spread", "relaxed")
    return table(head, [_session_row(each) for each in reversed(review.sessions)], text=(1,))


def _session_row(session: AthleteSession) -> list[str]:
    measures = session.measures
    against, closing = measures.mean_minus_target_shown_ms, measures.closing_minus_earlier_ms
    return [
        session.date[:10],
        user_text(session.workout),
        "" if measures.mean_shown_ms is None else show_target(measures.mean_shown_ms),
        "" if against is None else show_difference(against),
        "" if closing is None else show_difference(round(closing)),
        "" if measures.sd_ms is None else f"{measures.sd_ms / 1000:.2f}",
        "" if session.relaxation_mean is None else f"{session.relaxation_mean:.1f}",
    ]


def _differences(review: AthleteReview, moments: Mapping[str, datetime]) -> Markup | None:
    marks = []
    for session in review.sessions:
        mean, closing = session.measures.mean_minus_target_shown_ms, session.closing_minus_target_shown_ms
        if mean is not None:
            marks.append(Mark(moments[session.id], mean, "mean"))
        if closing is not None:
            marks.append(Mark(moments[session.id], closing, "closing"))
    if not marks:
        return None
    caption = "Dots: mean; red squares: mean of the closing reps; green: ±0.3 s. Faster is up."
    chart = differences_over_time("means against the target by session, in seconds", marks)
    return element("figure", chart, element("figcaption", caption))


def _weeks(review: AthleteReview) -> Markup | None:
    if not review.weeks:
        return None
    return element("figure", week_columns("sessions by week", review.weeks), kind_legend(review.weeks))


def _bests(review: AthleteReview, times: ShownTimes) -> Markup | None:
    if not review.bests:
        return None
    rows = [
        [show_distance(each.distance_mm), times.time(each.time_ms, by_hand=each.by_hand), each.date[:10]]
        for each in review.bests
    ]
    return table(("distance", "time", "date"), rows)


def _last_closing_rep(review: AthleteReview, times: ShownTimes) -> Markup | None:
    points = review.last_closing_rep
    if not points:
        return None
    rows = [
        [each.date[:10], times.rep(each.record), times.target(each.record), difference_label(each.record)]
        for each in reversed(points)
    ]
    record = points[-1].record
    what = element("p", user_text(review.workouts[0]), Markup(", "), f"rep {record.rep}")
    return join((what, table(("date", "time", "target", ""), rows)))
