"""Workouts: from a file's text or a one-liner to a `Workout`, and from that to the reps as they will be run.

Pure: text comes in, models go out; every scalar is whole ms or mm. Faults carry line and column, all of a file at once.
"""

from kicktimer.workout.check import parse_workout
from kicktimer.workout.model import Workout, dump_workout
from kicktimer.workout.oneliner import parse_oneliner

__all__ = ["Workout", "dump_workout", "parse_oneliner", "parse_workout"]
