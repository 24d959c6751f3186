"""The clip loader: slow work on sounds, on threads of ordinary priority, so that it delays no cue.

It unpacks speech before it is due, reads a coach's own sounds, and has texts spoken by a speech program. A sound that
is not ready in time is replaced by the built-in one or by a chime.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.wav import MAX_BYTES, WavError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kicktimer.sound.speaker.clips import Clips, Sound
    from kicktimer.sound.speech import SpeechProgram

MAX_FILES = 250
"""At most this many of a coach's own files are read: 1.5 times the number of built-in sounds."""
MAX_TOTAL_BYTES = 32_000_000
"""At most this many bytes of a coach's own files are read."""
MAX_TEXTS = 200
"""At most this many texts are spoken by a speech program."""
SWITCH_INTERVAL_S = 0.001
"""The interpreter's switch interval: work on sounds yields to the playing threads after this time."""


class ClipLoader:
    """Runs jobs on two threads: short jobs that are needed soon on one, jobs that may take seconds on the other.

    `on_change` and `log` are called on these threads.
    """

    def __init__(self, clips: Clips, *, on_change: Callable[[], None], log: Callable[[str], None]) -> None:
        self._clips = clips
        self._on_change = on_change
        self._log = log
        self._short_jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._long_jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._known: set[str] = set()
        self._program: SpeechProgram | None = None
        self._searched = False
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        for jobs in (self._short_jobs, self._long_jobs):
            threading.Thread(target=self._run, args=(jobs,), daemon=True).start()

    def _run(self, jobs: SimpleQueue[Callable[[], None]]) -> None:
        # The thread is not made "nice": if it waited for the processor while it holds the interpreter's lock, it would
        # delay the cues.
        while True:
            job = jobs.get()
            try:
                job()
            except Exception as problem:  # noqa: BLE001 - a sound that cannot be made must not stop the thread
                self._log(f"a sound could not be made: {type(problem).__name__}: {problem}")

    def unpack(self, sounds: Iterable[Sound]) -> None:
        """Unpacks these sounds soon, each once."""
        for sound in sounds:
            if not sound.is_unpacked() and not sound.is_queued:
                sound.is_queued = True
                self._short_jobs.put(partial(self._clips.unpack, sound))

    def read_own(self, folder: Path) -> None:
        """Replaces built-in sounds by the files of a folder. Faults are listed in `Clips.faults` and logged."""
        self._long_jobs.put(lambda: self._read_own(folder))

    def _read_own(self, folder: Path) -> None:
        try:
            found = [path for path in folder.iterdir() if path.suffix.casefold() == ".wav"]
            # Files with the name of a sound come first, so their faults are the first in the list.
            paths = sorted(found, key=lambda path: (path.stem not in self._clips.sounds, path))
        except OSError as problem:
            self._clips.faults.append(f"{folder}: {problem.strerror}")
            paths = []
        room = MAX_TOTAL_BYTES
        for number, path in enumerate(paths):
            if not path.is_file():  # reading a named pipe could block
                self._clips.faults.append(f"{path.name}: no file")
                continue
            size = min(path.stat().st_size, MAX_BYTES)
            room -= size
            if number >= MAX_FILES or room < 0:
                self._clips.faults.append(f"{path.name}: there are too many sounds before it")
                break
            self._clips.load_own(path)
        for fault in self._clips.faults:
            self._log(f"sounds: {fault}")
        self._on_change()

    def prepare(self, texts: Iterable[str], folder: Path) -> None:
        """Has texts spoken by a speech program if they are not recorded. `folder` is the cache of spoken texts."""
        for text in texts:
            if text not in self._known and len(self._known) < MAX_TEXTS:
                self._known.add(text)
                self._long_jobs.put(partial(self._prepare, text, folder))

    def _prepare(self, text: str, folder: Path) -> None:
        if self._clips.is_recorded(text):
            return
        from kicktimer.sound import speech  # noqa: PLC0415 - it loads 4 MB of hash functions, only needed for such texts

        if not self._searched:
            self._searched = True
            self._program = speech.find_speech_program()
            speech.prune_cache(folder)
        if self._program is None:
            return
        try:
            self._clips.add_spoken(text, speech.speak_to_file(text, self._program, folder))
        except (speech.SpeechError, WavError, OSError) as problem:
            self._log(f"{text!r} will be a chime: {problem}")
        else:
            self._on_change()
