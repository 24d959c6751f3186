"""The recorded sounds: where they are, what is in them, and which one a cue means.

`load(folder, rate)` reads every WAV of a folder (8 to 32 bits, mono or stereo, any rate) into samples at `rate`. A
file that does not read is named in `Clips.faults` and the cue falls back to another sound: a cue is never silent
because a file is bad.
"""

from __future__ import annotations

import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

RATE = 48_000
"""Frames per second of everything that is mixed."""
SPLIT_VARIANTS = 8
SPOKEN = "spoken.txt"


def folder() -> Path:
    """Where the sounds are: inside an installed package, else at the top of the checkout.

    Raises FileNotFoundError where neither is there.
    """
    # By path, since `importlib.resources` would cost the speaker 4 MB, and a wheel is always unpacked.
    packaged = Path(__file__).resolve().parents[1] / "_data" / "sounds"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[3] / "sounds"
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"no sounds in {packaged} nor in {checkout}")


def samples_of(path: Path, rate: int) -> array[int]:
    """The samples of one WAV file, mixed to mono and brought to `rate`. Raises OSError, EOFError or wave.Error."""
    with wave.open(str(path), "rb") as source:
        channels, width, own_rate = source.getnchannels(), source.getsampwidth(), source.getframerate()
        data = source.readframes(source.getnframes())
    samples = _sixteen_bits(data, width)
    if channels > 1:
        samples = array("h", (sum(samples[i : i + channels]) // channels for i in range(0, len(samples), channels)))
    if own_rate != rate and len(samples) > 1:
        samples = _resampled(samples, own_rate / rate)
    return samples


def _sixteen_bits(data: bytes, width: int) -> array[int]:
    if width == 1:  # the one width that WAV keeps unsigned
        return array("h", ((byte - 128) << 8 for byte in data))
    whole = data[: len(data) - len(data) % width]
    kept = bytearray(2 * (len(whole) // width))
    kept[0::2] = whole[width - 2 :: width]  # little-endian: the two highest bytes are the last ones
    kept[1::2] = whole[width - 1 :: width]
    samples = array("h", bytes(kept))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _resampled(samples: array[int], step: float) -> array[int]:
    """Linear interpolation: good enough for a beep, and it needs no library."""
    last = len(samples) - 1
    result = array("h")
    for index in range(int(last / step) + 1):
        place = index * step
        left = min(int(place), last - 1)
        result.append(round(samples[left] + (samples[left + 1] - samples[left]) * (place - left)))
    return result


def spoken_key(text: str) -> str:
    """Texts that are spoken alike have one key: case, spaces and marks at the end do not matter."""
    return " ".join(text.casefold().split()).strip(" .!?,;:")


@dataclass(frozen=True, slots=True)
class Clips:
    """All sounds at one rate. `groups` in order: each has its own pitch of split."""

    sounds: dict[str, array[int]]
    spoken: dict[str, str]
    groups: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def clip(self, cue: str, group: str, text: str) -> array[int]:
        """The samples of a cue; an empty array only where there are no sounds at all."""
        return self.sounds.get(self.name(cue, group, text)) or self.sounds.get("chime") or array("h")

    def name(self, cue: str, group: str, text: str) -> str:
        """The file, without its ending, that a cue means."""
        if cue == "say":
            return self.spoken.get(spoken_key(text), "chime")
        if cue == "split":
            place = self.groups.index(group) if group in self.groups else 0
            return f"split-{place % SPLIT_VARIANTS + 1}"
        return cue


def load(where: Path, rate: int = RATE, groups: tuple[str, ...] = ()) -> Clips:
    """Everything in a folder. Never raises because of a bad file: that is named in `faults`."""
    sounds: dict[str, array[int]] = {}
    faults: list[str] = []
    for path in sorted(where.glob("*.wav")):
        try:
            sounds[path.stem] = samples_of(path, rate)
        except (OSError, EOFError, wave.Error) as problem:
            faults.append(f"{path.name}: {problem}")
    spoken: dict[str, str] = {}
    try:
        lines = (where / SPOKEN).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        lines = []
        faults.append(f"{SPOKEN}: {problem}")
    for line in lines:
        name, tab, text = line.partition("\t")
        if tab and not line.startswith("#"):
            spoken[spoken_key(text)] = name.removesuffix(".wav")
    return Clips(sounds, spoken, groups, tuple(faults))
