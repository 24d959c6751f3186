"""The kinds of cues: one `CueSpec` for each, with everything that is particular to the kind.

The settings, the pure core, the app's half of the sound, the speaker process, the doctor and docs/sounds.md all read
this table. It imports nothing of the package, so that the speaker process stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

CueName = Literal[
    "pip", "go", "split", "recovery", "ten", "closing", "last", "over", "error", "say", "announce", "count", "result"
]


class Priority(IntEnum):
    """The order in which the scheduler places cues. Speech gives way to every cue that is placed before it."""

    TONE = 0
    """A sound, not speech. It plays at its moment and never gives way."""
    COUNT = 1
    """A counted number: it begins exactly on its second or is left out."""
    LINE = 2
    """A line of the workout: it waits for a quiet place."""
    ANNOUNCEMENT = 3
    RESULT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSpec:
    """Everything that is particular to one kind of cue. The defaults are those of a tone."""

    name: CueName
    priority: Priority = Priority.TONE

    guarded: bool = False
    """The cue belongs to a countdown: no speech sounds over it or ends just before it."""
    blocks_announcements: bool = True
    """Announcements and results neither begin during this tone nor run into it. Has no effect for speech."""
    exact: bool = False
    """The cue means nothing at another moment, so a sink never delays it to keep it audible."""
    play_grace_s: float = 1.0
    """The speaker process still begins the cue when it is at most this late.

    For speech it is less than the scheduler's gap before a countdown, since speech ends as late as it begins.
    """
    send_grace_s: float = 0.1
    """The app still sends the cue to the speaker process when it is less late than this."""
    duplicate_s: float = 0.2
    """The cue is not sent if the same cue was heard less than this before or after its moment."""
    max_wait_s: float = 0.0
    """Speech waits at most this long for a quiet place and is left out after that. 0: it never waits."""

    rings_bell: bool = True
    """The terminal's bell rings for the cue where there is no other output."""
    group_sounds: int = 0
    """The number of sounds that tell pace groups apart. 0: one sound serves all groups."""
    chimes: bool = False
    """A chime replaces a text that cannot be spoken. Otherwise nothing is heard."""
    has_parts: bool = False
    """The text consists of lines that are spoken one after the other; a line that cannot be spoken is left out."""
    off_hint: str = ""
    """How to switch the cue off where a setting of its own does it. "": `cues_off` does it."""

    doctor_text: str
    """What the cue means, in the list of the doctor."""
    doctor_speech: str = ""
    """What the doctor has spoken as an example."""
    doctor_lasts_s: float = 1.2
    """Seconds from the cue to the next one in the doctor's list."""
    heard: str
    """What is heard, for docs/sounds.md (Markdown)."""
    meaning: str
    """What the cue means, for docs/sounds.md (Markdown)."""

    @property
    def spoken(self) -> bool:
        """Whether the cue is speech. Speech becomes quieter while a tone sounds."""
        return self.priority > Priority.TONE

    @property
    def waits(self) -> bool:
        """Whether the cue may wait for a quiet place after its moment."""
        return self.max_wait_s > 0

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files in the folder of sounds. All speech is in one file."""
        if self.spoken:
            return ("voice.wav",)
        if self.group_sounds:
            return tuple(f"{self.name}-{number}.wav" for number in range(1, self.group_sounds + 1))
        return (f"{self.name}.wav",)


_SPECS = (
    CueSpec(
        name="pip",
        guarded=True,
        exact=True,
        play_grace_s=0.1,
        doctor_text="countdown: 3, 2, 1",
        doctor_lasts_s=1.0,
        heard="one short beep",
        meaning="countdown: one each second before GO",
    ),
    CueSpec(
        name="go",
        guarded=True,
        exact=True,
        play_grace_s=0.3,
        duplicate_s=1.0,
        doctor_text="GO",
        doctor_lasts_s=1.5,
        heard="a crack, then a long high chord",
        meaning="GO; time starts with its first sample",
    ),
    CueSpec(
        name="split",
        blocks_announcements=False,
        play_grace_s=0.3,
        group_sounds=8,
        doctor_text="a split is due",
        heard="two quick ticks, each pace group at its own pitch",
        meaning="the target split is due now",
    ),
    CueSpec(
        name="recovery",
        send_grace_s=1.0,
        doctor_text="the recovery begins",
        heard="two notes falling",
        meaning="recovery begins",
    ),
    CueSpec(
        name="ten",
        doctor_text="ten seconds left",
        heard="four fast ticks",
        meaning="ten seconds until GO",
    ),
    CueSpec(
        name="closing",
        send_grace_s=1.0,
        doctor_text="a closing rep comes",
        heard="three notes rising",
        meaning="the next rep is a closing rep",
    ),
    CueSpec(
        name="last",
        send_grace_s=1.0,
        doctor_text="the last rep comes",
        doctor_lasts_s=1.6,
        heard="five notes rising",
        meaning="the next rep is the last",
    ),
    CueSpec(
        name="over",
        send_grace_s=1.0,
        doctor_text="the session is over",
        doctor_lasts_s=1.9,
        heard="four notes falling, the last one long",
        meaning="the session is over",
    ),
    CueSpec(
        name="error",
        rings_bell=False,  # a bell sounds like GO
        doctor_text="a key was refused, or a time is not saved",
        doctor_lasts_s=1.5,
        heard="three low buzzes",
        meaning="a key was refused, or a time is not saved",
    ),
    CueSpec(
        name="say",
        priority=Priority.LINE,
        play_grace_s=0.4,
        send_grace_s=6.0,
        max_wait_s=6.0,
        chimes=True,
        doctor_text="a sentence: How relaxed can you look at the right pace?",
        doctor_speech="How relaxed can you look at the right pace?",
        doctor_lasts_s=3.2,
        heard="a sentence; a chime where nobody can speak it",
        meaning='a line of the workout, or the reminder to look relaxed: "Relax"',
    ),
    CueSpec(
        name="announce",
        priority=Priority.ANNOUNCEMENT,
        play_grace_s=0.4,
        send_grace_s=2.0,
        max_wait_s=2.0,
        rings_bell=False,
        doctor_text="what comes next: rep four",
        doctor_speech="Rep 4",
        doctor_lasts_s=1.4,
        heard='"Rep 4", "Closing reps", "Last rep", "200 metre jog", "Thirty seconds", "Session over"',
        meaning="which rep comes next (17 s before its GO, or soon after the recovery began), a jog, half a minute "
        "left of a longer recovery, the end",
    ),
    CueSpec(
        name="count",
        priority=Priority.COUNT,
        exact=True,
        play_grace_s=0.1,
        rings_bell=False,
        off_hint="to have no seconds counted write: caller = false",
        doctor_text="the clock, counted aloud as athletes come in: thirty-two",
        doctor_speech="32",
        doctor_lasts_s=1.4,
        heard="a number aloud, its onset exactly on its second",
        meaning="the clock, as the athletes come to a mark",
    ),
    CueSpec(
        name="result",
        priority=Priority.RESULT,
        play_grace_s=0.4,
        send_grace_s=20.0,
        max_wait_s=20.0,
        rings_bell=False,
        has_parts=True,
        off_hint='to have no results spoken write: results = "off"',
        doctor_text="after a finish",
        doctor_lasts_s=2.2,
        heard='a name, then a time or a difference: "Matan, sixty-three seven", "plus two"; what nobody can speak is '
        "left out",
        meaning="what was just taken",
    ),
)

CUE_SPECS: dict[str, CueSpec] = {spec.name: spec for spec in _SPECS}
CUE_NAMES: tuple[CueName, ...] = tuple(spec.name for spec in _SPECS)
