"""Spoken results: after a finish the time just taken, or its difference from the target, as it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.caller import plainly
from kicktimer.cues.clock_cues import SPEAK_MS
from kicktimer.cues.model import Cue, VoiceSettings, newest
from kicktimer.session import arrivals
from kicktimer.units import show_difference, show_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, Run

PLAIN_MS = 99_900  # "ninety-nine nine" is the longest time without minutes
BREATH_MS = 300  # after an arrival; one that begins the recovery waits for the recovery's cues


def results(group: GroupState, voice: VoiceSettings, *, several: bool) -> Iterator[Cue]:
    """What is said of finishes until the next GO: of the newest rep, and since its GO of the one before.

    `several` athletes are told apart by name, where a key has told it or nobody else can have been it.
    """
    run = newest(group)
    if run is None or voice.results == "off" or run.started is None:
        return
    yield from _of(run, group, voice, since=run.started, several=several)
    before = [group.runs[index] for index in group.live_indexes(2)][1:]
    for late in before:
        yield from _of(late, group, voice, since=run.started, several=several)


def _of(run: Run, group: GroupState, voice: VoiceSettings, *, since: int, several: bool) -> Iterator[Cue]:
    for arrival in arrivals.valid(run):
        if arrival.mark is None or arrival.mark != run.rep.distance_mm or arrival.t < since or run.started is None:
            continue
        athlete = arrival.athlete
        if athlete is None and arrival.pressed is None and len(run.present) == 1:
            athlete = arrivals.proposals(run).get(arrival.n)  # nobody else can have been it
        corrected = None if athlete is None else run.corrections.get((athlete, arrival.mark))
        if arrival.by == "corrected" and corrected is None:
            continue  # it is a guess where one was forgotten, no time that was taken
        ms = arrival.t - run.started if corrected is None else corrected
        words = _difference(run, athlete, ms) if voice.results == "difference" else None
        parts = [athlete] if several and athlete is not None else []
        wait = SPEAK_MS if arrival.t == run.ended else BREATH_MS
        text = "\n".join([*parts, words or time_words(ms, plain=plainly(run))])
        yield Cue(arrival.t + wait, "result", group.name, group.go_count, text, fact=arrival.n)


def _difference(run: Run, athlete: str | None, ms: int) -> str | None:
    target = None if athlete is None else run.rep.targets.get(athlete)
    if target is None:
        return None
    words = show_difference(ms - target.ms)
    return "±0.0" if words == "0.0" else words  # a difference that is none, not a time of nought


def time_words(ms: int, *, plain: bool) -> str:
    """A hand time as it is called at a track: `63.7`, or `1:03.7` where not `plain` or too long for that."""
    return show_time(ms, minutes=not plain or ms > PLAIN_MS)
