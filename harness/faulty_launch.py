"""Starts the real program with a fault or a witness in it: `python launched.py '{"block": 0.3}' ARGUMENTS…`.

The first argument is JSON:
    block    seconds of every second in which the app's own event loop is busy
    bare     true: the speaker process does without the variables that keep audio libraries from crashing it
    witness  a file to which each change of the speaker's state is appended: its moment, whether it is alive, its sink
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kicktimer.cli import main
from kicktimer.live_session import LiveSession
from kicktimer.sound import speaker_client

if TYPE_CHECKING:
    from kicktimer.sound import SpeakerState


def block(seconds: float) -> None:
    """Have every loop that a session begins in stand still for so long in each second."""
    begin = LiveSession.start

    def begun(self: LiveSession) -> None:
        begin(self)
        loop = asyncio.get_running_loop()

        def busy() -> None:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass
            loop.call_later(1.0 - seconds, busy)

        loop.call_later(1.0, busy)

    LiveSession.start = begun  # type: ignore[method-assign]


def bear_witness(path: Path) -> None:
    begin = speaker_client.SpeakerClient.__init__

    def begun(self: speaker_client.SpeakerClient, **options: Any) -> None:
        tell = options["on_change"]

        def changed(state: SpeakerState) -> None:
            with path.open("a") as file:
                file.write(json.dumps([time.monotonic(), state.alive, state.sink, state.note]) + "\n")
            tell(state)

        begin(self, **{**options, "on_change": changed})

    speaker_client.SpeakerClient.__init__ = begun  # type: ignore[method-assign]


if __name__ == "__main__":
    wish = json.loads(sys.argv[1])
    if "block" in wish:
        block(wish["block"])
    if wish.get("bare"):
        speaker_client.COMMAND = ("env", "-u", "PYTHONMALLOC", *speaker_client.COMMAND)  # type: ignore[assignment]
    if "witness" in wish:
        bear_witness(Path(wish["witness"]))
    sys.exit(main(sys.argv[2:]))
