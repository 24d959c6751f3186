"""`kicktimer correct`: adds a correction, a note or a rating to a saved session. What was there stays in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_message, printable
from kicktimer.errors import ScalarError, UsageError
from kicktimer.saved_session import amend_log, make_note, parse_mark, parse_rep_time
from kicktimer.session.commands import Correct, Rate

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from kicktimer.session import AnyCommand

T = TypeVar("T")


def correct(options: argparse.Namespace) -> int:
    """Adds one fact for each of `--time`, `--rate` and `--note`, with the moment of the log's last fact."""
    path = find_log(options)
    count = amend_log(path, _commands(options))
    name = printable(path.name)
    print_message(f"{name}: {count} {'entry' if count == 1 else 'entries'} added; what was there stays in the log")
    return 0


def _commands(options: argparse.Namespace) -> list[AnyCommand]:
    """Returns the commands that the options ask for. Raises `UsageError` if there are none, or one is incomplete."""
    found: list[AnyCommand] = []
    if options.time is not None or options.rate is not None:
        if options.athlete is None or options.rep is None:
            raise UsageError("whose time, and in which rep?", "--athlete NAME --rep N")
    elif options.note is None:
        raise UsageError("nothing to correct", "--time 1:03.5, --rate 4 or --note TEXT")
    if options.time is not None:
        mark, time = _value("--mark", parse_mark, options.mark), _value("--time", parse_rep_time, options.time)
        found.append(Correct(t=0, athlete=options.athlete, rep=options.rep, mark=mark, time=time))
    if options.rate is not None:
        found.append(Rate(t=0, athlete=options.athlete, rep=options.rep, relaxation=options.rate))
    if options.note is not None:
        found.append(_value("--note", make_note, options.note))
    return found


def _value(option: str, parse: Callable[[str], T], text: str) -> T:
    """Returns the value of an option. Raises `UsageError` with its name for a wrong one."""
    try:
        return parse(text)
    except ScalarError as error:
        raise UsageError(f"{option}: {error.message}", error.hint) from None
