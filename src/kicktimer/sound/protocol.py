"""The messages between the app (the parent) and the speaker process: one JSON array on each line, its name first.

Parent to speaker:
    ["options", {...}]                 the options of the process; always the first line
    ["at", id, at, cue, group, text, until]
                                       play this cue at this moment (seconds on `time.monotonic()`); replaces the cue
                                       with the same id
    ["now", id, cue, group, text]      play this cue at once
    ["cancel", id]                     do not play this cue; if it is playing, stop it
    ["prepare", text...]               record these texts with the system's voice
    ["mute", on]                       keep the schedule, but play silence
    ["ping", n]                        answer with ["pong", n]; a process that does not answer for 1 s is replaced
    ["quit"]                           end; the end of the input means the same
Speaker to parent:
    ["pong", n]
    ["trying", sink]                   this sink is about to be opened: a hang or crash from now on is its fault
    ["state", sink, device, note]      the output that plays, and a sentence if something is wrong
    ["played", id]                     the cue was given to the sink, so it is not sent again after a restart
    ["bell", cue]                      ring the terminal's bell, which only the parent can do

A line that cannot be decoded is logged and skipped: the next one may be a GO.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from kicktimer.cue_table import CUE_SPECS, CueSpec

SINKS = ("auto", "off", "bell", "simpleaudio", "portaudio", "pipe")
"""The outputs that a user can choose."""


@dataclass(frozen=True, slots=True)
class ScheduledCue:
    """One cue at one moment."""

    id: str
    """Identifies the cue in the session: the same cue at the same moment always has the same id."""
    at: float
    """Seconds on `time.monotonic()`."""
    cue: str
    group: str = "A"
    text: str = ""
    """What is spoken. Empty for a tone.

    For "say" and "announce" a sentence or a time ("63.7", "+0.2"), for "count" a number from 0 to 99, for "result" a
    name and a time on lines of their own ("Matan\\n63.7"). `CueSpec` states what replaces a text that has no recording.
    """
    until: float | None = None
    """Speech that waits for a quiet place is not begun after this moment, even if it could wait longer."""

    @property
    def spec(self) -> CueSpec:
        """The properties of this kind of cue."""
        return CUE_SPECS[self.cue]


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """The state of sound, as the screen shows it."""

    sink: str
    """The output that plays: "portaudio", "simpleaudio", "pipe", "bell", "off"; "" until one is found."""
    device: str = ""
    """The device or the program that the sink uses, e.g. "pacat"."""
    note: str = ""
    """A sentence for the user if something is wrong, or if another output than the chosen one plays."""
    alive: bool = False
    """Whether the speaker process runs and has a sink."""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class SoundOutput:
    """An output that a user can choose: the values of `sink` and `device` for a `SpeakerClient`."""

    sink: str
    device: str
    """"" for the default device of the sink."""
    title: str
    """The name of the output for the user: one line of clean text."""


@dataclass(frozen=True, slots=True)
class SpeakerOptions:
    """The options that a speaker process is started with."""

    sink: str = "auto"
    groups: tuple[str, ...] = ("A",)
    avoid: tuple[tuple[str, float], ...] = ()
    """Sinks that made a process hang or crash, each with the seconds for which it must not be tried."""
    trusted: tuple[str, str] = ("", "")
    """The sink and device that played until the last process was killed from outside: they are used without a test."""
    device: str = ""
    """The device of the sink: PortAudio's name for it, "pacat:SINK" or "aplay:PCM"; "" for the default device."""
    volume: float = 1.0
    """The factor of all samples, from 0 to 1."""
    delay: float = 0.0
    """The delay of the loudspeaker in seconds: everything is played this much earlier."""
    keep_awake: bool = False
    """Whether an inaudible tone is played between cues, for loudspeakers that switch off in silence."""
    own_sounds: str = ""
    """A folder with WAV files that replace the built-in sounds of the same names; "" for none."""
    cache: str = ""
    """A folder for the recordings of the system's voice."""
    bell: bool = False
    """Whether the parent can ring the terminal's bell."""
    parent: int = 0
    """The process id of the parent: the speaker process ends when the parent does. 0: not checked."""

    def to_line(self) -> bytes:
        return encode("options", asdict(self))

    @classmethod
    def from_line(cls, line: bytes) -> SpeakerOptions:
        """Returns the options in a line of `to_line`. Raises ValueError or TypeError for any other line."""
        _, raw = json.loads(line)
        avoid = tuple((str(name), float(seconds)) for name, seconds in raw.pop("avoid"))
        sink, device = raw.pop("trusted")
        return cls(groups=tuple(raw.pop("groups")), avoid=avoid, trusted=(str(sink), str(device)), **raw)


def encode(*message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def encode_at(cue: ScheduledCue) -> bytes:
    return encode("at", cue.id, cue.at, cue.cue, cue.group, cue.text, cue.until)


class LineDecoder:
    """Decodes a stream of bytes into messages, whatever pieces it arrives in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> tuple[list[list[Any]], list[str]]:
        """Returns the messages that `data` completes, and the complete lines that are not messages."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        messages: list[list[Any]] = []
        faults: list[str] = []
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if isinstance(message, list) and message and isinstance(message[0], str):
                messages.append(message)
            else:
                faults.append(line.decode(errors="replace"))
        return messages, faults
