"""Sound: cues are scheduled ahead in a process of their own. Nothing here blocks, or raises because of sound.

`Speaker` is what the live shell holds. It starts `python -m kicktimer.sound.speaker`, sends it the schedule in
seconds on `time.monotonic()` (which all processes of a machine share), and starts it anew when it stops answering.
"""

from kicktimer.sound.client import Speaker
from kicktimer.sound.protocol import SINKS, Scheduled, SpeakerState

__all__ = ["SINKS", "Scheduled", "Speaker", "SpeakerState"]
