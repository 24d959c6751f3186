"""The recorded sounds: where they are, what is in them, and which one a cue means.

A folder of sounds holds the tones as WAV files by the cue's name, and all speech in one file, `voice.wav` (16 kHz,
µ-law), with `voice.txt` as its index. Speech is unpacked when it is first asked for: all of it at the mixer's rate
would be 8 MB. Numbers are there once, from 0 to 99: "63.7" is the clip of 63, a moment of quiet, and the clip of 7.

A file that does not read is named in `Clips.faults`, and the cue falls back to another sound: a cue is never silent
because a file is bad.
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound.speaker import wav
from kicktimer.sound.speaker.mixer import MAX_SAMPLE, PEAK_LIMIT, silence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RATE = 48_000
"""Frames per second of everything that is mixed."""
VOICE, INDEX = "voice.wav", "voice.txt"
VOICE_RATE = 16_000
GAP = 0.09
"""Seconds between the parts of a spoken time."""
BREATH = 0.15
"""Seconds between the parts of a result: a name, and a time."""
JOINED = 200
"""Clips that are put together of others which are kept, as a list of those others."""
KEPT = 840_000
"""Frames of unpacked speech that are kept: 17 s, in 1.7 MB."""
BLOCK = 2048
"""Samples that are unpacked at once: lists of numbers take 50 times as much memory as sound."""
PEAK = 0.9 * PEAK_LIMIT
"""The loudest that the system's voice may be: between its samples it is a little louder."""
_WORDS = re.compile(r"(?:(rep|set) )?(\d{1,2})(?: (of) (\d{1,2})| (seconds))?")
_TIME = re.compile(r"(?P<sign>[+\-−±])?(?:(?P<minutes>\d{1,2}):(?=\d\d))?(?P<seconds>\d{1,2})(?:\.(?P<tenth>\d))?")


class Sound:
    """Samples that are made when they are asked for. `frames` long; `onset` frames in, it is first heard as itself."""

    __slots__ = ("_make", "_samples", "frames", "onset", "waits")

    def __init__(self, frames: int, make: Callable[[], array[int]], onset: int = 0) -> None:
        self.frames = frames
        self.onset = onset
        self.waits = False
        """Somebody has been asked to unpack it."""
        self._make = make
        self._samples: array[int] | None = None

    @classmethod
    def of(cls, samples: array[int]) -> Sound:
        """Samples that are there already."""
        sound = cls(len(samples), lambda: samples)
        sound._samples = samples
        return sound

    @property
    def samples(self) -> array[int]:
        """They are `frames` long; made each time where they are not kept."""
        kept = self._samples  # looked at once: another thread may pack it
        return self._make() if kept is None else kept

    def unpacked(self) -> bool:
        return self._samples is not None

    def unpack(self) -> None:
        """Keep the samples."""
        self._samples = self.samples

    def pack(self) -> None:
        """Forget the samples: they can be made again."""
        self._samples = None


SILENT = Sound.of(array("h"))


def folder() -> Path:
    """Where the sounds are: inside an installed package, else at the top of the checkout.

    Raises FileNotFoundError where neither is there.
    """
    # By path, since `importlib.resources` would cost the speaker 4 MB, and a wheel is always unpacked.
    packaged = Path(__file__).resolve().parents[2] / "_data" / "sounds"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[4] / "sounds"
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"no sounds in {packaged} nor in {checkout}")


def spoken_key(text: str) -> str:
    """Texts that are spoken alike have one key: case, spaces and marks at the end do not matter."""
    return " ".join(text.casefold().split()).strip(" .!?,;:")


def parts(text: str) -> tuple[str, ...]:
    """The names of the clips that say a text with numbers: "63.7", "+0.2", "Rep 3", "Rep 3 of 8", "20 seconds".

    () where it is none of these.
    """
    found = _WORDS.fullmatch(spoken_key(text))
    if found is None:
        return time_parts(text)
    kind, first, of, second, seconds = found.groups()
    words = [kind and f"voice-{kind}", number(int(first)), of and "voice-of", second and number(int(second))]
    return tuple(word for word in (*words, seconds and "voice-seconds") if word)


def time_parts(text: str) -> tuple[str, ...]:
    """The names of the clips that say a time or a difference as a coach would; () where the text is neither.

    "63.7" is sixty-three seven, "64.0" sixty-four flat, "2:05.3" two oh five three, "+0.2" plus two, "-1.3" minus
    one three, "0.0" with a sign even, "30" thirty.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return ()
    sign, minutes, tenth = found["sign"], found["minutes"], found["tenth"]
    seconds = int(found["seconds"])
    if sign is not None and not (seconds or int(minutes or 0) or int(tenth or 0)):
        return ("voice-even",)
    said = [] if sign in (None, "±") else ["voice-plus" if sign == "+" else "voice-minus"]
    if minutes is not None:
        said.append(number(int(minutes)))
        if seconds < 10:
            said.append("voice-oh")
    if minutes is not None or seconds or sign is None or not int(tenth or 0):
        said.append(number(seconds))
    if tenth is not None:
        said.append("voice-flat" if tenth == "0" else number(int(tenth)))
    return tuple(said)


def number(value: int) -> str:
    """The name of the clip of a number from 0 to 99."""
    return f"number-{value}"


class Clips:
    """All sounds at `RATE`, at a volume from 0 to 1. `groups` in order: each has its own pitch of split.

    Reading the folder never raises because of a bad file: that is named in `faults`.
    """

    def __init__(self, where: Path, groups: tuple[str, ...] = (), volume: float = 1.0) -> None:
        self.sounds: dict[str, Sound] = {}
        self.faults: list[str] = []
        self._groups = groups
        self._volume = volume
        self._spoken: dict[str, str] = {}
        self._prepared: dict[str, Sound] = {}
        self._joined: dict[tuple[Sound, ...], Sound] = {}
        self._unpacked: deque[Sound] = deque()
        self._loudness = [value * volume for value in wav.mulaw()]
        for path in sorted(where.glob("*.wav")):
            if path.name == VOICE:
                continue
            try:
                self.sounds[path.stem] = Sound.of(self._louder(*wav.read(path)))
            except (OSError, wav.WavError) as problem:
                self.faults.append(f"{path.name}: {problem}")
        try:
            self._read_voice(where)
        except (OSError, ValueError, KeyError) as problem:  # WavError and UnicodeDecodeError are ValueErrors
            self.faults.append(f"{VOICE}: {problem}")

    def _read_voice(self, where: Path) -> None:
        form, channels, rate, _, packed = wav.chunks(memoryview(self._voice_file(where)))
        if (form, channels, rate) != (wav.MULAW, 1, VOICE_RATE):
            raise wav.WavError(f"it has to be µ-law of {VOICE_RATE} Hz")
        for line in (where / INDEX).read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            name, first, frames, onset, text = line.split("\t")
            cut = packed[int(first) : int(first) + int(frames)]
            self.sounds.setdefault(name, Sound(3 * int(frames), partial(tripled, cut, self._loudness), int(onset)))
            self._spoken[spoken_key(text)] = name

    @staticmethod
    def _voice_file(where: Path) -> mmap.mmap:
        """Mapped: only what is spoken takes memory."""
        with (where / VOICE).open("rb") as source:
            return mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)

    def _louder(self, rate: int, samples: array[int]) -> array[int]:
        """At the mixer's rate, no louder than the ceiling, and as loud as is wished."""
        samples = wav.resampled(samples, rate, RATE)
        peak = max(1, *(abs(value) for value in (min(samples), max(samples))))
        gain = self._volume * min(1.0, PEAK_LIMIT / peak)
        return samples if gain == 1.0 else array("h", [int(value * gain) for value in samples])

    def own(self, path: Path) -> None:
        """A user's file in place of the sound of that name. A bad one is named in `faults` and passed over."""
        if path.stem not in self.sounds:
            self.faults.append(f"{path.name}: no sound has this name")
            return
        try:
            self.sounds[path.stem] = Sound.of(self._louder(*wav.read(path)))
        except (OSError, wav.WavError) as problem:
            self.faults.append(f"{path.name}: {problem}")
        self._joined.clear()

    def prepare(self, text: str, path: Path) -> None:
        """What the system's voice has spoken. Raises OSError or WavError."""
        rate, samples = wav.read(path)
        samples = wav.resampled(samples, rate, VOICE_RATE)
        gain = min(1.0, PEAK / max(1, *map(abs, samples)))
        packed = memoryview(wav.as_mulaw(round(gain * value) for value in samples))
        self._prepared[spoken_key(text)] = Sound(3 * len(packed), partial(tripled, packed, self._loudness))

    def recorded(self, text: str) -> bool:
        """A text that needs no other voice."""
        return spoken_key(text) in self._spoken or bool(parts(text))

    def clip(self, cue: str, group: str, text: str) -> Sound:
        """The sound of a cue; one without samples only where there are no sounds at all."""
        spec = CUE_SPECS[cue]
        if not spec.spoken:
            return self._sound(self.name(cue, group))
        if spec.has_parts:
            said = [sound for part in text.split("\n") if (sound := self._speech(part)) is not None]
            return self._joint(tuple(said), BREATH) if said else SILENT
        if (found := self._speech(text)) is not None:
            return found
        # A chime each second would count nothing, and one for what no screen shows would mean nothing.
        return self._sound("chime") if spec.chimes else SILENT

    def _speech(self, text: str) -> Sound | None:
        """What is recorded or prepared of a text."""
        key = spoken_key(text)
        name = self._spoken.get(key)
        if name in self.sounds:
            return self._sound(name)
        if key in self._prepared:
            return self._prepared[key]
        names = parts(text)
        if names and all(each in self.sounds for each in names):
            return self._joint(tuple(self.sounds[each] for each in names), GAP)
        return None

    def name(self, cue: str, group: str) -> str:
        """The file, without its ending, that a tone means."""
        if sounds := CUE_SPECS[cue].group_sounds:
            place = self._groups.index(group) if group in self._groups else 0
            return f"{cue}-{place % sounds + 1}"
        return cue

    def _sound(self, name: str) -> Sound:
        return self.sounds.get(name) or self.sounds.get("chime") or SILENT

    def _joint(self, each: tuple[Sound, ...], pause: float) -> Sound:
        """One after the other with so many seconds between them, as one sound, and the same one the next time."""
        if len(each) == 1:
            return each[0]
        found = self._joined.pop(each, None)
        if found is None:
            gap = round(pause * RATE)
            frames = sum(sound.frames for sound in each) + gap * (len(each) - 1)
            found = Sound(frames, partial(joined, each, gap), each[0].onset)
            if len(self._joined) >= JOINED:
                del self._joined[next(iter(self._joined))]
        self._joined[each] = found  # the newest last: what is longest unused goes first
        return found

    def unpack(self, sound: Sound) -> None:
        """Make its samples: some ms. The last `KEPT` frames are kept, what was unpacked before is packed."""
        sound.unpack()
        sound.waits = False
        if sound in self._unpacked:
            self._unpacked.remove(sound)
        self._unpacked.append(sound)
        kept = sum(each.frames for each in self._unpacked)
        while kept > KEPT and len(self._unpacked) > 1:
            kept -= self._unpacked[0].frames
            self._unpacked.popleft().pack()


def joined(sounds: Iterable[Sound], gap: int) -> array[int]:
    """One after the other, with so many frames of silence between them."""
    result = array("h")
    for sound in sounds:
        if result:
            result += silence(gap)
        result += sound.samples
    return result


def tripled(packed: memoryview, loudness: list[float]) -> array[int]:
    """µ-law of 16 kHz at 48 kHz: windowed-sinc interpolation of eight samples, in half the time of `wav.resampled`.

    `loudness` is what each byte means.
    """
    _, first, _ = wav.kernel(3, 1.0, 8)
    a, b, c, d, e, f, g, h = first  # of the two new samples between two; the other's are the same in reverse
    result = array("h", bytes(6 * len(packed)))
    line = [0.0] * 3 + [loudness[byte] for byte in packed] + [0.0] * 4
    for begin in range(0, len(packed), BLOCK):
        size = min(BLOCK, len(packed) - begin)
        rows = [line[begin + place : begin + place + size] for place in range(8)]
        ahead = [
            p * a + q * b + r * c + s * d + t * e + u * f + v * g + w * h
            for p, q, r, s, t, u, v, w in zip(*rows, strict=True)
        ]
        behind = [
            p * h + q * g + r * f + s * e + t * d + u * c + v * b + w * a
            for p, q, r, s, t, u, v, w in zip(*rows, strict=True)
        ]
        for place, values in enumerate((rows[3], ahead, behind)):
            within = [int(min(max(value, -MAX_SAMPLE), MAX_SAMPLE)) for value in values]
            result[3 * begin + place : 3 * (begin + size) : 3] = array("h", within)
    return result
