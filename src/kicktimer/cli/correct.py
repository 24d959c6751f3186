"""`kicktimer correct`: adds a correction, a note or a rating to a saved session. What was there stays in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_message, printable
from kicktimer.errors import ScalarError, UsageError
from kicktimer.saved_session import amend_log
from kicktimer.session.commands import Correct, Note, Rate
from kicktimer.text import clean
from kicktimer.units import parse_duration, parse_mm

if TYPE_CHECKING:
    import argparse

    from kicktimer.session import AnyCommand

MAX_NOTE_CHARACTERS = 2000


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
        found.append(
            Correct(
                t=0, athlete=options.athlete, rep=options.rep, mark=_mark(options.mark),
                time=_parsed(options.time, "time"),
            )
        )  # fmt: skip
    if options.rate is not None:
        found.append(Rate(t=0, athlete=options.athlete, rep=options.rep, relaxation=options.rate))
    if options.note is not None:
        text = clean(options.note)
        if not text:
            raise UsageError("an empty note")
        found.append(Note(t=0, text=text[:MAX_NOTE_CHARACTERS]))
    return found


def _mark(text: str) -> Literal["finish"] | int | float:
    if text == "finish":
        return "finish"
    try:
        mm = parse_mm(text, "mark")
    except ScalarError as error:
        raise UsageError(f"--mark: {error.message}", error.hint) from None
    return mm // 1000 if mm % 1000 == 0 else mm / 1000


def _parsed(text: str, kind: str) -> int:
    try:
        ms = parse_duration(text, kind)
    except ScalarError as error:
        raise UsageError(f"--{kind}: {error.message}", error.hint) from None
    if not 0 < ms <= 86_400_000:
        raise UsageError(f"--{kind}: {text} is no time of a rep")
    return ms
