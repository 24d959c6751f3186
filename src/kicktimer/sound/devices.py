"""What sound can come out of, to pick from: `outputs()`. Nothing here raises, and nothing takes longer than `PATIENCE`.

PortAudio's devices are listed by a process of its own (`python -m kicktimer.sound.devices`): looking for devices can
crash or hang. What the system's programs print is text of others: only what `kicktimer.text.clean` leaves is used.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from kicktimer.sound.players import installed_players
from kicktimer.sound.protocol import SoundOutput
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 5.0
"""Seconds for all listings together."""
COMMAND = (sys.executable, "-P", "-m", "kicktimer.sound.devices")
LARGEST = 1_000_000
"""Bytes of a listing that are read."""
LONGEST = 120
"""Characters of a device's name that are shown."""
CARD = ("default:", "sysdefault:", "plughw:")
"""The kinds of ALSA's names of which one stands for a whole card, the best first."""
CONVERTERS = ("null", "default", "sysdefault", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix")
OTHERS = ("jack", "oss", "a52", "usbstream")
"""ALSA's names that are no devices, or another way to what is offered already."""


def outputs() -> tuple[SoundOutput, ...]:
    """Everything that there is now, in the order in which `auto` would try it."""
    end = time.monotonic() + PATIENCE
    programs = installed_players()
    listings = {"portaudio": _Listing(COMMAND)}
    if "pacat" in programs:
        listings["pacat"] = _Listing(("pactl", "list", "sinks"))
    if "aplay" in programs:
        listings["aplay"] = _Listing(("aplay", "-L"))
    told = {name: listing.text(end) for name, listing in listings.items()}
    found: list[SoundOutput] = []
    if importlib.util.find_spec("simpleaudio") is not None:
        found.append(SoundOutput("simpleaudio", "", "simpleaudio: the default device"))
    found += _portaudio(told["portaudio"])
    if programs:
        found.append(SoundOutput("pipe", "", f"{programs[0]}: the default device"))
    found += [_output("pipe", f"pacat:{name}", f"pacat: {title}") for name, title in sinks(told.get("pacat", ""))]
    found += [_output("pipe", f"aplay:{name}", f"aplay: {title}") for name, title in pcms(told.get("aplay", ""))]
    found.append(SoundOutput("bell", "", "the terminal's bell"))
    return tuple(dict.fromkeys(found))


def _output(sink: str, device: str, title: str) -> SoundOutput:
    shown = clean(title)
    return SoundOutput(sink, device, shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…")


class _Listing:
    """A program that prints a list. It prints into a file: one that hangs holds up no other."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._file: IO[bytes] = BytesIO()
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):  # it is not there, or no file can be made: nothing is listed
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `text` closes it
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._file,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"LC_ALL": "C"},  # its words are to be known ones
            )

    def text(self, end: float) -> str:
        """What it has printed by its end. "" where it failed or was not done at `end`."""
        with self._file:
            if self._process is None:
                return ""
            try:
                status = self._process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):  # a driver may hold it
                    self._process.wait(0.5)
                return ""
            self._file.seek(0)
            return self._file.read(LARGEST).decode(errors="replace") if status == 0 else ""


def _portaudio(text: str) -> Iterator[SoundOutput]:
    try:
        devices = [(str(name), str(host)) for name, host in json.loads(text)]
    except (ValueError, TypeError):  # the library is missing, crashed or hung: there is nothing to pick
        return
    yield SoundOutput("portaudio", "", "portaudio: the default device")
    hosts = Counter(name for name, _ in devices)
    for name, host in devices:
        if known := clean(name):
            yield _output("portaudio", known, f"portaudio: {name}" + (f" ({host})" if hosts[name] == 1 else ""))


def sinks(text: str) -> list[tuple[str, str]]:
    """The names in what `pactl list sinks` prints, with what people call them."""
    found: dict[str, str] = {}
    latest = ""
    for line in text.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "Name":
            latest = value if clean(value) == value else ""
            if latest:
                found[latest] = ""
        elif key == "Description" and latest and not found[latest]:
            found[latest] = clean(value)
    return [(name, f"{title} ({name})" if title else name) for name, title in found.items()]


def pcms(text: str) -> list[tuple[str, str]]:
    """The names in what `aplay -L` prints that are worth offering, with their descriptions.

    Each card once, by the name that mixes and converts best; the HDMI outputs of each; what users have named.
    """
    names: dict[str, str] = {}
    latest = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            latest = line if clean(line) == line else ""
            if latest:
                names[latest] = ""
        elif latest and not names[latest]:
            names[latest] = clean(line)
    chosen: list[str] = []
    cards: set[str] = set()
    for kind in CARD:
        for name in names:
            card = name.removeprefix(kind).partition(",")[0]
            if name.startswith(kind) and card not in cards:
                cards.add(card)
                chosen.append(name)
    chosen += [name for name in names if name.startswith("hdmi:")]
    chosen += [name for name in names if ":" not in name and name not in CONVERTERS + OTHERS]
    return [(name, f"{names[name]} ({name})" if names[name] else name) for name in chosen]


def main() -> None:
    """Print PortAudio's output devices as JSON: [[name, host], ...]."""
    out = os.dup(1)
    os.dup2(2, 1)  # what the library prints is no part of it
    import sounddevice  # noqa: PLC0415 - it can crash: loaded by this process alone

    hosts: Any = sounddevice.query_hostapis()
    devices: Any = sounddevice.query_devices()
    found = [[each["name"], hosts[each["hostapi"]]["name"]] for each in devices if each["max_output_channels"] > 0]
    os.write(out, json.dumps(found).encode())
    os._exit(0)  # the library's own clean-up can hang


if __name__ == "__main__":
    main()
