"""Which sinks can be tried for what a user wants, and in which order."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from kicktimer.sound.players import installed_players, split_device
from kicktimer.sound.speaker.sinks.bell_sink import make_bell_sink, make_off_sink
from kicktimer.sound.speaker.sinks.pipe_sink import PipeSink
from kicktimer.sound.speaker.sinks.portaudio_sink import PortAudioSink
from kicktimer.sound.speaker.sinks.simpleaudio_sink import SimpleAudioSink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kicktimer.sound.speaker.sinks.base import Sink


@dataclass(frozen=True, slots=True)
class SinkCandidate:
    """A sink that can be tried."""

    title: str
    """Its unique name for users."""
    make: Callable[[], Sink]
    initial_wait_s: float = 0.0
    """The wait before its first trial. It is not 0 if the sink hung or crashed the previous speaker process."""
    is_stopgap: bool = False
    """It needs no device, so it can play what is due while the trial of another sink takes long."""


def sink_candidates(
    wanted: str,
    groups: Sequence[str],
    avoid: Mapping[str, float],
    ring: Callable[[str], None],
    *,
    has_bell: bool,
    device: str = "",
    keep_awake: bool = False,
) -> list[SinkCandidate]:
    """Returns the sinks to try for the sink that a user wants, best first.

    `avoid` holds the sinks that failed a moment ago, with their initial wait in seconds. A chosen `device` is tried
    before the default device of the same sink. `keep_awake` excludes simpleaudio unless it is `wanted` by name: it has
    no stream to keep a loudspeaker awake with. It is also excluded for a chosen device and for several groups.
    """
    program, name = split_device(device)
    is_pipe_device = bool(device) and (wanted == "pipe" or (wanted == "auto" and device != name))
    bell = SinkCandidate("the terminal's bell", lambda: make_bell_sink(ring), is_stopgap=True)
    by_sink: dict[str, list[SinkCandidate]] = {
        "off": [SinkCandidate("off", make_off_sink)],
        "simpleaudio": [SinkCandidate("simpleaudio", SimpleAudioSink)],
        "portaudio": [SinkCandidate("portaudio", PortAudioSink)],
        "pipe": [SinkCandidate(player, partial(PipeSink, player)) for player in installed_players()],
        "bell": [bell] if has_bell else [],
    }
    if wanted in ("off", "bell"):
        return by_sink[wanted]
    if is_pipe_device:
        by_sink["pipe"].insert(0, SinkCandidate(f"{program} to {name}", partial(PipeSink, program, name)))
    elif device and wanted in ("auto", "portaudio"):
        by_sink["portaudio"].insert(0, SinkCandidate(f"the device {device}", partial(PortAudioSink, device)))
    order = ["pipe", "portaudio", "bell"] if is_pipe_device else ["portaudio", "pipe", "bell"]
    suits_simpleaudio = len(groups) <= 1 and not keep_awake and not device
    if wanted == "auto" and suits_simpleaudio and importlib.util.find_spec("simpleaudio") is not None:
        order.insert(0, "simpleaudio")
    elif wanted != "auto":
        order = [wanted, *(sink for sink in order if sink != wanted)]
    return [replace(each, initial_wait_s=avoid.get(sink, 0.0)) for sink in order for each in by_sink[sink]]
