"""The kick report in words for a coach. Every figure names the sessions that it comes from.

Figures are rounded as on every screen: times up to a tenth, targets to the nearest, differences as those of the
figures shown. The report itself stays exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.units import (
    mean_shown_time,
    round_target,
    round_up_hand_time,
    show_difference,
    show_target,
    show_time,
    shown_difference_ms,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.kick import KickReport
    from kicktimer.review.race import RaceLast200

THESIS = "It is not about how fast you are, but how fast you can run when you are tired."


def kick_sentences(report: KickReport) -> tuple[str, ...]:
    """Returns the report as sentences, the most important first; what is missing stands in `report.missing`."""
    return (
        *_tired(report),
        *_fresh(report),
        *(sentence for race in report.races for sentence in _race(report, race)),
        *_trend(report),
        *_relaxed(report),
        THESIS,
    )


def _tired(report: KickReport) -> list[str]:
    if not report.sessions:
        return []
    times = report.times_ms
    mean = mean_shown_time(times)
    found = [
        (
            f"Tired 200 m: {show_target(mean)}, the mean of {_count(len(times), 'closing rep')} in"
            f" {_dates([each.date for each in report.sessions])}."
        )
    ]
    standing = sum(tired.start == "standing" for session in report.sessions for tired in session.tired)
    if 0 < standing < len(times):
        found.append(
            f"Of these, {len(times) - standing} are the end of a longer rep, and {standing} are reps of 200 m from GO,"
            " which take longer by the start."
        )
    if report.goal_ms is not None:
        gap = mean - round_target(report.goal_ms)
        asks = f"The goal race asks for {show_target(report.goal_ms)} over the last 200 m"
        found.append(
            f"{asks}: {show_difference(gap).lstrip('+')} s are still to be found."
            if gap > 0
            else f"{asks}, and the tired 200 m is there ({show_difference(gap)} s)."
        )
    return found


def _fresh(report: KickReport) -> list[str]:
    fresh = report.fresh
    if fresh is None:
        return []
    source = ", ".join(filter(None, (fresh.source, fresh.date)))
    text = f"Fresh 200 m: {show_time(fresh.time_ms)} ({fresh.start} start; {source})."
    if report.retention is None:
        return [text]
    gap = mean_shown_time(report.like_fresh) - round_up_hand_time(fresh.time_ms)
    costs = show_difference(gap).lstrip("+")
    like = len(report.like_fresh)
    which = "" if like == len(report.times_ms) else f" Only the {like} tired ones that began alike are compared."
    return [f"{text} Tired costs {costs} s: {report.retention:.1f} % of the speed is left.{which}"]


def _race(report: KickReport, race: RaceLast200) -> list[str]:
    time = show_time(race.time_ms)
    where = f"{race.race} ({race.date[:10]})"
    if race.own:
        return [f"In {where} {report.athlete} ran the last 200 m in {time}."]
    text = f"In {where} the winner, {race.runner}, ran the last 200 m in {time}."
    fresh = report.fresh
    if fresh is None:
        return [text]
    # A race's last 200 m is rolling. Who beats it from a standing start beats it all the more; the difference would
    # be one of unlike starts, so it is said for a rolling start alone.
    faster = round_up_hand_time(fresh.time_ms) < round_up_hand_time(race.time_ms)
    if faster and fresh.start == "rolling":
        difference = show_difference(shown_difference_ms(race.time_ms, round_up_hand_time(fresh.time_ms))).lstrip("+")
        return [f"{text} It is probably slower than you think: you have already run it fresh, {difference} s faster."]
    if faster and fresh.start == "standing":
        return [f"{text} It is probably slower than you think: you have already run it fresh, from a standing start."]
    if fresh.start == "rolling":
        return [f"{text} That is not slower than the fresh 200 m: speed is to be worked on, too."]
    return [f"{text} The fresh 200 m began otherwise or nobody knows how, so the two are not compared."]


def _trend(report: KickReport) -> list[str]:
    trend = report.trend
    if trend.season is None or trend.per_week is None or trend.verdict == "too few":
        return []
    low, high = trend.season
    dates = f"{report.sessions[0].date[:10]} to {report.sessions[-1].date[:10]}"
    interval = f"between {show_difference(low)} and {show_difference(high)} s over the season ({dates}, 95 % interval)"
    sessions = _count(len(report.sessions), "session")
    match trend.verdict:
        case "progress":
            return [f"Progress: the tired 200 m changed {interval}, more than the hand's error, in {sessions}."]
        case "slower":
            return [f"Slower: the tired 200 m changed {interval}, more than the hand's error, in {sessions}."]
        case "perhaps":
            return [f"Perhaps {'faster' if high < 0 else 'slower'}: the change lies {interval}, in {sessions}."]
        case _:
            return [f"No change seen: the change lies {interval}, in {sessions}. {_needed(trend.sessions_needed)}"]


def _needed(count: int | None) -> str:
    if count is None:
        return "The times vary too much from day to day to see a change of 0.5 s."
    return f"To see a change of 0.5 s, about {count} sessions would be needed."


def _relaxed(report: KickReport) -> list[str]:
    if report.relaxed_share is None:
        return []
    hits = round(report.relaxed_share * report.relaxed_count)
    return [
        (
            f"Relaxed on pace: {hits} of {_count(report.relaxed_count, 'rated closing rep')} on target with relaxation"
            f" 4 or 5, in {_count(len(report.relaxed_sessions), 'session')}."
        )
    ]


def _dates(dates: Sequence[str]) -> str:
    days = [date[:10] for date in dates]
    if len(days) <= 3:
        return f"{_count(len(days), 'session')} ({', '.join(days)})"
    return f"{len(days)} sessions ({days[0]} to {days[-1]})"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
