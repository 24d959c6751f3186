"""Workouts: from a file's text or a one-liner to a `Workout`, and from that to the reps as they will be run.

Pure: text comes in, models go out; every scalar is whole ms or mm. Faults carry line and column, all of a file at once.
"""

from kicktimer.workout.model import Workout, dump_workout
from kicktimer.workout.parser import parse_workout

__all__ = ["Workout", "dump_workout", "parse_oneliner", "parse_workout"]


def parse_oneliner(text: str) -> Workout:
    """A one-liner as a workout. Raises `FaultsError` with columns."""
    from kicktimer.workout.oneliner_parser import read_oneliner  # noqa: PLC0415 - a scanner that few files need

    return read_oneliner(text)
