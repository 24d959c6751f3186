"""Starts the real program with injected faults: `python faulty_launch.py '{"block_loop_s": 0.3}' ARGUMENTS…`.

The first argument is a JSON object of options:
    block_loop_s         seconds of every second for which the app's event loop is blocked
    without_workarounds  true: the speaker process lacks the variables that keep audio libraries from crashing it
    state_log            a file to which each change of the speaker's state is appended: time, alive, sink, note
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


def block_loop(seconds: float) -> None:
    """Patches `LiveSession.start` so that the event loop is blocked for `seconds` of every second."""
    original = LiveSession.start

    def replacement(self: LiveSession) -> None:
        original(self)
        loop = asyncio.get_running_loop()

        def busy() -> None:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass
            loop.call_later(1.0 - seconds, busy)

        loop.call_later(1.0, busy)

    LiveSession.start = replacement  # type: ignore[method-assign]


def log_speaker_states(path: Path) -> None:
    """Patches the speaker client so that it appends each change of its state to the file, as a line of JSON."""
    original = speaker_client.SpeakerClient.__init__

    def replacement(self: speaker_client.SpeakerClient, **options: Any) -> None:
        notify = options["on_change"]

        def changed(state: SpeakerState) -> None:
            with path.open("a") as file:
                file.write(json.dumps([time.monotonic(), state.alive, state.sink, state.note]) + "\n")
            notify(state)

        original(self, **{**options, "on_change": changed})

    speaker_client.SpeakerClient.__init__ = replacement  # type: ignore[method-assign]


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    if "block_loop_s" in options:
        block_loop(options["block_loop_s"])
    if options.get("without_workarounds"):
        speaker_client.COMMAND = ("env", "-u", "PYTHONMALLOC", *speaker_client.COMMAND)  # type: ignore[assignment]
    if "state_log" in options:
        log_speaker_states(Path(options["state_log"]))
    sys.exit(main(sys.argv[2:]))
