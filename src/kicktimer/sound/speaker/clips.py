"""The sounds of cues: where their files are, how they are read, and which sound a cue has.

The folder of sounds holds each tone as a WAV file with the cue's name. All speech is in one file, `voice.wav` (16 kHz,
µ-law), with the index `voice.txt`. Speech is unpacked shortly before it is played: all of it would take 8 MB at the
mixer's rate. The numbers from 0 to 99 are recorded once: "63.7" is the clip of 63, a short silence, and the clip of 7.

A file that cannot be read is listed in `Clips.faults`, and the cue has another sound instead: a faulty file never makes
a cue silent.
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
"""The mixer's rate, in frames per second."""
VOICE_FILE, INDEX_FILE = "voice.wav", "voice.txt"
VOICE_RATE = 16_000
PART_GAP_S = 0.09
"""The silence between the parts of a spoken time."""
RESULT_GAP_S = 0.15
"""The silence between the name and the time of a result."""
MAX_JOINED = 200
"""At most this many joined sounds are kept. Each one only refers to the sounds that it consists of."""
MAX_UNPACKED_FRAMES = 840_000
"""At most this much unpacked speech is kept: 17 s, which take 1.7 MB."""
BLOCK_SAMPLES = 2048
"""Samples that are unpacked at a time. A list of numbers takes 50 times as much memory as the samples."""
VOICE_PEAK = 0.9 * PEAK_LIMIT
"""The peak of texts that a speech program has spoken. Between the samples the signal is a little higher."""
_WORDS = re.compile(r"(?:(rep|set) )?(\d{1,2})(?: (of) (\d{1,2})| (seconds))?")
_JOG = re.compile(r"([1-9]\d{1,3}) metre jog")
_TIME = re.compile(r"(?P<sign>[+\-−±])?(?:(?P<minutes>\d{1,2}):(?=\d\d))?(?P<seconds>\d{1,2})(?:\.(?P<tenth>\d))?")


class Sound:
    """A sound whose samples are made on demand. It is `frames` long.

    `onset` is the frame at which a number is heard to begin.
    """

    __slots__ = ("_make", "_samples", "frames", "is_queued", "onset")

    def __init__(self, frames: int, make: Callable[[], array[int]], onset: int = 0) -> None:
        self.frames = frames
        self.onset = onset
        self.is_queued = False
        """The clip loader was asked to unpack the sound and has not done so yet."""
        self._make = make
        self._samples: array[int] | None = None

    @classmethod
    def from_samples(cls, samples: array[int]) -> Sound:
        """Returns a sound whose samples are these. They need no decoding: the sound counts as unpacked."""
        sound = cls(len(samples), lambda: samples)
        sound._samples = samples
        return sound

    @property
    def samples(self) -> array[int]:
        """The samples, `frames` long. They are made anew each time if the sound is not unpacked."""
        kept = self._samples  # read once: another thread may call `pack`
        return self._make() if kept is None else kept

    def is_unpacked(self) -> bool:
        return self._samples is not None

    def unpack(self) -> None:
        """Makes the samples and keeps them."""
        self._samples = self.samples

    def pack(self) -> None:
        """Drops the samples."""
        self._samples = None


EMPTY_SOUND = Sound.from_samples(array("h"))


def find_sounds_folder() -> Path:
    """Returns the folder of sounds: the one in the installed package, or else the one of the checkout.

    Raises FileNotFoundError if there is neither.
    """
    # `importlib.resources` would take 4 MB of the speaker process. Wheels are always unpacked, so a path is enough.
    packaged = Path(__file__).resolve().parents[2] / "_data" / "sounds"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[4] / "sounds"
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"no sounds in {packaged} nor in {checkout}")


def text_key(text: str) -> str:
    """Returns a key that is the same for all texts that differ only in case, spaces and final punctuation."""
    return " ".join(text.casefold().split()).strip(" .!?,;:")


def split_into_clips(text: str) -> tuple[str, ...]:
    """Returns the names of the clips that make up a text with numbers, or () for another text.

    Such texts are "63.7", "+0.2", "Rep 3", "Set 2", "Rep 3 of 8", "20 seconds" and "200 metre jog".
    """
    jog = _JOG.fullmatch(text_key(text))
    if jog is not None:
        return (*_split_metres(int(jog[1])), "voice-metre-jog")
    found = _WORDS.fullmatch(text_key(text))
    if found is None:
        return split_time_into_clips(text)
    kind, first, of, second, seconds = found.groups()
    words = [kind and f"voice-{kind}", number_clip(int(first)), of and "voice-of", second and number_clip(int(second))]
    return tuple(word for word in (*words, seconds and "voice-seconds") if word)


def split_time_into_clips(text: str) -> tuple[str, ...]:
    """Returns the names of the clips that say a time or a difference as coaches do, or () for another text.

    "63.7" is spoken as "sixty-three seven", "64.0" as "sixty-four flat", "2:05.3" as "two oh five three", "+0.2" as
    "plus two", "-1.3" as "minus one three", "+0.0" as "even", and "30" as "thirty".
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
        said.append(number_clip(int(minutes)))
        if seconds < 10:
            said.append("voice-oh")
    if minutes is not None or seconds or sign is None or not int(tenth or 0):
        said.append(number_clip(seconds))
    if tenth is not None:
        said.append("voice-flat" if tenth == "0" else number_clip(int(tenth)))
    return tuple(said)


def _split_metres(metres: int) -> tuple[str, ...]:
    """Returns the clips of a number from 10 to 9999: "two hundred", "two fifty", "sixteen oh nine"."""
    hundreds, rest = divmod(metres, 100)
    if not hundreds:
        return (number_clip(rest),)
    if not rest:
        return number_clip(hundreds), "voice-hundred"
    return (number_clip(hundreds), *(("voice-oh",) if rest < 10 else ()), number_clip(rest))


def number_clip(value: int) -> str:
    """Returns the name of the clip of a number from 0 to 99."""
    return f"number-{value}"


class Clips:
    """All sounds, at `RATE`."""

    def __init__(self, where: Path, groups: tuple[str, ...] = (), volume: float = 1.0) -> None:
        """Reads the folder `where`. Faulty files raise nothing: they are listed in `faults`.

        Each of the `groups` has its own pitch of split tone. `volume` is a factor from 0 to 1.
        """
        self.sounds: dict[str, Sound] = {}
        """The tones and the recorded clips of speech, by name."""
        self.faults: list[str] = []
        """The faulty files, each with the reason, for users."""
        self._groups = groups
        self._volume = volume
        self._spoken: dict[str, str] = {}
        self._added: dict[str, Sound] = {}
        self._joins: dict[tuple[Sound, ...], Sound] = {}
        self._unpacked: deque[Sound] = deque()
        self._levels = [value * volume for value in wav.mulaw_levels()]
        for path in sorted(where.glob("*.wav")):
            if path.name == VOICE_FILE:
                continue
            try:
                self.sounds[path.stem] = Sound.from_samples(self._adjust(*wav.read(path)))
            except (OSError, wav.WavError) as problem:
                self.faults.append(f"{path.name}: {problem}")
        try:
            self._read_voice(where)
        except (OSError, ValueError, KeyError) as problem:  # WavError and UnicodeDecodeError are ValueErrors
            self.faults.append(f"{VOICE_FILE}: {problem}")

    def _read_voice(self, where: Path) -> None:
        form, channels, rate, _, packed = wav.read_chunks(memoryview(self._voice_file(where)))
        if (form, channels, rate) != (wav.MULAW, 1, VOICE_RATE):
            raise wav.WavError(f"it has to be µ-law of {VOICE_RATE} Hz")
        for line in (where / INDEX_FILE).read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            name, first, frames, onset, text = line.split("\t")
            cut = packed[int(first) : int(first) + int(frames)]
            self.sounds.setdefault(name, Sound(3 * int(frames), partial(decode_mulaw, cut, self._levels), int(onset)))
            self._spoken[text_key(text)] = name

    @staticmethod
    def _voice_file(where: Path) -> mmap.mmap:
        """Maps the file into memory, so that only the speech that is used takes memory."""
        with (where / VOICE_FILE).open("rb") as source:
            return mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)

    def _adjust(self, rate: int, samples: array[int]) -> array[int]:
        """Returns samples at the mixer's rate, with the volume applied and no peak above `PEAK_LIMIT`."""
        samples = wav.resample(samples, rate, RATE)
        peak = max(1, *(abs(value) for value in (min(samples), max(samples))))
        gain = self._volume * min(1.0, PEAK_LIMIT / peak)
        return samples if gain == 1.0 else array("h", [int(value * gain) for value in samples])

    def load_own(self, path: Path) -> None:
        """Replaces the sound that has the name of a user's file. A faulty file is listed in `faults` and ignored."""
        if path.stem not in self.sounds:
            self.faults.append(f"{path.name}: no sound has this name")
            return
        try:
            self.sounds[path.stem] = Sound.from_samples(self._adjust(*wav.read(path)))
        except (OSError, wav.WavError) as problem:
            self.faults.append(f"{path.name}: {problem}")
        self._joins.clear()

    def add_spoken(self, text: str, path: Path) -> None:
        """Adds a text that a speech program has spoken to a WAV file. Raises OSError or WavError."""
        rate, samples = wav.read(path)
        samples = wav.resample(samples, rate, VOICE_RATE)
        gain = min(1.0, VOICE_PEAK / max(1, *map(abs, samples)))
        packed = memoryview(wav.encode_mulaw(round(gain * value) for value in samples))
        self._added[text_key(text)] = Sound(3 * len(packed), partial(decode_mulaw, packed, self._levels))

    def is_recorded(self, text: str) -> bool:
        """Whether the recorded clips can say a text, so that no speech program is needed."""
        return text_key(text) in self._spoken or bool(split_into_clips(text))

    def clip(self, cue: str, group: str, text: str) -> Sound:
        """Returns the sound of a cue, by `CueSpec`. It is `EMPTY_SOUND` if nothing is to be heard."""
        spec = CUE_SPECS[cue]
        if not spec.spoken:
            return self._sound(self.tone_name(cue, group))
        if spec.has_parts:
            said = [sound for part in text.split("\n") if (sound := self._speech(part)) is not None]
            return self._join(tuple(said), RESULT_GAP_S) if said else EMPTY_SOUND
        if (found := self._speech(text)) is not None:
            return found
        # For kinds of cues that a chime would not explain, nothing is heard.
        return self._sound("chime") if spec.chimes else EMPTY_SOUND

    def _speech(self, text: str) -> Sound | None:
        """Returns the recorded or prepared sound of a text, or None."""
        key = text_key(text)
        name = self._spoken.get(key)
        if name in self.sounds:
            return self._sound(name)
        if key in self._added:
            return self._added[key]
        names = split_into_clips(text)
        if names and all(each in self.sounds for each in names):
            return self._join(tuple(self.sounds[each] for each in names), PART_GAP_S)
        return None

    def tone_name(self, cue: str, group: str) -> str:
        """Returns the name of the sound of a tone. Groups have different sounds for some cues."""
        if sounds := CUE_SPECS[cue].group_sounds:
            place = self._groups.index(group) if group in self._groups else 0
            return f"{cue}-{place % sounds + 1}"
        return cue

    def _sound(self, name: str) -> Sound:
        return self.sounds.get(name) or self.sounds.get("chime") or EMPTY_SOUND

    def _join(self, each: tuple[Sound, ...], pause: float) -> Sound:
        """Returns one sound that plays these in turn with `pause` seconds between them. The result is cached."""
        if len(each) == 1:
            return each[0]
        found = self._joins.pop(each, None)
        if found is None:
            gap = round(pause * RATE)
            frames = sum(sound.frames for sound in each) + gap * (len(each) - 1)
            found = Sound(frames, partial(join_samples, each, gap), each[0].onset)
            if len(self._joins) >= MAX_JOINED:
                del self._joins[next(iter(self._joins))]
        self._joins[each] = found  # the last one used is the last one dropped
        return found

    def unpack(self, sound: Sound) -> None:
        """Unpacks a sound, which takes some ms, and packs the oldest ones above `MAX_UNPACKED_FRAMES`."""
        sound.unpack()
        sound.is_queued = False
        if sound in self._unpacked:
            self._unpacked.remove(sound)
        self._unpacked.append(sound)
        kept = sum(each.frames for each in self._unpacked)
        while kept > MAX_UNPACKED_FRAMES and len(self._unpacked) > 1:
            kept -= self._unpacked[0].frames
            self._unpacked.popleft().pack()


def join_samples(sounds: Iterable[Sound], gap: int) -> array[int]:
    """Returns the samples of sounds in turn, with `gap` frames of silence between them."""
    result = array("h")
    for sound in sounds:
        if result:
            result += silence(gap)
        result += sound.samples
    return result


def decode_mulaw(packed: memoryview, levels: list[float]) -> array[int]:
    """Decodes µ-law samples of 16 kHz and triples their rate to 48 kHz, in half the time of `wav.resample`.

    It interpolates with a windowed sinc over eight samples. `levels` holds the sample that each byte stands for.
    """
    _, first, _ = wav.sinc_kernel(3, 1.0, 8)
    # These are the weights of the first new sample of two. Those of the second are the same in reverse.
    a, b, c, d, e, f, g, h = first
    result = array("h", bytes(6 * len(packed)))
    line = [0.0] * 3 + [levels[byte] for byte in packed] + [0.0] * 4
    for begin in range(0, len(packed), BLOCK_SAMPLES):
        size = min(BLOCK_SAMPLES, len(packed) - begin)
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
