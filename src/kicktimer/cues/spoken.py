"""Spoken results: after a finish the time just taken, or its difference from the target, as it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.model import Cue, Voice
from kicktimer.session import marks
from kicktimer.units import show_difference, show_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, Run

PLAIN_MS = 99_900  # "ninety-nine nine" is the longest time without minutes
BREATH_MS = 300  # after an arrival; one that begins the recovery waits for the recovery's cues


def results(group: GroupState, voice: Voice, *, named: bool, after_recovery_ms: int) -> Iterator[Cue]:
    """What is said of the newest rep's finishes until the next GO. `named`: with the name, where a key told it."""
    run = group.run
    if run is None or voice.results == "off" or run.started is None or run is not group.runs[-1]:
        return
    for arrival in marks.arrivals(run):
        if arrival.mark != run.rep.distance_mm or arrival.mark is None:
            continue
        ms = arrival.t - run.started
        if arrival.athlete is not None:
            ms = marks.time_of(run, arrival.athlete, arrival.mark) or ms
        words = _difference(run, arrival.athlete, ms) if voice.results == "difference" else None
        parts = [arrival.athlete] if named and arrival.athlete is not None else []
        wait = after_recovery_ms if arrival.t == run.ended else BREATH_MS
        text = "\n".join([*parts, words or time_words(ms)])
        yield Cue(arrival.t + wait, "result", group.name, group.gos, text, fact=arrival.n)


def _difference(run: Run, athlete: str | None, ms: int) -> str | None:
    target = None if athlete is None else run.rep.targets.get(athlete)
    if target is None:
        return None
    words = show_difference(ms - target.ms)
    return "±0.0" if words == "0.0" else words  # a difference that is none, not a time of nought


def time_words(ms: int) -> str:
    """A hand time as it is called at a track: `63.7`, from 100 s on `2:05.3`."""
    return show_time(ms, minutes=ms > PLAIN_MS)
