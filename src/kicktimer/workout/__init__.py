"""Workouts: parses a file's text or a one-liner into a `Workout`, and resolves that into the reps to run.

Nothing here reads a file or a clock. Times are whole ms, distances whole mm. A `FaultsError` holds all faults of the
text, each with its line and column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.workout.model import Workout, dump_workout
from kicktimer.workout.parser import parse_workout

if TYPE_CHECKING:
    from kicktimer.workout.line_reader import LineReading as LineReading

__all__ = ["Workout", "dump_workout", "parse_oneliner", "parse_workout", "read_line"]


def parse_oneliner(text: str) -> Workout:
    """Returns the workout of a one-liner; raises `FaultsError` if it is wrong."""
    from kicktimer.workout.oneliner_parser import read_oneliner  # noqa: PLC0415 - most starts need no one-liner

    return read_oneliner(text)


def read_line(text: str) -> LineReading:
    """Returns the reading of a one-liner or a coach's note; raises `FaultsError` with the lines that may be meant."""
    from kicktimer.workout.line_reader import read_line as read  # noqa: PLC0415 - as above

    return read(text)
