"""Generate every WAV file in sounds/: `python tools/make_sounds.py [FOLDER]`. Needs numpy and Debian's `flite`.

Tones differ in rhythm and pitch, not in timbre, so they can be distinguished in wind. They are rich in harmonics,
because small loudspeakers have no bass and wind has no treble. Tones are 48 kHz, mono, 16 bits. Speech is one file in
µ-law at 16 kHz, the rate of the voice, with an index. No sound peaks above -1 dBFS, and all are within a few dB of each
other in loudness. The same input gives the same bytes.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kicktimer.sound.speaker.clips import INDEX_FILE, VOICE_FILE, VOICE_RATE, decode_mulaw
from kicktimer.sound.speaker.wav import MULAW, mulaw_levels

Signal = NDArray[np.float64]

RATE = 48_000
PEAK = 10 ** (-1.1 / 20)  # a little under -1 dBFS, so that rounding stays below it
LOUDNESS = 10 ** (-9 / 20)  # target for the root mean square of the loudest 50 ms of each sound
VOICE = "slt"
ONSET = 0.0458  # of full scale: from this amplitude on a number counts as begun; its first consonant may be softer
SPLIT_PITCHES = (1175, 1397, 1661, 1976, 988, 831, 2349, 2794)  # for groups 1 to 8, a minor third apart

SPOKEN = {
    "say-relax": "How relaxed can you look at the right pace?",
    "say-relax-word": "Relax",
    "say-closing-rep": "Closing rep",
    "say-closing-reps": "Closing reps",
    "say-last-rep": "Last rep",
    "say-ten-seconds": "Ten seconds",
    "say-thirty-seconds": "Thirty seconds",
    "say-recovery": "Recovery",
    "say-tune-out": "Tune out",
    "say-tune-in": "Tune in",
    "say-hold": "Hold",
    "say-session-over": "Session over",
    "say-float": "Float",
    "say-on": "On",
    "voice-plus": "plus",
    "voice-minus": "minus",
    "voice-oh": "oh",
    "voice-flat": "flat",
    "voice-even": "even",
    "voice-rep": "rep",
    "voice-set": "set",
    "voice-of": "of",
    "voice-seconds": "seconds",
    "voice-hundred": "hundred",
    "voice-metre-jog": "metre jog",
}
ALIKE = {"say-ten": ("number-10", "Ten"), "say-thirty": ("number-30", "Thirty")}
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_STRETCH = 0.85  # numbers are spoken faster, so that each ends before the next second is counted


def tone(pitch: float, seconds: float, *, attack: float = 0.001, decay: float = 0.03) -> Signal:
    """Returns a tone with slowly decreasing harmonics, a sharp beginning, and an end without a click."""
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = [h for h in range(1, 9) if h * pitch < 12_000]
    signal = sum((np.sin(2 * np.pi * pitch * h * time) / h**0.8 for h in harmonics), np.zeros_like(time))
    edge = np.minimum(1.0, np.minimum((time + 1 / RATE) / attack, (seconds - time) / decay))
    return signal * edge


def rest(seconds: float) -> Signal:
    return np.zeros(round(seconds * RATE))


def notes(*parts: tuple[float, float], gap: float) -> Signal:
    """Returns a sequence of tones, each given as (pitch, seconds), with silences of `gap` seconds between them."""
    pieces: list[Signal] = []
    for pitch, seconds in parts:
        pieces += [tone(pitch, seconds), rest(gap)]
    return np.concatenate(pieces[:-1])


def go() -> Signal:
    """Returns the GO sound: a crack of noise on a long, high chord, as sharp as a starting pistol."""
    chord = tone(1760, 0.7, attack=1 / RATE, decay=0.15) + 0.8 * tone(1319, 0.7, attack=1 / RATE, decay=0.15)
    chance = np.random.default_rng(1)
    crack = chance.standard_normal(round(0.02 * RATE)) * np.linspace(1, 0, round(0.02 * RATE)) ** 2
    chord[: len(crack)] += 2.0 * crack
    chord[0] = np.abs(chord).max()  # the sound starts with its very first sample
    return chord


def tones() -> dict[str, Signal]:
    sounds = {
        "pip": tone(880, 0.12),
        "go": go(),
        "recovery": notes((988, 0.18), (659, 0.3), gap=0.02),
        "ten": notes(*[(1319, 0.05)] * 4, gap=0.06),
        "closing": notes((784, 0.1), (1047, 0.1), (1319, 0.25), gap=0.03),
        "last": notes((784, 0.1), (1047, 0.1), (1319, 0.1), (1568, 0.1), (2093, 0.35), gap=0.03),
        "over": notes((1568, 0.2), (1319, 0.2), (1047, 0.2), (784, 0.5), gap=0.05),
        "error": notes(*[(220, 0.15)] * 3, gap=0.08),
        "chime": notes((1319, 0.12), (988, 0.3), gap=0.0),
    }
    for number, pitch in enumerate(SPLIT_PITCHES, 1):
        sounds[f"split-{number}"] = notes((pitch, 0.05), (pitch, 0.05), gap=0.05)
    return sounds


def spelled(value: int) -> str:
    if value < 20:
        return ONES[value]
    tens, ones = divmod(value, 10)
    return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")


def spoken(text: str, stretch: float) -> Signal:
    """Returns `text` spoken by flite, at 16 kHz, without the silence around it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        voice = ["-voice", VOICE, "--setf", f"duration_stretch={stretch}"]
        subprocess.run(["flite", *voice, "-t", text, "-o", str(path)], check=True)
        with wave.open(str(path), "rb") as source:
            assert source.getframerate() == VOICE_RATE
            raw = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2") / 32768
    loud = np.flatnonzero(np.abs(raw) > 0.01)
    signal: Signal = raw[loud[0] : loud[-1] + 1]
    size = len(signal)
    edge = np.minimum(1.0, np.minimum(np.arange(size) + 1, np.arange(size)[::-1]) / (0.005 * VOICE_RATE))
    return signal * edge


def packed(signal: Signal) -> tuple[bytes, int]:
    """Returns speech encoded as µ-law that decodes to no more than the peak, and its onset in frames at 48 kHz."""
    meaning = np.array(mulaw_levels())
    order = np.argsort(meaning, kind="stable")
    halves = (meaning[order][1:] + meaning[order][:-1]) / 2
    gain = 1.0
    while True:
        data = order[np.searchsorted(halves, signal * gain * 32767)].astype(np.uint8).tobytes()
        samples = np.abs(np.array(decode_mulaw(memoryview(data), [float(value) for value in mulaw_levels()])))
        if samples.max() <= PEAK * 32767:
            return data, int(np.flatnonzero(samples > ONSET * 32767)[0])
        gain *= 0.99


def loudness(signal: Signal, rate: int = RATE) -> float:
    """Returns the root mean square of the loudest 50 ms."""
    window = min(len(signal), round(0.05 * rate))
    power = np.convolve(signal**2, np.ones(window) / window, mode="valid")
    return float(np.sqrt(power.max()))


def levelled(signal: Signal, rate: int = RATE, drive: float = 1.0) -> Signal:
    """Returns the signal at the common loudness, compressed as far as needed to stay below the peak."""
    signal = signal / np.abs(signal).max()
    while True:
        squeezed = np.tanh(drive * signal) / np.tanh(drive) * PEAK
        if loudness(squeezed, rate) >= LOUDNESS or drive > 30:
            return squeezed * min(1.0, LOUDNESS / loudness(squeezed, rate))
        drive *= 1.1


def write(path: Path, signal: Signal) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(signal * 32767).astype("<i2").tobytes())


def write_voice(folder: Path) -> None:
    """Writes the voice file, which holds all speech clips one after another, and its index."""
    texts = {name: (text, text, 1.0) for name, text in SPOKEN.items()}
    texts |= {f"number-{value}": (str(value), spelled(value), NUMBER_STRETCH) for value in range(100)}
    sound, lines, index = b"", ["# name, first frame, frames, onset at 48 kHz, text; TAB between them\n"], {}
    for name, (text, said, stretch) in texts.items():
        data, onset = packed(levelled(spoken(said, stretch), VOICE_RATE))
        index[name] = f"{len(sound)}\t{len(data)}\t{onset}"
        lines.append(f"{name}\t{index[name]}\t{text}\n")
        print(f"{name:20} {len(data) / VOICE_RATE:5.2f} s  onset {onset / 48:5.1f} ms")
        sound += data
    lines += [f"{name}\t{index[other]}\t{text}\n" for name, (other, text) in ALIKE.items()]
    form = struct.pack("<HHIIHHH", MULAW, 1, VOICE_RATE, VOICE_RATE, 1, 8, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    (folder / VOICE_FILE).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    (folder / INDEX_FILE).write_text("".join(lines), encoding="utf-8")


def picture(shapes: dict[str, Signal], path: Path) -> None:
    """Writes an SVG picture with the envelope of every tone, at a common scale: one second is `wide` pixels."""
    left, wide, high = 90, 400, 44
    rows = []
    for row, (name, signal) in enumerate(shapes.items()):
        middle = row * high + high / 2
        step = RATE // 200
        peaks = [float(np.abs(signal[at : at + step]).max()) * high * 0.45 for at in range(0, len(signal), step)]
        place = [left + index * step / RATE * wide for index in range(len(peaks))]
        upper = [f"{x:.1f},{middle - peak:.1f}" for x, peak in zip(place, peaks, strict=True)]
        lower = [f"{x:.1f},{middle + peak:.1f}" for x, peak in zip(place, peaks, strict=True)]
        rows.append(f'<text x="8" y="{middle + 4:.0f}">{name}</text>')
        rows.append(f'<polygon points="{" ".join(upper + lower[::-1])}"/>')
    size = f'width="{left + round(1.35 * wide)}" height="{high * len(shapes)}"'
    style = "<style>text{font:13px sans-serif;fill:#333}polygon{fill:#2a6f97;stroke:#2a6f97}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="100%" height="100%" fill="#fff"/>{style}'
    path.write_text("\n".join([head, *rows, "</svg>\n"]), encoding="utf-8")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "sounds"
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {}
    for name, signal in tones().items():
        level = levelled(signal)
        shapes[name] = level
        write(folder / f"{name}.wav", level)
        peak, loud = 20 * np.log10(np.abs(level).max()), 20 * np.log10(loudness(level))
        print(f"{name:20} {len(level) / RATE:5.2f} s  peak {peak:6.2f} dBFS  loudness {loud:6.2f} dBFS")
    write_voice(folder)
    if len(sys.argv) == 1:
        some = {name: shape for name, shape in shapes.items() if name[-1] not in "2345678"}
        picture(some, folder.parent / "docs" / "sounds.svg")


if __name__ == "__main__":
    main()
