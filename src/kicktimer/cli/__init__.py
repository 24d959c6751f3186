"""The command line: one parser, one place that maps faults to exit statuses.

Exit status: 0 done, 1 the user's input or a file is wrong, 2 wrong usage, 3 an internal fault (with a log file to
send). Messages to people go to stderr, what was asked for to stdout. Each command lives in a module of its own that
is imported when it runs: the program must start fast on a Raspberry Pi, and `check` and `plan` never load the screen.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from kicktimer import __version__
from kicktimer.cli.output import print_message
from kicktimer.errors import FaultsError, KicktimerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = {
    "run": "open the app on a session: kicktimer run 8x400-burner --race 1500m=4:20",
    "plan": "every rep with targets, splits, recovery and the expected clock",
    "doctor": "check sound, terminal and disk before the session",
}
THEN = {
    "list": "saved sessions, newest first",
    "show": "one session's actual times against its targets",
    "check": "validate workout and squad files",
    "rehearse": "run a session on a virtual clock, with no waiting",
    "squad": "who is in a squad: keys, groups, races and targets",
    "new": "a commented file to start from",
    "schema": "JSON Schema, for editors that help while you write",
}
FORMATS = ("workout", "squad")
ABOUT = "A track-session timer: audible cues, target splits, real finish times, for a group. Alone it opens the app."
WORKOUT = "a file, the name of a shipped workout, or a one-liner such as 8x400 @1500 r30"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that has no sign for a name still gets the rest
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        command = options.command or "app"
        gc.disable()  # loading leaves no garbage, and looking for some takes 10 ms of every start
        module = importlib.import_module(f"kicktimer.cli.{options.module}")
        gc.enable()
        status: int = getattr(module, command)(options)
        sys.stdout.flush()
    except FaultsError as error:
        from kicktimer.text import show_fault  # noqa: PLC0415 - only where there is a fault

        for fault in error.faults:
            print_message(show_fault(fault))
        return error.status
    except KicktimerError as error:
        print_message(f"kicktimer: {error.message}" + (f"\n  hint: {error.hint}" if error.hint else ""))
        return error.status
    except BrokenPipeError:  # `kicktimer list | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # a full disk behind stdout, a name that is too long: the machine's word on what was asked
        print_message(f"kicktimer: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a fault of our own, told without a traceback
        return _internal(error)
    return status


def _internal(error: Exception) -> int:
    from kicktimer.crash_report import write_crash_report  # noqa: PLC0415 - only where there is one

    path = write_crash_report(error)
    print_message(f"kicktimer: a fault in the program itself, not yours: {type(error).__name__}\n  please send {path}")
    return 3


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are told like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "kicktimer", usage="kicktimer [command] …", description=ABOUT, epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"kicktimer {__version__}")
    parser.set_defaults(command=None, module="app")
    commands = parser.add_subparsers(prog="kicktimer", metavar="COMMAND", help=argparse.SUPPRESS, parser_class=_Parser)
    _app_options(parser)
    parser.add_argument("--squad", metavar="FILE", help="who runs: a YAML file with `athletes`")

    def command(name: str, module: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, description=(FIRST | THEN)[name], allow_abbrev=False)
        made.set_defaults(command=name, module=module)
        return made

    run = command("run", "app")
    _session(run)
    run.add_argument("--hands-free", action="store_true", help="nobody taps: the clock runs on target times")
    _app_options(run)

    check = command("check", "check")
    check.add_argument("files", nargs="+", metavar="FILE", help="a workout or a squad")
    check.add_argument("--strict", action="store_true", help="warnings are faults, too")

    plan = command("plan", "plan")
    _session(plan)
    shapes = plan.add_mutually_exclusive_group()
    shapes.add_argument("--json", action="store_true", help="the plan as JSON, in ms and mm")
    shapes.add_argument("--share", action="store_true", help="a Markdown block to post for others")

    rehearse = command("rehearse", "rehearse")
    _session(rehearse)
    rehearse.add_argument(
        "--script", metavar="FILE", help="commands as JSON Lines; without it everybody runs on target"
    )
    rehearse.add_argument("--log", metavar="FILE", help="write the session's log there, too")
    rehearse.add_argument("--json", action="store_true", help="the results as JSON")
    rehearse.add_argument(
        "--speed", type=_speed, metavar="N", help="play it in the app, with sound, N times as fast as real time"
    )
    rehearse.add_argument("--sound", metavar="NAME", help="as for `run`, with --speed")

    listing = command("list", "list")
    _log_dir(listing)
    listing.add_argument("--json", action="store_true", help="as JSON")

    show = command("show", "list")
    show.add_argument("log", nargs="?", metavar="LOG", help="a log file or an id; without it the newest session")
    _log_dir(show)
    show.add_argument("--json", action="store_true", help="the results as JSON")

    squad = command("squad", "squad")
    squad.add_argument("file", metavar="FILE", help="a YAML file with `athletes`")
    squad.add_argument("--workout", nargs="+", metavar="WORKOUT", help=f"targets for its reps: {WORKOUT}")
    squad.add_argument("--json", action="store_true", help="the squad as JSON, in ms and mm")

    new = command("new", "new")
    new.add_argument("format", choices=FORMATS, help="what the file is to be")
    new.add_argument("file", nargs="?", metavar="FILE", help="the file to write; without it the text is printed")

    schema = command("schema", "schema")
    schema.add_argument("format", choices=FORMATS, help="what kind of file it is for")

    doctor = command("doctor", "doctor")
    _app_options(doctor)
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 1000:  # and nan is in no range
        raise argparse.ArgumentTypeError("a speed is 0.1 to 1000")
    return speed


def _session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workout", nargs="+", metavar="WORKOUT", help=WORKOUT)
    parser.add_argument("--squad", metavar="FILE", help="who runs: a YAML file with `athletes`")
    parser.add_argument(
        "--race", action="append", default=[], metavar="1500m=4:20", help="a race time of the one Runner; repeatable"
    )


def _app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sound", metavar="NAME", help="auto, off, bell, or one of simpleaudio, portaudio, pipe")
    _log_dir(parser)


def _log_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-dir", metavar="DIR", help="where sessions are saved")


def _epilog() -> str:
    lines = ["first:", *(f"  {name:9} {about}" for name, about in FIRST.items())]
    lines += ["then:", *(f"  {name:9} {about}" for name, about in THEN.items())]
    return "\n".join([*lines, "", "kicktimer COMMAND --help says more about one of them."])
