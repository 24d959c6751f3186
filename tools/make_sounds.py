"""Make every WAV file in sounds/: `python tools/make_sounds.py [FOLDER]`. Needs numpy and Debian's `flite`.

What has to be told apart in wind differs by rhythm and pitch, not by timbre. The tones are rich in harmonics, since
small loudspeakers have no bass and wind has no treble. All files: 48 kHz, mono, 16 bits, peak at -1 dBFS or below,
and within a few dB of each other in loudness. The same input gives the same bytes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

RATE = 48_000
PEAK = 10 ** (-1.1 / 20)  # a little under -1 dBFS, so that rounding stays below it
LOUDNESS = 10 ** (-9 / 20)  # root mean square of the loudest 50 ms of everything
VOICE = "slt"
SPLIT_PITCHES = (1175, 1397, 1661, 1976, 988, 831, 2349, 2794)  # minor thirds apart: the first groups are the commonest

SPOKEN = {
    "say-relax": "How relaxed can you look at the right pace?",
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
}


def tone(pitch: float, seconds: float, *, attack: float = 0.001, decay: float = 0.03) -> Signal:
    """Odd and even harmonics that fall off slowly; a sharp beginning and an end without a click."""
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = [h for h in range(1, 9) if h * pitch < 12_000]
    signal = sum((np.sin(2 * np.pi * pitch * h * time) / h**0.8 for h in harmonics), np.zeros_like(time))
    edge = np.minimum(1.0, np.minimum((time + 1 / RATE) / attack, (seconds - time) / decay))
    return signal * edge


def rest(seconds: float) -> Signal:
    return np.zeros(round(seconds * RATE))


def notes(*parts: tuple[float, float], gap: float) -> Signal:
    """Tones of (pitch, seconds) one after another."""
    pieces: list[Signal] = []
    for pitch, seconds in parts:
        pieces += [tone(pitch, seconds), rest(gap)]
    return np.concatenate(pieces[:-1])


def go() -> Signal:
    """A crack of noise on top of a long, high chord: the one sound that is long and begins as sharply as a pistol."""
    chord = tone(1760, 0.7, attack=1 / RATE, decay=0.15) + 0.8 * tone(1319, 0.7, attack=1 / RATE, decay=0.15)
    chance = np.random.default_rng(1)
    crack = chance.standard_normal(round(0.02 * RATE)) * np.linspace(1, 0, round(0.02 * RATE)) ** 2
    chord[: len(crack)] += 2.0 * crack
    chord[0] = np.abs(chord).max()  # the first sample is the start
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


def spoken(text: str) -> Signal:
    """A sentence in flite's voice, without the silence around it, at 48 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        subprocess.run(["flite", "-voice", VOICE, "-t", text, "-o", str(path)], check=True)
        with wave.open(str(path), "rb") as source:
            rate = source.getframerate()
            raw = np.frombuffer(source.readframes(source.getnframes()), dtype="<i2") / 32768
    loud = np.flatnonzero(np.abs(raw) > 0.01)
    raw = raw[loud[0] : loud[-1] + 1]
    size = round(len(raw) * RATE / rate)
    spectrum = np.fft.rfft(raw)
    wide = np.zeros(size // 2 + 1, dtype=complex)
    wide[: len(spectrum)] = spectrum
    signal: Signal = np.fft.irfft(wide, size) * size / len(raw)
    edge = np.minimum(1.0, np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.005 * RATE))
    return signal * edge


def loudness(signal: Signal) -> float:
    """Root mean square of the loudest 50 ms."""
    window = min(len(signal), round(0.05 * RATE))
    power = np.convolve(signal**2, np.ones(window) / window, mode="valid")
    return float(np.sqrt(power.max()))


def levelled(signal: Signal, drive: float = 1.0) -> Signal:
    """The same loudness for all, without passing the peak: what is peaky is squeezed."""
    signal = signal / np.abs(signal).max()
    while True:
        squeezed = np.tanh(drive * signal) / np.tanh(drive) * PEAK
        if loudness(squeezed) >= LOUDNESS or drive > 30:
            return squeezed * min(1.0, LOUDNESS / loudness(squeezed))
        drive *= 1.1


def write(path: Path, signal: Signal) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(signal * 32767).astype("<i2").tobytes())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "sounds"
    folder.mkdir(parents=True, exist_ok=True)
    sounds = {name: levelled(signal) for name, signal in tones().items()}
    sounds |= {name: levelled(spoken(text)) for name, text in SPOKEN.items()}
    for name, signal in sounds.items():
        write(folder / f"{name}.wav", signal)
        peak, level = 20 * np.log10(np.abs(signal).max()), 20 * np.log10(loudness(signal))
        print(f"{name:20} {len(signal) / RATE:5.2f} s  peak {peak:6.2f} dBFS  loudness {level:6.2f} dBFS")
    lines = [f"{name}.wav\t{text}\n" for name, text in SPOKEN.items()]
    (folder / "spoken.txt").write_text("# file<TAB>text that it speaks\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
