"""Sound: cues are scheduled ahead in a process of their own. Nothing here blocks, or raises because of sound.

`Speaker` is what the live shell holds. It starts `python -m kicktimer.sound.speaker`, sends it the schedule in
seconds on `time.monotonic()` (which all processes of a machine share), and starts it anew when it stops answering.
`outputs()` lists what it can be asked to play through.
"""

from kicktimer.sound.client import Speaker
from kicktimer.sound.protocol import SINKS, Output, Scheduled, SpeakerState

__all__ = ["SINKS", "Output", "Scheduled", "Speaker", "SpeakerState", "outputs"]


def outputs() -> tuple[Output, ...]:
    """Everything that can be picked now, in the order in which `auto` would try it. Takes 5 s at most."""
    from kicktimer.sound import devices  # noqa: PLC0415 - the speaker imports this package too, and has no use for it

    return devices.outputs()
