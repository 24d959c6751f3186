"""Sound: cues are scheduled ahead in a process of their own. Nothing here blocks, or raises because of sound.

`SpeakerClient` is the interface for the app. It runs `python -m kicktimer.sound.speaker`, sends it the schedule in
seconds on `time.monotonic()` (which all processes of a machine share), and replaces it if it stops answering.
`outputs()` lists the outputs that a user can choose.
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
    """Returns all outputs that can be chosen now, in the order in which `auto` tries them. Takes at most 5 s."""
    from kicktimer.sound import devices  # noqa: PLC0415 - see `__getattr__`

    return devices.outputs()


def __getattr__(name: str) -> Any:
    """Imports `SpeakerClient` when it is first used: the speaker process imports this package but never needs it."""
    if name != "SpeakerClient":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kicktimer.sound.speaker_client import SpeakerClient  # noqa: PLC0415

    return SpeakerClient
