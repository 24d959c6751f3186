"""A cue, and what the voice is wanted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kicktimer.cue_table import CueName
    from kicktimer.session import GroupState, Run

Spoken = Literal["time", "difference", "off"]


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue, at a moment in ms on the session's clock.

    `id` is the same for the same cue at the same moment. `text` is what is spoken (the parts of a result are lines);
    `relax` marks the relaxation reminder; `fact` is the number of the arrival that a result tells of. After `until`, in
    ms, a line is not begun any more: what it is about is over.
    """

    at: int
    name: CueName
    group: str
    go_count: int
    text: str = ""
    relax: bool = False
    fact: int = 0
    until: int | None = None

    @property
    def id(self) -> str:
        if self.fact:  # said once: a name that is given to the arrival afterwards is not worth saying it again
            return f"{self.group}/{self.go_count}/{self.name}/{self.fact}"
        return f"{self.group}/{self.go_count}/{self.name}/{self.at}/{self.text}"


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What is spoken besides the lines of the workout.

    `calls`: seconds are counted aloud where a workout does not say (`GroupState.caller`); `forced` goes before both.
    `announces`: the next rep is named before it. `results`: what is said of a finish. `lines`: whether the lines of
    the workout are spoken at all.
    """

    calls: bool = False
    forced: bool | None = None
    announces: bool = False
    results: Spoken = "off"
    lines: bool = True

    def calls_for(self, wish: bool | None) -> bool:  # noqa: FBT001 - a workout's wish
        """Whether seconds are counted for a group whose workout wishes this."""
        if self.forced is not None:
            return self.forced
        return self.calls if wish is None else wish


SILENT = VoiceSettings()


def newest(group: GroupState) -> Run | None:
    """The rep that was started last, unless it was recalled; a rep that was skipped before its GO changes nothing."""
    run = next((run for run in reversed(group.runs) if run.started is not None), None)
    return None if run is None or run.void else run
