"""`Cue`, and `VoiceSettings`: what is spoken in a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kicktimer.cue_table import CueName
    from kicktimer.session import GroupState, Run

SpokenResult = Literal["time", "difference", "off"]


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue at one moment of the session's clock."""

    at: int
    """Milliseconds on the session's clock."""
    name: CueName
    group: str
    go_count: int
    text: str = ""
    """What is spoken. The parts of a result are lines of their own."""
    relax: bool = False
    """Whether this is the reminder to look relaxed."""
    fact: int = 0
    """The number of the arrival that a result belongs to; 0 for all other cues."""
    until: int | None = None
    """A line is not begun after this moment, in ms: its rep is over by then."""

    @property
    def id(self) -> str:
        """Identifies the cue: the same cue at the same moment always has the same id."""
        if self.fact:  # without the text, so that the result is not repeated if the arrival gets its name later
            return f"{self.group}/{self.go_count}/{self.name}/{self.fact}"
        return f"{self.group}/{self.go_count}/{self.name}/{self.at}/{self.text}"


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What is spoken in a session."""

    caller: bool = False
    """Whether seconds are counted aloud in workouts that do not say it themselves (`GroupState.caller`)."""
    forced: bool | None = None
    """Turns counting on or off for all groups; overrides `caller` and the workouts. None: it overrides nothing."""
    announces: bool = False
    """Whether the next rep is announced."""
    results: SpokenResult = "off"
    """What is spoken after a finish."""
    lines: bool = True
    """Whether the lines of the workout are spoken."""

    def counts_for(self, workout_choice: bool | None) -> bool:  # noqa: FBT001 - the value in the workout
        """Returns whether seconds are counted for a group whose workout says this about the caller."""
        if self.forced is not None:
            return self.forced
        return self.caller if workout_choice is None else workout_choice


NO_VOICE = VoiceSettings()
"""Nothing is spoken except the lines of the workout."""


def current_run(group: GroupState) -> Run | None:
    """Returns the run with the latest GO; None if there was no GO, or if that run was recalled."""
    run = next((run for run in reversed(group.runs) if run.started is not None), None)
    return None if run is None or run.recalled else run
