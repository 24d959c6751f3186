"""Lists the sound outputs that a user can choose: `outputs()`. It never raises and takes at most `LISTING_TIMEOUT_S`.

A process of its own (`python -m kicktimer.sound.devices`) lists PortAudio's devices, because looking for devices can
crash or hang. The text that the system's programs print is not trusted: it is cleaned by `kicktimer.text.clean`.
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

LISTING_TIMEOUT_S = 5.0
"""All listings together take at most this long."""
KILL_TIMEOUT_S = 0.5
"""The wait for a listing that was killed; a driver may hold it longer."""
COMMAND = (sys.executable, "-P", "-m", "kicktimer.sound.devices")
MAX_LISTING_BYTES = 1_000_000
MAX_TITLE_LENGTH = 120
CARD_PREFIXES = ("default:", "sysdefault:", "plughw:")
"""The prefixes of ALSA names that stand for a whole card, the preferred one first."""
ALSA_CONVERTERS = ("null", "default", "sysdefault", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix")
"""ALSA names of conversions, not of devices."""
ALSA_OTHERS = ("jack", "oss", "a52", "usbstream")
"""Further ALSA names that are no devices, or other ways to devices that are listed anyway."""


def outputs() -> tuple[SoundOutput, ...]:
    """Returns all outputs that can be chosen now, in the order in which `auto` tries them."""
    end = time.monotonic() + LISTING_TIMEOUT_S
    programs = installed_players()
    listings = {"portaudio": _Listing(COMMAND)}
    if "pacat" in programs:
        listings["pacat"] = _Listing(("pactl", "list", "sinks"))
    if "aplay" in programs:
        listings["aplay"] = _Listing(("aplay", "-L"))
    texts = {name: listing.read(end) for name, listing in listings.items()}
    found: list[SoundOutput] = []
    if importlib.util.find_spec("simpleaudio") is not None:
        found.append(SoundOutput("simpleaudio", "", "simpleaudio: the default device"))
    found += _parse_portaudio(texts["portaudio"])
    if programs:
        found.append(SoundOutput("pipe", "", f"{programs[0]}: the default device"))
    found += [
        _output("pipe", f"pacat:{name}", f"pacat: {title}") for name, title in parse_pactl_sinks(texts.get("pacat", ""))
    ]
    found += [
        _output("pipe", f"aplay:{name}", f"aplay: {title}") for name, title in parse_aplay_pcms(texts.get("aplay", ""))
    ]
    found.append(SoundOutput("bell", "", "the terminal's bell"))
    return tuple(dict.fromkeys(found))


def _output(sink: str, device: str, title: str) -> SoundOutput:
    shown = clean(title)
    return SoundOutput(sink, device, shown if len(shown) <= MAX_TITLE_LENGTH else f"{shown[: MAX_TITLE_LENGTH - 1]}…")


class _Listing:
    """A running program that prints a list. Its output goes to a file, so that it never waits for a reader."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._file: IO[bytes] = BytesIO()
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):  # without the program or the file nothing is listed
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `read` closes it
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._file,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"LC_ALL": "C"},  # the output must not be translated
            )

    def read(self, end: float) -> str:
        """Returns the program's output. Kills it if it still runs at the moment `end`. Returns "" if it failed."""
        with self._file:
            if self._process is None:
                return ""
            try:
                status = self._process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(KILL_TIMEOUT_S)
                return ""
            self._file.seek(0)
            return self._file.read(MAX_LISTING_BYTES).decode(errors="replace") if status == 0 else ""


def _parse_portaudio(text: str) -> Iterator[SoundOutput]:
    """Yields the outputs in what `main` prints."""
    try:
        devices = [(str(name), str(host)) for name, host in json.loads(text)]
    except (ValueError, TypeError):  # the library is missing, crashed or hung
        return
    yield SoundOutput("portaudio", "", "portaudio: the default device")
    hosts = Counter(name for name, _ in devices)
    for name, host in devices:
        if known := clean(name):
            yield _output("portaudio", known, f"portaudio: {name}" + (f" ({host})" if hosts[name] == 1 else ""))


def parse_pactl_sinks(text: str) -> list[tuple[str, str]]:
    """Returns the names and titles of the sinks in the output of `pactl list sinks`."""
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


def parse_aplay_pcms(text: str) -> list[tuple[str, str]]:
    """Returns the names and titles of the useful devices in the output of `aplay -L`.

    These are each card once, by the preferred of its names, all HDMI outputs, and the names that users have defined.
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
    for prefix in CARD_PREFIXES:
        for name in names:
            card = name.removeprefix(prefix).partition(",")[0]
            if name.startswith(prefix) and card not in cards:
                cards.add(card)
                chosen.append(name)
    chosen += [name for name in names if name.startswith("hdmi:")]
    chosen += [name for name in names if ":" not in name and name not in ALSA_CONVERTERS + ALSA_OTHERS]
    return [(name, f"{names[name]} ({name})" if names[name] else name) for name in chosen]


def main() -> None:
    """Prints PortAudio's output devices as JSON: [[name, host API], ...]."""
    out = os.dup(1)
    os.dup2(2, 1)  # the library's own output must not mix with the list
    import sounddevice  # noqa: PLC0415 - it can crash, so only this process loads it

    hosts: Any = sounddevice.query_hostapis()
    devices: Any = sounddevice.query_devices()
    found = [[each["name"], hosts[each["hostapi"]]["name"]] for each in devices if each["max_output_channels"] > 0]
    os.write(out, json.dumps(found).encode())
    os._exit(0)  # the library's own clean-up can hang


if __name__ == "__main__":
    main()
