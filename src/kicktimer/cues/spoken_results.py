"""Spoken results: after a finish, the time that was just taken, or its difference from the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.caller import counts_total_seconds
from kicktimer.cues.clock_cues import RECOVERY_CUES_MS
from kicktimer.cues.model import Cue, VoiceSettings, current_run
from kicktimer.session import arrivals
from kicktimer.units import show_difference, show_time, shown_difference_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, Run

MAX_IN_SECONDS_MS = 99_900
"""The longest time that can be spoken in seconds: "ninety-nine nine"."""
AFTER_ARRIVAL_MS = 300
"""A result waits this long after its arrival, unless the arrival begins the recovery, whose cues come first."""


def find_result_cues(group: GroupState, voice: VoiceSettings, *, several: bool) -> Iterator[Cue]:
    """Yields the results of the finishes since the latest GO, of the current rep and of the one before it.

    `several`: the session has several athletes, so results begin with a name. The name is left out if it is not known
    for certain.
    """
    run = current_run(group)
    if run is None or voice.results == "off" or run.started is None:
        return
    yield from _of_run(run, group, voice, since=run.started, several=several)
    earlier = [group.runs[index] for index in group.valid_indexes(2)][1:]
    for late in earlier:
        yield from _of_run(late, group, voice, since=run.started, several=several)


def _of_run(run: Run, group: GroupState, voice: VoiceSettings, *, since: int, several: bool) -> Iterator[Cue]:
    """Yields the results of the finishes in one run from the moment `since` on."""
    for arrival in arrivals.valid(run):
        if arrival.mark is None or arrival.mark != run.rep.distance_mm or arrival.t < since or run.started is None:
            continue
        athlete = arrival.athlete
        if athlete is None and arrival.pressed is None and len(run.present) == 1:
            athlete = arrivals.proposals(run).get(arrival.n)  # nobody else ran
        corrected = None if athlete is None else run.corrections.get((athlete, arrival.mark))
        if arrival.by == "corrected" and corrected is None:
            continue  # an arrival that was inserted later, at a guessed moment
        ms = arrival.t - run.started if corrected is None else corrected
        difference = _difference(run, athlete, ms) if voice.results == "difference" else None
        parts = [athlete] if several and athlete is not None else []
        wait = RECOVERY_CUES_MS if arrival.t == run.ended else AFTER_ARRIVAL_MS
        text = "\n".join([*parts, difference or spoken_time(ms, in_seconds=counts_total_seconds(run))])
        yield Cue(arrival.t + wait, "result", group.name, group.go_count, text, fact=arrival.n)


def _difference(run: Run, athlete: str | None, ms: int) -> str | None:
    """Returns how the difference from the athlete's target is spoken, None without a target."""
    target = None if athlete is None else run.rep.targets.get(athlete)
    if target is None:
        return None
    text = show_difference(shown_difference_ms(ms, target.ms))
    return "±0.0" if text == "0.0" else text  # with a sign it is spoken as "even", not as a time of zero


def spoken_time(ms: int, *, in_seconds: bool) -> str:
    """Returns a time as it is spoken: "63.7", or "1:03.7" unless `in_seconds`. Times over 99.9 s have minutes."""
    return show_time(ms, minutes=not in_seconds or ms > MAX_IN_SECONDS_MS)
