"""Computes from a session's state which cues sound at which moment. Everything here is pure.

Moments are ms on the session's clock. A cue is listed as soon as the state makes it certain: the pips and GO of a
running recovery, the splits of the rep, the counted seconds, the end of a hands-free rep and everything after it. The
speaker therefore has each cue early, and plays it on time even if the app stalls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.announcements import find_announcements
from kicktimer.cues.caller import caller_choice, find_caller_cues
from kicktimer.cues.clock_cues import find_clock_cues
from kicktimer.cues.model import NO_VOICE, Cue, SpokenResult, VoiceSettings
from kicktimer.cues.spoken_results import find_result_cues

if TYPE_CHECKING:
    from kicktimer.session import GroupState, State

__all__ = [
    "NO_VOICE",
    "Cue",
    "GroupCues",
    "SpokenResult",
    "VoiceSettings",
    "cues",
    "texts_to_prepare",
]

PAST_CUES_MS = 5000
"""Cues stay in the list for this long after their moment. A late cue that leaves the list sooner would be cancelled."""


class GroupCues:
    """The cues that depend on one group alone, kept for as long as the group does not change.

    A key changes one group of up to eight, and the cues are computed anew after every key.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[GroupState, object, tuple[Cue, ...], tuple[Cue, ...]]] = {}

    def of(self, group: GroupState, voice: VoiceSettings, *, several: bool) -> tuple[tuple[Cue, ...], tuple[Cue, ...]]:
        """Returns the cues of the group's clock, and its results."""
        kept = self._kept.get(group.name)
        if kept is None or kept[0] is not group or kept[1] != (voice, several):
            results = tuple(find_result_cues(group, voice, several=several))
            kept = self._kept[group.name] = (group, (voice, several), tuple(find_clock_cues(group)), results)
        return kept[2], kept[3]


def cues(state: State, voice: VoiceSettings = NO_VOICE, kept: GroupCues | None = None) -> tuple[Cue, ...]:
    """Returns all certain cues in order, including those of the last `PAST_CUES_MS` before the newest fact.

    Results stay in the list until the next GO, since they wait for a quiet place. After the end of the session the list
    is empty. With `kept`, only the groups that have changed since the last call are computed.
    """
    if state.ended is not None:
        return ()
    kept = kept or GroupCues()
    groups = state.groups.values()
    several = len(state.athletes) > 1
    of_groups = [kept.of(group, voice, several=several) for group in groups]
    found = [cue for clock, _ in of_groups for cue in clock]
    lines = [cue for cue in found if cue.name == "say" and voice.lines]
    found += find_caller_cues([group for group in groups if voice.counts_for(caller_choice(group))], lines)
    if voice.announces:
        found += find_announcements(state)
    still = [cue for cue in found if cue.at >= state.now - PAST_CUES_MS]
    still += [cue for _, results in of_groups for cue in results]
    return tuple(sorted(still, key=lambda cue: (cue.at, cue.id)))


def texts_to_prepare(state: State, voice: VoiceSettings) -> tuple[str, ...]:
    """Returns each line and name that may be spoken in the session, once."""
    lines = [say.text for group in state.groups.values() for rep in group.reps for say in rep.says]
    names = list(state.athletes) if voice.results != "off" and len(state.athletes) > 1 else []
    return tuple(dict.fromkeys((*lines, *names)))
