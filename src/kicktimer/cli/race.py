"""`kicktimer race`: a stopwatch for a race or a video, or the figures of a race typed in.

A race is saved like a session of one rep, with `race` in its header. Its marks are 200 m to go and the finish.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kicktimer import __version__
from kicktimer.cli.app import open_app
from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message
from kicktimer.cli.session_options import PreparedSession
from kicktimer.errors import KicktimerError, ScalarError, UsageError
from kicktimer.journal import LOG_VERSION, log_path, new_session_id, next_seq, write_log
from kicktimer.pace import KICK_MM
from kicktimer.plan import build_plan, dump
from kicktimer.review.race import race_questions
from kicktimer.session import advance, decide, initial_state, to_fact
from kicktimer.session.commands import Close, Correct, End, Start
from kicktimer.session.transition import Outcome
from kicktimer.squad import Athlete, Squad, dump_squad
from kicktimer.squad.model import assign_keys
from kicktimer.system_clock import local_time
from kicktimer.text import clean
from kicktimer.units import format_race, parse_duration, parse_race_mm, parse_race_time
from kicktimer.workout import dump_workout, parse_workout

if TYPE_CHECKING:
    import argparse

    from kicktimer.session import AnyCommand

MAX_NAME_CHARACTERS = 60
MAX_RUNNERS = 36


def race(options: argparse.Namespace) -> int:
    """Opens the stopwatch, or with `--time` saves the figures that were typed."""
    try:
        distance = parse_race_mm(options.distance)
    except ScalarError as error:
        raise UsageError(f"--distance: {error.message}", error.hint) from None
    if distance <= KICK_MM:
        raise UsageError(f"--distance: a race over {format_race(distance)} has no last 200 m", "400m or more")
    header = {"distance": distance / 1000, "name": _text(options.name), "event": _text(options.event)}
    if options.place is not None:
        header["place"] = options.place
    prepared = _prepare(distance, [_text(name) for name in options.runner] or ["Runner"], header)
    if options.time is None:
        if options.last200 is not None:
            raise UsageError("--last200 needs --time, the whole race")
        options.sound = "off"  # nobody needs a second starter
        return open_app(options, prepared, header={"race": header})
    return _save(options, distance, prepared, header)


def _metres(mm: int) -> str:
    """Returns a distance as a workout has it, to the millimetre: a mile has some."""
    return f"{mm // 1000}.{mm % 1000:03}m"


def _text(given: str) -> str:
    return clean(given)[:MAX_NAME_CHARACTERS]


def _prepare(distance: int, names: list[str], header: dict[str, Any]) -> PreparedSession:
    """Returns the session of one rep that a race is. Its GO comes at once: there is no countdown."""
    if len(set(names)) < len(names) or len(names) > MAX_RUNNERS or not all(names):
        raise UsageError(f"each runner needs a name of their own, and there are at most {MAX_RUNNERS}")
    to_go = _metres(distance - KICK_MM)
    text = (
        f"name: {format_race(distance)} race\ncountdown: 0s\nclosing: 0\nsplits: none\ncaller: off\n"
        f"sets: [{{reps: 1, distance: {_metres(distance)}, timed: [{to_go}]}}]\n"
    )
    workout, _ = parse_workout(text, "race")
    squad = Squad(header["name"], assign_keys(tuple(Athlete(name) for name in names)))
    return PreparedSession(workout, squad, build_plan(workout, squad))


def _save(options: argparse.Namespace, distance: int, prepared: PreparedSession, header: dict[str, Any]) -> int:
    """Saves the figures of one runner, after asking about those that cannot be."""
    if len(prepared.squad.athletes) > 1:
        raise UsageError("--time is one runner's", "one command for each runner")
    finish = _race_time(options.time, distance, "--time")
    marks = {}
    if options.last200 is not None:
        marks[distance - KICK_MM] = finish - _last_200(options.last200)
    questions = race_questions(distance, finish, marks)
    if any(ms <= 0 for ms in marks.values()):
        raise UsageError("--last200 is longer than the whole race")
    if questions and not options.sure:
        for question in questions:
            print_message(question)
        if not sys.stdin.isatty():
            raise KicktimerError("the race is not saved", "put the figures right, or say --sure")
        print_message("Save it all the same? y or n")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise KicktimerError("the race is not saved")
    started = _moment(options.date)
    name = prepared.squad.athletes[0].name
    commands: list[AnyCommand] = [
        Start(t=0),
        *(Correct(t=finish, athlete=name, rep=1, mark=mark / 1000, time=ms) for mark, ms in marks.items()),
        Correct(t=finish, athlete=name, rep=1, time=finish),
        Close(t=finish),
        End(t=finish),
    ]
    state, facts = initial_state(prepared.plan), []
    for command in commands:
        advanced = advance(state, command.t)
        outcome = decide(advanced.state, command)
        assert isinstance(outcome, Outcome), outcome
        state = outcome.state
        facts += [to_fact(event) for event in (*advanced.events, *outcome.events)]
    directory = log_directory(options)
    log_id = new_session_id(started)
    path = log_path(directory, log_id)
    fields = {
        "kicktimer_log": LOG_VERSION, "id": log_id, "app": f"kicktimer {__version__}",
        "workout": dump_workout(prepared.workout), "squad": dump_squad(prepared.squad), "plan": dump(prepared.plan),
        "started": started.isoformat(timespec="milliseconds"), "seq": next_seq(directory), "clock": {"name": "typed"},
        "race": header,
    }  # fmt: skip
    try:
        directory.mkdir(parents=True, exist_ok=True)
        write_log(path, fields, [{**fact, "wall": fields["started"]} for fact in facts])
    except OSError as error:
        raise KicktimerError(f"{path} could not be written: {error.strerror}", "--log-dir DIRECTORY") from None
    print_message(f"saved: {path}")
    return 0


def _race_time(text: str, distance: int, option: str) -> int:
    try:
        return parse_race_time(text, distance)
    except ScalarError as error:
        raise UsageError(f"{option}: {error.message}", error.hint) from None


def _last_200(text: str) -> int:
    """Returns a time over 200 m. Whether it can be is asked later: a video may have been read wrong."""
    try:
        return parse_duration(text, "time")
    except ScalarError as error:
        raise UsageError(f"--last200: {error.message}", error.hint) from None


def _moment(day: str | None) -> datetime:
    """Returns when the race was: now, or noon of the day that was given."""
    now = local_time()
    if day is None:
        return now
    try:
        return datetime.fromisoformat(f"{day}T12:00:00").astimezone()
    except ValueError:
        raise UsageError(f"--date: {clean(day)[:40]} is no day", "year-month-day, such as 2026-09-01") from None
