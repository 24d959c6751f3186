"""A session as a grid of text, as wide as the terminal, for the commands that print one."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from kicktimer.cli.saved_log import start_text
from kicktimer.exports.session_markdown import session_markdown
from kicktimer.exports.shown_times import ShownTimes
from kicktimer.review.records import session_record, with_a_date
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.plan import Plan
    from kicktimer.results import Results

DEFAULT_WIDTH = 80


def printed_session(plan: Plan, results: Results, header: Mapping[str, Any] | None = None) -> str:
    """Returns a head line and the grid. `header` is that of the log, if there is one, with its texts cleaned."""
    fields = {"id": "", **(header or {})}
    started = str(fields.get("started", ""))
    record = session_record(with_a_date(fields), plan, results)
    race = [] if record.race is None else [record.race.name, record.race.event]
    head = [record.workout, *race, start_text(started), record.state]
    width = get_terminal_size((DEFAULT_WIDTH, 24)).columns
    grid = session_lines(record, measure_session(record), width)
    return "\n".join([" · ".join(part for part in head if part), "", *grid])


def shared_session(plan: Plan, results: Results, header: Mapping[str, Any]) -> str:
    """Returns the session as Markdown, to post for others."""
    return session_markdown(session_record(with_a_date(header), plan, results), ShownTimes())
