"""The command line: its parser, and `main`, which maps every exception to a message and an exit status.

Exit status: 0 done, 1 the user's input or a file is wrong, 2 wrong usage, 3 an internal error (with a report to send).
Messages for people go to stderr, the output of a command to stdout. The command `NAME` is the function `NAME` of
`kicktimer.cli.NAME`, imported only when it runs: the program has to start fast on a Raspberry Pi, and `check` and
`plan` never load the screen.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from argparse import SUPPRESS
from datetime import date
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from kicktimer import __version__
from kicktimer.cli.output import print_message
from kicktimer.errors import FaultsError, KicktimerError, ScalarError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAIN_COMMANDS = {
    "run": "open the app on a session: kicktimer run 8x400-burner --race 1500m=4:20",
    "plan": "every rep with targets, splits, recovery and the expected clock",
    "resume": "carry on a session that was interrupted, with its clocks right",
    "review": "saved sessions, and athletes over time",
    "doctor": "check sound, keys, terminal and disk before the session",
}
OTHER_COMMANDS = {
    "list": "saved sessions, newest first",
    "show": "one session's actual times against its targets",
    "kick": "an athlete's last 200 m when tired, against a fresh one and real races",
    "compare": "two sessions, two athletes, or an athlete's two seasons, side by side",
    "race": "a stopwatch for a race or a video, or its figures typed in",
    "export": "sessions for a spreadsheet, a watch platform, a person: CSV, XLSX, FIT, HTML, …",
    "import": "times from a spreadsheet become sessions",
    "correct": "add a correction, a note or a rating to a saved session",
    "forget": "take an athlete's name out of every saved session",
    "repair": "write the sound part of a damaged log into a new one",
    "import-workout": "a workout of intervals.icu, Zwift or Garmin becomes a workout's file",
    "check": "validate workout and squad files",
    "rehearse": "run a session on a virtual clock, with no waiting",
    "squad": "who is in a squad: keys, groups, races and targets",
    "new": "a commented file to start from",
    "schema": "JSON Schema, for editors that help while you write",
}
FORMATS = ("workout", "squad")
ABOUT = "A track-session timer: audible cues, target splits, real finish times, for a group. Alone it opens the app."
LOG = "a log file, an id or its beginning, a number of `kicktimer list`, `today`, `yesterday`, or a day like 2026-11-26"
WORKOUT = "a file, the name of a shipped workout, or a one-liner such as 8x400 @1500 r30"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal's encoding lacks must not raise
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        gc.disable()  # imports leave no garbage, and collecting it takes 10 ms of every start
        module = importlib.import_module(f"kicktimer.cli.{options.command}")
        gc.enable()
        status: int = getattr(module, options.command)(options)
        sys.stdout.flush()
    except FaultsError as error:
        from kicktimer.text import format_fault  # noqa: PLC0415 - a command that succeeds starts faster without it

        for fault in error.faults:
            print_message(format_fault(fault))
        return error.status
    except KicktimerError as error:
        print_message(f"kicktimer: {error.message}" + (f"\n  hint: {error.hint}" if error.hint else ""))
        return error.status
    except BrokenPipeError:  # the reader of stdout has ended, as in `kicktimer list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # such as a full disk behind stdout, or a file name that is too long
        print_message(f"kicktimer: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 1
    except Exception as error:  # noqa: BLE001 - a bug: report it without a traceback
        return _report_crash(error)
    return status


def _report_crash(error: Exception) -> int:
    """Writes a crash report, prints where it is, and returns the exit status."""
    from kicktimer.crash_report import write_crash_report  # noqa: PLC0415 - hardly ever needed

    path = write_crash_report(error)
    print_message(f"kicktimer: a fault in the program itself, not yours: {type(error).__name__}\n  please send {path}")
    return 3


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError`, so that `main` prints its errors like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.prog} --help")


def _parser() -> argparse.ArgumentParser:  # noqa: PLR0915 - one list of commands
    parser = _Parser(
        "kicktimer", usage="kicktimer [command] …", description=ABOUT, epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"kicktimer {__version__}")
    # The commands share these options. Given before the command, they hold for it too: it sets them only where named.
    parser.set_defaults(command="app", sound=None, log_dir=None, squad=None)
    commands = parser.add_subparsers(prog="kicktimer", metavar="COMMAND", help=argparse.SUPPRESS, parser_class=_Parser)
    _add_app_options(parser)
    parser.add_argument("--squad", metavar="FILE", default=SUPPRESS, help="who runs: a YAML file with `athletes`")

    def command(name: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, description=(MAIN_COMMANDS | OTHER_COMMANDS)[name], allow_abbrev=False)
        parser.set_defaults(command=name)
        return parser

    run = command("run")
    _add_session_options(run)
    run.add_argument("--hands-free", action="store_true", help="nobody taps: the clock runs on target times")
    _add_app_options(run)

    resume = command("resume")
    resume.add_argument("log", nargs="?", metavar="LOG", help=f"{LOG}; without it the newest one")
    _add_app_options(resume)

    check = command("check")
    check.add_argument("files", nargs="+", metavar="FILE", help="a workout or a squad")
    check.add_argument("--strict", action="store_true", help="warnings are faults, too")

    plan = command("plan")
    _add_session_options(plan)
    formats = plan.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="the plan as JSON, in ms and mm")
    formats.add_argument("--share", action="store_true", help="a Markdown block to post for others")

    rehearse = command("rehearse")
    _add_session_options(rehearse)
    rehearse.add_argument(
        "--script", metavar="FILE", help="commands as JSON Lines; without it everybody runs on target"
    )
    rehearse.add_argument("--log", metavar="FILE", help="write the session's log there, too")
    rehearse.add_argument("--json", action="store_true", help="the results as JSON")
    rehearse.add_argument(
        "--speed", type=_speed, metavar="N", help="play it in the app, with sound, N times as fast as real time"
    )
    rehearse.add_argument("--sound", metavar="NAME", default=SUPPRESS, help="as for `run`, with --speed")

    list_ = command("list")
    _add_log_dir(list_)
    list_.add_argument("--json", action="store_true", help="as JSON")
    list_.add_argument("--all", action="store_true", help="those without a rep, too")

    show = command("show")
    show.add_argument("log", nargs="?", metavar="LOG", help=f"{LOG}; without it the newest session")
    _add_log_dir(show)
    shown = show.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="the results as JSON")
    shown.add_argument("--share", action="store_true", help="the times as Markdown, to post for others")

    review = command("review")
    review.add_argument("what", nargs="*", metavar="LOG or ATHLETE", help=f"{LOG}; or an athlete's name")
    review.add_argument("--hide", metavar="LOG", help="this session does not count in reviews")
    review.add_argument("--unhide", metavar="LOG", help="it counts again")
    review.add_argument("--merge", metavar="OLD=NEW", help="OLD is reviewed as NEW; the logs stay as they are")
    review.add_argument("--unmerge", metavar="OLD", help="OLD is reviewed under that name again")
    _add_log_dir(review)

    kick = command("kick")
    kick.add_argument("athlete", metavar="ATHLETE", help="the name, as in the squad")
    kick.add_argument("--squad", metavar="FILE", default=SUPPRESS, help="the athlete's newest figures")
    kick.add_argument("--json", action="store_true", help="as JSON, in ms")
    _add_rehearsed(kick)
    _add_log_dir(kick)

    compare = command("compare")
    compare.add_argument("what", nargs="+", metavar="LOG or ATHLETE", help="two sessions, two athletes, or one athlete")
    _add_log_dir(compare)

    race = command("race")
    race.add_argument("--distance", default="1500m", metavar="D", help="1500m (the default), 800m, mile, …")
    race.add_argument("--name", default="", metavar="TEXT", help="the meet, such as 'Club race'")
    race.add_argument("--event", default="", metavar="TEXT", help="such as '1500 m final'")
    race.add_argument("--runner", action="append", default=[], metavar="NAME", help="who runs; repeatable")
    race.add_argument("--time", metavar="T", help="the finish, typed in: 3:58.2; without it the stopwatch opens")
    race.add_argument("--last200", metavar="T", help="the last 200 m, typed in: 27.4")
    race.add_argument("--place", type=int, metavar="N", help="the runner's place")
    race.add_argument("--date", metavar="DAY", help="the day of the race; without it today")
    race.add_argument("--sure", action="store_true", help="save figures that hardly can be, without asking")
    _add_log_dir(race)

    export = command("export")
    export.add_argument("log", nargs="?", metavar="LOG", help=LOG)
    export.add_argument(
        "--to", choices=("csv", "json", "xlsx", "fit", "html", "md"), default="csv", help="csv is the default"
    )
    export.add_argument("--athlete", metavar="NAME", help="this athlete's reps alone; in HTML the athlete's own page")
    export.add_argument("--others", action="store_true", help="with --athlete: the others' times and races, too")
    export.add_argument("--since", type=_day, metavar="DAY", help="sessions from this day on, like 2026-09-01")
    export.add_argument("--all", action="store_true", help="all sessions")
    export.add_argument("-o", "--output", metavar="FILE", help="the file to write; without it, stdout")
    export.add_argument(
        "--times", choices=("exact", "hand"), help="to the ms, or by hand: up to the tenth (HTML and Markdown)"
    )
    export.add_argument(
        "--anonymous", action="store_const", const="numbers", help="`Athlete 1` instead of names, and no notes"
    )
    export.add_argument(
        "--initials", dest="anonymous", action="store_const", const="initials", help="likewise, `D.K.` instead of names"
    )
    _add_rehearsed(export)
    _add_log_dir(export)

    import_ = command("import")
    import_.set_defaults(command="import_csv")
    import_.add_argument(
        "file", metavar="CSV", help="columns date, athlete, distance_m, time and more: docs/exports.md"
    )
    import_.add_argument("--dates", choices=("dmy", "mdy"), help="what dates like 9/1/26 begin with: day or month")
    _add_log_dir(import_)

    correct = command("correct")
    correct.add_argument("log", metavar="LOG", help=LOG)
    correct.add_argument("--athlete", metavar="NAME", help="whose time or rating")
    correct.add_argument("--rep", type=int, metavar="N", help="which rep")
    correct.add_argument("--mark", default="finish", metavar="M", help="a split, such as 200m; without it the finish")
    correct.add_argument("--time", metavar="T", help="the time from GO, such as 1:03.5")
    correct.add_argument("--rate", type=int, choices=range(1, 6), metavar="1..5", help="how relaxed the rep was")
    correct.add_argument("--note", metavar="TEXT", help="a line of text")
    _add_log_dir(correct)

    forget = command("forget")
    forget.add_argument("athlete", metavar="ATHLETE", help="the name, as in the squad")
    forget.add_argument("--sure", action="store_true", help="do not ask")
    _add_log_dir(forget)

    repair = command("repair")
    repair.add_argument("log", metavar="LOG", help=LOG)
    _add_log_dir(repair)
    repair.add_argument("-o", "--output", metavar="FILE", help="the log to write; without it, one beside LOG")

    import_workout = command("import-workout")
    import_workout.set_defaults(command="import_workout")
    import_workout.add_argument("file", metavar="FILE", help="another program's workout: text, .zwo, JSON or YAML")
    import_workout.add_argument("-o", "--output", metavar="FILE", help="the file to write; without it, stdout")
    import_workout.add_argument("--name", metavar="NAME", help="which workout, where the file has several")

    squad = command("squad")
    squad.add_argument("file", metavar="FILE", help="a YAML file with `athletes`")
    squad.add_argument("--workout", nargs="+", metavar="WORKOUT", help=f"targets for its reps: {WORKOUT}")
    squad.add_argument("--json", action="store_true", help="the squad as JSON, in ms and mm")

    new = command("new")
    new.add_argument("format", choices=FORMATS, help="what the file is to be")
    new.add_argument("file", nargs="?", metavar="FILE", help="the file to write; without it the text is printed")

    schema = command("schema")
    schema.add_argument("format", choices=FORMATS, help="what kind of file it is for")

    doctor = command("doctor")
    _add_app_options(doctor)
    return parser


def _speed(text: str) -> float:
    from kicktimer.units import check_decimal_comma  # noqa: PLC0415 - most commands start without it

    try:
        check_decimal_comma(text)
    except ScalarError as error:
        raise argparse.ArgumentTypeError(f"{error.message}: {error.hint}") from None
    speed = float(text)
    if not 0.1 <= speed <= 1000:  # nan fails this, too
        raise argparse.ArgumentTypeError("a speed is 0.1 to 1000")
    return speed


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day is like 2026-09-01, not {text[:40]}") from None


def _add_rehearsed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rehearsed", action="store_true", help="rehearsals and demos count, too")


def _add_session_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workout", nargs="+", metavar="WORKOUT", help=WORKOUT)
    parser.add_argument("--squad", metavar="FILE", default=SUPPRESS, help="who runs: a YAML file with `athletes`")
    parser.add_argument(
        "--race", action="append", default=[], metavar="1500m=4:20", help="a race time of the one Runner; repeatable"
    )


def _add_app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sound", metavar="NAME", default=SUPPRESS, help="auto, off, bell, or one of simpleaudio, portaudio, pipe"
    )
    _add_log_dir(parser)


def _add_log_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-dir", metavar="DIR", default=SUPPRESS, help="where sessions are saved")


def _epilog() -> str:
    lines = ["first:", *(f"  {name:14} {about}" for name, about in MAIN_COMMANDS.items())]
    lines += ["then:", *(f"  {name:14} {about}" for name, about in OTHER_COMMANDS.items())]
    return "\n".join([*lines, "", "kicktimer COMMAND --help says more about one of them."])
