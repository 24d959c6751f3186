"""Sound: cues are scheduled ahead in a process of their own. Nothing here blocks, or raises because of sound.

`Speaker` is what the live shell holds. It starts `python -m kicktimer.sound.speaker`, sends it the schedule in
seconds on `time.monotonic()` (which all processes of a machine share), and starts it anew when it stops answering.
`outputs()` lists what it can be asked to play through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kicktimer.sound.protocol import SINKS, ScheduledCue, SoundOutput, SpeakerState

if TYPE_CHECKING:
    from kicktimer.sound.speaker_client import SpeakerClient

__all__ = [
    "SINKS",
    "ScheduledCue",
    "SoundOutput",
    "SpeakerClient",
    "SpeakerState",
    "outputs",
]


def outputs() -> tuple[SoundOutput, ...]:
    """Everything that can be picked now, in the order in which `auto` would try it. Takes 5 s at most."""
    from kicktimer.sound import devices  # noqa: PLC0415 - see `__getattr__`

    return devices.outputs()


def __getattr__(name: str) -> Any:
    """`Speaker` when it is asked for: the speaker process imports this package too, and has no use for its parent."""
    if name != "SpeakerClient":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kicktimer.sound.speaker_client import SpeakerClient  # noqa: PLC0415

    return SpeakerClient
