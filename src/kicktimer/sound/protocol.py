"""What the two processes say to each other: one JSON array for each line, the first element names the message.

Parent to speaker:
    ["options", {...}]                 what it is started with: the first line
    ["at", id, at, cue, group, text, until]
                                       play this cue then (seconds on `time.monotonic()`); the same id replaces
    ["now", id, cue, group, text]      play this cue at once
    ["cancel", id]                     a cue that must not sound; one that sounds already is cut
    ["prepare", text...]               texts that will be wanted: have them spoken by the system's voice
    ["mute", on]                       keep the schedule, play silence
    ["ping", n]                        answered with ["pong", n]: no answer for a second and it is replaced
    ["quit"]                           the end of the input means the same
Speaker to parent:
    ["pong", n]
    ["trying", sink]                   about to open it: whoever hangs now is this one
    ["state", sink, device, note]      what the sound comes out of, and a sentence where something is worked around
    ["played", id]                     the cue was handed to the sink: it is not sent again after a restart
    ["bell", cue]                      ring the terminal's bell: the speaker has no terminal

A line that does not read is logged and passed over: the next one may be a GO.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from kicktimer.cue_table import CUE_SPECS, CueSpec

SINKS = ("auto", "off", "bell", "simpleaudio", "portaudio", "pipe")
"""What a user can ask for."""


@dataclass(frozen=True, slots=True)
class ScheduledCue:
    """One cue at one moment."""

    id: str
    """Unique in the session and stable: the same cue at the same moment has the same id."""
    at: float
    """Seconds on `time.monotonic()`."""
    cue: str
    group: str = "A"
    text: str = ""
    """For "say" and "announce": what is to be spoken, a sentence or a time ("63.7", "+0.2").

    Of a text that nobody has recorded nor `Speaker.prepare`d a chime is heard, of an announcement nothing. For "count":
    a number from 0 to 99. For "result": parts between line breaks ("Matan\\n63.7") that are spoken as one; one that
    nobody can speak is left out.
    """
    until: float | None = None
    """Speech that waits for a quiet place is not begun after this moment, even if it could wait longer."""

    @property
    def spec(self) -> CueSpec:
        """The properties of this kind of cue."""
        return CUE_SPECS[self.cue]


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """What the screen says about sound."""

    sink: str
    """What the sound comes out of: "portaudio", "simpleaudio", "pipe", "bell", "off"; "" while none is found."""
    device: str = ""
    """The device or the program behind the sink, e.g. "pacat"."""
    note: str = ""
    """A sentence for the user where something is wrong or worked around."""
    alive: bool = False
    """The speaker process answers and has a sink."""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class SoundOutput:
    """One thing that `Speaker(sink=…, device=…)` can be asked for."""

    sink: str
    device: str
    """"" for the sink's default."""
    title: str
    """For people: one line of clean text."""


@dataclass(frozen=True, slots=True)
class SpeakerOptions:
    """What a speaker process is started with."""

    sink: str = "auto"
    groups: tuple[str, ...] = ("A",)
    avoid: tuple[tuple[str, float], ...] = ()
    """Sinks that hung or crashed a moment ago, and for how many seconds they are not to be tried."""
    trusted: tuple[str, str] = ("", "")
    """The sink, with its device, that played until its process was ended from outside: it need not prove itself."""
    device: str = ""
    """Which output of that sink: a name of PortAudio's, "pacat:SINK", "aplay:PCM"; "" for the default."""
    volume: float = 1.0
    """From 0 to 1, as a factor of all samples."""
    delay: float = 0.0
    """Seconds by which everything is played earlier: a loudspeaker's own delay."""
    awake: bool = False
    """Play a tone that nobody hears while there is no cue: some loudspeakers switch themselves off in silence."""
    own: str = ""
    """A folder with WAV files that replace the built-in sounds of the same names."""
    cache: str = ""
    """A folder for what the system's voice has spoken."""
    bell: bool = False
    """The parent can ring the terminal's bell."""
    parent: int = 0
    """The process that the speaker ends with."""

    def to_line(self) -> bytes:
        return encode("options", asdict(self))

    @classmethod
    def from_line(cls, line: bytes) -> SpeakerOptions:
        """Raises ValueError or TypeError where it is no such line."""
        _, raw = json.loads(line)
        avoid = tuple((str(name), float(seconds)) for name, seconds in raw.pop("avoid"))
        sink, device = raw.pop("trusted")
        return cls(groups=tuple(raw.pop("groups")), avoid=avoid, trusted=(str(sink), str(device)), **raw)


def encode(*message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def encode_at(cue: ScheduledCue) -> bytes:
    return encode("at", cue.id, cue.at, cue.cue, cue.group, cue.text, cue.until)


class LineDecoder:
    """Bytes in, messages out, whatever the pieces in which they come."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> tuple[list[list[Any]], list[str]]:
        """The messages that are complete now, and the lines that are none."""
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
