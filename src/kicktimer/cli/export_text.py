"""The formats of `kicktimer export` that are text: CSV, JSON, Markdown, HTML. Each is yielded in pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.exports.html.athlete_page import athlete_page
from kicktimer.exports.html.season_page import season_page
from kicktimer.exports.html.session_page import session_page
from kicktimer.exports.json_document import json_pieces
from kicktimer.exports.rows import csv_lines
from kicktimer.exports.session_markdown import session_markdown, sessions_markdown
from kicktimer.review.athlete import athlete_review
from kicktimer.review.kick import kick_report
from kicktimer.review.records import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kicktimer.exports.shown_times import ShownTimes
    from kicktimer.review.records import SessionRecord


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be exported.

    `sessions` are the chosen ones, newest first; with `athlete` they have that athlete's reps alone, unless
    `with_others`. `is_one` says that one session was named, `count` how many there are at most. `races` yields every
    race, of whomever.
    """

    count: int
    sessions: Iterator[SessionRecord]
    athlete: str
    is_one: bool
    with_others: bool
    times: ShownTimes
    races: Callable[[], Iterator[SessionRecord]]


def csv_text(chosen: Chosen) -> Iterator[str]:
    """Yields the rows of the sessions."""
    return csv_lines(chosen.sessions)


def json_text(chosen: Chosen) -> Iterator[str]:
    """Yields one document with the sessions."""
    return json_pieces(chosen.sessions)


def markdown_text(chosen: Chosen) -> Iterator[str]:
    """Yields one session as tables, or a table with a line for each session."""
    if chosen.is_one:
        yield session_markdown(next(chosen.sessions), chosen.times)
    else:
        yield sessions_markdown(chosen.sessions, chosen.athlete)


def html_text(chosen: Chosen) -> Iterator[str]:
    """Yields the page of a session, of an athlete or of a season."""
    if chosen.is_one:
        yield session_page(next(chosen.sessions), chosen.times)
    elif chosen.athlete:
        yield _athlete(chosen)
    else:
        yield season_page(chosen.sessions)


def _athlete(chosen: Chosen) -> str:
    """Returns the athlete's page. Somebody else's race is in it only where that is asked for."""
    name = chosen.athlete
    own = [own_part(session, name) for session in chosen.sessions]
    races = list(chosen.races()) if chosen.with_others else [each for each in own if each.race is not None]
    known = {each.id for each in races}
    sessions = counted([*(each for each in own if each.id not in known), *races], rehearsed=True, hidden=True)
    moments = {each.id: each.moment for each in sessions}
    return athlete_page(athlete_review(name, sessions), kick_report(name, sessions), moments, chosen.times)


def own_part(session: SessionRecord, name: str) -> SessionRecord:
    """Returns the athlete's part of a session: nobody else's reps or figures, and no notes, which may name others."""
    athletes = tuple(each for each in session.athletes if each.name == name)
    return replace(session, athletes=athletes, reps=session.reps_of(name), notes=())
