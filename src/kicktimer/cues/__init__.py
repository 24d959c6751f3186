"""What is to be heard, and shown as a reminder, at which moment: a pure function of a session's state.

Moments are ms on the session's clock. Everything that the state makes certain is here ahead of time (the pips and GO
of a recovery that runs, the splits of the rep, the seconds that are counted, the end of a hands-free rep and all that
follows from it), so that the speaker can be told early and plays on time whatever else happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.announcements import announced
from kicktimer.cues.caller import counts
from kicktimer.cues.clock_cues import by_the_clock
from kicktimer.cues.model import SILENT, Cue, Spoken, VoiceSettings
from kicktimer.cues.spoken_results import results

if TYPE_CHECKING:
    from kicktimer.session import State

__all__ = [
    "SILENT",
    "Cue",
    "Spoken",
    "VoiceSettings",
    "cues",
    "texts",
]

KEPT_MS = 5000  # a cue that has begun stays in the list for so long: what leaves the list is silenced


def cues(state: State, voice: VoiceSettings = SILENT) -> tuple[Cue, ...]:
    """All cues that are certain, in order, from a few seconds before the newest fact on.

    Results are there until the next GO: they are spoken when there is room for them.
    """
    if state.ended is not None:
        return ()
    groups = state.groups.values()
    found = [cue for group in groups for cue in by_the_clock(group)]
    lines = [cue for cue in found if cue.name == "say" and voice.lines]
    found += counts([each for each in groups if voice.calls_for(each.caller)], lines)
    if voice.announces:
        found += announced(state)
    kept = [cue for cue in found if cue.at >= state.now - KEPT_MS]
    several = len(state.athletes) > 1
    kept += [cue for group in groups for cue in results(group, voice, several=several)]
    return tuple(sorted(kept, key=lambda cue: (cue.at, cue.id)))


def texts(state: State, voice: VoiceSettings) -> tuple[str, ...]:
    """All lines and names that may have to be spoken in the session, each once."""
    lines = [say.text for group in state.groups.values() for rep in group.reps for say in rep.says]
    names = list(state.athletes) if voice.results != "off" and len(state.athletes) > 1 else []
    return tuple(dict.fromkeys((*lines, *names)))
